"""Many tickets are closed or moved while others act on the same (docs/rules.md, Many at once)."""

from functools import partial

from core.errors import DomainError
from tests.builders import Desk, fresh
from tickets import operations
from tickets.models import TicketTag

from .parallel import at_once, succeeded


def _done(outcomes: list[operations.Outcome]) -> set:
    """Return the tickets that were done; the others must have been refused for a reason of the domain."""
    assert not [outcome for outcome in outcomes if outcome.code == "failed"]
    return {outcome.ticket_id for outcome in outcomes if outcome.done}


def test_two_managers_close_the_same_at_once_and_each_ticket_is_closed_by_one(desk: Desk) -> None:
    desk.agent_online(limit=3)
    tickets = [desk.open_ticket().pk for _ in range(12)]
    one, other = desk.manager(), desk.manager()
    calls = [
        partial(operations.close_many, tickets, by=desk.by(one), tag_ids=[desk.tags[0].pk]),
        partial(operations.close_many, tickets[::-1], by=desk.by(other), tag_ids=[desk.tags[1].pk]),
    ]
    first, second = map(_done, succeeded(at_once(*calls)))
    assert first | second == set(tickets)
    assert not first & second
    for pk in tickets:
        ticket = fresh(pk)
        assert ticket.closed_by == (one if pk in first else other)
        assert TicketTag.objects.get(ticket=pk).tag == desk.tags[0 if pk in first else 1]


def test_many_are_closed_while_their_agents_close_them(desk: Desk) -> None:
    agents = [desk.agent_online(limit=2) for _ in range(3)]
    tickets = [desk.open_ticket() for _ in range(6)]
    close_own = [
        partial(operations.close, t.pk, by=desk.by(t.agent), tag_ids=[desk.tags[1].pk]) for t in tickets if t.agent
    ]
    assert len(close_own) == len(agents) * 2
    bulk = partial(operations.close_many, [t.pk for t in tickets], by=desk.by(), tag_ids=[desk.tags[0].pk])
    results = succeeded(at_once(bulk, *close_own))
    done = _done(results[0])
    for ticket in tickets:
        now = fresh(ticket)
        expected = (desk.administrator, desk.tags[0]) if ticket.pk in done else (ticket.agent, desk.tags[1])
        assert (now.closed_by, now.tags.get()) == expected


def test_many_are_moved_while_agents_take_and_close(desk: Desk) -> None:
    desk.limit(8)
    desk.overfull = True
    takers = [desk.agent() for _ in range(3)]
    sector = desk.add_sector()
    queue = sector.queues.get()
    tickets = [desk.open_ticket() for _ in range(9)]
    take = [partial(operations.take, t.pk, by=desk.by(takers[i % 3])) for i, t in enumerate(tickets)]
    move = partial(operations.transfer_many, [t.pk for t in tickets], queue, by=desk.by())
    back = partial(operations.assign_many, [t.pk for t in tickets[::-1]], takers[0], by=desk.by())
    results = at_once(move, back, *take)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DomainError):
            raise result
    assert _done(results[0]) == {t.pk for t in tickets}
    for ticket in tickets:
        now = fresh(ticket)
        assert now.status in {"waiting", "active"}
        assert now.sector == sector
