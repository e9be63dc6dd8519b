"""Waiting in theory: Erlang's C for c places that serve a Poisson stream with exponential handling."""

import heapq
from statistics import mean, stdev


def erlang_c(places: int, load: float) -> float:
    """The probability that somebody has to wait; ``load`` in erlangs, below ``places``."""
    inverse = 1.0
    for k in range(1, places + 1):
        inverse = 1 + inverse * k / load
    blocked = 1 / inverse
    return blocked / (1 - load / places * (1 - blocked))


def mean_wait(places: int, load: float, handling: float) -> float:
    """The mean wait of all who come, in the unit of ``handling``."""
    return erlang_c(places, load) * handling / (places - load)


def with_interval(waits: list[float], batches: int = 20) -> tuple[float, float]:
    """The mean and half its 95% confidence interval by means of batches: waits of one day depend on each other."""
    size = len(waits) // batches
    means = [mean(waits[n * size : (n + 1) * size]) for n in range(batches)]
    return mean(means), 2.093 * stdev(means) / batches**0.5


def ideal_waits(arrivals: list[float], handling: list[float], places: int) -> list[float]:
    """The waits of the same people in the same order at places that know no rules: whoever comes first takes the
    place that is free first."""
    free = [0.0] * places
    waits = []
    for came, takes in zip(arrivals, handling, strict=True):
        begins = max(came, heapq.heappop(free))
        heapq.heappush(free, begins + takes)
        waits.append(begins - came)
    return waits
