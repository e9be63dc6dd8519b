"""The lists of the flow engine's surface: ``{count, next, previous, results}``, paged by key."""

from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from orgs.models import ApiToken

from . import intake

#: Rows of a page unless ``limit`` asks for fewer.
PAGE = 100


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
        if self.before is not None:
            found = list(rows.filter(pk__lt=self.before).order_by("-pk")[: self.limit + 1])
            more_before, more_after = len(found) > self.limit, True
            found = found[: self.limit][::-1]
        else:
            start = rows.filter(pk__gt=self.after) if self.after is not None else rows
            found = list(start.order_by("pk")[: self.limit + 1])
            more_before, more_after = self.after is not None, len(found) > self.limit
            found = found[: self.limit]
        return {
            "count": rows.count(),
            "next": self._link("after", found, -1) if more_after else None,
            "previous": self._link("before", found, 0) if more_before else None,
            "results": found,
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
