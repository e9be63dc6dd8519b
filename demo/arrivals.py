"""Ticket arrivals: a Poisson process whose rate depends on hour, weekday, growth and chance."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from .clock import DAY, MINUTE, Ms, OpenTime, from_ms
from .places import SectorPlan

BIN: Ms = 15 * MINUTE
#: Traffic at the start of the past, relative to its end.
GROWTH_FROM = 0.8
#: Load factor of a quarter of an hour with a rush.
RUSH = 9


@dataclass(frozen=True)
class Bin:
    """A quarter of an hour of a sector, clipped to its open time, with its weight."""

    start: Ms
    end: Ms
    sector: int
    weight: float


def bins_of(number: int, plan: SectorPlan, open_time: OpenTime, start: Ms, end: Ms, random: Random) -> list[Bin]:
    """Return the sector's quarters of an hour in [start, end), with weights that add up to its share."""
    zone, found = ZoneInfo(plan.timezone), []
    day_factor: dict[int, float] = {}
    for opens, closes in open_time.pieces:
        opens, closes = max(opens, start), min(closes, end)
        at = opens
        while at < closes:
            until = min(at - at % BIN + BIN, closes)
            local = from_ms(at).astimezone(zone)
            day = local.toordinal()
            if day not in day_factor:
                busy = 2.2 if random.random() < 0.015 else 1.0
                day_factor[day] = busy * math.exp(random.gauss(0, 0.15))
            growth = GROWTH_FROM + (1 - GROWTH_FROM) * (at - start) / max(end - start, 1)
            rate = _rate(plan, local.hour + local.minute / 60) * plan.weekdays[local.weekday()]
            rate *= RUSH if random.random() < 0.02 else math.exp(random.gauss(0, 0.6))
            found.append(Bin(at, until, number, rate * day_factor[day] * growth * (until - at)))
            at = until
    total = sum(b.weight for b in found)
    return [Bin(b.start, b.end, b.sector, plan.share * b.weight / total) for b in found] if total else []


def _rate(plan: SectorPlan, hour: float) -> float:
    peaks = (height * math.exp(-((_around(hour - at) / width) ** 2)) for at, width, height in plan.peaks)
    return 0.25 + sum(peaks)


def _around(difference: float) -> float:
    """Return a difference of hours across midnight, from -12 to 12."""
    return (difference + 12) % 24 - 12


def draw(bins: Sequence[Bin], tickets: int, random: Random) -> Iterator[tuple[Ms, int]]:
    """Yield ``tickets`` arrivals as (time, sector's index), in order.

    Given their total number, the arrivals of a Poisson process are independent draws from its rate: each is drawn
    from the bins by weight and is uniform within its bin.
    """
    ordered = sorted(bins, key=lambda b: (b.start, b.sector))
    cumulative = list(accumulate(b.weight for b in ordered))
    counts: Counter[int] = Counter()
    for _ in range(tickets):
        counts[bisect_left(cumulative, random.random() * cumulative[-1])] += 1
    batch: list[tuple[Ms, int]] = []
    slot = None
    for i, b in enumerate(ordered):
        if b.start // BIN != slot:
            yield from sorted(batch)
            batch, slot = [], b.start // BIN
        batch.extend((random.randrange(b.start, b.end), b.sector) for _ in range(counts[i]))
    yield from sorted(batch)


def tickets_a_day(tickets: int, start: Ms, end: Ms) -> float:
    """Return the mean number of arrivals per day."""
    return tickets / max((end - start) / DAY, 1 / 24)
