"""Tickets whose agent went offline while the contact writes on (docs/rules.md, Agents who are offline)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from orgs.models import User
from queues import operations as queues
from queues.models import AgentStatus, Status
from tests.builders import Desk, fresh
from tickets import operations, service_rules
from tickets.conversation.event_texts import names_in, sentence
from tickets.models import Assignment, Ticket


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
def ten_minutes(desk: Desk) -> None:
    """Tickets of the desk's sector move on after ten minutes."""
    desk.rules(move_on_after=10)


def left_alone(desk: Desk, agent: User) -> Ticket:
    """Return a ticket that its agent answered before going offline, and whose contact wrote again."""
    ticket = desk.open_ticket()
    assert ticket.agent == agent
    desk.reply(ticket, agent)
    desk.status(agent, Status.OFFLINE)
    desk.message(ticket)
    return ticket


def test_it_goes_to_somebody_else(desk: Desk) -> None:
    gone, other = desk.agent_online(), desk.agent_online()
    ticket = left_alone(desk, gone)
    assert operations.apply_service_rules(now=later(9)) == 0
    at = later(11)
    assert operations.apply_service_rules(now=at) == 1
    found = fresh(ticket)
    assert found.agent == other
    assert found.queued_at == ticket.queued_at
    assert found.unanswered_since is not None
    segments = Assignment.objects.filter(ticket=ticket).order_by("started_at")
    assert [(s.agent, s.ended, s.ended_at) for s in segments] == [(gone, "given_back", at), (other, "", None)]


def test_the_line_of_the_conversation_says_why(desk: Desk) -> None:
    gone, _other = desk.agent_online(), desk.agent_online()
    ticket = left_alone(desk, gone)
    operations.apply_service_rules(now=later(11))
    events = list(ticket.events.select_related("actor").order_by("number"))
    assert [event.kind for event in events] == ["opened", "assigned", "given_back", "assigned"]
    with translation.override("en"):
        said = sentence(events[2], names_in(events))
    assert said == (
        f"{gone.name} had been offline for more than 10 minutes while the contact waited for an answer: "
        "the ticket went back to its queue."
    )


def test_where_nobody_is_there_it_waits_at_the_head_of_its_line(desk: Desk) -> None:
    gone = desk.agent_online(limit=1)
    ticket = desk.open_ticket()
    desk.reply(ticket, gone)
    behind = desk.open_ticket()
    desk.message(ticket)
    desk.status(gone, Status.OFFLINE)
    assert operations.apply_service_rules(now=later(11)) == 1
    assert [t.pk for t in desk.line()] == [ticket.pk, behind.pk]
    # Who comes back gets it as long as there is nobody else.
    desk.status(gone, Status.ONLINE)
    assert fresh(ticket).agent == gone


def test_it_waits_for_others_while_they_have_no_room(desk: Desk) -> None:
    gone, busy = desk.agent_online(limit=1), desk.agent_online()
    ticket, other = desk.open_ticket(), desk.open_ticket()
    assert (fresh(ticket).agent, fresh(other).agent) == (gone, busy)
    desk.message(ticket)
    desk.status(gone, Status.OFFLINE)
    operations.apply_service_rules(now=later(11))
    assert fresh(ticket).is_waiting
    desk.close(other, by=busy)
    assert fresh(ticket).agent == busy


def test_who_comes_back_in_time_keeps_it(desk: Desk) -> None:
    agent, _other = desk.agent_online(), desk.agent_online()
    ticket = left_alone(desk, agent)
    desk.status(agent, Status.ONLINE)
    assert operations.apply_service_rules(now=later(60)) == 0
    # The next absence has the whole time again.
    desk.status(agent, Status.OFFLINE, now=later(30))
    assert operations.apply_service_rules(now=later(39)) == 0
    assert operations.apply_service_rules(now=later(41)) == 1
    assert fresh(ticket).agent != agent


def test_what_the_contact_waits_for_counts_not_since_when(desk: Desk) -> None:
    """Nobody writes for hours after the agent went home; the first message then moves the ticket on."""
    agent, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    desk.reply(ticket, agent)
    desk.status(agent, Status.OFFLINE)
    assert operations.apply_service_rules(now=later(300)) == 0
    desk.message(ticket, now=later(301))
    assert operations.apply_service_rules(now=later(302)) == 1
    assert fresh(ticket).agent == other


def test_pausing_is_not_being_offline(desk: Desk) -> None:
    agent, _other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    desk.message(ticket)
    desk.status(agent, Status.PAUSED)
    assert operations.apply_service_rules(now=later(600)) == 0
    assert fresh(ticket).agent == agent


