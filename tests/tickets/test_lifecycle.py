"""The life of a ticket, with each refusal (docs/rules.md, Life of a ticket)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from core.errors import Invalid, NotAllowed
from orgs.models import ProjectRole
from queues.models import Status
from queues.operations import archive_queue
from sectors.models import Sector
from sectors.operations import archive_sector, update_sector
from tags.operations import archive_tag
from tests.builders import FLOW, Desk, fresh
from tickets import errors, operations
from tickets.models import EventKind, Message, QueueStay, Ticket

from .tools import MONDAY_NINE, kinds

OFFICE = ([(9 * 60, 18 * 60)],) * 5 + ((), ())


def try_opening(desk: Desk, **place: Any) -> None:
    operations.open_ticket(desk.project, operations.ContactFacts(external_id="somebody"), by=FLOW, **place)


# Opening


def test_a_new_ticket_waits_with_its_place_in_line(desk: Desk) -> None:
    ticket, created = desk.open_or_present()
    assert created
    assert (ticket.status, ticket.position, ticket.agent) == ("waiting", 1, None)
    assert kinds(ticket) == ["opened"]
    assert ticket.protocol


@pytest.mark.parametrize(
    ("zone", "day"), [("America/Sao_Paulo", "20261103"), ("UTC", "20261104"), ("Pacific/Kiritimati", "20261104")]
)
def test_a_protocol_carries_the_date_of_its_sector(desk: Desk, zone: str, day: str) -> None:
    Sector.objects.filter(pk=desk.sector.pk).update(timezone=zone)
    ticket = desk.open_ticket(sector=desk.sector, now=datetime(2026, 11, 4, 1, 30, tzinfo=UTC))
    assert ticket.protocol == f"{day}-{ticket.pk.hex[-8:].upper()}"


def test_with_a_sector_alone_the_first_queue_is_meant(desk: Desk) -> None:
    desk.add_queue("A second one")
    assert desk.open_ticket(sector=desk.sector).queue == desk.queue


def test_opening_again_answers_with_the_open_ticket(desk: Desk) -> None:
    first, _created = desk.open_or_present("same contact")
    again, created = desk.open_or_present("same contact", queue=desk.add_queue())
    assert (again.pk, created) == (first.pk, False)
    desk.close(first)
    later, created = desk.open_or_present("same contact")
    assert created
    assert later.pk != first.pk


def test_the_same_ticket_uuid_answers_with_its_ticket_even_when_closed(desk: Desk) -> None:
    first, _created = desk.open_or_present(ticket_uuid="flow-1")
    desk.close(first)
    again, created = desk.open_or_present(ticket_uuid="flow-1")
    assert (again.pk, created) == (first.pk, False)


def test_the_same_contact_id_in_two_projects_is_two_contacts(desk: Desk, other_desk: Desk) -> None:
    one, other = desk.open_ticket("same id"), other_desk.open_ticket("same id")
    assert one.contact_id != other.contact_id


def test_what_is_known_of_a_contact_is_brought_up_to_date(desk: Desk) -> None:
    desk.close(desk.open_ticket("contact"))
    facts = operations.ContactFacts(external_id="contact", name="New name", phone="+34 600")
    ticket, _created = operations.open_ticket(desk.project, facts, by=FLOW, sector_id=desk.sector.pk)
    assert (ticket.contact.name, ticket.contact.phone) == ("New name", "+34 600")


@pytest.mark.parametrize("at", ["2026-06-01T08:59+00:00", "2026-06-01T18:00+00:00"])
def test_outside_hours_the_answer_says_when_it_opens(desk: Desk, at: str) -> None:
    update_sector(desk.sector, by=desk.by(), always_open=False, week=OFFICE)
    with pytest.raises(errors.OutsideHours) as refusal:
        desk.open_ticket(now=datetime.fromisoformat(at))
    opens = datetime.fromisoformat(refusal.value.extra["opens_at"])
    assert opens.hour == 9
    assert opens > datetime.fromisoformat(at)
    assert "at 9:00 a.m. (UTC)" in str(refusal.value)
    assert not Ticket.objects.exists()


def test_within_hours_a_ticket_opens_and_goes_on_after_them(desk: Desk) -> None:
    agent = desk.agent_online()
    update_sector(desk.sector, by=desk.by(), always_open=False, week=OFFICE)
    ticket = desk.open_ticket("contact", now=MONDAY_NINE)
    night = MONDAY_NINE + timedelta(hours=13)
    desk.message(ticket, now=night)
    desk.reply(ticket, agent, now=night)
    again, created = desk.open_or_present("contact", now=night)
    assert (again.pk, created) == (ticket.pk, False)
    assert desk.close(ticket, by=agent, now=night).is_closed


def test_a_sector_that_never_opens_says_so(desk: Desk) -> None:
    update_sector(desk.sector, by=desk.by(), always_open=False)
    with pytest.raises(errors.OutsideHours) as refusal:
        desk.open_ticket()
    assert refusal.value.extra["opens_at"] is None


def test_where_a_ticket_can_not_be_opened(desk: Desk, other_desk: Desk) -> None:
    second, sector = desk.add_queue(), desk.add_sector()
    archive_queue(second, by=desk.by())
    archive_sector(sector, by=desk.by())
    refusals = [
        ({}, Invalid),
        ({"sector_id": uuid4()}, errors.UnknownPlace),
        ({"queue_id": uuid4()}, errors.UnknownPlace),
        ({"sector_id": other_desk.sector.pk}, errors.UnknownPlace),
        ({"queue_id": other_desk.queue.pk}, errors.UnknownPlace),
        ({"queue_id": desk.queue.pk, "sector_id": sector.pk}, Invalid),
        ({"queue_id": second.pk}, errors.Archived),
        ({"sector_id": sector.pk}, errors.Archived),
        ({"queue_id": sector.queues.get().pk}, errors.Archived),
    ]
    for place, refusal in refusals:
        with pytest.raises(refusal), transaction.atomic():
            try_opening(desk, **place)
    assert not Ticket.objects.exists()


def test_a_test_ticket_is_for_administrators(desk: Desk) -> None:
    ticket = operations.open_test_ticket(desk.member(desk.administrator), desk.sector, by=desk.by())
    assert ticket.source == "test"
    for user in (desk.manager(), desk.agent(), desk.person(ProjectRole.CONTRIBUTOR)):
        with pytest.raises(NotAllowed):
            operations.open_test_ticket(desk.member(user), desk.sector, by=desk.by(user))


# Conversation


def test_a_conversation_in_order(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.message(ticket, "Hello")
    desk.message(ticket, "Anybody?")
    desk.reply(ticket, agent, "Good morning")
    operations.add_note(ticket.pk, "A regular", by=desk.by(agent))
    lines = Message.objects.filter(ticket=ticket).order_by("number")
    assert [(m.kind, m.text) for m in lines] == [
        ("contact", "Hello"),
        ("contact", "Anybody?"),
        ("agent", "Good morning"),
        ("note", "A regular"),
    ]
    assert [m.number for m in lines] == [3, 4, 5, 6]


def test_what_lists_show_of_a_ticket_follows_its_messages(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    first = desk.message(ticket, "x" * 500)
    desk.message(ticket, "Second")
    ticket = fresh(ticket)
    assert (ticket.unread_count, ticket.last_message_text) == (2, "Second")
    assert ticket.unanswered_since == first.stored_at
    desk.reply(ticket, agent)
    ticket = fresh(ticket)
    assert (ticket.unread_count, ticket.unanswered_since) == (0, None)
    assert ticket.first_response_at is not None


def test_reading_is_the_agents_own(desk: Desk) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket()
    message = desk.message(ticket)
    operations.mark_read(ticket.pk, by=desk.by(manager))
    assert fresh(ticket).unread_count == 1
    operations.mark_read(ticket.pk, by=desk.by(agent))
    message.refresh_from_db()
    assert fresh(ticket).unread_count == 0
    assert message.seen_at is not None


@pytest.mark.parametrize("length", [10, 255, 256, 400])
def test_a_message_seen_before_is_stored_once(desk: Desk, length: int) -> None:
    ticket = desk.open_ticket()
    first, new = operations.receive(ticket.pk, "Hello", external_id="x" * length)
    again, new_again = operations.receive(ticket.pk, "Hello", external_id="x" * length)
    assert (first.pk, new, new_again) == (again.pk, True, False)


def test_a_message_seen_before_is_answered_also_after_closing(desk: Desk) -> None:
    ticket = desk.open_ticket()
    first, _new = operations.receive(ticket.pk, "Hello", external_id="m")
    closed = desk.close(ticket)
    assert operations.receive(ticket.pk, "Hello", external_id="m") == (first, False)
    with pytest.raises(errors.TicketClosed):
        operations.receive(ticket.pk, "More", external_id="n", now=closed.closed_at + timedelta(minutes=2))


def test_history_is_stored_once_and_has_no_numbers(desk: Desk) -> None:
    ticket = desk.open_ticket()
    rows = [
        operations.HistoryLine(True, MONDAY_NINE, "Hi"),
        operations.HistoryLine(False, MONDAY_NINE, "Hi"),
        operations.HistoryLine(True, MONDAY_NINE + timedelta(seconds=1), "Hi"),
    ]
    assert operations.add_history(ticket.pk, rows) == 3
    assert operations.add_history(ticket.pk, [*rows, operations.HistoryLine(True, MONDAY_NINE, "Ho")]) == 1
    assert Message.objects.filter(ticket=ticket, number=None).count() == 4
    assert fresh(ticket).unread_count == 0


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "x" * 10_001, None, 7])
def test_what_is_no_message(desk: Desk, text: Any) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    for refused in (
        lambda: operations.receive(ticket.pk, text * 7 if text and isinstance(text, str) else text),
        lambda: operations.reply(ticket.pk, text, by=desk.by(agent)),
        lambda: operations.add_note(ticket.pk, text, by=desk.by(agent)),
    ):
        with pytest.raises(Invalid):
            refused()


def test_only_the_tickets_agent_answers(desk: Desk) -> None:
    agent, colleague, manager = desk.agent_online(), desk.agent(), desk.manager()
    ticket = desk.open_ticket()
    for user in (colleague, manager, desk.administrator):
        with pytest.raises(NotAllowed):
            desk.reply(ticket, user)
    desk.reply(ticket, agent)
    operations.take(ticket.pk, by=desk.by(manager))
    with pytest.raises(NotAllowed):
        desk.reply(ticket, agent)
    desk.reply(ticket, manager)


def test_nobody_answers_a_waiting_or_closed_ticket(desk: Desk) -> None:
    agent = desk.agent()
    ticket = desk.open_ticket()
    with pytest.raises(NotAllowed):
        desk.reply(ticket, agent)
    desk.close(ticket)
    with pytest.raises(errors.TicketClosed):
        desk.reply(ticket, agent)


def test_notes_are_for_who_sees_the_ticket(desk: Desk) -> None:
    agent, colleague, manager = desk.agent_online(), desk.agent(), desk.manager()
    ticket = desk.open_ticket()
    for user in (agent, manager, desk.administrator):
        operations.add_note(ticket.pk, "Note", by=desk.by(user))
    with pytest.raises(NotAllowed):
        operations.add_note(ticket.pk, "Note", by=desk.by(colleague))
    with pytest.raises(NotAllowed):
        operations.add_note(ticket.pk, "Note", by=FLOW)
    desk.close(ticket)
    operations.add_note(ticket.pk, "Afterwards", by=desk.by(agent))


# Closing


def test_closing_needs_a_tag(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    with pytest.raises(errors.TagsRequired):
        desk.close(ticket, by=agent, tags=[])
    assert fresh(ticket).is_active


def test_closing_needs_tags_of_the_sector_that_can_be_chosen(desk: Desk, other_desk: Desk) -> None:
    ticket = desk.open_ticket()
    other = desk.add_sector()
    operations.close_by_flow(desk.open_ticket().pk, by=FLOW)
    of_flow = desk.sector.tags.get(closed_by_flow=True)
    archived = archive_tag(desk.tags[1], by=desk.by())
    for tag in (other.tags.all()[0], other_desk.tags[0], of_flow, archived):
        with pytest.raises(errors.ForeignTag):
            desk.close(ticket, tags=[desk.tags[0], tag])
    with pytest.raises(errors.ForeignTag):
        operations.close(ticket.pk, by=desk.by(), tag_ids=[uuid4()])
    assert fresh(ticket).is_waiting


def test_a_closed_ticket_keeps_what_happened(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.close(desk.open_ticket(), by=agent, tags=desk.tags)
    assert (ticket.status, ticket.agent, ticket.seat) == ("closed", agent, None)
    assert ticket.closed_by == agent
    assert set(ticket.tags.all()) == set(desk.tags)
    assert {row.closed_at for row in ticket.ticket_tags.all()} == {ticket.closed_at}
    assert kinds(ticket) == ["opened", "assigned", "closed"]
    assert ticket.events.get(kind=EventKind.CLOSED).data["tags"] == ["Resolved", "Complaint"]
    assert not QueueStay.objects.filter(ticket=ticket, left_at=None).exists()


def test_closing_twice_changes_nothing(desk: Desk) -> None:
    agent = desk.agent_online()
    first = desk.close(desk.open_ticket(), by=agent)
    second = desk.close(first, by=agent, tags=desk.tags[1:])
    assert second.closed_at == first.closed_at
    assert list(second.tags.all()) == desk.tags[:1]
    assert operations.close_by_flow(first.pk, by=FLOW).closed_by_flow is False


def test_the_flow_closes_with_its_own_tag(desk: Desk) -> None:
    ticket = desk.open_ticket(callback_url="https://flow.example.org/")
    closed = operations.close_by_flow(ticket.pk, by=FLOW)
    again = operations.close_by_flow(ticket.pk, by=FLOW)
    assert closed.closed_by_flow
    assert again.closed_at == closed.closed_at
    assert closed.tags.get().closed_by_flow
    # It knows: nothing is to be delivered.
    assert not closed.deliveries.exists()


def test_a_closing_by_a_person_is_told_to_the_flow_once(desk: Desk) -> None:
    ticket = desk.close(desk.open_ticket(callback_url="https://flow.example.org/"))
    desk.close(ticket)
    assert [d.kind for d in ticket.deliveries.all()] == ["room.update"]


def test_who_may_close(desk: Desk) -> None:
    agent, colleague, manager = desk.agent_online(), desk.agent(), desk.manager()
    elsewhere = desk.manager(desk.add_sector())
    contributor = desk.person(ProjectRole.CONTRIBUTOR)
    for user in (colleague, elsewhere):
        with pytest.raises(NotAllowed):
            desk.close(desk.open_ticket(), by=user)
    for user in (agent, manager, contributor, desk.administrator):
        ticket = desk.open_ticket(wanted_agent=agent)
        assert desk.close(ticket, by=user).is_closed


def test_nobody_of_another_project_does_anything(desk: Desk, other_desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    by = other_desk.by()
    for refused in (
        lambda: operations.close(ticket.pk, by=by, tag_ids=[desk.tags[0].pk]),
        lambda: operations.take(ticket.pk, by=by),
        lambda: operations.assign(ticket.pk, agent, by=by),
        lambda: operations.assign(ticket.pk, other_desk.administrator, by=by),
        lambda: operations.transfer_to_agent(ticket.pk, agent, by=by),
        lambda: operations.transfer_to_queue(ticket.pk, desk.queue, by=by),
        lambda: operations.transfer_to_queue(ticket.pk, other_desk.queue, by=by),
        lambda: operations.add_note(ticket.pk, "Note", by=by),
        lambda: operations.reply(ticket.pk, "Reply", by=by),
    ):
        with pytest.raises(NotAllowed), transaction.atomic():
            refused()
    assert fresh(ticket).agent == agent


# Figures


def test_the_figures_of_a_ticket(desk: Desk) -> None:
    def at(minutes: float) -> datetime:
        return MONDAY_NINE + timedelta(minutes=minutes)

    agent = desk.agent()
    ticket = desk.open_ticket(now=at(0))
    desk.status(agent, Status.PAUSED, now=at(1))
    operations.take(ticket.pk, by=desk.by(agent), now=at(2))
    desk.message(ticket, now=at(3))
    desk.message(ticket, now=at(4))
    desk.reply(ticket, agent, now=at(6))
    desk.message(ticket, now=at(7))
    desk.reply(ticket, agent, now=at(8))
    operations.return_to_line(ticket.pk, by=desk.by(agent), now=at(10))
    operations.take(ticket.pk, by=desk.by(agent), now=at(15))
    closed = desk.close(ticket, by=agent, now=at(17))
    assert closed.waiting_seconds == (2 + 5) * 60
    assert closed.first_response_seconds == 6 * 60
    assert closed.response_seconds == (3 + 1) / 2 * 60
    assert closed.handling_seconds == (8 + 2) * 60
    assert closed.waiting_open_seconds == closed.waiting_seconds


def test_figures_within_work_hours_count_open_time_only(desk: Desk) -> None:
    agent = desk.agent()
    update_sector(desk.sector, by=desk.by(), always_open=False, week=OFFICE)
    evening = MONDAY_NINE.replace(hour=17, minute=50)
    ticket = desk.open_ticket(now=evening)
    operations.take(ticket.pk, by=desk.by(agent), now=evening + timedelta(hours=15, minutes=20))
    desk.reply(ticket, agent, now=evening + timedelta(hours=15, minutes=30))
    closed = desk.close(ticket, by=agent, now=evening + timedelta(hours=16))
    assert closed.waiting_seconds == (15 * 60 + 20) * 60
    assert closed.waiting_open_seconds == (10 + 10) * 60
    assert closed.first_response_open_seconds == (10 + 20) * 60


def test_a_ticket_closed_before_anybody_had_it(desk: Desk) -> None:
    ticket = desk.open_ticket(now=MONDAY_NINE)
    closed = desk.close(ticket, now=MONDAY_NINE + timedelta(minutes=3))
    assert closed.waiting_seconds == 180
    assert closed.handling_seconds == 0
    assert closed.first_response_seconds is None
    assert closed.response_seconds is None
