"""Many at once: whatever they do to each other, what is always true stays true (checked after each by ``desk``)."""

import random
from contextlib import suppress
from functools import partial

import pytest

from core.errors import DomainError
from queues.models import Status
from tests.builders import FLOW, Desk, actor, fresh, put_on, take_off
from tickets import operations
from tickets.errors import NotEligible, TakenByAnother, ThereAlready, TicketClosed
from tickets.models import Message, Ticket

from .parallel import at_once, succeeded

ONLINE, PAUSED, OFFLINE = Status.ONLINE, Status.PAUSED, Status.OFFLINE


def _all_fine(results: list, *allowed: type[BaseException]) -> None:
    """Accept results and refusals of the kinds allowed; anything else (a deadlock, say) fails."""
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, allowed):
            raise result


def _tickets(desk: Desk) -> list[Ticket]:
    return list(Ticket.objects.filter(project=desk.project))


def test_a_contact_opened_twenty_times_at_once_has_one_ticket(desk: Desk) -> None:
    desk.agent_online()
    results = succeeded(at_once(*[partial(desk.open_or_present, "same contact")] * 20))
    assert len({ticket.pk for ticket, _created in results}) == 1
    assert sum(created for _ticket, created in results) == 1
    assert len(_tickets(desk)) == 1


def test_a_contact_opened_in_two_sectors_at_once_has_one_ticket(desk: Desk) -> None:
    other = desk.add_sector()
    calls = [partial(desk.open_or_present, "same contact", sector=s) for s in (desk.sector, other)]
    results = succeeded(at_once(*calls * 8))
    assert len({ticket.pk for ticket, _created in results}) == 1
    assert sum(created for _ticket, created in results) == 1


def test_a_ticket_uuid_sent_at_once_for_two_contacts_is_one_ticket(desk: Desk) -> None:
    calls = [partial(desk.open_or_present, f"contact {i}", ticket_uuid="same") for i in range(8)]
    results = succeeded(at_once(*calls))
    assert len({ticket.pk for ticket, _created in results}) == 1


def test_closing_while_tickets_come_in(desk: Desk) -> None:
    for _ in range(3):
        desk.agent_online(limit=2)
    present = [desk.open_ticket() for _ in range(9)]
    succeeded(at_once(*(partial(desk.close, t) for t in present), *(partial(desk.open_ticket) for _ in range(9))))
    assert len([t for t in _tickets(desk) if t.is_active]) == 6
    assert len([t for t in _tickets(desk) if t.is_waiting]) == 3


