"""Tickets that their agent does not answer (docs/rules.md, Unanswered tickets)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from queues import operations as queues
from queues.models import Status
from tests.builders import Desk, fresh
from tickets import operations, service_rules
from tickets.conversation.event_texts import names_in, sentence
from tickets.models import Assignment, QueueStay, Ticket


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture
def five_minutes(desk: Desk) -> None:
    """The desk's sector gives back after five minutes."""
    desk.rules(give_back_after=5)


@pytest.mark.usefixtures("five_minutes")
def test_an_unanswered_ticket_goes_to_somebody_else(desk: Desk) -> None:
    silent, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    assert ticket.agent == silent
    assert operations.apply_service_rules(now=later(4)) == 0
    at = later(6)
    assert operations.apply_service_rules(now=at) == 1
    found = fresh(ticket)
    assert found.agent == other
    assert found.queued_at == ticket.queued_at
    segments = list(Assignment.objects.filter(ticket=ticket).order_by("started_at"))
    assert [(s.agent, s.ended, s.ended_at) for s in segments] == [(silent, "given_back", at), (other, "", None)]
    assert segments[1].reason["avoided"] is True
    assert [(s.left, s.left_at) for s in QueueStay.objects.filter(ticket=ticket)][1:] == [("assigned", at)]


@pytest.mark.usefixtures("five_minutes")
def test_the_line_of_the_conversation_says_why(desk: Desk) -> None:
    silent, _other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    operations.apply_service_rules(now=later(6))
    events = list(ticket.events.select_related("actor").order_by("number"))
    assert [event.kind for event in events] == ["opened", "assigned", "given_back", "assigned"]
    said = sentence(events[2], names_in(events))
    assert said == f"{silent.name} had not answered for 5 minutes: the ticket went back to its queue."


@pytest.mark.usefixtures("five_minutes")
def test_an_answer_keeps_the_ticket_for_good(desk: Desk) -> None:
    agent, _other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    at = later(3)
    desk.reply(ticket, agent, now=at)
    assert Assignment.objects.get(ticket=ticket).answered_at == at
    desk.message(ticket, now=later(4))
    assert operations.apply_service_rules(now=later(60)) == 0
    assert fresh(ticket).agent == agent


@pytest.mark.usefixtures("five_minutes")
@pytest.mark.parametrize("answered", [True, False])
def test_an_answer_counts_though_the_queue_was_archived_since(desk: Desk, answered: bool) -> None:
    """The conversation goes on with its agent, in a new segment: of the same assignment."""
    other = desk.add_queue()
    agent, _idle = desk.agent_online(desk.queue, other), desk.agent_online(desk.queue, other)
    ticket = desk.open_ticket()
    if answered:
        desk.reply(ticket, agent)
    queues.archive_queue(desk.queue, by=desk.by(), move_to=other)
    assert operations.apply_service_rules(now=later(6)) == (not answered)
    assert (fresh(ticket).agent == agent) is answered


@pytest.mark.usefixtures("five_minutes")
def test_a_note_is_no_answer(desk: Desk) -> None:
    agent, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    operations.add_note(ticket.pk, "I look into it", by=desk.by(agent))
    operations.apply_service_rules(now=later(6))
    assert fresh(ticket).agent == other


@pytest.mark.usefixtures("five_minutes")
def test_each_agent_has_the_whole_time(desk: Desk) -> None:
    one, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    desk.reply(ticket, one, now=later(1))
    operations.transfer_to_agent(ticket.pk, other, by=desk.by(one), now=later(4))
    assert operations.apply_service_rules(now=later(8)) == 0
    assert operations.apply_service_rules(now=later(10)) == 1
    assert fresh(ticket).agent == one


@pytest.mark.usefixtures("five_minutes")
def test_it_does_not_go_from_hand_to_hand_between_nobody(desk: Desk) -> None:
    """Nobody else is eligible, so it would come straight back: it stays, and goes the moment somebody else is."""
    silent = desk.agent_online()
    ticket = desk.open_ticket()
    assert operations.apply_service_rules(now=later(6)) == 0
    assert operations.return_unanswered(ticket.pk, now=later(6)) is False
    assert fresh(ticket).agent == silent
    assert Assignment.objects.filter(ticket=ticket).count() == 1
    other = desk.agent_online()
    assert operations.apply_service_rules(now=later(7)) == 1
    assert fresh(ticket).agent == other


