"""Routing when everything happens at once (docs/routing.md)."""

from collections import Counter
from functools import partial

import pytest

from queues.models import Queue, Status
from tests.builders import Desk, fresh, put_on
from tests.invariants import assert_invariants
from tickets.models import Ticket

from .parallel import Crew, alone, succeeded

OPENINGS, AGENTS, LIMIT, RUNS = 50, 10, 3, 20


@pytest.mark.django_db(transaction=True)
def test_fifty_openings_on_two_lines_twenty_times() -> None:
    crew = Crew()
    with alone():
        for _run in range(RUNS):
            _fifty_at_once(crew)
    crew.dismiss()


def _fifty_at_once(crew: Crew) -> None:
    desk = Desk.set_up(queue_names=["First", "Second"], ticket_limit=LIMIT)
    lines = list(desk.sector.queues.order_by("position"))
    agents = [desk.person(word="agent") for _ in range(AGENTS)]
    for line in lines:
        put_on(line, *agents)
    for agent in agents:
        desk.status(agent, Status.ONLINE)
    succeeded(crew.at_once(*(partial(desk.open_ticket, queue=lines[i % 2]) for i in range(OPENINGS))))
    tickets = Ticket.objects.filter(project=desk.project)
    load = Counter(tickets.active().values_list("agent", flat=True))
    assert load == {agent.pk: LIMIT for agent in agents}
    assert tickets.active().count() == AGENTS * LIMIT
    assert tickets.waiting().count() == OPENINGS - AGENTS * LIMIT
    # Whoever waits joined after everybody who was served.
    last_served = tickets.active().order_by("-queued_at")[0].queued_at
    assert not tickets.waiting().filter(queued_at__lt=last_served).exists()
    assert_invariants(desk.project)
    _is_served_in_order(desk, lines)


def _is_served_in_order(desk: Desk, lines: list[Queue]) -> None:
    """Close two: who comes off the lines is who has waited longest; the others move up."""
    waiting = list(Ticket.objects.waiting().filter(project=desk.project).in_line_order())
    for expected in waiting[:2]:
        desk.close(Ticket.objects.active().filter(project=desk.project)[0])
        assert fresh(expected).is_active
    for line in lines:
        rest = [fresh(t) for t in waiting[2:] if t.queue_id == line.pk]
        assert [t.position for t in rest] == list(range(1, len(rest) + 1))
