"""Simulates and writes a past of a given number of tickets and days."""

import math
from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import connection

from orgs.models import Project
from queues.models import StatusChange

from . import set_up
from .arrivals import bins_of, draw, tickets_a_day
from .clock import DAY, HOUR, MINUTE, Ms, from_ms, to_ms
from .now import PRESENT
from .places import SECTORS, SectorPlan
from .rows import COLUMNS, Rows
from .simulation import Simulation
from .world import Ticket
from .writer import CHUNK, Writer

#: An agent's time per ticket, from which team sizes are computed; and the target utilization.
HANDLING_HOURS = 0.17
USED = 0.55


def staff_for(plan: SectorPlan, tickets_daily: float) -> int:
    """Return how many agents a sector needs for reasonable waiting times."""
    busiest = tickets_daily * plan.share * 1.6 * max(plan.weekdays)
    shift_hours = 7.5 * plan.limit * USED
    days_off = 7 / 5 if plan.always_open else 1.0
    return math.ceil(busiest * HANDLING_HOURS / shift_hours * days_off)


def span(project: Project, days: int, until: datetime) -> tuple[Ms, Ms]:
    """Return the span to fill: up to the present shift at ``until``, or up to the first existing ticket."""
    end = to_ms(until) - PRESENT * MINUTE
    first = set_up.earliest(project)
    if first is not None:
        end = min(end, to_ms(first.opened_at) - HOUR)
    change = StatusChange.objects.filter(project=project).order_by("started_at").first()
    if change is not None:
        end = min(end, to_ms(change.started_at) - HOUR)
    return end - days * DAY, end


def write_past(
    project: Project, *, tickets: int, days: int, seed: int, until: datetime, show: Callable[[int], None]
) -> tuple[datetime, datetime]:
    """Add exactly ``tickets`` closed tickets; returns the span they fill.

    ``until`` is aware. In a project with tickets the new ones are older, so that agents' times don't overlap. The
    same seed, slug, span and people give the same tickets, including ids. ``show`` is called with the number done.
    """
    start, end = span(project, days, until)
    daily = tickets_a_day(tickets, start, end)
    for plan in SECTORS:
        logins = sum(plan.name in login.places for login in set_up.LOGINS)
        set_up.add_staff(project, plan, max(logins + plan.team, staff_for(plan, daily)), seed)
    sectors, agents = set_up.load(project, start, end)
    random = Random(f"{seed} {project.slug} {start} {tickets}")
    bins = [
        b
        for i, sector in enumerate(sectors)
        for b in bins_of(i, sector.plan, sector.open_time, start, end - 10 * MINUTE, random)
    ]
    with Writer() as writer:
        rows, done = Rows(project.pk.hex, set_up.world.Ids(random)), 0

        def closed(ticket: Ticket) -> None:
            nonlocal done
            rows.add(ticket)
            done += 1
            if rows.tickets >= CHUNK:
                hand_over()

        def hand_over() -> None:
            rows.add_stretches(simulation.stretches)
            simulation.stretches.clear()
            writer.put({table: list(lines) for table, lines in rows.tables.items()})
            rows.clear()
            show(done)

        simulation = Simulation(sectors, agents, start=start, end=end, random=random, seed=seed, on_closed=closed)
        simulation.run(draw(bins, tickets, random))
        hand_over()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(COLUMNS))
    return from_ms(start), from_ms(end)
