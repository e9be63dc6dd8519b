"""Lists of members: searched by one index, read by key in both directions."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.utils.http import urlencode

from .text import Fold, FoldedTogether

PAGE = 50
_LONGEST = 100


@dataclass(frozen=True)
class Page:
    """Memberships by address, and the addresses of the pages beside it (empty where there is none)."""

    rows: list[Any]
    search: str
    newer_url: str = field(default="")
    older_url: str = field(default="")


def searched(rows: QuerySet, text: str) -> QuerySet:
    """Return the memberships whose member's address and names hold every word, whatever case and accents."""
    words = text.replace("\x00", "")[:_LONGEST].split()
    if words:
        rows = rows.alias(searched=FoldedTogether("user__email", "user__first_name", "user__last_name"))
    for word in words:
        rows = rows.filter(searched__contains=Fold(Value(word)))
    return rows


def page(request: HttpRequest, rows: QuerySet) -> Page:
    """Return the page of memberships that ``q``, ``after`` and ``before`` (addresses of members) ask for."""
    search = request.GET.get("q", "").replace("\x00", "")[:_LONGEST].strip()
    after, before = (request.GET.get(name, "").replace("\x00", "")[:254] for name in ("after", "before"))
    rows = searched(rows, search).select_related("user")
    if before:
        found = list(rows.filter(user__email__lt=before).order_by("-user__email")[: PAGE + 1])
        newer, older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        if after:
            rows = rows.filter(user__email__gt=after)
        found = list(rows.order_by("user__email")[: PAGE + 1])
        newer, older = bool(after), len(found) > PAGE
        found = found[:PAGE]
    kept = {"q": search} if search else {}
    if not found:
        # Beyond the end, or everybody there has gone: the beginning is always there.
        return Page([], search, newer_url="?" + urlencode(kept) if after or before else "")
    return Page(
        found,
        search,
        newer_url="?" + urlencode({**kept, "before": found[0].user.email}) if newer else "",
        older_url="?" + urlencode({**kept, "after": found[-1].user.email}) if older else "",
    )