def test_a_ticket_closed_by_everybody_at_once_is_closed_once(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    succeeded(
        at_once(
            *[partial(desk.close, ticket, by=agent)] * 4,
            *[partial(desk.close, ticket, tags=desk.tags[1:])] * 4,
            *[partial(operations.close_by_flow, ticket.pk, by=FLOW)] * 4,
        )
    )
    assert ticket.events.filter(kind="closed").count() == 1
    assert ticket.ticket_tags.count() == 1


def test_of_those_who_take_a_ticket_at_once_one_has_it(desk: Desk) -> None:
    agents = [desk.agent() for _ in range(6)]
    ticket = desk.open_ticket()
    results = at_once(*(partial(operations.take, ticket.pk, by=desk.by(a)) for a in agents))
    losers = [r for r in results if isinstance(r, TakenByAnother)]
    assert len(losers) == 5
    winner = fresh(ticket).agent
    assert winner in agents
    assert all(winner.name in str(error) for error in losers)


def test_taking_at_once_respects_the_limit(desk: Desk) -> None:
    agent = desk.agent()
    desk.limit(2)
    waiting = [desk.open_ticket() for _ in range(6)]
    by = desk.by(agent)
    results = at_once(*(partial(operations.take, t.pk, by=by) for t in waiting))
    _all_fine(results, NotEligible)
    assert len([t for t in _tickets(desk) if t.is_active]) == 2


def test_agents_come_and_go_while_tickets_come_in(desk: Desk) -> None:
    agents = [desk.agent() for _ in range(4)]

    def restless(agent) -> None:
        choice = random.Random(str(agent.pk))
        for _ in range(8):
            desk.status(agent, choice.choice([ONLINE, ONLINE, PAUSED, OFFLINE]))

    succeeded(at_once(*(partial(restless, a) for a in agents), *(desk.open_ticket for _ in range(20))))


def test_agents_join_and_leave_queues_while_coming_and_going(desk: Desk) -> None:
    second, third = desk.add_queue(), desk.add_queue(sector=desk.add_sector())
    agents = [desk.agent() for _ in range(3)]
    lines = [desk.queue, second, third]
    for line in lines:
        desk.open_ticket(queue=line)

    def restless(agent, seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(6):
            what = choice.choice(
                [
                    partial(put_on, choice.choice(lines), agent),
                    partial(take_off, choice.choice(lines), agent),
                    partial(desk.status, agent, choice.choice([ONLINE, PAUSED])),
                ]
            )
            what()

    # Two changes of the same queue's list may both add one agent: the later one wins or is told.
    _all_fine(
        at_once(
            *(partial(restless, a, i) for i, a in enumerate(agents * 2)),
            *(partial(desk.open_ticket, queue=line) for line in lines * 4),
        ),
        DomainError,
    )


def test_transfers_there_and_back_at_once(desk: Desk) -> None:
    other = desk.add_sector()
    there, back = desk.queue, other.queues.get()
    agents = [desk.agent_online(there), desk.agent_online(back)]
    put_on(there, agents[1])
    tickets = [desk.open_ticket(queue=q) for q in (there, back) * 4]
    by = desk.by()

    def travel(ticket: Ticket, first, second) -> None:
        for _ in range(3):
            for queue in (first, second):
                # Where the other one has brought it meanwhile.
                with suppress(ThereAlready):
                    operations.transfer_to_queue(ticket.pk, queue, by=by)

    succeeded(
        at_once(
            *(partial(travel, t, *((back, there) if i % 2 else (there, back))) for i, t in enumerate(tickets)),
            *(partial(travel, t, *((there, back) if i % 2 else (back, there))) for i, t in enumerate(tickets)),
        )
    )


def test_everything_at_once_across_two_sectors(desk: Desk) -> None:
    """Transfers, closings, messages, notes, status: no deadlock, nothing lost, every rule kept."""
    other = desk.add_sector()
    lines = [desk.queue, other.queues.get(), desk.add_queue()]
    agents = [desk.agent_online(*lines) for _ in range(3)]
    tickets = [desk.open_ticket(queue=lines[i % 3]) for i in range(9)]
    by = desk.by()

    def busy(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(6):
            ticket = choice.choice(tickets)
            with suppress(TicketClosed, ThereAlready):
                choice.choice(
                    [
                        partial(operations.transfer_to_queue, ticket.pk, choice.choice(lines), by=by),
                        partial(operations.close_by_flow, ticket.pk, by=FLOW),
                        partial(desk.message, ticket, f"message {seed}"),
                        partial(operations.add_note, ticket.pk, f"note {seed}", by=by),
                        partial(desk.status, choice.choice(agents), choice.choice([ONLINE, PAUSED])),
                        desk.open_ticket,
                    ]
                )()

    succeeded(at_once(*(partial(busy, seed) for seed in range(10))))


def test_members_are_removed_while_tickets_are_routed_to_them(desk: Desk) -> None:
    staying = desk.agent_online(limit=2)
    leaving = [desk.agent_online() for _ in range(3)]
    before = [desk.open_ticket() for _ in range(6)]
    succeeded(
        at_once(
            *(partial(desk.remove, user) for user in leaving),
            *(desk.open_ticket for _ in range(8)),
            *(partial(desk.close, t) for t in before[:2]),
        )
    )
    for user in leaving:
        assert not Ticket.objects.active().filter(agent=user).exists()
    assert Ticket.objects.active().filter(agent=staying).count() == 2


def test_a_flood_of_messages_is_numbered_without_gaps(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flow.example.org/callback")
    by = actor(agent, desk.project)

    def flood(sender: int) -> None:
        for n in range(10):
            operations.receive(ticket.pk, f"{sender}/{n}", external_id=f"{sender}-{n}")
            if n % 5 == 0:
                operations.reply(ticket.pk, "yes", by=by)

    succeeded(at_once(*(partial(flood, i) for i in range(10))))
    texts = Message.objects.filter(ticket=ticket, kind="contact").order_by("number")
    for sender in range(10):
        mine = [m.text for m in texts if m.text.startswith(f"{sender}/")]
        assert mine == [f"{sender}/{n}" for n in range(10)]
    # Opened, assigned, a hundred of the contact, twenty of the agent.
    assert fresh(ticket).line_count == 122


def test_a_message_delivered_many_times_at_once_is_stored_once(desk: Desk) -> None:
    ticket = desk.open_ticket()
    results = succeeded(at_once(*[partial(operations.receive, ticket.pk, "Hi", external_id="m")] * 10))
    assert len({message.pk for message, _new in results}) == 1
    assert sum(new for _message, new in results) == 1


@pytest.mark.parametrize("limit", [1, 5])
def test_the_limit_is_changed_while_tickets_come_in(desk: Desk, limit: int) -> None:
    desk.overfull = True
    agents = [desk.agent_online(limit=3) for _ in range(3)]
    succeeded(at_once(*(desk.open_ticket for _ in range(12)), partial(desk.limit, limit)))
    load = [Ticket.objects.active().filter(agent=a).count() for a in agents]
    assert max(load) <= max(limit, 3)
    if limit == 5:
        assert sum(load) == 12
