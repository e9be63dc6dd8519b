"""Service rules beside what people do at the same moment: one of the two wins, whole."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from core.errors import NotAllowed
from orgs.models import User
from tests.builders import Desk, fresh
from tickets import operations
from tickets.models import Assignment, Message, MessageKind, Ticket

from .parallel import Crew, at_once, overlapping, succeeded

ROUNDS, WORKERS = 6, 4


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_answer_and_the_giving_back_at_the_worst_moment(desk: Desk, answer_first: bool) -> None:
    """The first one wins: either the agent keeps the ticket, or the answer is refused and not in the conversation."""
    desk.rules(give_back_after=5)
    silent, other = desk.agent_online(), desk.agent_online()
    ticket, now = desk.open_ticket(), later(6)
    answer = partial(desk.reply, ticket, silent)
    give_back = partial(operations.return_unanswered, ticket.pk, now=now)
    results = overlapping(*((answer, give_back) if answer_first else (give_back, answer)))
    segment = Assignment.objects.get(ticket=ticket, ended_at=None)
    if answer_first:
        assert isinstance(results[0], Message)
        assert results[1] is False
        assert segment.agent == silent
        assert segment.answered_at is not None
    else:
        assert results[0] is True
        assert isinstance(results[1], NotAllowed)
        assert segment.agent == other
        assert segment.answered_at is None
        assert not Message.objects.filter(ticket=ticket).exists()


def test_answers_and_giving_back_all_at_once(desk: Desk) -> None:
    desk.rules(give_back_after=5)
    agents = [desk.agent_online(limit=ROUNDS) for _ in range(3)]
    tickets = [desk.open_ticket() for _ in range(2 * ROUNDS)]
    now = later(6)
    answers = [partial(desk.reply, ticket, ticket.agent) for ticket in tickets]
    results = at_once(*answers, *[partial(operations.apply_service_rules, now=now)] * WORKERS)
    for ticket, result in zip(tickets, results, strict=False):
        first = Assignment.objects.filter(ticket=ticket).earliest("started_at")
        if isinstance(result, Message):
            assert first.answered_at is not None or fresh(ticket).agent == ticket.agent
        else:
            assert isinstance(result, NotAllowed), result
            assert first.ended == "given_back"
    given_back = Assignment.objects.filter(ended="given_back").count()
    assert sum(succeeded(results[len(tickets) :])) == given_back
    assert {t.agent for t in map(fresh, tickets)} <= set(agents)


def test_many_workers_give_each_ticket_back_once(desk: Desk) -> None:
    desk.rules(give_back_after=5)
    silent = desk.agent_online(limit=20)
    tickets = [desk.open_ticket() for _ in range(12)]
    assert {ticket.agent for ticket in tickets} == {silent}
    desk.agent_online()
    results = succeeded(at_once(*[partial(operations.apply_service_rules, now=later(6))] * WORKERS))
    assert sum(results) == len(tickets)
    for ticket in tickets:
        assert Assignment.objects.filter(ticket=ticket, ended="given_back").count() == 1
        assert ticket.events.filter(kind="given_back").count() == 1


def test_many_workers_move_each_ticket_on_once(desk: Desk) -> None:
    """With little room elsewhere: what finds none waits, and nobody gets more than the limit."""
    desk.rules(move_on_after=5)
    gone = desk.agent_online(limit=6)
    tickets = [desk.open_ticket() for _ in range(6)]
    for ticket in tickets:
        desk.message(ticket)
    desk.status(gone, "offline")
    desk.limit(2)
    others = [desk.agent_online() for _ in range(2)]
    results = succeeded(at_once(*[partial(operations.apply_service_rules, now=later(6))] * WORKERS))
    assert sum(results) == len(tickets)
    for ticket in tickets:
        assert Assignment.objects.filter(ticket=ticket, ended="given_back").count() == 1
        assert ticket.events.filter(kind="given_back").count() == 1
    held = [Ticket.objects.active().filter(agent=other).count() for other in others]
    assert (held, len(desk.line())) == ([2, 2], 2)


@pytest.mark.parametrize("on_queue", [True, False])
@pytest.mark.parametrize("back_first", [True, False])
def test_an_agent_who_comes_back_and_the_moving_on_at_the_worst_moment(
    desk: Desk, back_first: bool, on_queue: bool
) -> None:
    """Who is first wins, whole, also where the agent is a manager on no queue, whose sectors are not locked."""
    desk.rules(move_on_after=5)
    agent = desk.agent() if on_queue else desk.manager()
    ticket = desk.open_ticket()
    operations.take(ticket.pk, by=desk.by(agent))
    desk.message(ticket)
    desk.status(agent, "online")
    desk.status(agent, "offline")
    other = desk.agent_online()
    come_back = partial(desk.status, agent, "online")
    move_on = partial(operations.move_on_from_offline, ticket.pk, now=later(6))
    results = overlapping(*((come_back, move_on) if back_first else (move_on, come_back)))
    assert results == ([None, False] if back_first else [True, None])
    assert fresh(ticket).agent == (agent if back_first else other)


def test_moving_on_while_everybody_comes_back_and_answers(desk: Desk) -> None:
    desk.rules(move_on_after=5)
    desk.limit(3)
    agents = [desk.agent_online() for _ in range(3)]
    tickets = [desk.open_ticket() for _ in range(6)]
    for ticket in tickets:
        desk.message(ticket)
    for agent in agents:
        desk.status(agent, "offline")
    answers = [partial(desk.reply, ticket, ticket.agent) for ticket in tickets]
    results = at_once(
        *answers,
        *[partial(desk.status, agent, "online") for agent in agents],
        *[partial(operations.apply_service_rules, now=later(6))] * WORKERS,
    )
    for ticket, result in zip(tickets, results, strict=False):
        first = Assignment.objects.filter(ticket=ticket).earliest("started_at")
        assert isinstance(result, Message) or (isinstance(result, NotAllowed) and first.ended == "given_back"), result
    succeeded(results[len(tickets) :])
    assert all(fresh(ticket).is_active for ticket in tickets)
    assert max(Ticket.objects.active().filter(agent=agent).count() for agent in agents) <= 3


@pytest.mark.parametrize("message_first", [True, False])
def test_a_message_and_the_closing_for_silence_at_the_worst_moment(desk: Desk, message_first: bool) -> None:
    desk.rules(close_after=5, close_tag=desk.tags[0])
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.reply(ticket, agent)
    write = partial(desk.message, ticket, "Here I am")
    close = partial(operations.close_silent_ticket, ticket.pk, now=later(6))
    results = overlapping(*((write, close) if message_first else (close, write)))
    said = Message.objects.filter(ticket=ticket, kind=MessageKind.CONTACT)
    if message_first:
        assert isinstance(results[0], Message)
        assert results[1] is False
        assert fresh(ticket).is_active
        assert said.count() == 1
    else:
        # The flow has not been told yet: the words are kept, after the closing.
        assert results[0] is True
        assert isinstance(results[1], Message)
        assert fresh(ticket).is_closed
        assert said.count() == 1


def test_many_workers_warn_once_and_close_once(desk: Desk) -> None:
    desk.rules(warn_after=5, warn_text="Still there?", close_after=10, close_tag=desk.tags[0])
    agent = desk.agent_online(limit=20)
    tickets = [desk.open_ticket() for _ in range(6)]
    for ticket in tickets:
        desk.reply(ticket, agent)
    crew = Crew()
    for minutes in (6, 12):
        results = succeeded(crew.at_once(*[partial(operations.apply_service_rules, now=later(minutes))] * WORKERS))
        assert sum(results) == len(tickets)
    crew.dismiss()
    for ticket in tickets:
        assert Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC).count() == 1
        assert ticket.events.filter(kind="closed").count() == 1


def test_silence_ends_everywhere_while_everybody_writes(desk: Desk) -> None:
    """Of each ticket either the closing or the contact came first; nothing in between is left."""
    desk.rules(close_after=5, close_tag=desk.tags[0])
    agent = desk.agent_online(limit=20)
    tickets = [desk.open_ticket() for _ in range(10)]
    for ticket in tickets:
        desk.reply(ticket, agent)
    writes = [partial(desk.message, ticket, "Here I am") for ticket in tickets]
    results = at_once(*writes, *[partial(operations.apply_service_rules, now=later(6))] * 2)
    for ticket, result in zip(map(fresh, tickets), results, strict=False):
        assert isinstance(result, Message), result
        assert ticket.silent_since is None
        assert ticket.unread_count == (0 if ticket.is_closed else 1)
    assert sum(succeeded(results[len(tickets) :])) == len([t for t in map(fresh, tickets) if t.is_closed])


def test_a_target_is_missed_once_by_many_workers(desk: Desk) -> None:
    desk.rules(waiting_target=5)
    tickets = [desk.open_ticket() for _ in range(10)]
    now = later(6)
    results = succeeded(at_once(*[partial(operations.mark_missed_targets, now=now)] * WORKERS))
    assert sum(results) == len(tickets)
    assert {fresh(ticket).target_missed_at for ticket in tickets} == {now}


def test_going_online_while_targets_are_missed(desk: Desk) -> None:
    """Marking holds rows that routing needs, and waits for none: nobody stands in anybody's way."""
    desk.rules(waiting_target=5)
    desk.limit(3)
    agents: list[User] = [desk.agent() for _ in range(4)]
    tickets = [desk.open_ticket() for _ in range(12)]
    now = later(6)
    succeeded(
        at_once(
            *[partial(desk.status, agent, "online") for agent in agents],
            *[partial(operations.mark_missed_targets, now=now)] * WORKERS,
        )
    )
    assert all(fresh(ticket).is_active for ticket in tickets)


def test_two_change_the_tags_at_once(desk: Desk) -> None:
    desk.rules(retag_for=60)
    agent = desk.agent_online()
    ticket: Ticket = desk.close(desk.open_ticket(), by=agent)
    calls = [
        partial(operations.retag, ticket.pk, by=desk.by(user), tag_ids=[tag.pk])
        for user, tag in ((agent, desk.tags[1]), (desk.administrator, desk.tags[0]))
    ]
    succeeded(at_once(*calls))
    assert fresh(ticket).tags.count() == 1
    events = list(ticket.events.filter(kind="retagged").order_by("number"))
    assert events[-1].data["after"] == [tag.name for tag in fresh(ticket).tags.all()]