@pytest.mark.usefixtures("five_minutes")
def test_the_ticket_of_who_is_not_there_waits_at_the_head_of_its_line(desk: Desk) -> None:
    silent = desk.agent_online(limit=1)
    ticket, behind = desk.open_ticket(), desk.open_ticket()
    desk.status(silent, Status.PAUSED)
    assert operations.apply_service_rules(now=later(6)) == 1
    assert [t.pk for t in desk.line()] == [ticket.pk, behind.pk]
    assert fresh(ticket).given_back_by == silent


@pytest.mark.usefixtures("five_minutes")
def test_the_same_agent_gets_it_where_there_is_nobody_else(desk: Desk) -> None:
    silent = desk.agent_online(limit=1)
    ticket, behind = desk.open_ticket(), desk.open_ticket()
    desk.status(silent, Status.OFFLINE)
    operations.apply_service_rules(now=later(6))
    desk.status(silent, Status.ONLINE)
    assert fresh(ticket).agent == silent
    assert fresh(behind).is_waiting
    assert Assignment.objects.filter(ticket=ticket).latest("started_at").reason["avoided"] is False


@pytest.mark.usefixtures("five_minutes")
def test_who_left_it_is_not_chosen_before_busier_ones(desk: Desk) -> None:
    silent, busy = desk.agent_online(limit=3), desk.agent()
    ticket = desk.open_ticket()
    desk.status(silent, Status.PAUSED)
    operations.apply_service_rules(now=later(6))
    desk.status(busy, Status.ONLINE)
    assert fresh(ticket).agent == busy
    # Once somebody has answered, nothing is held against anybody.
    desk.reply(fresh(ticket), busy)
    assert fresh(ticket).given_back_by is None


def test_without_the_rule_nothing_goes_back(desk: Desk) -> None:
    desk.agent_online(), desk.agent_online()
    desk.open_ticket()
    desk.rules(waiting_target=5)
    assert operations.apply_service_rules(now=later(600)) == 0


def test_a_new_rule_counts_from_its_setting(desk: Desk) -> None:
    _silent, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    Assignment.objects.filter(ticket=ticket).update(started_at=timezone.now() - timedelta(hours=1))
    desk.rules(give_back_after=5)
    assert operations.apply_service_rules(now=later(4)) == 0
    assert operations.return_unanswered(ticket.pk, now=later(4)) is False
    assert operations.apply_service_rules(now=later(6)) == 1
    assert fresh(ticket).agent == other


@pytest.mark.usefixtures("five_minutes")
def test_the_rule_is_its_sectors(desk: Desk) -> None:
    elsewhere = desk.add_sector()
    agents = [desk.agent_online(desk.queue, elsewhere.queues.get()) for _ in range(2)]
    ticket = desk.open_ticket(sector=elsewhere)
    assert operations.apply_service_rules(now=later(6)) == 0
    assert fresh(ticket).agent == agents[0]


@pytest.mark.usefixtures("five_minutes")
def test_the_figures_count_both_waits_and_both_agents(desk: Desk) -> None:
    start = timezone.now()

    def at(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    one, other = desk.agent(), desk.agent()
    ticket = desk.open_ticket(now=at(0))
    operations.take(ticket.pk, by=desk.by(one), now=at(2))
    operations.apply_service_rules(now=at(8))
    assert fresh(ticket).is_waiting
    operations.take(ticket.pk, by=desk.by(other), now=at(11))
    desk.reply(ticket, other, now=at(12))
    closed = desk.close(ticket, by=other, now=at(15))
    assert closed.waiting_seconds == (2 + 3) * 60
    assert closed.handling_seconds == (6 + 4) * 60
    assert closed.first_response_seconds == 12 * 60
    assert closed.transfer_count == 0
    handled = {a.agent: (a.ended_at - a.started_at).total_seconds() for a in ticket.assignments.all() if a.ended_at}
    assert handled == {one: 360, other: 240}


@pytest.mark.usefixtures("five_minutes")
def test_asking_what_is_due_takes_two_queries_whatever_there_is(desk: Desk, django_assert_num_queries) -> None:
    agent = desk.agent_online(limit=5)
    for _ in range(5):
        desk.open_ticket()
    desk.status(agent, Status.PAUSED)
    with django_assert_num_queries(2):
        assert len(service_rules.to_give_back(later(6))) == 5
    with django_assert_num_queries(2):
        assert len(service_rules.to_give_back(later(6), most=2)) == 2
    assert Ticket.objects.active().count() == 5
