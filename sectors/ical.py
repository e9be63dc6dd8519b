"""Days of an iCalendar file (RFC 5545), to choose special days from (docs/rules.md, Special days)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import recurring_ical_events
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.validation import megabytes

from .operations.special_days import LABEL_LENGTH, SpecialDay

MAX_BYTES = 1024 * 1024
#: Maximum number of days in a file; a larger file is rejected, not truncated.
MAX_DAYS = 400
#: How many years of recurring days are listed.
YEARS_AHEAD = 2


@dataclass
class Read:
    """The days of a file, and the number of its events that aren't whole days."""

    days: list[SpecialDay] = field(default_factory=list)
    timed: int = 0


def read_days(content: bytes, today: date) -> Read:
    """Return the whole days of a calendar file from ``today``'s year on; recurring ones for two years.

    An event of several days yields each of them; one that recurs every year on the same date yields one yearly day.
    Events with a time of day are counted and skipped: they say nothing about a day's hours. Raises Invalid if the
    data isn't a calendar file, is too large or has too many days.
    """
    if len(content) > MAX_BYTES:
        raise Invalid(
            _("The file is larger than %(limit)s MB.") % {"limit": megabytes(MAX_BYTES)},
            code="file_too_large",
            field="file",
        )
    try:
        calendar: Any = icalendar.Calendar.from_ical(content)
        return _read(calendar, today)
    except Invalid:
        raise
    except Exception as error:
        # The parsers raise many kinds of exception, and all mean that the file is malformed.
        raise Invalid(_("This is no calendar file (.ics)."), code="no_calendar", field="file") from error


def _read(calendar: Any, today: date) -> Read:
    found = Read()
    days: dict[Any, SpecialDay] = {}
    since = date(today.year, 1, 1)
    until = date(today.year + YEARS_AHEAD, 1, 1)
    yearly = {str(event.get("UID", "")) for event in calendar.walk("VEVENT") if _is_yearly(event)}
    for event in recurring_ical_events.of(calendar).between(since, until):
        start, end = event.start, event.end
        if isinstance(start, datetime):
            found.timed += 1
            continue
        label = " ".join(str(event.get("SUMMARY", "")).split())[:LABEL_LENGTH]
        stop = min(max(end, start + timedelta(days=1)), until)
        start = max(start, since)
        while start < stop:
            day = SpecialDay(start, label, yearly=str(event.get("UID", "")) in yearly)
            days.setdefault(day.key, day)
            start += timedelta(days=1)
            if len(days) > MAX_DAYS:
                raise Invalid(
                    _("The file has more than %(limit)d days.") % {"limit": MAX_DAYS},
                    code="too_many_special_days",
                    field="file",
                )
    found.days = sorted(days.values(), key=lambda day: (day.day, day.label))
    return found


def _is_yearly(event: Any) -> bool:
    """Whether a one-day event recurs on its date every year, indefinitely and without exceptions."""
    rule = event.get("RRULE")
    if not rule or isinstance(rule, list) or event.get("EXDATE") or isinstance(event.get("DTSTART").dt, datetime):
        return False
    plain = {"FREQ", "WKST", "BYMONTH", "BYMONTHDAY", "INTERVAL"}
    return (
        set(rule) <= plain
        and rule.get("FREQ") == ["YEARLY"]
        and rule.get("INTERVAL", [1]) == [1]
        and rule.get("BYMONTH", [event.get("DTSTART").dt.month]) == [event.get("DTSTART").dt.month]
        and rule.get("BYMONTHDAY", [event.get("DTSTART").dt.day]) == [event.get("DTSTART").dt.day]
    )
