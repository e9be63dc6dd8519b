"""The days of one event of a calendar file, with the single occurrences that the file changes or takes away."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import icalendar
import recurring_ical_events

from sectors.operations.special_days import SpecialDay

from .events import Event

_DAY = timedelta(days=1)
#: Rules that may be one yearly day.
_YEARLY = frozenset({"FREQ", "WKST", "BYMONTH", "BYMONTHDAY", "INTERVAL"})
#: Where a yearly rule is looked at from; more than the eight years that may lie between two 29ths of February.
_YEARS_BACK = 9


@dataclass(frozen=True)
class Window:
    """The days that are asked for: from ``since`` up to the day before ``until``."""

    today: date
    since: date
    until: date


@dataclass
class Series:
    """An event, and what the file says of single occurrences of it.

    ``gone``: occurrences that are cancelled, have a time of day, or can't be read. ``gone_from``: all from then on.
    """

    event: Event
    changed: list[Event] = field(default_factory=list)
    gone: list[date] = field(default_factory=list)
    gone_from: date | None = None

    def days(self, window: Window) -> Iterator[SpecialDay]:
        """Yield the days in the window; of an event that comes every year on its date, yearly ones."""
        yearly = self._is_yearly(window)
        for first, end, label in self._occurrences(window, yearly=yearly):
            day = max(first, window.since)
            while day < min(end, window.until):
                yield SpecialDay(day, label, yearly=yearly)
                day += _DAY

    def _occurrences(self, window: Window, *, yearly: bool) -> Iterator[tuple[date, date, str]]:
        event = self.event
        if not event.repeats and not self.changed and not self.gone:
            if event.end > window.since and event.first < window.until:
                yield event.first, event.end, event.label
            return
        if yearly:
            event = _nearer(event, window)
        calendar = icalendar.Calendar()
        calendar.add_component(_component(event, self.gone))
        for changed in self.changed:
            calendar.add_component(_component(changed))
        found: Any
        for found in recurring_ical_events.of(calendar).between(window.since, window.until):
            if self.gone_from is None or found.start < self.gone_from:
                yield found.start, found.end, str(found.get("SUMMARY", ""))

    def _is_yearly(self, window: Window) -> bool:
        """Whether it is on its date in each year to come, without end and without exceptions."""
        event = self.event
        if len(event.rules) != 1 or not set(event.rules[0]) <= _YEARLY or self.gone_from is not None:
            return False
        rule, first = event.rules[0], event.first
        exceptions = [*event.more, *event.without, *self.gone]
        for changed in self.changed:
            exceptions += [changed.first, changed.original or changed.first]
        return (
            [str(value).upper() for value in rule["FREQ"]] == ["YEARLY"]
            and rule.get("INTERVAL", [1]) == [1]
            and rule.get("BYMONTH", [first.month]) == [first.month]
            and rule.get("BYMONTHDAY", [first.day]) == [first.day]
            and all(day < window.since for day in exceptions)
            and not any(changed.and_later for changed in self.changed)
            and _begins_by_next(first, window.today)
        )


def _begins_by_next(first: date, today: date) -> bool:
    """Whether no date of the day lies ahead before the first one."""
    if first <= today:
        return True
    return (first.year, first.month, first.day) <= (
        today.year + ((first.month, first.day) < (today.month, today.day)),
        first.month,
        first.day,
    )


def _nearer(event: Event, window: Window) -> Event:
    """Return a yearly event as beginning only some years ago: rules are worked out from their first day on."""
    year = max(event.first.year, window.since.year - _YEARS_BACK)
    while True:
        try:
            first = event.first.replace(year=year)
        except ValueError:
            year += 1
        else:
            return replace(event, first=first, end=first + (event.end - event.first), more=[], without=[])


def _component(event: Event, gone: list[date] | None = None) -> icalendar.Event:
    found = icalendar.Event()
    found.add("UID", "one")
    found.add("SUMMARY", event.label)
    found.add("DTSTART", event.first)
    found.add("DTEND", event.end)
    if event.original is not None:
        found.add("RECURRENCE-ID", event.original, parameters={"RANGE": "THISANDFUTURE"} if event.and_later else {})
    else:
        for rule in event.rules:
            found.add("RRULE", rule)
        if event.more:
            found.add("RDATE", event.more)
        if without := [*event.without, *(gone or [])]:
            found.add("EXDATE", without)
    return found
