"""Lists of the flow engine's API: ``{count, next, previous, results}``, paginated by key or by offset."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.pagination import Keyset
from core.text import search_by_name
from orgs.models import ApiToken

from . import intake

#: Rows per page unless ``limit`` is lower.
PAGE = 100
BY_ID = Keyset("id")


class FlowList:
    """One page of a list. ``after`` and ``before`` name the id to go on from, so that nothing is skipped or repeated
    when rows come or go meanwhile; ``offset`` counts rows, for programs that know no other way."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.limit = min(self._number("limit", least=1) or PAGE, PAGE)
        self.after, self.before = self._id("after"), self._id("before")
        self.offset = self._number("offset", least=0)

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
        if name := self.request.query_params.get("name", "").replace("\x00", "").strip():
            rows = search_by_name(rows, name)
        count = rows.count()
        if self.offset is not None:
            found = list(rows.order_by("id")[self.offset : self.offset + self.limit])
            return {"count": count, **self._neighbours(self.offset, count), "results": found}
        after, before = ((key,) if key else None for key in (self.after, self.before))
        page = BY_ID.page(rows, self.limit, after=after, before=before)
        return {
            "count": count,
            "next": self._link("after", page.rows[-1].pk) if page.has_next and page.rows else None,
            "previous": self._link("before", page.rows[0].pk) if page.has_previous and page.rows else None,
            "results": page.rows,
        }

    def _neighbours(self, offset: int, count: int) -> dict[str, str | None]:
        return {
            "next": self._link("offset", offset + self.limit) if offset + self.limit < count else None,
            "previous": self._link("offset", max(offset - self.limit, 0)) if offset else None,
        }

    def _link(self, name: str, value: object) -> str:
        url = self.request.build_absolute_uri()
        for other in ("after", "before", "offset"):
            url = remove_query_param(url, other)
        return replace_query_param(url, name, str(value))

    def _id(self, name: str) -> UUID | None:
        text = self.request.query_params.get(name, "")
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError as error:
            raise ValidationError({name: [_("This is not a UUID.")]}) from error

    def _number(self, name: str, *, least: int) -> int | None:
        text = self.request.query_params.get(name, "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) >= least):
            raise ValidationError({name: [_("Send a whole number from %(least)d.") % {"least": least}]})
        return int(text)