def test_a_lost_connection_counts_from_when_it_was_found_lost(desk: Desk) -> None:
    agent, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket()
    desk.message(ticket)
    AgentStatus.objects.filter(user=agent).update(seen_at=timezone.now() - timedelta(minutes=2))
    assert queues.set_lost_agents_offline() == 1
    assert operations.apply_service_rules(now=later(9)) == 0
    assert operations.apply_service_rules(now=later(11)) == 1
    assert fresh(ticket).agent == other


@pytest.mark.parametrize("was_ever_there", [False, True])
def test_who_is_given_it_while_offline_has_the_whole_time(desk: Desk, was_ever_there: bool) -> None:
    agent = desk.agent()
    if was_ever_there:
        desk.status(agent, Status.PAUSED, now=later(-90))
        desk.status(agent, Status.OFFLINE, now=later(-60))
    ticket = desk.open_ticket()
    desk.message(ticket)
    operations.assign(ticket.pk, agent, by=desk.by())
    assert operations.apply_service_rules(now=later(9)) == 0
    assert operations.move_on_from_offline(ticket.pk, now=later(9)) is False
    assert operations.apply_service_rules(now=later(11)) == 1
    assert fresh(ticket).is_waiting


def test_an_answer_from_elsewhere_keeps_it(desk: Desk) -> None:
    """A program may answer for an agent who is not on any page."""
    agent = desk.agent_online()
    ticket = left_alone(desk, agent)
    desk.reply(ticket, agent)
    assert operations.apply_service_rules(now=later(60)) == 0


def test_without_the_rule_and_in_other_sectors_nothing_moves(desk: Desk) -> None:
    elsewhere = desk.add_sector()
    agent, _other = (desk.agent_online(desk.queue, elsewhere.queues.get()) for _ in range(2))
    ticket = desk.open_ticket(sector=elsewhere)
    assert ticket.agent == agent
    desk.message(ticket)
    desk.status(agent, Status.OFFLINE)
    assert operations.apply_service_rules(now=later(60)) == 0
    desk.rules(elsewhere, waiting_target=5)
    assert operations.apply_service_rules(now=later(600)) == 0


def test_a_new_rule_counts_from_its_setting(desk: Desk) -> None:
    gone, other = desk.agent_online(), desk.agent_online()
    ticket = left_alone(desk, gone)
    AgentStatus.objects.filter(user=gone).update(since=timezone.now() - timedelta(hours=2))
    Assignment.objects.update(started_at=timezone.now() - timedelta(hours=3))
    desk.rules(move_on_after=8)
    assert operations.apply_service_rules(now=later(7)) == 0
    assert operations.move_on_from_offline(ticket.pk, now=later(7)) is False
    assert operations.apply_service_rules(now=later(9)) == 1
    assert fresh(ticket).agent == other


def test_a_conversation_that_an_agent_began_moves_on_too(desk: Desk) -> None:
    """It is the contact that counts: whoever wrote first, an answer came and nobody is there to read it."""
    gone, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket(wanted_agent=gone)
    desk.reply(ticket, gone, "Good morning")
    desk.status(gone, Status.OFFLINE)
    desk.message(ticket, "Good morning to you")
    operations.apply_service_rules(now=later(11))
    assert fresh(ticket).agent == other


def test_it_goes_on_by_the_clock_when_the_sector_is_closed(desk: Desk) -> None:
    gone, other = desk.agent_online(), desk.agent_online()
    ticket = left_alone(desk, gone)
    desk.sector.always_open = False
    desk.sector.save(update_fields=["always_open"])
    operations.apply_service_rules(now=later(11))
    assert fresh(ticket).agent == other


def test_the_figures_count_both_waits_and_both_agents_and_no_transfer(desk: Desk) -> None:
    start = timezone.now()

    def at(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    gone, other = desk.agent(), desk.agent()
    ticket = desk.open_ticket(now=at(0))
    operations.take(ticket.pk, by=desk.by(gone), now=at(2))
    desk.reply(ticket, gone, now=at(3))
    desk.message(ticket, now=at(5))
    operations.apply_service_rules(now=at(13))
    assert fresh(ticket).is_waiting
    operations.take(ticket.pk, by=desk.by(other), now=at(17))
    desk.reply(ticket, other, now=at(18))
    closed = desk.close(ticket, by=other, now=at(20))
    assert closed.waiting_seconds == (2 + 4) * 60
    assert closed.handling_seconds == (11 + 3) * 60
    assert closed.first_response_seconds == 3 * 60
    assert closed.response_seconds == 13 * 60
    assert closed.transfer_count == 0


def test_asking_what_is_due_takes_one_query_whatever_there_is(desk: Desk, django_assert_num_queries) -> None:
    agent = desk.agent_online(limit=5)
    for _ in range(5):
        desk.message(desk.open_ticket())
    desk.status(agent, Status.OFFLINE)
    with django_assert_num_queries(1):
        assert len(service_rules.to_move_on(later(11))) == 5
    with django_assert_num_queries(1):
        assert len(service_rules.to_move_on(later(11), most=2)) == 2
