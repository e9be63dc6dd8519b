"""The editor of weekly hours: seven days of ranges as people type them, and back.

On the wire each day has the fields ``opens-0`` and ``closes-0`` (Monday 0), any number of times. "18:00" before
"08:00" means past midnight; "24:00" or "00:00" at the end means the end of the day. A row with both fields empty is
left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.http import QueryDict
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from sectors.hours.schedule import DAY, Range
from sectors.models import MAX_RANGES

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@dataclass
class Row:
    """A range as typed."""

    opens: str = ""
    closes: str = ""


@dataclass
class Day:
    """A weekday (Monday 0) with the ranges typed for it and what is wrong with them."""

    weekday: int
    rows: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Week:
    """Seven days as typed; ``ranges`` once all are right."""

    days: list[Day]

    @property
    def is_valid(self) -> bool:
        """Whether no day has an error."""
        return not any(day.errors for day in self.days)

    @property
    def ranges(self) -> list[list[Range]]:
        """Minutes, Monday first; only of a valid week."""
        return [[_range(row) for row in day.rows] for day in self.days]

    @property
    def summary(self) -> str:
        """The hours in one line, as typed; days alike aren't drawn together."""
        return "; ".join(
            f"{WEEKDAYS_ABBR[day.weekday]} " + ", ".join(f"{row.opens}–{row.closes}" for row in day.rows)
            for day in self.days
            if day.rows
        ) or _("closed all week")


def shown(minutes: int) -> str:
    """Return minutes after midnight as HH:MM; 1440 is 24:00, beyond it the next day's time."""
    if minutes == DAY:
        return "24:00"
    return f"{minutes % DAY // 60:02}:{minutes % 60:02}"


def _minutes(text: str) -> int | None:
    match = _TIME.fullmatch(text.strip())
    if not match:
        return None
    minutes = int(match[1]) * 60 + int(match[2])
    return minutes if minutes <= DAY else None


def _range(row: Row) -> Range:
    opens, closes = _minutes(row.opens) or 0, _minutes(row.closes) or 0
    return opens, closes if closes > opens else closes + DAY


def ranges_of_text(text: str) -> list[Range]:
    """Return the ranges written as ``08:00–12:00, 13:00–18:00`` (any dash, commas or semicolons between); none for
    an empty text. Raises ValueError with the sentence that says how to write them."""
    found = []
    for part in re.split(r"[,;]", text):
        if not part.strip():
            continue
        ends = re.split(r"\s*[-–—]\s*", part.strip())
        row = Row(*ends) if len(ends) == 2 else Row()
        opens = _minutes(row.opens)
        if opens is None or opens == DAY or _minutes(row.closes) is None:
            raise ValueError(_("Write hours as 08:00–12:00, 13:00–18:00."))
        found.append(_range(row))
    return found


def text_of_ranges(ranges: Sequence[Range]) -> str:
    """Return ranges as people write them; empty for none."""
    return ", ".join(f"{shown(a)}–{shown(b)}" for a, b in ranges)


def from_ranges(week: Sequence[Sequence[Range]]) -> Week:
    """Return the week of stored ranges, for the form."""
    return Week([Day(i, [Row(shown(a), shown(b)) for a, b in ranges]) for i, ranges in enumerate(week)])


def office_hours() -> Week:
    """Return what a new sector starts with: Monday to Friday, 08:00 to 18:00."""
    return from_ranges([[(480, 1080)]] * 5 + [[], []])


def from_post(data: QueryDict) -> Week:
    """Return the week as posted; each day says what is wrong with it. Missing fields mean closed."""
    days = []
    for weekday in range(7):
        opens, closes = data.getlist(f"opens-{weekday}"), data.getlist(f"closes-{weekday}")
        pairs = [
            Row(a.strip()[:8], b.strip()[:8]) for a, b in zip(opens, closes, strict=False) if a.strip() or b.strip()
        ]
        day = Day(weekday, pairs[:MAX_RANGES])
        if len(opens) != len(closes):
            day.errors.append(_("Each range needs both times."))
        if len(pairs) > MAX_RANGES:
            day.errors.append(_("Use at most %(limit)d ranges a day.") % {"limit": MAX_RANGES})
        for row in day.rows:
            start = _minutes(row.opens)
            if start is None or start == DAY or _minutes(row.closes) is None:
                day.errors.append(_("Write times as 08:00 and 18:00."))
                break
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
    """Say where the hours of the evening before reach past midnight into those of a day."""
    reach = max((_range(row)[1] - DAY for row in before.rows), default=0)
    if any(_range(row)[0] < reach for row in day.rows):
        words = {"day": WEEKDAYS[before.weekday], "time": shown(reach)}
        day.errors.append(_("The hours of %(day)s reach into this day, until %(time)s.") % words)
