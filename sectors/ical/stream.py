"""The events of an iCalendar stream (RFC 5545, section 3.4), each by itself: no line of one can spoil another.

Only the properties that say which days an event is are kept; ``icalendar`` reads their values.
"""

import re
from dataclasses import dataclass, field

from core.decoding import decode, encoding_of

_BREAK = re.compile(rb"\r\n|\r|\n")
_NAME = re.compile(r"\s*([A-Za-z0-9-]+)\s*[;:]")
#: What says which days an event is.
_OF_EVENTS = frozenset({
    "UID", "SEQUENCE", "STATUS", "SUMMARY", "DTSTART", "DTEND", "DURATION",
    "RRULE", "RDATE", "EXRULE", "EXDATE", "RECURRENCE-ID",
    "X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY",
})  # fmt: skip
_OF_CALENDARS = frozenset({"METHOD", "CALSCALE", "X-WR-TIMEZONE"})
#: A prefix that makes the name of a time zone unique in the world (section 3.2.19) says nothing about it.
_SLASH = re.compile(r';TZID=("?)/', re.IGNORECASE)
#: Whether a value is a date or a time, it says itself; some say something else here.
_KIND = re.compile(r"\A([A-Z-]+[^:]*?);VALUE=DATE(-TIME)?(?=[;:])", re.IGNORECASE)


@dataclass
class Properties:
    """Content lines, unfolded, by the name of their property."""

    lines: list[str] = field(default_factory=list)

    def value(self, name: str) -> str:
        """Return the value of a property as it stands there, or nothing."""
        for line in self.lines:
            if (match := _NAME.match(line)) and match[1].upper() == name:
                return line.partition(":")[2].strip()
        return ""


@dataclass
class Block:
    """An event as it stands in the file: its first line, from 1, and the calendar it is in.

    ``is_cut``: the file ends within it.
    """

    line: int
    number: int
    calendar: Properties
    properties: Properties = field(default_factory=Properties)
    is_cut: bool = False


class Stream:
    """Reads a stream of calendars: ``blocks`` are its events in order, ``is_calendar`` says if it is one at all.

    What is never closed ends where the next event begins, or its calendar ends.
    """

    def __init__(self, raw: bytes) -> None:
        self.blocks: list[Block] = []
        self.is_calendar = False
        self._calendar, self._calendars = Properties(), 0
        self._event: Block | None = None
        self._inside: list[str] = []
        for number, line in _unfolded(raw):
            self._read(number, line)
        if self._event is not None:
            self._event.is_cut = True
        self._close()

    def _read(self, number: int, line: str) -> None:
        verb, _, kind = line[:60].strip().upper().partition(":")
        kind = kind.strip()
        if verb.strip() == "BEGIN":
            self._begin(number, kind)
        elif verb.strip() == "END":
            self._end(kind)
        elif not self._inside and (match := _NAME.match(line)):
            if self._event is not None and match[1].upper() in _OF_EVENTS and not line.rstrip().endswith(":"):
                # Without a value it is as good as not there; some write all of them.
                self._event.properties.lines.append(_KIND.sub(r"\1", _SLASH.sub(r";TZID=\1", line.strip())))
            elif self._event is None and match[1].upper() in _OF_CALENDARS:
                self._calendar.lines.append(line.strip())

    def _begin(self, number: int, kind: str) -> None:
        if kind == "VCALENDAR":
            self._next_calendar()
        elif kind == "VEVENT":
            self._close()
            self._event = Block(number, self._calendars, self._calendar)
        else:
            self._inside.append(kind)
        self.is_calendar = self.is_calendar or kind in {"VCALENDAR", "VEVENT"}

    def _end(self, kind: str) -> None:
        if kind == "VCALENDAR":
            self._next_calendar()
        elif kind == "VEVENT":
            self._close()
        elif kind in self._inside:
            del self._inside[self._inside.index(kind) :]

    def _next_calendar(self) -> None:
        self._close()
        self._calendar, self._calendars = Properties(), self._calendars + 1

    def _close(self) -> None:
        if self._event is not None:
            self.blocks.append(self._event)
        self._event = None
        self._inside = []


def _unfolded(raw: bytes) -> list[tuple[int, str]]:
    """Return the lines with their numbers, whole again. A fold may cut a letter in two, so bytes are put together."""
    encoding = encoding_of(raw)
    if encoding.startswith(("utf-16", "utf-32")):
        raw = decode(raw, encoding).encode("utf-8", "replace")
    parts: list[tuple[int, list[bytes]]] = []
    for number, line in enumerate(_BREAK.split(raw), 1):
        if line[:1] in {b" ", b"\t"} and parts:
            parts[-1][1].append(line[1:])
        elif line:
            parts.append((number, [line]))
    whole = [(number, b"".join(found)) for number, found in parts]
    encoding = encoding_of(b"\n".join(line for _number, line in whole))
    return [(number, decode(line, encoding)) for number, line in whole]
