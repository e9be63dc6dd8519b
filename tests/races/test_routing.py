"""Routing when everything happens at once (docs/routing.md)."""

import os
from collections import Counter
from functools import partial

from orgs.models import User
from queues.models import Queue, Status
from tests.builders import Desk, fresh, put_on
from tickets.models import Ticket
from tickets.models.querysets import TicketQuerySet

from .parallel import Crew, succeeded

OPENINGS, AGENTS, LIMIT = 50, 10, 3
#: The long form: `RACE_RUNS=20 pytest tests/races/test_routing.py`.
RUNS = int(os.environ.get("RACE_RUNS", "5"))


def test_fifty_openings_on_two_lines_again_and_again(desk: Desk) -> None:
    agents = [desk.person(word="agent") for _ in range(AGENTS)]
    for agent in agents:
        desk.status(agent, Status.ONLINE)
    crew = Crew()
    for _run in range(RUNS):
        _fifty_at_once(desk, agents, crew)
    crew.dismiss()


def _fifty_at_once(desk: Desk, agents: list[User], crew: Crew) -> None:
    sector = desk.add_sector(queue_names=["First", "Second"], ticket_limit=LIMIT)
    lines = list(sector.queues.order_by("position"))
    for line in lines:
        put_on(line, *agents)
    succeeded(crew.at_once(*(partial(desk.open_ticket, queue=lines[i % 2]) for i in range(OPENINGS))))
    tickets = Ticket.objects.filter(sector=sector)
    load = Counter(tickets.active().values_list("agent", flat=True))
    assert load == {agent.pk: LIMIT for agent in agents}
    assert tickets.active().count() == AGENTS * LIMIT
    assert tickets.waiting().count() == OPENINGS - AGENTS * LIMIT
    # Whoever waits joined after everybody who was served.
    last_served = tickets.active().order_by("-queued_at")[0].queued_at
    assert not tickets.waiting().filter(queued_at__lt=last_served).exists()
    _is_served_in_order(desk, tickets, lines)


def _is_served_in_order(desk: Desk, tickets: TicketQuerySet, lines: list[Queue]) -> None:
    """Close two: who comes off the lines is who has waited longest; the others move up."""
    waiting = list(tickets.waiting().in_line_order())
    tag = tickets[0].sector.tags.all()[:1]
    for expected in waiting[:2]:
        desk.close(tickets.active()[0], tags=tag)
        assert fresh(expected).is_active
    for line in lines:
        rest = [t for t in waiting[2:] if t.queue_id == line.pk]
        places = Ticket.objects.waiting().filter(queue=line).with_position().in_line_order()
        assert [t.pk for t in places] == [t.pk for t in rest]
        assert [t.line_position for t in places] == list(range(1, len(rest) + 1))
