"""Lists of the flow engine's API: ``{count, next, previous, results}``, paginated by key or by offset."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.addresses import of_call
from core.pagination import Key, Keyset
from core.text import search_by_name
from orgs.models import ApiToken

from . import intake

#: Rows per page unless a lower number is asked for.
PAGE = 100
BY_ID = Keyset("id")


class ListParameters:
    """The query string of a list: its filters, and which page of it is wanted.

    ``after`` and ``before`` name the key to go on from, so that nothing is skipped or repeated when rows come or go
    meanwhile; ``offset`` counts rows, for programs that know no other way. What reads a value raises ValidationError
    if it is none.
    """

    #: Names of the parameter for the rows of a page.
    size_names: ClassVar[tuple[str, ...]] = ("limit",)
    #: Rows are counted up to this number; None for all.
    max_counted: ClassVar[int | None] = None

    def __init__(self, request: Request, token: ApiToken) -> None:
        self.request, self.token = request, token

    def text(self, name: str) -> str:
        return str(self.request.query_params.get(name, ""))

    def uuid(self, name: str) -> UUID | None:
        try:
            return UUID(self.text(name)) if self.text(name) else None
        except ValueError as error:
            raise self.wrong(name, _("This is not a UUID.")) from error

    def number(self, name: str, *, least: int) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) >= least):
            raise self.wrong(name, _("Send a whole number from %(least)d.") % {"least": least})
        return int(text)

    def wrong(self, name: str, sentence: str) -> ValidationError:
        """Return the error for a value that is none."""
        return ValidationError({name: [sentence]})

    def key(self, name: str, rows: QuerySet, order: Keyset) -> Key | None:
        """Return the key that ``after`` or ``before`` names. Raises Invalid (bad_page)."""
        return order.read(rows.model, self.text(name)) if self.text(name) else None

    def page(self, rows: QuerySet, order: Keyset) -> dict[str, Any]:
        """Return one page: by key, or by ``offset`` if one is named. Raises what ``key`` raises."""
        asked = next((n for name in self.size_names if (n := self.number(name, least=1))), PAGE)
        size, offset = min(asked, PAGE), self.number("offset", least=0)
        counted = rows.order_by() if self.max_counted is None else rows.order_by()[: self.max_counted]
        if offset is not None:
            found = list(rows.order_by(*order.order())[offset : offset + size + 1])
            following = self.link("offset", offset + size) if len(found) > size else None
            previous = self.link("offset", max(offset - size, 0)) if offset else None
            return {"count": counted.count(), "next": following, "previous": previous, "results": found[:size]}
        page = order.page(rows, size, after=self.key("after", rows, order), before=self.key("before", rows, order))
        keys = [order.write(order.key_of(row)) for row in page.rows[:1] + page.rows[-1:]]
        return {
            "count": counted.count(),
            "next": self.link("after", keys[-1]) if page.has_next and keys else None,
            "previous": self.link("before", keys[0]) if page.has_previous and keys else None,
            "results": page.rows,
        }

    def link(self, name: str, value: object) -> str:
        """Return the URL of the call, going on from another place."""
        url = of_call(self.request)
        for other in ("after", "before", "offset"):
            url = remove_query_param(url, other)
        return replace_query_param(url, name, str(value))


class FlowList(ListParameters):
    """Queues and sectors that take tickets."""

    def __init__(self, request: Request, token: ApiToken) -> None:
        super().__init__(request, token)
        self._keys = {name: self.uuid(name) for name in ("after", "before")}

    def key(self, name: str, rows: QuerySet, order: Keyset) -> Key | None:
        """Return the id that ``after`` or ``before`` names."""
        found = self._keys[name]
        return (found,) if found else None

    def queues(self) -> dict[str, Any]:
        """Return the queues in reach, of one sector if ``sector`` names it (none if that is out of reach)."""
        queues = intake.queues_in_reach(self.token).open_for_tickets()  # type: ignore[attr-defined]
        if sector := self.uuid("sector"):
            queues = queues.filter(sector=sector)
        return self.page(self._named(queues), BY_ID)

    def sectors(self) -> dict[str, Any]:
        """Return the sectors in reach."""
        return self.page(self._named(intake.sectors_in_reach(self.token).live()), BY_ID)  # type: ignore[attr-defined]

    def _named(self, rows: QuerySet) -> QuerySet:
        name = self.text("name").replace("\x00", "").strip()
        return search_by_name(rows, name) if name else rows
