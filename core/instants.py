"""Times that others wrote: one parser for bodies, query strings, page keys and forms."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils.dateparse import parse_datetime

#: Longest text that is read as a time.
_LONGEST = 63
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#: Times nearer to the ends of the calendar than two days have no date in some time zone.
_FIRST, _LAST = (
    datetime.min.replace(tzinfo=UTC) + timedelta(days=2),
    datetime.max.replace(tzinfo=UTC) - timedelta(days=2),
)


def parse_instant(text: object, *, naive: tzinfo | None = None) -> datetime | None:
    """Return a time in RFC 3339, up to nanoseconds (rounded down), in UTC; None for anything else.

    The result has a date in every time zone, and an offset that Postgres takes. ``naive`` is the zone of a time
    without an offset, which is none otherwise. A blank stands for the plus of an offset, as in a query string where
    it was not encoded.
    """
    if not isinstance(text, str) or len(text) > _LONGEST or ":" not in text:
        return None
    try:
        found = parse_datetime(_with_plus(text.strip().upper()))
        if found is None:
            return None
        if found.tzinfo is None:
            if naive is None:
                return None
            found = found.replace(tzinfo=naive)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if _FIRST <= found <= _LAST else None


def parse_local(text: object) -> datetime | None:
    """Return a time of a wall clock, as a form's field gives it; None for anything else, also for one with an
    offset."""
    try:
        found = parse_datetime(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    except ValueError:
        return None
    if found is None or found.tzinfo is not None or not _FIRST <= found.replace(tzinfo=UTC) <= _LAST:
        return None
    return found


def parse_day(text: object, *, any_year: bool = False) -> date | None:
    """Return a date written as YYYY-MM-DD; None for anything else.

    ``any_year``: also the first and last days of the calendar, which have no date in some time zone.
    """
    try:
        found = date.fromisoformat(text) if isinstance(text, str) and _DAY.fullmatch(text) else None
    except ValueError:
        return None
    if found is None or any_year:
        return found
    return found if _FIRST.date() <= found <= _LAST.date() else None


def _with_plus(text: str) -> str:
    day, blank, clock = text.partition(" ") if "T" not in text else text.partition("T")
    return f"{day}{blank}{clock.replace(' ', '+')}"
