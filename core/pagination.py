"""Keyset pagination, for pages and APIs alike.

The millionth row costs as much as the first, and no row is repeated or skipped when others are added or removed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, attrgetter, or_
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import (
    CharField,
    DateTimeField,
    F,
    Field,
    IntegerField,
    Model,
    Q,
    QuerySet,
    TextField,
    UUIDField,
    Value,
)
from django.http import HttpRequest
from django.utils.http import urlencode

from .errors import Invalid
from .form_fields import clean_query
from .instants import parse_instant
from .text import Fold, search_by_name

#: Default page size.
PAGE = 50
#: Totals are counted up to this number; larger ones are shown as "more than".
MAX_COUNTED = 1_000
#: Maximum length of a key in a URL.
_LONGEST_KEY = 400

Key = tuple[Any, ...]
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in list order, and whether there are others before and after them."""

    rows: list[Row]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True)
class ListPage(Generic[Row]):
    """A page for templates: its rows, the search text, and the URLs of the previous (``newer``) and next
    (``older``) page, empty if there is none."""

    rows: list[Row]
    newer_url: str = ""
    older_url: str = ""
    search: str = ""


class Keyset:
    """The ordering of a list that is paginated by key.

    ``ordering``: columns as for ``order_by``, directions may be mixed, the last one unique; a ``name`` stands by its
    fold, as everywhere (``core.text.by_name``). A row's key is its values
    in these columns; in URLs they are joined by commas, so a text column must come last and there can be only one.
    ``nullable``: columns that may be null; as in Postgres, nulls sort as the greatest value. ``annotated``: the types
    of columns that the rows are annotated with.
    """

    def __init__(
        self,
        *ordering: str,
        nullable: Collection[str] = (),
        annotated: "Mapping[str, Field[Any, Any]] | None" = None,
    ) -> None:
        self.ordering = ordering
        self.annotated = annotated or {}
        self.columns = tuple(name.removeprefix("-") for name in ordering)
        self.nullable = nullable

    def reversed(self) -> "Keyset":
        """Return the same ordering backwards."""
        ordering = (name[1:] if name.startswith("-") else f"-{name}" for name in self.ordering)
        return Keyset(*ordering, nullable=self.nullable, annotated=self.annotated)

    def page(
        self, rows: QuerySet[Row], size: int, *, after: Key | None = None, before: Key | None = None
    ) -> Page[Row]:
        """Return at most ``size`` rows: the first ones after the key ``after``, or the last ones before the key
        ``before`` (which wins if both are given). One query."""
        back = before is not None
        key = before if back else after
        if key is not None:
            rows = rows.filter(self.beyond(key, back=back))
        found = list(rows.order_by(*self.order(back=back))[: size + 1])
        more, found = len(found) > size, found[:size]
        if back:
            return Page(found[::-1], has_previous=more, has_next=True)
        return Page(found, has_previous=key is not None, has_next=more)

    def parts(self, rows: Callable[[], QuerySet[Row]], size: int) -> Iterator[list[Row]]:
        """Yield all rows in batches of ``size``, one query each, so that neither memory nor locks grow.

        ``rows`` is called for each batch, so that it can re-check permissions.
        """
        page = self.page(rows(), size)
        yield page.rows
        while page.has_next:
            page = self.page(rows(), size, after=self.key_of(page.rows[-1]))
            yield page.rows

    def order(self, *, back: bool = False) -> list[Any]:
        """Return the arguments of ``order_by``, or those of the reversed order (``back``)."""
        found: list[Any] = []
        for name in self.ordering:
            column = F(name.removeprefix("-"))
            grows = self._grows(name, back)
            found += [
                one.asc() if grows else one.desc() for one in ([Fold(column)] if _is_name(name) else []) + [column]
            ]
        return found

    def key_of(self, row: Any) -> Key:
        return tuple(attrgetter(name.replace("__", "."))(row) for name in self.columns)

    def beyond(self, key: Key, *, back: bool = False) -> Q:
        """Return the condition for rows after a key, or before it (``back``)."""
        alternatives, same = [], Q()
        for name, value in zip(self.ordering, key, strict=True):
            alternatives.append(same & self._past(name, value, back))
            same &= _equal(name.removeprefix("-"), value)
        condition = reduce(or_, alternatives)
        first = self.columns[0]
        if len(key) > 1 and first not in self.nullable:
            # Lets Postgres start the index scan at the key.
            side = "gte" if self._grows(self.ordering[0], back) else "lte"
            condition = and_(_compared(first, side, key[0]), condition)
        return condition

    def write(self, key: Key) -> str:
        """Return a key as text for URLs."""
        return ",".join(_written(value) for value in sorted(key, key=lambda value: isinstance(value, str)))

    def read(self, model: type[Model], text: str) -> Key:
        """Parse the text of a key of ``model`` made by ``write``. Raises Invalid (bad_page)."""
        fields = [self.annotated.get(name) or _field(model, name) for name in self.columns]
        texts_last = sorted(range(len(fields)), key=lambda n: isinstance(fields[n], CharField | TextField))
        parts = text.split(",", len(fields) - 1)
        if len(parts) != len(fields) or len(text) > _LONGEST_KEY or "\x00" in text:
            raise Invalid(code="bad_page")
        key: list[Any] = [None] * len(fields)
        for n, part in zip(texts_last, parts, strict=True):
            if part or self.columns[n] not in self.nullable:
                key[n] = _value(fields[n], part)
        return tuple(key)

    def list_page(
        self,
        query: Mapping[str, str],
        rows: QuerySet[Row],
        size: int = PAGE,
        *,
        prefix: str = "",
        kept: str = "",
        lenient: bool = False,
    ) -> ListPage[Row]:
        """Return the page that a query string asks for.

        It names a key as ``after`` or ``before`` (each with ``prefix``) in terms of the values: a list with the
        newest rows first continues with ``before``. ``kept``: the rest of the query string, encoded, for the links to
        other pages. An empty page links back to the first. Raises Invalid (bad_page) for a malformed key, unless
        ``lenient``: then the key is ignored.
        """
        names = ("before", "after") if self._grows(self.ordering[0], back=False) else ("after", "before")
        back_name, on_name = (f"{prefix}{name}" for name in names)
        before, after = (self._asked(rows.model, query.get(name, ""), lenient) for name in (back_name, on_name))
        page = self.page(rows, size, after=after, before=before)

        def url(name: str, row: Row) -> str:
            return "?" + "&".join(filter(None, [kept, urlencode({name: self.write(self.key_of(row))})]))

        if not page.rows:
            return ListPage([], newer_url=f"?{kept}" if after or before else "")
        return ListPage(
            page.rows,
            newer_url=url(back_name, page.rows[0]) if page.has_previous else "",
            older_url=url(on_name, page.rows[-1]) if page.has_next else "",
        )

    def _asked(self, model: type[Model], text: str, lenient: bool) -> Key | None:
        if not text:
            return None
        try:
            return self.read(model, text)
        except Invalid:
            if not lenient:
                raise
            return None

    @staticmethod
    def _grows(name: str, back: bool) -> bool:
        return name.startswith("-") == back

    def _past(self, name: str, value: Any, back: bool) -> Q:
        """Return the condition for values of a column beyond the given one."""
        grows, name = self._grows(name, back), name.removeprefix("-")
        if value is None:
            return Q(pk__in=[]) if grows else Q(**{f"{name}__isnull": False})
        side = "gt" if grows else "lt"
        further = Q(**{f"{name}__{side}": value})
        if _is_name(name):
            further = _compared(name, side, value) | _compared(name, "exact", value) & further
        return further | Q(**{f"{name}__isnull": True}) if grows and name in self.nullable else further


