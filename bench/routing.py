"""Benchmark of routing (docs/routing.md, Figures): `python -m bench.routing [opening|rush|step|day] …`; all by
default.

Each figure is printed with its baseline: the same rows written by bare prepared SQL in the same run.
"""

import heapq
import multiprocessing
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from statistics import median, quantiles
from typing import Any

from bench.place import database, machine

FORK = multiprocessing.get_context("fork")
PER_SECOND, SECONDS, HISTORY = 20, 30, 20_000
ROUTERS, RUSH, AGENTS, EACH, WARMING = 8, 500, 100, 5, 3
LINES, STEPS = (10, 1_000, 100_000), 60
SERVERS, SEATS, HANDLING, LOAD, ARRIVALS = 5, 3, 600.0, 12.0, 3_456


def _show(what: str, value: float, floor: float, goal: str = "") -> None:
    print(f"  {what:<44} {value * 1000:9.1f} ms   floor {floor * 1000:7.2f} ms   × {value / floor:5.1f}   {goal}")


def _met(value: float, most: float) -> str:
    return f"goal ≤ {most * 1000:.0f} ms: {'met' if value <= most else 'MISSED'}"


def _together(count: int, work: Any) -> list:
    """Run ``work(number, gate)`` in that many processes, which start together once connected; return the results."""
    from django.db import connection

    connection.close()
    gate, answers = FORK.Barrier(count), FORK.SimpleQueue()

    def run(number: int) -> None:
        connection.ensure_connection()
        answers.put(work(number, gate))
        connection.close()

    crew = [FORK.Process(target=run, args=(number,)) for number in range(count)]
    for process in crew:
        process.start()
    said = [answers.get() for _ in crew]
    for process in crew:
        process.join()
    return said


def _people(desk: Any, count: int) -> list:
    from tests.builders import put_on

    people = [desk.person(word="agent") for _ in range(count)]
    put_on(desk.queue, *people)
    return people


