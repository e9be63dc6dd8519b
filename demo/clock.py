"""Time in the simulation: whole milliseconds since 1970, UTC."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sectors.hours.schedule import WorkHours

Ms = int

SECOND: Ms = 1000
MINUTE: Ms = 60 * SECOND
HOUR: Ms = 60 * MINUTE
DAY: Ms = 24 * HOUR


def to_ms(at: datetime) -> Ms:
    return round(at.timestamp() * 1000)


def from_ms(at: Ms) -> datetime:
    """Return an aware datetime in UTC, without rounding errors."""
    return datetime.fromtimestamp(at // 1000, UTC) + timedelta(milliseconds=at % 1000)


_DATES: dict[int, str] = {}


def stamp(at: Ms) -> str:
    """Format an instant for Postgres; dates are cached, since this is called millions of times."""
    day, rest = divmod(at, DAY)
    date = _DATES.get(day)
    if date is None:
        date = _DATES[day] = from_ms(day * DAY).strftime("%Y-%m-%d")
    seconds, ms = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{date} {hours:02}:{minutes:02}:{seconds:02}.{ms:03}Z"


class OpenTime:
    """A sector's open intervals over a span, so that open time between two instants takes two look-ups.

    Equivalent to ``WorkHours.open_seconds_between`` within the span.
    """

    def __init__(self, hours: WorkHours, start: Ms, end: Ms) -> None:
        self.pieces = _pieces(hours, start, end)
        self._starts = [a for a, _b in self.pieces]
        self._before = [0, *accumulate(b - a for a, b in self.pieces)]

    def between(self, a: Ms, b: Ms) -> Ms:
        """Return the open milliseconds between two instants of the span."""
        return self._until(b) - self._until(a) if b > a else 0

    def is_open(self, at: Ms) -> bool:
        """Whether tickets can be opened at an instant of the span."""
        i = bisect_right(self._starts, at) - 1
        return i >= 0 and at < self.pieces[i][1]

    def _until(self, at: Ms) -> Ms:
        i = bisect_right(self._starts, at) - 1
        if i < 0:
            return 0
        start, end = self.pieces[i]
        return self._before[i] + min(at, end) - start


def _pieces(hours: WorkHours, start: Ms, end: Ms) -> list[tuple[Ms, Ms]]:
    pieces = []
    at, last = from_ms(start), from_ms(end)
    open_now = hours.is_open(at)
    while at < last:
        change = hours.next_change(at)
        until = last if change is None or change > last else change.astimezone(UTC)
        if open_now:
            pieces.append((to_ms(at), to_ms(until)))
        at, open_now = until, not open_now
    return pieces