#: For lists that people order by hand.
BY_POSITION = Keyset("position", "name", "id")


def listed(
    request: HttpRequest,
    rows: QuerySet[Any],
    keyset: Keyset = BY_POSITION,
    *,
    search: Callable[[Any, str], QuerySet[Any]] = search_by_name,
    kept: Mapping[str, str] | None = None,
) -> ListPage[Any]:
    """Return the page of a list for the ``q``, ``after`` and ``before`` of a request; a malformed key means the first
    page.

    ``search`` returns the rows that match a text. ``kept``: further parameters for the links to other pages; by
    default all others of this request.
    """
    words = clean_query(request.GET.get("q", ""))
    if words:
        rows = search(rows, words)
    if kept is None:
        own = {"after", "before", "q"}
        kept = {name[:40]: str(value)[:100] for name, value in request.GET.items() if name not in own and value}
    page = keyset.list_page(
        request.GET, rows, kept=urlencode({**kept, **({"q": words} if words else {})}), lenient=True
    )
    return ListPage(page.rows, page.newer_url, page.older_url, words)


def bounded_count(rows: QuerySet[Any], most: int = MAX_COUNTED) -> int:
    """Return the number of rows, at most ``most`` + 1."""
    return rows.order_by().values("pk")[: most + 1].count()


def _is_name(column: str) -> bool:
    return column.removeprefix("-").rpartition("__")[2] == "name"


def _compared(name: str, lookup: str, value: Any) -> Q:
    """Return the condition between a column and the value of a key, both folded for a name."""
    if not _is_name(name):
        return Q(**{f"{name}__{lookup}": value})
    return Q(Fold.output_field.get_lookup(lookup)(Fold(name), Fold(Value(value))))


def _equal(name: str, value: Any) -> Q:
    return Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return "" if value is None else str(value)


def _field(model: type[Model], path: str) -> "Field[Any, Any]":
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return model._meta.get_field(name)  # type: ignore[return-value]


def _value(field: "Field[Any, Any]", text: str) -> Any:
    """Parse one value of a key. Raises Invalid (bad_page)."""
    try:
        if isinstance(field, DateTimeField):
            moment = parse_instant(text)
            if moment is None:
                raise Invalid(code="bad_page")
            return moment
        if isinstance(field, UUIDField):
            return UUID(text)
        return int(text) if isinstance(field, IntegerField) else text
    except (ValueError, OverflowError) as error:
        raise Invalid(code="bad_page") from error
