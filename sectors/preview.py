"""Previews of work hours: the coming week as bars, and the status at any moment."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from sectors.forms.week import ranges_in_words
from sectors.hours.schedule import DAY, Range, WorkHours

from .models import Sector

DAYS = 7


@dataclass(frozen=True)
class Bar:
    """An open interval of a day: start in minutes after midnight, and length in minutes, on the wall clock."""

    start: int
    length: int


@dataclass(frozen=True)
class StripDay:
    """A day of the preview; ``now`` is the current minute on today's row, None on the others."""

    day: date
    bars: tuple[Bar, ...]
    text: str
    special: str = ""
    is_special: bool = False
    now: int | None = None


def open_on(hours: WorkHours, day: date) -> list[Range]:
    """Return the open minutes of a date from midnight to midnight, including hours that began the evening before."""
    pieces = [(max(a, 0), min(b, DAY)) for a, b in hours.ranges_of(day) if a < DAY]
    pieces += [(0, min(b - DAY, DAY)) for _a, b in hours.ranges_of(day - timedelta(days=1)) if b > DAY]
    joined: list[Range] = []
    for start, end in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def strip(sector: Sector, now: datetime) -> list[StripDay]:
    """Return the seven days from today on, in the sector's zone; ``now`` is aware."""
    hours = sector.hours
    local = now.astimezone(hours.zone)
    labels = _labels(sector)
    found = []
    for offset in range(DAYS):
        day = local.date() + timedelta(days=offset)
        ranges = [(0, DAY)] if hours.always else open_on(hours, day)
        label = None if hours.always else labels.get(day, labels.get((day.month, day.day)))
        found.append(
            StripDay(
                day,
                tuple(Bar(a, b - a) for a, b in ranges),
                ranges_in_words(ranges) or _("closed"),
                label or "",
                label is not None,
                local.hour * 60 + local.minute if offset == 0 else None,
            )
        )
    return found


def _labels(sector: Sector) -> dict[date | tuple[int, int], str]:
    found: dict[date | tuple[int, int], str] = {}
    for row in sector.exceptions.all():
        found[(row.date.month, row.date.day) if row.yearly else row.date] = row.label
    return found


@dataclass(frozen=True)
class Answer:
    """Whether a sector is open at a moment, why, and when that changes (aware, in its zone; None: never)."""

    at: datetime
    is_open: bool
    changes_at: datetime | None
    special: str = ""
    is_special: bool = False

    @property
    def sentence(self) -> str:
        """The answer as text."""
        when = _moment("l,", self.at)
        first = (_("Open on %(when)s.") if self.is_open else _("Closed on %(when)s.")) % {"when": when}
        if self.changes_at is None:
            return first
        change = _moment("D", self.changes_at)
        then = _("Closes %(when)s.") if self.is_open else _("Opens %(when)s.")
        return f"{first} {then % {'when': change}}"


def _moment(weekday: str, at: datetime) -> str:
    """Format a weekday, a date and a time, for the end of a sentence: its full stop is that of "p.m." too."""
    moment = f"{formats.date_format(at, weekday)} {formats.date_format(at)}, {formats.time_format(at, 'TIME_FORMAT')}"
    return moment.removesuffix(".")


def answer_for(sector: Sector, at: datetime) -> Answer:
    """Return the sector's status at a moment: ``at`` is aware, or naive for the sector's own wall clock."""
    hours = sector.hours
    moment = at.astimezone(hours.zone) if at.tzinfo else at.replace(tzinfo=hours.zone)
    labels = _labels(sector)
    day = moment.date()
    label = None if hours.always else labels.get(day, labels.get((day.month, day.day)))
    return Answer(moment, hours.is_open(moment), hours.next_change(moment), label or "", label is not None)
