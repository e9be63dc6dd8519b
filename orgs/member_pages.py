"""Lists of members: searched by one index, read by key in both directions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.utils.http import urlencode

from core.text import Fold, FoldedTogether

PAGE = 50
_LONGEST = 100


@dataclass(frozen=True)
class Page:
    """Memberships by address, and the addresses of the pages beside it (empty where there is none)."""

    rows: list[Any]
    search: str
    newer_url: str = field(default="")
    older_url: str = field(default="")


def searched(rows: QuerySet, text: str, *, person: str = "user__") -> QuerySet:
    """Return the rows whose person's address and names hold every word, whatever case and accents.

    ``person`` leads from a row to the person: the rows are memberships, or people themselves (empty).
    """
    words = text.replace("\x00", "")[:_LONGEST].split()
    if words:
        rows = rows.alias(
            searched=FoldedTogether(*(f"{person}{name}" for name in ("email", "first_name", "last_name")))
        )
    for word in words:
        rows = rows.filter(searched__contains=Fold(Value(word)))
    return rows


def page(
    request: HttpRequest, rows: QuerySet, *, person: str = "user__", kept: Mapping[str, str] | None = None
) -> Page:
    """Return the page of rows that ``q``, ``after`` and ``before`` (addresses of people) ask for.

    ``person``: as of ``searched``. ``kept``: what else the addresses of the pages beside it hold.
    """
    search = request.GET.get("q", "").replace("\x00", "")[:_LONGEST].strip()
    after, before = (request.GET.get(name, "").replace("\x00", "")[:254] for name in ("after", "before"))
    rows, email = searched(rows, search, person=person), f"{person}email"
    rows = rows.select_related("user") if person else rows
    if before:
        found = list(rows.filter(**{f"{email}__lt": before}).order_by(f"-{email}")[: PAGE + 1])
        newer, older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        if after:
            rows = rows.filter(**{f"{email}__gt": after})
        found = list(rows.order_by(email)[: PAGE + 1])
        newer, older = bool(after), len(found) > PAGE
        found = found[:PAGE]
    kept = {**(kept or {}), **({"q": search} if search else {})}
    ends = [getattr(row, "user", row).email for row in found[:1] + found[-1:]]
    if not found:
        # Beyond the end, or everybody there has gone: the beginning is always there.
        return Page([], search, newer_url="?" + urlencode(kept) if after or before else "")
    return Page(
        found,
        search,
        newer_url="?" + urlencode({**kept, "before": ends[0]}) if newer else "",
        older_url="?" + urlencode({**kept, "after": ends[-1]}) if older else "",
    )
