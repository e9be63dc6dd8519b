"""Lists in an order that people give (position, then name), searched by name, read by key in both directions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.http import urlencode

from .text import Fold

PAGE = 50
_LONGEST = 100


@dataclass(frozen=True)
class Listed:
    """A page of rows, what was searched for, and the addresses of the pages beside it (empty where there is none)."""

    rows: list[Any]
    search: str
    newer_url: str = ""
    older_url: str = ""


def _key(text: str) -> tuple[int, str, UUID] | None:
    """Return the position, name and key that an address goes on from, None for anything else."""
    position, _comma, rest = text.replace("\x00", "").partition(",")
    key, _comma, name = rest.partition(",")
    try:
        return int(position[:9]), name, UUID(key)
    except ValueError:
        return None


def _written(row: Any) -> str:
    return f"{row.position},{row.pk},{row.name}"


def _beyond(key: tuple[int, str, UUID], way: str) -> Q:
    position, name, pk = key
    return (
        Q(**{f"position__{way}": position})
        | Q(**{"position": position, f"name__{way}": name})
        | Q(**{"position": position, "name": name, f"pk__{way}": pk})
    )


def listed(request: HttpRequest, rows: QuerySet, *, size: int = PAGE) -> Listed:
    """Return the page that ``q``, ``after`` and ``before`` of an address ask for; what else it holds stays.

    The rows have ``position`` and ``name``. A page beyond the end is empty and leads to the beginning.
    """
    search = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:_LONGEST]
    if search:
        rows = rows.alias(folded_name=Fold("name")).filter(folded_name__contains=Fold(Value(search)))
    after, before = (_key(request.GET.get(name, "")[:300]) for name in ("after", "before"))
    order = ("position", "name", "pk")
    if before:
        found = list(rows.filter(_beyond(before, "lt")).order_by(*(f"-{name}" for name in order))[: size + 1])
        newer, older = len(found) > size, True
        found = found[:size][::-1]
    else:
        if after:
            rows = rows.filter(_beyond(after, "gt"))
        found = list(rows.order_by(*order)[: size + 1])
        newer, older = bool(after), len(found) > size
        found = found[:size]
    kept = {
        name[:40]: str(value)[:100]
        for name, value in request.GET.items()
        if name not in {"after", "before", "q"} and value
    } | ({"q": search} if search else {})
    if not found:
        return Listed([], search, newer_url="?" + urlencode(kept) if after or before else "")
    return Listed(
        found,
        search,
        newer_url="?" + urlencode({**kept, "before": _written(found[0])}) if newer else "",
        older_url="?" + urlencode({**kept, "after": _written(found[-1])}) if older else "",
    )
