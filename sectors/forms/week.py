"""The editor of weekly hours: parses seven days of ranges, and formats them.

Wire format: each day has the fields ``opens-0`` and ``closes-0`` (Monday is 0), repeated for each range. "18:00" to
"08:00" passes midnight; a closing time of "24:00" or "00:00" is the end of the day. A row with two empty fields is
ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from itertools import pairwise

from django.http import QueryDict
from django.utils import formats
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from sectors.hours.schedule import DAY, Range
from sectors.hours.written import minutes_of, range_of, read_ranges
from sectors.models import MAX_RANGES

#: Maximum length of a time as it is typed.
_TYPED = 12


@dataclass
class Row:
    """A range as entered."""

    opens: str = ""
    closes: str = ""


@dataclass
class Day:
    """A weekday (Monday is 0) with its ranges as entered and its error."""

    weekday: int
    rows: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Week:
    """Seven days as entered."""

    days: list[Day]

    @property
    def is_valid(self) -> bool:
        return not any(day.errors for day in self.days)

    @property
    def ranges(self) -> list[list[Range]]:
        """Return the ranges in minutes, Monday first; call on a valid week only."""
        return [[_range(row) for row in day.rows] for day in self.days]

    @property
    def summary(self) -> str:
        """Return the hours as entered, on one line; equal days aren't grouped."""
        return "; ".join(
            f"{WEEKDAYS_ABBR[day.weekday]} " + ", ".join(f"{row.opens}–{row.closes}" for row in day.rows)
            for day in self.days
            if day.rows
        ) or _("closed all week")


def shown(minutes: int) -> str:
    """Format minutes after midnight as HH:MM; 1440 is 24:00, higher values are times of the next day."""
    if minutes == DAY:
        return "24:00"
    return f"{minutes % DAY // 60:02}:{minutes % 60:02}"


def _range(row: Row) -> Range:
    return range_of(minutes_of(row.opens) or 0, minutes_of(row.closes) or 0)


def ranges_of_text(text: str) -> list[Range]:
    """Parse ``08:00–12:00, 13:00–18:00`` as people write it (``sectors.hours.written``); an empty text gives no
    ranges.

    Raises ValueError with a message for the user.
    """
    found = read_ranges(text)
    if found is None:
        raise ValueError(_("Write hours as 08:00–12:00, 13:00–18:00."))
    return found


def text_of_ranges(ranges: Sequence[Range]) -> str:
    """Format ranges as text; empty for none."""
    return ", ".join(f"{shown(a)}–{shown(b)}" for a, b in ranges)


def ranges_in_words(ranges: Sequence[Range]) -> str:
    """Format ranges to be read, as the language writes times: 8:00 a.m. – 6:00 p.m. in English; empty for none.

    Fields keep ``text_of_ranges``: they take the end of a day, which a clock of twelve hours has no time for.
    """
    return ", ".join(f"{time_in_words(a)} – {time_in_words(b)}" for a, b in ranges)


def time_in_words(minutes: int) -> str:
    """Format minutes after midnight as the language writes times; the end of the day is 24:00, or 12:00 a.m."""
    written = formats.time_format(time(minutes % DAY // 60, minutes % 60), "TIME_FORMAT")
    return "24:00" if minutes == DAY and written == "00:00" else written


def from_ranges(week: Sequence[Sequence[Range]]) -> Week:
    """Return the form of stored ranges."""
    return Week([Day(i, [Row(shown(a), shown(b)) for a, b in ranges]) for i, ranges in enumerate(week)])


def office_hours() -> Week:
    """Return the default hours of a new sector: Monday to Friday, 08:00 to 18:00."""
    return from_ranges([[(480, 1080)]] * 5 + [[], []])


def from_post(data: QueryDict) -> Week:
    """Parse the submitted week; errors are stored on the days. Missing fields mean closed."""
    days = []
    for weekday in range(7):
        opens, closes = data.getlist(f"opens-{weekday}"), data.getlist(f"closes-{weekday}")
        pairs = [
            Row(a.strip()[:_TYPED], b.strip()[:_TYPED])
            for a, b in zip(opens, closes, strict=False)
            if a.strip() or b.strip()
        ]
        day = Day(weekday, pairs[:MAX_RANGES])
        if len(opens) != len(closes):
            day.errors.append(_("Each range needs both times."))
        if len(pairs) > MAX_RANGES:
            day.errors.append(_("Use at most %(limit)d ranges a day.") % {"limit": MAX_RANGES})
        for row in day.rows:
            start, end = minutes_of(row.opens), minutes_of(row.closes)
            if start is None or start == DAY or end is None:
                day.errors.append(_("Write times as 08:00 and 18:00."))
                break
            row.opens, row.closes = shown(start), shown(end)
        if not day.errors:
            _find_overlap(day)
        days.append(day)
    for before, day in zip([days[-1], *days[:-1]], days, strict=True):
        if not before.errors and not day.errors:
            _find_reach(before, day)
    return Week(days)


def _find_overlap(day: Day) -> None:
    ranges = sorted(_range(row) for row in day.rows)
    for one, other in pairwise(ranges):
        if one[1] > other[0]:
            day.errors.append(_("Two ranges of this day overlap."))
            return


def _find_reach(before: Day, day: Day) -> None:
    """Add an error to a day whose hours overlap those of the day before that pass midnight."""
    reach = max((_range(row)[1] - DAY for row in before.rows), default=0)
    if any(_range(row)[0] < reach for row in day.rows):
        words = {"day": WEEKDAYS[before.weekday], "time": shown(reach)}
        day.errors.append(_("The hours of %(day)s reach into this day, until %(time)s.") % words)
