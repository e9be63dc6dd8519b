"""Agents' shifts in their sector's local time, with breaks and days off, and the resulting status log."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from .clock import MINUTE, Ms, from_ms, to_ms
from .world import Agent, Sector

#: Share of days on which an agent is ill.
ABSENT = 0.03

#: (time, change): ``on``, ``break``, ``off``.
Change = tuple[Ms, str]


def days(start: Ms, end: Ms) -> Iterator[date]:
    """Yield the dates that can have a shift within the span, in any time zone."""
    day = (from_ms(start) - timedelta(days=1)).date()
    while day <= (from_ms(end) + timedelta(days=1)).date():
        yield day
        day += timedelta(days=1)


def shift(agent: Agent, place: int, day: date, random: Random) -> list[Change]:
    """Return the agent's changes of a day, in order; none on a day off. ``place`` is their index in the team."""
    sector = agent.home
    if sector is None:
        return []
    shifts = sector.plan.shifts
    starts, ends, pause = shifts[place % len(shifts)]
    if not _works(sector, place // len(shifts), day) or random.random() < ABSENT:
        return []
    zone = ZoneInfo(sector.plan.timezone)
    jitter = [random.randrange(-6 * MINUTE, 6 * MINUTE) for _ in range(3)]
    on = _at(day, starts, zone) + jitter[0]
    rest = _at(day, pause + (place // len(shifts)) % 3 * 20, zone) + jitter[1]
    off = _at(day, ends, zone) + jitter[2]
    back = rest + random.randrange(30, 55) * MINUTE
    return [(on, "on"), (rest, "break"), (back, "on"), (off, "off")]


def _works(sector: Sector, turn: int, day: date) -> bool:
    if sector.plan.always_open:
        return (day.toordinal() - 2 * turn) % 7 > 1
    return bool(sector.plan.week[day.weekday()])


def _at(day: date, minutes: int, zone: ZoneInfo) -> Ms:
    midnight = datetime(day.year, day.month, day.day)
    return to_ms((midnight + timedelta(minutes=minutes)).replace(tzinfo=zone))
