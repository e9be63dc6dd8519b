"""What one event of a calendar file says: which whole days it is, or why it is left out."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import partial
from typing import Any

import icalendar
from icalendar.timezone import tzp

from core.text import one_line
from sectors.operations.special_days import LABEL_LENGTH

from .stream import Block

_DAY = timedelta(days=1)
_MIDNIGHT = time()
#: Rules that come more than once a day say nothing about days.
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TIMES_OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
#: What programs write of whole days that they store as times.
_MARKS = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY")

Moment = date | datetime


class Why(StrEnum):
    """Why an event gives no day.

    Replaced: the file has a newer version of it. Other years: it has no day in this year or the next.
    """

    TIMED = "timed"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    UNREADABLE = "unreadable"
    OTHER_YEARS = "other_years"
    TOO_MANY_DAYS = "too_many_days"


class Refused(Exception):
    """An event gives no day."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__(why)


@dataclass
class Event:
    """An event of whole days: its first day and the day after its last one, and how it repeats.

    ``original``: the day that it stands for in the series it belongs to (RECURRENCE-ID); with ``and_later``, also for
    all after it.
    """

    label: str
    first: date
    end: date
    rules: list[Any] = field(default_factory=list)
    more: list[date] = field(default_factory=list)
    without: list[date] = field(default_factory=list)
    original: date | None = None
    and_later: bool = False

    @property
    def repeats(self) -> bool:
        """Whether there is more than one occurrence."""
        return bool(self.rules or self.more)


