"""Contacts who stay silent (docs/rules.md, Silent contacts)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from orgs.models import User
from queues.models import Status
from tests.builders import Desk, fresh
from tests.refusals import refused
from tickets import errors, operations
from tickets.conversation.event_texts import names_in, sentence
from tickets.models import Message, MessageKind, Ticket


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def warnings_of(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC).order_by("number")
    return list(rows.values_list("text", flat=True))


@pytest.fixture
def agent(desk: Desk) -> User:
    """An agent; the sector warns after ten minutes of silence and closes after fifteen, with its second tag."""
    desk.rules(warn_after=10, warn_text="Still there?", close_after=15, close_tag=desk.tags[1])
    return desk.agent_online()


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    """A ticket whose agent has answered at minute 0, with a flow to be told."""
    ticket = desk.open_ticket(callback_url="https://flow.example.org/")
    desk.message(ticket)
    desk.reply(ticket, agent, now=later(0))
    return fresh(ticket)


def test_a_silent_contact_is_warned_once_then_the_ticket_is_closed(desk: Desk, agent: User, ticket: Ticket) -> None:
    waiting = desk.open_ticket()
    desk.limit(1)
    assert operations.apply_service_rules(now=later(9)) == 0
    assert operations.apply_service_rules(now=later(11)) == 1
    assert operations.apply_service_rules(now=later(12)) == 0
    assert warnings_of(ticket) == ["Still there?"]
    assert fresh(ticket).is_active
    assert operations.apply_service_rules(now=later(14)) == 0
    at = later(17)
    assert operations.apply_service_rules(now=at) == 1
    closed = fresh(ticket)
    assert (closed.status, closed.closed_at, closed.closed_by, closed.closed_by_flow) == ("closed", at, None, False)
    assert list(closed.tags.all()) == [desk.tags[1]]
    assert closed.agent == agent
    # The warning and the closing reach the flow; the answer before them too.
    assert [d.kind for d in closed.deliveries.order_by("number")] == ["msg.create", "msg.create", "room.update"]
    assert fresh(waiting).agent == agent


def test_the_warning_speaks_to_the_contact_by_name(desk: Desk, agent: User) -> None:
    desk.rules(warn_text="{{contact.name}}, {{agent.name}} waits for you in {{queue.name}}.")
    ticket = desk.open_ticket("maria")
    desk.reply(ticket, agent)
    operations.apply_service_rules(now=later(11))
    assert warnings_of(ticket) == [f"Maria, {agent.name} waits for you in {desk.queue.name}."]
    with refused("unknown_variable"):
        desk.rules(warn_text="{{ticket.position}}")


def test_the_conversation_says_why(desk: Desk, ticket: Ticket) -> None:
    operations.apply_service_rules(now=later(11))
    operations.apply_service_rules(now=later(17))
    event = ticket.events.select_related("actor").get(kind="closed")
    assert sentence(event, names_in([event])) == "The contact was silent for 15 minutes: the ticket was closed."
    assert event.data["tags"] == [desk.tags[1].name]


def test_a_message_of_the_contact_ends_the_silence(desk: Desk, agent: User, ticket: Ticket) -> None:
    operations.apply_service_rules(now=later(11))
    desk.message(ticket, "Yes!", now=later(12))
    assert operations.apply_service_rules(now=later(600)) == 0
    # The clock starts again with the next answer, and so does the warning.
    desk.reply(ticket, agent, now=later(601))
    assert operations.apply_service_rules(now=later(610)) == 0
    assert operations.apply_service_rules(now=later(612)) == 1
    assert len(warnings_of(ticket)) == 2
    assert fresh(ticket).is_active


def test_another_answer_of_the_agent_starts_the_clock_again(desk: Desk, agent: User, ticket: Ticket) -> None:
    operations.apply_service_rules(now=later(11))
    desk.reply(ticket, agent, "One more thing", now=later(12))
    assert operations.apply_service_rules(now=later(20)) == 0
    assert operations.apply_service_rules(now=later(23)) == 1
    assert operations.apply_service_rules(now=later(28)) == 1
    assert fresh(ticket).is_closed


def test_notes_and_what_the_bot_says_change_nothing(desk: Desk, agent: User, ticket: Ticket) -> None:
    operations.add_note(ticket.pk, "Silent", by=desk.by(agent), now=later(5))
    desk.message(ticket, "By the flow", incoming=False, now=later(6))
    assert operations.apply_service_rules(now=later(11)) == 1


def test_a_ticket_that_nobody_has_answered_is_not_silence(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket()
    assert operations.apply_service_rules(now=later(600)) == 0
    assert fresh(ticket).silent_since is None


@pytest.mark.parametrize("how", ["queue", "agent", "removed"])
def test_who_waits_for_another_agent_is_not_silent(desk: Desk, agent: User, ticket: Ticket, how: str) -> None:
    other = desk.agent_online()
    if how == "queue":
        operations.return_to_line(ticket.pk, by=desk.by(agent), now=later(9))
    elif how == "agent":
        operations.transfer_to_agent(ticket.pk, other, by=desk.by(agent), now=later(9))
    else:
        desk.remove(agent)
    assert operations.apply_service_rules(now=later(600)) == 0
    assert fresh(ticket).is_active
    assert warnings_of(ticket) == []


def test_who_is_warned_late_has_as_much_longer(ticket: Ticket) -> None:
    """The worker stood still: nobody is closed without the time that the warning gives."""
    assert operations.apply_service_rules(now=later(60)) == 1
    assert operations.apply_service_rules(now=later(64)) == 0
    assert fresh(ticket).is_active
    assert operations.apply_service_rules(now=later(66)) == 1
    assert fresh(ticket).is_closed


def test_a_rule_set_now_counts_from_now(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.reply(ticket, agent, now=later(-600))
    desk.rules(close_after=15, close_tag=desk.tags[0])
    assert operations.apply_service_rules(now=later(14)) == 0
    assert operations.close_silent_ticket(ticket.pk, now=later(14)) is False
    assert operations.apply_service_rules(now=later(16)) == 1
    assert fresh(ticket).is_closed


def test_warning_without_closing_and_closing_without_warning(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk.rules(close_after=None)
    assert operations.apply_service_rules(now=later(20)) == 1
    assert operations.apply_service_rules(now=later(600)) == 0
    assert fresh(ticket).is_active
    desk.rules(warn_after=None, close_after=30, close_tag=desk.tags[0])
    assert operations.apply_service_rules(now=later(31)) == 1
    assert fresh(ticket).is_closed
    assert len(warnings_of(ticket)) == 1


def test_a_silent_contact_of_who_is_offline_is_closed_too(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk.status(agent, Status.OFFLINE)
    operations.apply_service_rules(now=later(11))
    operations.apply_service_rules(now=later(17))
    assert fresh(ticket).is_closed


def test_the_warning_changes_no_figure(desk: Desk, agent: User, ticket: Ticket) -> None:
    before = fresh(ticket)
    operations.apply_service_rules(now=later(11))
    after = fresh(ticket)
    for name in ("unanswered_since", "unread_count", "first_response_at", "silent_since", "last_message_text"):
        assert getattr(after, name) == getattr(before, name), name


def test_what_fails_for_one_ticket_holds_up_no_other(
    desk: Desk, agent: User, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = desk.open_ticket()
    desk.reply(other, agent, now=later(1))
    said = operations.silence.send_automatic

    def fails_once(row: Ticket, *args: object) -> object:
        if row.pk == ticket.pk:
            raise RuntimeError
        return said(row, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(operations.silence, "send_automatic", fails_once)
    assert operations.apply_service_rules(now=later(12)) == 1
    assert len(warnings_of(other)) == 1
    assert warnings_of(ticket) == []
    assert fresh(ticket).line_count == ticket.line_count


def test_after_the_closing_the_contact_comes_through_the_flow_again(desk: Desk, ticket: Ticket) -> None:
    operations.apply_service_rules(now=later(11))
    operations.apply_service_rules(now=later(17))
    with refused(errors.TicketClosed.code):
        desk.message(ticket, "I am back", now=later(20))
    again, created = desk.open_or_present(ticket.contact.external_id)
    assert created
    assert again.pk != ticket.pk
