"""Lists of the flow engine's API: ``{count, next, previous, results}``, with keyset pagination."""

from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.pagination import Keyset
from orgs.models import ApiToken

from . import intake

#: Rows per page unless ``limit`` is lower.
PAGE = 100
BY_ID = Keyset("id")


class ListByKey:
    """One page of a list. ``after`` and ``before`` name the id to go on from, so that nothing is skipped or
    repeated when rows come or go meanwhile."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.limit = self._limit()
        self.after, self.before = self._id("after"), self._id("before")

    def queues(self, token: ApiToken) -> dict[str, Any]:
        """Return the queues in reach, of one sector if ``sector`` names it (none if that is out of reach)."""
        queues = intake.queues_in_reach(token).open_for_tickets()  # type: ignore[attr-defined]
        if sector := self._id("sector"):
            queues = queues.filter(sector=sector)
        return self._page(queues)

    def sectors(self, token: ApiToken) -> dict[str, Any]:
        """Return the sectors in reach."""
        return self._page(intake.sectors_in_reach(token).live())  # type: ignore[attr-defined]

    def _page(self, rows: QuerySet) -> dict[str, Any]:
        after, before = ((key,) if key else None for key in (self.after, self.before))
        page = BY_ID.page(rows, self.limit, after=after, before=before)
        return {
            "count": rows.count(),
            "next": self._link("after", page.rows, -1) if page.has_next else None,
            "previous": self._link("before", page.rows, 0) if page.has_previous else None,
            "results": page.rows,
        }

    def _link(self, name: str, found: list[Model], index: int) -> str | None:
        if not found:
            return None
        url = self.request.build_absolute_uri()
        for other in ("after", "before"):
            url = remove_query_param(url, other)
        return replace_query_param(url, name, str(found[index].pk))

    def _id(self, name: str) -> UUID | None:
        text = self.request.query_params.get(name, "")
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError as error:
            raise ValidationError({name: [_("This is not a UUID.")]}) from error

    def _limit(self) -> int:
        text = self.request.query_params.get("limit", "")
        if not text:
            return PAGE
        if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0):
            raise ValidationError({"limit": [_("Send a whole number above 0.")]})
        return min(int(text), PAGE)
