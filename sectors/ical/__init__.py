"""Days of an iCalendar file (RFC 5545), to choose special days from (docs/rules.md, Special days)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from functools import partial
from time import thread_time
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.validation import megabytes
from sectors.operations.special_days import SpecialDay

from .events import Event, Reader, Refused, Why
from .series import Series, Window
from .stream import Block, Stream

__all__ = ["MAX_BYTES", "LeftOut", "Read", "Why", "read_days"]

MAX_BYTES = 1024 * 1024
#: Maximum number of days in a file; a larger file is rejected, not truncated. An event that alone has more is none of
#: special days, and left out.
MAX_DAYS = 400
#: How many years of recurring days are listed.
YEARS_AHEAD = 2
#: Seconds that working out the rules of a file may take: one of a few words can have millions of days, or none up to
#: the year 9999.
MAX_SECONDS = 3.0


@dataclass(frozen=True)
class LeftOut:
    """An event that gives no day: its name (may be empty), the line of the file where it begins (from 1), and why."""

    name: str
    line: int
    why: Why


@dataclass
class Read:
    """The days of a file, by date, and its events that give none, as they stand in the file."""

    days: list[SpecialDay] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def timed(self) -> int:
        """Return how many events have a time of day."""
        return sum(found.why == Why.TIMED for found in self.left_out)

    @property
    def reasons(self) -> list[tuple[Why, int]]:
        """Return why events are left out, each with their number."""
        counted = Counter(found.why for found in self.left_out)
        return [(why, counted[why]) for why in Why if counted[why]]


def read_days(content: bytes, today: date, zone: tzinfo = UTC) -> Read:
    """Return the whole days of a calendar file from ``today``'s year on; recurring ones for two years.

    ``zone``: the sector's, in which an instant is midnight where the file doesn't say. An event of several days
    yields each of them; one that recurs every year on the same date yields one yearly day. Each event is judged by
    itself, and those that give no day are named. Raises Invalid if the data isn't a calendar file, is too large, has
    too many days or takes too long.
    """
    if len(content) > MAX_BYTES:
        raise Invalid(
            _("The file is larger than %(limit)s MB.") % {"limit": megabytes(MAX_BYTES)},
            code="file_too_large",
            field="file",
        )
    stream = Stream(content)
    if not stream.is_calendar:
        raise Invalid(_("This is no calendar file (.ics)."), code="no_calendar", field="file")
    return _File(stream.blocks, today, zone).read()


@dataclass
class _Found:
    """An event of the file on its way to being one of a series."""

    block: Block
    reader: Reader
    event: Event | None
    original: date | None
    and_later: bool


class _File:
    def __init__(self, blocks: list[Block], today: date, zone: tzinfo) -> None:
        self.blocks = blocks
        self.window = Window(today, date(today.year, 1, 1), date(today.year + YEARS_AHEAD, 1, 1))
        self.zone = zone
        self.left_out: list[LeftOut] = []
        self.names: dict[int, str] = {}

    def read(self) -> Read:
        groups: dict[Any, list[_Found]] = {}
        for block in self.blocks:
            found = self._judged(block, partial(self._found, block))
            if found is not None:
                uid = found.reader.uid
                # Without an identifier an event belongs to nothing else.
                groups.setdefault((block.number, uid) if uid else block.line, []).append(found)
        days: dict[Any, SpecialDay] = {}
        began = thread_time()
        for group in groups.values():
            for block, series in self._series(group):
                self._check_time(thread_time() - began)
                offered = self._judged(block, partial(self._days, series)) or []
                for day in offered:
                    days.setdefault(day.key, day)
                if len(days) > MAX_DAYS:
                    raise Invalid(
                        _("The file has more than %(limit)d days.") % {"limit": MAX_DAYS},
                        code="too_many_special_days",
                        field="file",
                    )
        yearly = {key for key, day in days.items() if day.yearly}
        once = [day for day in days.values() if day.yearly or (day.day.month, day.day.day) not in yearly]
        return Read(
            days=sorted(once, key=lambda day: (day.day, day.label)),
            left_out=sorted(self.left_out, key=lambda left: left.line),
        )

    def _judged(self, block: Block, judge: Callable[[], Any]) -> Any:
        """Return what ``judge`` says of an event; None if it leaves it out."""
        try:
            return judge()
        except Invalid:
            raise
        except Refused as refused:
            self._leave_out(block, refused.why)
        except Exception:
            # The parsers raise many kinds of exception, and all mean that the event is malformed.
            self._leave_out(block, Why.UNREADABLE)
        return None

    def _found(self, block: Block) -> _Found:
        reader = Reader(block, self.zone)
        self.names[block.line] = reader.label
        event = None
        try:
            if reader.is_cancelled:
                raise Refused(Why.CANCELLED)
            event = reader.read()
            original, and_later = event.original, event.and_later
        except Exception as error:
            # Without a day of its own, it may still take one away from its series.
            original, and_later = reader.original()
            if original is None:
                raise
            self._leave_out(block, error.why if isinstance(error, Refused) else Why.UNREADABLE)
        return _Found(block, reader, event, original, and_later)

    def _series(self, group: list[_Found]) -> list[tuple[Block, Series]]:
        """Return the series of events with the same identifier; programs give one to events that are strangers."""
        heads = [found for found in group if found.original is None]
        latest = max((found.reader.sequence for found in heads), default=0)
        series = []
        for head in heads:
            if head.event is None:
                continue
            if head.reader.sequence < latest:
                self._leave_out(head.block, Why.REPLACED)
            else:
                series.append((head.block, Series(head.event)))
        repeating = [one for _block, one in series if one.event.repeats] or [one for _block, one in series]
        for single in group:
            if single.original is None:
                continue
            for one in repeating:
                _apply(single, one)
            if not repeating and single.event is not None:
                series.append((single.block, Series(single.event)))
        return series

    def _days(self, series: Series) -> list[SpecialDay]:
        found: list[SpecialDay] = []
        for day in series.days(self.window):
            found.append(day)
            if len(found) > MAX_DAYS:
                raise Refused(Why.TOO_MANY_DAYS)
        if not found:
            raise Refused(Why.OTHER_YEARS)
        return found

    def _leave_out(self, block: Block, why: Why) -> None:
        self.left_out.append(LeftOut(self.names.get(block.line, ""), block.line, why))

    @staticmethod
    def _check_time(seconds: float) -> None:
        if seconds > MAX_SECONDS:
            raise Invalid(
                _("This file takes too long to work out. Take events that repeat out of it."),
                code="calendar_takes_too_long",
                field="file",
            )


def _apply(single: _Found, series: Series) -> None:
    if single.event is not None:
        series.changed.append(single.event)
    elif single.and_later and single.original is not None:
        series.gone_from = min(single.original, series.gone_from or single.original)
    elif single.original is not None:
        series.gone.append(single.original)