def opening() -> None:
    """Time from receiving a ticket to the commit that assigns it."""
    from bench.filling import analyze, clone
    from bench.floor import Opening
    from queues.models import Status
    from tests.builders import Desk
    from tickets.models import Ticket

    desk = Desk.set_up(ticket_limit=100)
    people = _people(desk, AGENTS)
    for user in people:
        desk.status(user, Status.ONLINE)
    clone(Ticket.objects.get(pk=desk.closed_ticket().pk), HISTORY, "past", people)
    analyze()

    def work(number: int, gate: Any) -> list[float]:
        chance, found = random.Random(number), []
        gate.wait()
        due = time.perf_counter()
        for n in range(PER_SECOND * SECONDS // 2):
            due += chance.expovariate(PER_SECOND / 2)
            time.sleep(max(0.0, due - time.perf_counter()))
            ticket = desk.open_ticket(f"opening-{number}-{n}")
            found.append(time.perf_counter() - due)
            assert ticket.agent is not None
        return found

    times = [one for said in _together(2, work) for one in said]
    floor = Opening(Ticket.objects.active().filter(sector=desk.sector).select_related("contact")[0]).times(300)
    cuts, below = quantiles(times, n=100), quantiles(floor, n=100)
    print(f"\nOpened → assigned, {PER_SECOND} a second, {AGENTS} agents free, {HISTORY:,} tickets before:")
    for which in (50, 95, 99):
        _show(f"p{which}", cuts[which - 1], below[which - 1], _met(cuts[94], 0.1) if which == 95 else "")


def rush() -> None:
    """Tickets wait and all agents come online at once, each through one of several routers."""
    from bench.filling import analyze, clone, waiting
    from bench.floor import drain
    from queues.models import Status
    from tests.builders import Desk
    from tests.invariants import assert_invariants
    from tickets.models import SweepCatch, Ticket

    # The third is a warm-up: in production routers and their connections are warm when a rush comes.
    desks = [Desk.set_up(ticket_limit=EACH) for _ in range(3)]
    crews = [_people(desk, count) for desk, count in zip(desks, (AGENTS, AGENTS, ROUTERS * WARMING), strict=True)]
    for n, (desk, people) in enumerate(zip(desks, crews, strict=True)):
        for user in people:
            desk.status(user, Status.PAUSED)
        clone(desk.open_ticket(), len(people) * EACH - 1, f"rush{n}")
    analyze()
    (desk, _bare, warming), (people, bare_people, warming_people) = desks, crews

    def work(number: int, gate: Any) -> tuple[float, float]:
        for user in warming_people[number::ROUTERS]:
            warming.status(user, Status.ONLINE)
        gate.wait()
        start = time.perf_counter()
        for user in people[number::ROUTERS]:
            desk.status(user, Status.ONLINE)
        return start, time.perf_counter()

    said = _together(ROUTERS, work)
    took = max(end for _start, end in said) - min(start for start, _end in said)
    below = drain(desks[1].sector.pk, desks[1].queue.pk, [user.pk for user in bare_people], EACH)
    load = [Ticket.objects.active().filter(agent=user).count() for user in people]
    assert_invariants(desk.project)
    print(f"\n{RUSH} waiting, {AGENTS} agents come online at once, {ROUTERS} routers:")
    _show("until the last is assigned", took, below, _met(took, 1.0))
    broken, caught = sum(n > EACH for n in load), SweepCatch.objects.count()
    print(f"  {waiting(desk.queue)} left waiting, {broken} broken limits, {caught} caught by the sweep")


def step() -> None:
    """One free seat, with a short or a long queue."""
    from django.db import transaction

    from bench.filling import analyze, clone
    from bench.floor import step as bare_step
    from queues.models import AgentStatus, Status
    from tests.builders import Desk
    from tickets import routing

    print("\nOne step: the first of a line to the one agent with room:")
    for length in LINES:
        desk = Desk.set_up(ticket_limit=1)
        people = _people(desk, 20)
        for user in people:
            desk.status(user, Status.PAUSED)
        clone(desk.open_ticket(), length - 1, f"line{length}")
        # Bypass the operations, which would fill the seat at once.
        AgentStatus.objects.filter(user=people[0]).update(status=Status.ONLINE)
        analyze()
        times = []
        for _ in range(STEPS):
            with transaction.atomic():
                start = time.perf_counter()
                assert routing.route([desk.sector.pk]) == 1
                times.append(time.perf_counter() - start)
                transaction.set_rollback(True)
        below = bare_step(desk.sector.pk, desk.queue.pk, people[0].pk, STEPS)
        _show(f"{length:,} waiting", median(times), median(below))


def day() -> None:
    """Simulated time, passed as ``now``: Poisson arrivals, exponential handling, agents × seats."""
    from bench.erlang import erlang_c, ideal_waits, mean_wait, with_interval
    from queues.models import Status
    from tests.builders import FLOW, Desk
    from tickets import operations
    from tickets.models import Assignment

    chance, places, rate = random.Random(1), SERVERS * SEATS, LOAD / HANDLING
    gaps = [chance.expovariate(rate) for _ in range(ARRIVALS)]
    arrivals = list(accumulate(gaps))
    handling = [chance.expovariate(1 / HANDLING) for _ in range(ARRIVALS)]
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    desk = Desk.set_up(ticket_limit=SEATS)
    for user in _people(desk, SERVERS):
        desk.status(user, Status.ONLINE, now=begin, kept=True)
    number: dict[Any, int] = {}
    waits: dict[int, float] = {}
    # (seconds, order, ticket to close, or None for the next arrival)
    events: list[tuple[float, int, Any]] = [(came, n, None) for n, came in enumerate(arrivals)]
    started = time.perf_counter()
    while events:
        at, order, ticket = heapq.heappop(events)
        now = begin + timedelta(seconds=at)
        if ticket is not None:
            operations.close_by_flow(ticket, by=FLOW, now=now)
        else:
            number[desk.open_ticket(f"contact-{order}", now=now).pk] = order
        for pk in Assignment.objects.filter(sector=desk.sector, started_at=now).values_list("ticket", flat=True):
            who = number[pk]
            waits[who] = at - arrivals[who]
            heapq.heappush(events, (at + handling[who], ARRIVALS + who, pk))
    took = time.perf_counter() - started
    found = [waits[n] for n in range(ARRIVALS)]
    ideal = ideal_waits(arrivals, handling, places)
    mean, half = with_interval(found[ARRIVALS // 10 :])
    theory = mean_wait(places, LOAD, HANDLING)
    apart = max(abs(a - b) for a, b in zip(found, ideal, strict=True))
    had, should = sum(w > 0.001 for w in found) / ARRIVALS, erlang_c(places, LOAD)
    print(f"\n{arrivals[-1] / 3600:.0f} simulated hours, {ARRIVALS:,} arrivals, {LOAD} erlangs,")
    print(f"{SERVERS} agents × {SEATS} seats, handled in {HANDLING / 60:.0f} min ({took:.0f} s of work):")
    print(f"  mean wait    {mean:6.1f} s ± {half:.1f} (95 %)   Erlang C {theory:6.1f} s   × {mean / theory:.2f}")
    print(f"  had to wait  {had:6.1%}               Erlang C {should:6.1%}")
    print(f"  the same people at an ideal desk: no wait differs by more than {apart:.6f} s")


BENCHES = {"opening": opening, "rush": rush, "step": step, "day": day}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(BENCHES)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}")
    with database():
        for name in chosen:
            BENCHES[name]()
