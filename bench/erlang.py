"""Queueing theory: Erlang C for c servers with Poisson arrivals and exponential service times."""

import heapq
from statistics import mean, stdev


def erlang_c(places: int, load: float) -> float:
    """Return the probability of having to wait; ``load`` in erlangs, below ``places``."""
    inverse = 1.0
    for k in range(1, places + 1):
        inverse = 1 + inverse * k / load
    blocked = 1 / inverse
    return blocked / (1 - load / places * (1 - blocked))


def mean_wait(places: int, load: float, handling: float) -> float:
    """Return the mean wait of all arrivals, in the unit of ``handling``."""
    return erlang_c(places, load) * handling / (places - load)


def with_interval(waits: list[float], batches: int = 20) -> tuple[float, float]:
    """Return the mean and half its 95% confidence interval, by batch means: successive waits are correlated."""
    size = len(waits) // batches
    means = [mean(waits[n * size : (n + 1) * size]) for n in range(batches)]
    return mean(means), 2.093 * stdev(means) / batches**0.5


def ideal_waits(arrivals: list[float], handling: list[float], places: int) -> list[float]:
    """Return the waits of the same arrivals with ideal first-come-first-served servers."""
    free = [0.0] * places
    waits = []
    for came, takes in zip(arrivals, handling, strict=True):
        begins = max(came, heapq.heappop(free))
        heapq.heappush(free, begins + takes)
        waits.append(begins - came)
    return waits
