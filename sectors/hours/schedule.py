"""Work hours: pure functions of time in the sector's zone (docs/rules.md, Work hours).

A sector is open at an instant if the wall clock of its zone is within one of that date's ranges. When the clock jumps
forward, the skipped times don't occur; when it is set back, the repeated times count twice. Ranges are half-open,
[opens, closes), in minutes after midnight; ``closes`` above 1440 extends into the next day, even if that day is an
exception.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60
Range = tuple[int, int]

#: How far ahead ``next_change`` looks; after a year of closed days the next opening isn't worth showing.
HORIZON = timedelta(days=400)


@dataclass(frozen=True)
class WorkHours:
    """Weekly ranges with exceptions by date, in a time zone.

    ``week`` has seven sequences of ranges, Monday first. ``exceptions`` (by date) and ``yearly`` (by (month, day))
    map to the ranges that replace those of the weekday; no ranges means closed. A date takes precedence over a yearly
    day.
    """

    zone: ZoneInfo
    week: Sequence[Sequence[Range]] = ((),) * 7
    exceptions: Mapping[date, Sequence[Range]] = field(default_factory=dict)
    yearly: Mapping[tuple[int, int], Sequence[Range]] = field(default_factory=dict)
    always: bool = False

    def ranges_of(self, day: date) -> Sequence[Range]:
        """Return the ranges that start on a date."""
        if day in self.exceptions:
            return self.exceptions[day]
        if (day.month, day.day) in self.yearly:
            return self.yearly[day.month, day.day]
        return self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether tickets can be opened at an aware instant."""
        if self.always:
            return True
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 6e7
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        return any(a <= minute < b for a, b in self.ranges_of(today)) or any(
            a <= minute + DAY < b for a, b in self.ranges_of(yesterday)
        )

    def next_change(self, at: datetime) -> datetime | None:
        """Return the first instant after an aware ``at`` at which the sector opens or closes, in its zone.

        None if it doesn't change within 400 days.
        """
        if self.always:
            return None
        state = self.is_open(at)
        for start, end in self._open_pieces(at, at + HORIZON):
            if not state and start > at:
                return start.astimezone(self.zone)
            if state and end > at:
                return end.astimezone(self.zone) if end < at + HORIZON else None
        return None

    def closed_since(self, at: datetime) -> datetime | None:
        """Return since when the sector has been closed at an aware ``at``, in its zone; None if it is open.

        Looks back 400 days; if it was never open in that time, returns the start of it.
        """
        if self.is_open(at):
            return None
        for span in (timedelta(days=2), timedelta(days=30), HORIZON):
            ends = [end for _start, end in self._open_pieces(at - span, at)]
            if ends:
                return ends[-1].astimezone(self.zone)
        return (at - HORIZON).astimezone(self.zone)

    def open_seconds_between(self, a: datetime, b: datetime) -> float:
        """Return the open seconds between two aware instants; 0 if ``b`` isn't after ``a``."""
        if b <= a:
            return 0.0
        if self.always:
            return (b - a).total_seconds()
        return sum((end - start).total_seconds() for start, end in self._open_pieces(a, b))

    def _open_pieces(self, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open intervals within [a, b) as UTC instants, in order, adjacent ones merged."""
        current: tuple[datetime, datetime] | None = None
        for start, end, offset in self._offset_segments(a.astimezone(UTC), b.astimezone(UTC)):
            for piece in self._wall_pieces(start, end, offset):
                if current is not None and piece[0] <= current[1]:
                    current = (current[0], max(current[1], piece[1]))
                    continue
                if current is not None:
                    yield current
                current = piece
        if current is not None:
            yield current

    def _wall_pieces(self, start: datetime, end: datetime, offset: timedelta) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open intervals of a segment with a constant UTC offset."""
        wall_start, wall_end = (start + offset).replace(tzinfo=None), (end + offset).replace(tzinfo=None)
        pieces = []
        day = wall_start.date() - timedelta(days=1)
        while day <= wall_end.date():
            midnight = datetime(day.year, day.month, day.day)
            for opens, closes in self.ranges_of(day):
                x = max(midnight + timedelta(minutes=opens), wall_start)
                y = min(midnight + timedelta(minutes=closes), wall_end)
                if x < y:
                    pieces.append((x, y))
            # A day's ranges may extend past those of the next day, so intervals are held back for a day and sorted.
            day += timedelta(days=1)
            ready = [p for p in pieces if p[0].date() < day]
            pieces = [p for p in pieces if p[0].date() >= day]
            for x, y in sorted(ready):
                yield (x - offset).replace(tzinfo=UTC), (y - offset).replace(tzinfo=UTC)

    def _offset_segments(self, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
        """Split [a, b) in UTC where the zone's offset changes; yields (start, end, offset)."""
        start, offset, probe = a, self._offset(a), a
        while probe < b:
            following = min(probe + timedelta(days=1), b)
            if self._offset(following) != offset:
                change = self._bisect(probe, following, offset)
                yield start, min(change, b), offset
                start, offset, following = change, self._offset(change), change
            probe = following
        if start < b:
            yield start, b, offset

    def _bisect(self, low: datetime, high: datetime, offset: timedelta) -> datetime:
        """Return the instant in (low, high] at which the offset stops being ``offset``.

        Uses whole seconds, since clocks change on them; with fractions the bisection wouldn't terminate.
        """
        before, after = math.floor(low.timestamp()), math.ceil(high.timestamp())
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(datetime.fromtimestamp(middle, UTC)) == offset:
                before = middle
            else:
                after = middle
        return datetime.fromtimestamp(after, UTC)

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.zone).utcoffset() or timedelta()