class Reader:
    """Reads one event. ``zone`` is the sector's, for instants of which the file doesn't say where."""

    def __init__(self, block: Block, zone: tzinfo) -> None:
        self.block = block
        self.zone = zone
        body = "\r\n".join(["BEGIN:VEVENT", *block.properties.lines, "END:VEVENT", ""])
        # Of bytes; a text might be taken for the name of a file.
        self.event: Any = icalendar.Event.from_ical(body.encode("utf-8", "replace"))
        self.day: Callable[[Moment], date] = self._day_of_date

    @property
    def label(self) -> str:
        """Return its name as it fits a special day; empty if it has none."""
        text = str(self._one("SUMMARY") or "")[: 20 * LABEL_LENGTH]
        return one_line(text)[:LABEL_LENGTH].strip()

    @property
    def uid(self) -> str:
        return str(self._one("UID") or "")

    @property
    def sequence(self) -> int:
        try:
            return int(self._one("SEQUENCE") or 0)
        except (TypeError, ValueError):
            return 0

    @property
    def is_cancelled(self) -> bool:
        return (
            str(self._one("STATUS") or "").upper() == "CANCELLED"
            or self.block.calendar.value("METHOD").upper() == "CANCEL"
        )

    def original(self) -> tuple[date | None, bool]:
        """Return the day of its series that it stands for, and whether for those after it too."""
        found = self.event.get("RECURRENCE-ID")
        if found is None:
            return None, False
        later = str(found.params.get("RANGE", "")).upper() == "THISANDFUTURE"
        return self.day(found.dt), later

    def read(self) -> Event:
        """Return its days. Raises Refused where it has a time of day, and anything where it is malformed."""
        if self.block.is_cut or self.block.calendar.value("CALSCALE").upper() not in {"", "GREGORIAN"}:
            raise Refused(Why.UNREADABLE)
        if "EXRULE" in self.event:
            # Days that it takes away would be offered.
            raise Refused(Why.UNREADABLE)
        first, end = self._span()
        original, and_later = self.original()
        return Event(
            label=self.label,
            first=first,
            end=end,
            rules=[self._rule(rule) for rule in _several(self.event.get("RRULE"))],
            more=list(self._days("RDATE")),
            without=list(self._days("EXDATE")),
            original=original,
            and_later=and_later,
        )

    def _one(self, name: str) -> Any:
        found = _several(self.event.get(name))
        return found[0] if found else None

    def _span(self) -> tuple[date, date]:
        start: Moment = self.event["DTSTART"].dt
        end = self._end(start)
        if not isinstance(start, datetime):
            last = start + _DAY if end is None else _date(end)
            if isinstance(end, datetime) and end.time() != _MIDNIGHT:
                last += _DAY
            # An end before the start is a slip: the start is meant.
            return start, max(last, start + _DAY)
        marked = any(self.block.properties.value(name).upper() in {"TRUE", "1"} for name in _MARKS)
        for zone in self._zones(start):
            first = _wall(start, zone)
            last_moment = first if end is None else _wall(end, zone)
            if first.time() == _MIDNIGHT and _is_end_of_day(last_moment):
                self.day = partial(_day_in, zone or self.zone)
                return first.date(), max(_after(last_moment), first.date() + _DAY)
        if not marked:
            raise Refused(Why.TIMED)
        # Midnight somewhere, and the file doesn't say where.
        self.day = _nearest_day
        return _nearest_day(start), max(_nearest_day(end or start), _nearest_day(start) + _DAY)

    def _end(self, start: Moment) -> Moment | None:
        if self.event.get("DTEND") is not None:
            return self.event["DTEND"].dt
        if self.event.get("DURATION") is None:
            return None
        length: timedelta = self.event["DURATION"].dt
        return start + (length if isinstance(start, datetime) else timedelta(days=math.ceil(length / _DAY)))

    def _zones(self, start: Moment) -> list[tzinfo | None]:
        """Return where its wall clock may hang: one time of a zone is what that zone's clock says."""
        if isinstance(start, datetime) and not _is_instant(start):
            return [start.tzinfo]
        named = _zone_named(self.block.calendar.value("X-WR-TIMEZONE"))
        return [zone for zone in (named, self.zone, UTC) if zone is not None]

    def _day_of_date(self, moment: Moment) -> date:
        """Return the day that a moment means where the event itself has dates."""
        if _is_instant(moment):
            walls = (_wall(moment, zone) for zone in self._zones(moment))
            return next((wall.date() for wall in walls if wall.time() == _MIDNIGHT), _date(moment))
        return _date(moment)

    def _days(self, name: str) -> Iterator[date]:
        for found in _several(self.event.get(name)):
            for moment in found.dts:
                # A period begins where it says.
                yield self.day(moment.dt[0] if isinstance(moment.dt, tuple) else moment.dt)

    def _rule(self, rule: Any) -> Any:
        if not set(rule["FREQ"]) <= _FREQUENCIES:
            raise Refused(Why.UNREADABLE)
        found = icalendar.vRecur({key: value for key, value in rule.items() if key not in _TIMES_OF_DAY})
        if "UNTIL" in found:
            found["UNTIL"] = [self.day(moment) for moment in _several(found["UNTIL"])]
        return found


def _zone_named(name: str) -> tzinfo | None:
    """Return a time zone by its name in the database of zones or in Windows; None if nobody calls one so."""
    try:
        return tzp.timezone(name.strip("/")) if name else None
    except (ValueError, OSError):
        return None


def _several(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _date(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _is_instant(moment: Moment) -> bool:
    return isinstance(moment, datetime) and str(moment.tzinfo) in {"UTC", "Etc/UTC"}


def _wall(moment: Moment, zone: tzinfo | None) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, _MIDNIGHT)
    if _is_instant(moment) and zone is not None:
        moment = moment.astimezone(zone)
    return moment.replace(tzinfo=None)


def _day_in(zone: tzinfo, moment: Moment) -> date:
    return _wall(moment, zone).date()


def _is_end_of_day(moment: datetime) -> bool:
    return moment.time() == _MIDNIGHT or (moment.hour, moment.minute) == (23, 59)


def _after(moment: datetime) -> date:
    return moment.date() if moment.time() == _MIDNIGHT else moment.date() + _DAY


def _nearest_day(moment: Moment) -> date:
    return (_wall(moment, None) + timedelta(hours=12)).date()
