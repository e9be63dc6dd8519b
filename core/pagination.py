"""Pages by key: as quick at the millionth row as at the first, none twice and none left out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from core.errors import Invalid

Key = tuple[datetime, UUID]
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, newest first, and the keys from which the pages beside it start (empty where there is none)."""

    rows: list[Row]
    newer: str
    older: str


def page(rows: QuerySet[Row], column: str, size: int, *, before: str = "", after: str = "") -> Page[Row]:
    """Return a page of at most ``size`` rows by (``column``, id), newest first.

    ``before`` and ``after`` are keys that a page gave. Raises Invalid (bad_page) for anything else.
    """
    backwards = bool(after)
    key = parse_key(after or before) if after or before else None
    if key is not None:
        rows = rows.filter(beyond(column, key, newer=backwards))
    order = (column, "id") if backwards else (f"-{column}", "-id")
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    newer = more if backwards else key is not None
    older = True if backwards else more
    return Page(
        found,
        newer=key_of(found[0], column) if found and newer else "",
        older=key_of(found[-1], column) if found and older else "",
    )


def key_of(row: Any, column: str) -> str:
    """Return the key of a row in the order of (``column``, id)."""
    return f"{getattr(row, column).isoformat().replace('+00:00', 'Z')},{row.pk}"


def parse_key(text: str) -> Key:
    """Return a key that ``key_of`` wrote. Raises Invalid (bad_page)."""
    at, _comma, pk = text[:100].partition(",")
    try:
        moment = parse_datetime(at)
        if moment is not None and moment.tzinfo is not None:
            return moment, UUID(pk)
    except (ValueError, OverflowError):
        pass
    raise Invalid(code="bad_page")


def beyond(column: str, key: Key, *, newer: bool) -> Q:
    """Return the condition of lying beyond a key in the order of (``column``, id)."""
    at, pk = key
    side = "gt" if newer else "lt"
    # The first half lets the index be entered at the key.
    return Q(**{f"{column}__{side}e": at}) & (Q(**{f"{column}__{side}": at}) | Q(**{column: at, f"id__{side}": pk}))
