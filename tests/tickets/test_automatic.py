"""Automatic messages: when a sector writes to a contact by itself (docs/rules.md, Automatic messages)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from queues.models import Status
from sectors import operations as sectors
from sectors.models import Moment
from tests.builders import FLOW, Desk, fresh, put_on, take_off
from tests.pages import Pages, text_of
from tickets import operations
from tickets.conversation.transcript import page_before
from tickets.models import DeliveryState, Message, MessageKind, Source, Ticket
from tickets.operations.locking import lock_row
from tickets.webhooks import payloads

pytestmark = pytest.mark.django_db

#: A Monday at noon.
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OFFICE = [[(9 * 60, 18 * 60)]] * 5 + [[], []]
NOWHERE = "http://127.0.0.1:1/"


def texts(desk: Desk, *, every: int | None = None, **by_moment: str) -> None:
    """Set what the desk's sector says."""
    sectors.set_automatic_messages(desk.sector, by_moment, by=desk.by(), waiting_every=every)


def all_texts(desk: Desk) -> None:
    """Let the sector say each moment's name, and what the moment alone knows."""
    texts(
        desk,
        opening="Opening",
        waiting="Waiting {{ticket.position}}",
        assignment="Assigned to {{agent.name}}",
        closing="Closing",
        closed="Closed",
    )


def said(ticket: Ticket) -> list[str]:
    """Return what a ticket's contact was told automatically, in order."""
    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC).order_by("number")
    return list(rows.values_list("text", flat=True))


def office(desk: Desk) -> None:
    """Give the desk's sector office hours, in UTC."""
    sectors.update_sector(desk.sector, by=desk.by(), always_open=False, week=OFFICE)


def say(ticket: Ticket, text: str = "We are still here.", moment: str = "warning") -> Message:
    with transaction.atomic():
        row = lock_row(ticket.pk)
        message = operations.send_automatic(row, text, moment, timezone.now())
        row.save()
    return message


class TestSaying:
    def test_it_is_a_line_of_its_own_kind_on_its_way_to_the_contact(self, desk: Desk) -> None:
        ticket = desk.open_ticket(callback_url=NOWHERE)
        message = say(ticket)
        assert (message.kind, message.delivery) == (MessageKind.AUTOMATIC, DeliveryState.SENDING)
        assert message.deliveries.get().number == message.number == fresh(ticket).line_count
        [line] = [line for line in page_before(ticket).lines if line.kind == "auto"]
        assert (line.author, line.text, line.side) == ("Automatic message", "We are still here.", "auto")

    def test_it_answers_nothing(self, desk: Desk) -> None:
        agent = desk.agent_online()
        ticket = desk.open_ticket()
        desk.message(ticket, "Where is my order?")
        before = fresh(ticket)
        say(ticket)
        after = fresh(ticket)
        assert ticket.agent == agent
        assert after.first_response_at is None
        for name in ("unanswered_since", "unread_count", "last_message_text", "silent_since"):
            assert getattr(after, name) == getattr(before, name)

    def test_on_the_wire_it_is_nobody_s_and_says_what_for(self, desk: Desk) -> None:
        ticket = desk.open_ticket()
        shown = payloads.message(say(ticket), ticket)
        assert (shown["user"], shown["contact"], shown["metadata"]) == (None, None, {"automatic": "warning"})

    def test_without_an_address_it_is_stored_only(self, desk: Desk) -> None:
        message = say(desk.open_ticket())
        assert message.delivery == DeliveryState.NONE
        assert not message.deliveries.exists()


class TestMoments:
    def test_a_ticket_that_waits_is_told_its_place_and_then_its_agent(self, desk: Desk) -> None:
        all_texts(desk)
        first, second = desk.open_ticket(), desk.open_ticket()
        assert said(first) == ["Opening", "Waiting 1"]
        assert said(second) == ["Opening", "Waiting 2"]
        agent = desk.agent_online()
        assert said(first) == ["Opening", "Waiting 1", f"Assigned to {agent.name}"]
        desk.close(first)
        assert said(first)[-1] == "Closing"

    def test_a_ticket_assigned_at_once_is_told_no_place(self, desk: Desk) -> None:
        all_texts(desk)
        agent = desk.agent_online()
        assert said(desk.open_ticket()) == ["Opening", f"Assigned to {agent.name}"]

    def test_an_agent_that_the_flow_asked_for_is_named_too(self, desk: Desk) -> None:
        all_texts(desk)
        agent, _other = desk.agent_online(), desk.agent_online()
        ticket = desk.open_ticket(wanted_agent=agent)
        assert said(ticket) == ["Opening", f"Assigned to {agent.name}"]

    def test_lines_stand_as_things_happened(self, desk: Desk) -> None:
        all_texts(desk)
        ticket = desk.open_ticket()
        agent = desk.agent_online()
        desk.close(ticket, by=agent)
        kinds = [line.event or line.text for line in page_before(ticket).lines]
        assert kinds == [
            "opened", "Opening", "Waiting 1", "assigned", f"Assigned to {agent.name}", "Closing", "closed",
        ]  # fmt: skip

    def test_a_sector_without_texts_says_nothing(self, desk: Desk) -> None:
        ticket = desk.open_ticket()
        desk.agent_online()
        desk.close(ticket)
        operations.send_waiting_messages()
        assert said(ticket) == []

    def test_the_sector_s_own_texts_count_not_those_of_another(self, desk: Desk) -> None:
        all_texts(desk)
        other = desk.add_sector()
        sectors.set_automatic_messages(other, {"opening": "Of the other one"}, by=desk.by())
        assert said(desk.open_ticket(sector=other)) == ["Of the other one"]

    def test_what_was_there_already_is_not_opened_again(self, desk: Desk) -> None:
        all_texts(desk)
        ticket = desk.open_ticket("somebody")
        again, new = desk.open_or_present("somebody")
        assert (again.pk, new) == (ticket.pk, False)
        assert said(ticket) == ["Opening", "Waiting 1"]

    def test_a_full_queue_says_nothing(self, desk: Desk) -> None:
        from queues import operations as queues
        from tickets.errors import QueueFull

        all_texts(desk)
        queues.update_queue(desk.queue, by=desk.by(), max_waiting=0)
        with pytest.raises(QueueFull):
            desk.open_ticket(callback_url=NOWHERE)
        assert not Message.objects.exists()


class TestAssignment:
    @pytest.fixture(autouse=True)
    def _texts(self, desk: Desk) -> None:
        texts(desk, assignment="You speak with {{agent.name}}.")

    def test_each_new_agent_is_introduced(self, desk: Desk) -> None:
        one, other = desk.agent_online(), desk.agent()
        ticket = desk.open_ticket()
        desk.status(other, Status.ONLINE)
        operations.transfer_to_agent(ticket.pk, other, by=desk.by(one))
        operations.assign(ticket.pk, one, by=desk.by())
        assert said(ticket) == [f"You speak with {name}." for name in (one.name, other.name, one.name)]

    def test_taking_one_from_the_line(self, desk: Desk) -> None:
        ticket = desk.open_ticket()
        agent = desk.agent()
        operations.take(ticket.pk, by=desk.by(agent))
        operations.take(ticket.pk, by=desk.by(agent))
        assert said(ticket) == [f"You speak with {agent.name}."]

    def test_back_with_the_same_agent_nobody_is_introduced(self, desk: Desk) -> None:
        agent = desk.agent_online()
        ticket = desk.open_ticket()
        desk.status(agent, Status.PAUSED)
        operations.return_to_line(ticket.pk, by=desk.by(agent))
        assert fresh(ticket).is_waiting
        desk.status(agent, Status.ONLINE)
        assert fresh(ticket).agent == agent
        assert said(ticket) == [f"You speak with {agent.name}."]

    def test_a_ticket_whose_agent_left_is_handed_to_another(self, desk: Desk) -> None:
        leaving = desk.agent_online()
        ticket = desk.open_ticket()
        staying = desk.agent_online()
        desk.remove(leaving)
        assert said(ticket) == [f"You speak with {name}." for name in (leaving.name, staying.name)]

    def test_an_agent_who_takes_over_what_went_back_unanswered_is_introduced(self, desk: Desk) -> None:
        desk.rules(give_back_after=5)
        slow, other = desk.agent_online(), desk.agent_online()
        ticket = desk.open_ticket()
        assert ticket.agent == slow
        assert operations.apply_service_rules(now=timezone.now() + timedelta(minutes=6)) == 1
        assert fresh(ticket).agent == other
        assert said(ticket) == [f"You speak with {name}." for name in (slow.name, other.name)]

    def test_another_sector_introduces_its_agents_in_its_own_words(self, desk: Desk) -> None:
        one = desk.agent_online()
        sales = desk.add_sector()
        sectors.set_automatic_messages(sales, {"assignment": "Sales: {{agent.name}}"}, by=desk.by())
        other = desk.agent_online(sales.queues.get())
        ticket = desk.open_ticket()
        operations.transfer_to_queue(ticket.pk, sales.queues.get(), by=desk.by(one))
        assert said(ticket) == [f"You speak with {one.name}.", f"Sales: {other.name}"]

    def test_whoever_an_agent_wrote_to_first_is_told_neither_opening_nor_agent(self, desk: Desk) -> None:
        texts(desk, opening="Welcome")
        agent = desk.agent_online()
        ticket = desk.open_ticket(source=Source.AGENT, by=desk.by(agent), wanted_agent=agent)
        assert said(ticket) == []

    def test_many_are_told_in_as_many_statements_as_few(self, desk: Desk) -> None:
        def drain(number: int) -> int:
            agent = desk.agent()
            take_off(desk.queue, agent)
            desk.limit(100)
            waiting = [desk.open_ticket(callback_url=NOWHERE) for _ in range(number)]
            desk.status(agent, Status.ONLINE)
            with CaptureQueriesContext(connection) as queries:
                put_on(desk.queue, agent)
            assert all(len(said(ticket)) == 1 for ticket in waiting)
            desk.status(agent, Status.OFFLINE)
            return len(queries)

        assert drain(2) == drain(30)


class TestClosing:
    @pytest.fixture(autouse=True)
    def _texts(self, desk: Desk) -> None:
        texts(desk, closing="{{agent.name}} says goodbye.")

    def test_before_the_flow_hears_that_it_is_over(self, desk: Desk) -> None:
        agent = desk.agent_online()
        ticket = desk.open_ticket(callback_url=NOWHERE)
        desk.close(ticket, by=agent)
        kinds = list(fresh(ticket).deliveries.order_by("number").values_list("kind", flat=True))
        assert kinds == ["msg.create", "room.update"]
        assert said(ticket) == [f"{agent.name} says goodbye."]

    def test_without_an_agent_there_is_no_name(self, desk: Desk) -> None:
        ticket = desk.open_ticket()
        desk.close(ticket)
        assert said(ticket) == ["says goodbye."]

    def test_closing_twice_says_it_once(self, desk: Desk) -> None:
        ticket = desk.open_ticket()
        desk.close(ticket)
        desk.close(ticket)
        assert len(said(ticket)) == 1

    def test_the_flow_s_own_closing_says_nothing(self, desk: Desk) -> None:
        ticket = desk.open_ticket(callback_url=NOWHERE)
        operations.close_by_flow(ticket.pk, by=FLOW)
        assert said(ticket) == []

    def test_closing_for_silence_says_goodbye_too(self, desk: Desk) -> None:
        desk.rules(close_after=15, close_tag=desk.tags[0])
        agent = desk.agent_online()
        ticket = desk.open_ticket(callback_url=NOWHERE)
        desk.message(ticket)
        desk.reply(ticket, agent)
        assert operations.apply_service_rules(now=timezone.now() + timedelta(minutes=16)) == 1
        assert said(ticket) == [f"{agent.name} says goodbye."]
        assert fresh(ticket).deliveries.order_by("number").last().kind == "room.update"

    def test_figures_count_people_s_answers_alone(self, desk: Desk) -> None:
        texts(desk, assignment="Hello")
        desk.agent_online()
        ticket = desk.open_ticket()
        desk.message(ticket)
        desk.close(ticket)
        closed = fresh(ticket)
        assert closed.first_response_seconds is None
        assert closed.response_seconds is None


class TestVariables:
    def test_all_of_them(self, desk: Desk) -> None:
        texts(desk, opening="{{contact.name}} {{ticket.protocol}} {{ sector.name }} {{queue.name}}")
        ticket = desk.open_ticket("maria", protocol="P-1")
        assert said(ticket) == [f"Maria P-1 {desk.sector.name} {desk.queue.name}"]

    def test_filled_in_they_may_be_longer_than_a_message_that_somebody_writes(self, desk: Desk) -> None:
        sectors.update_sector(desk.sector, by=desk.by(), name="S" * 80)
        texts(desk, opening="{{sector.name}}" * 200)
        assert said(desk.open_ticket()) == ["S" * 16_000]

    def test_a_contact_without_a_name_is_spoken_to_without_one(self, desk: Desk) -> None:
        texts(desk, opening="Hello {{contact.name}}, welcome!")
        ticket, _new = operations.open_ticket(
            desk.project,
            operations.ContactFacts(external_id="x", urn="tel:+5511999990000"),
            by=FLOW,
            sector_id=desk.sector.pk,
            is_anon=True,
        )
        assert said(ticket) == ["Hello, welcome!"]

    def test_a_text_that_comes_to_nothing_is_not_sent(self, desk: Desk) -> None:
        texts(desk, opening="{{contact.name}}", waiting="{{contact.name}}")
        facts = operations.ContactFacts(external_id="x")
        ticket, _new = operations.open_ticket(desk.project, facts, by=FLOW, sector_id=desk.sector.pk)
        assert operations.send_waiting_messages(timezone.now() + timedelta(days=1)) == 0
        assert said(ticket) == []

    def test_what_a_contact_calls_itself_is_no_variable(self, desk: Desk) -> None:
        texts(desk, opening="Hello {{contact.name}}")
        facts = operations.ContactFacts(external_id="x", name="{{ticket.protocol}}")
        ticket, _new = operations.open_ticket(desk.project, facts, by=FLOW, sector_id=desk.sector.pk)
        assert said(ticket) == ["Hello {{ticket.protocol}}"]


class TestWaiting:
    def test_again_after_the_minutes_with_the_place_of_then(self, desk: Desk) -> None:
        texts(desk, waiting="Place {{ticket.position}}", every=10)
        first, second = desk.open_ticket(now=NOON), desk.open_ticket(now=NOON)
        assert operations.send_waiting_messages(NOON + timedelta(minutes=9, seconds=59)) == 0
        desk.close(first, now=NOON + timedelta(minutes=9, seconds=59))
        assert operations.send_waiting_messages(NOON + timedelta(minutes=10)) == 1
        assert operations.send_waiting_messages(NOON + timedelta(minutes=19)) == 0
        assert said(second) == ["Place 2", "Place 1"]

    def test_without_minutes_once(self, desk: Desk) -> None:
        texts(desk, waiting="Place {{ticket.position}}")
        ticket = desk.open_ticket(now=NOON)
        assert operations.send_waiting_messages(NOON + timedelta(days=1)) == 0
        assert said(ticket) == ["Place 1"]

    def test_a_text_written_later_reaches_those_who_wait_already(self, desk: Desk) -> None:
        waiting = [desk.open_ticket(now=NOON + timedelta(minutes=n)) for n in range(3)]
        texts(desk, waiting="Place {{ticket.position}}")
        assert operations.send_waiting_messages(NOON + timedelta(minutes=5)) == 3
        assert [said(ticket) for ticket in waiting] == [["Place 1"], ["Place 2"], ["Place 3"]]

    def test_each_queue_is_a_line_of_its_own(self, desk: Desk) -> None:
        other = desk.add_queue()
        waiting = [desk.open_ticket(queue=queue, now=NOON) for queue in (desk.queue, other, other)]
        texts(desk, waiting="Place {{ticket.position}}")
        operations.send_waiting_messages(NOON)
        assert [said(ticket) for ticket in waiting] == [["Place 1"], ["Place 1"], ["Place 2"]]

    def test_in_a_new_line_the_place_is_told_anew(self, desk: Desk) -> None:
        texts(desk, waiting="Place {{ticket.position}}")
        other = desk.add_queue()
        ticket = desk.open_ticket(now=NOON)
        operations.transfer_to_queue(ticket.pk, other, by=desk.by())
        assert operations.send_waiting_messages() == 1
        assert said(ticket) == ["Place 1", "Place 1"]

    def test_back_in_the_line_the_place_is_told_anew(self, desk: Desk) -> None:
        texts(desk, waiting="Place {{ticket.position}}")
        ticket = desk.open_ticket()
        agent = desk.agent_online()
        desk.remove(agent)
        assert operations.send_waiting_messages() == 1
        assert said(ticket) == ["Place 1", "Place 1"]

    def test_while_the_sector_is_closed_nobody_is_told_a_place(self, desk: Desk) -> None:
        office(desk)
        texts(desk, waiting="Place {{ticket.position}}", every=60)
        ticket = desk.open_ticket(now=NOON)
        assert operations.send_waiting_messages(NOON + timedelta(hours=7)) == 0
        assert operations.send_waiting_messages(NOON + timedelta(hours=21)) == 1
        assert len(said(ticket)) == 2

    def test_those_with_an_agent_are_not_told_and_nor_are_closed_ones(self, desk: Desk) -> None:
        texts(desk, waiting="Place {{ticket.position}}", every=1)
        closed = desk.open_ticket(now=NOON)
        desk.close(closed, now=NOON)
        desk.agent_online()
        desk.open_ticket(now=NOON)
        assert operations.send_waiting_messages(NOON + timedelta(hours=1)) == 0

    def test_a_long_line_is_told_batch_by_batch(self, desk: Desk, monkeypatch: Any) -> None:
        monkeypatch.setattr("tickets.operations.waiting_messages.BATCH", 3)
        waiting = [desk.open_ticket(now=NOON + timedelta(seconds=n)) for n in range(8)]
        texts(desk, waiting="Place {{ticket.position}}")
        assert operations.send_waiting_messages(NOON + timedelta(minutes=1)) == 8
        assert [said(ticket) for ticket in waiting] == [[f"Place {n + 1}"] for n in range(8)]

    def test_the_statements_do_not_grow_with_the_line(self, desk: Desk) -> None:
        texts(desk, waiting="Place {{ticket.position}}", every=10)

        def statements(at: datetime) -> int:
            with CaptureQueriesContext(connection) as queries:
                assert operations.send_waiting_messages(at)
            return len(queries)

        desk.open_ticket(now=NOON, callback_url=NOWHERE)
        few = statements(NOON + timedelta(minutes=10))
        for _ in range(20):
            desk.open_ticket(now=NOON, callback_url=NOWHERE)
        assert statements(NOON + timedelta(minutes=20)) == few


class TestClosedSector:
    @pytest.fixture(autouse=True)
    def _office(self, desk: Desk) -> None:
        office(desk)

    def test_without_a_text_they_just_wait(self, desk: Desk) -> None:
        ticket = desk.open_ticket(now=NOON)
        assert operations.send_closed_notices(NOON + timedelta(hours=8)) == 0
        assert (fresh(ticket).is_waiting, said(ticket)) == (True, [])

    def test_each_is_told_once_for_each_closing(self, desk: Desk) -> None:
        texts(desk, closed="{{sector.name}} has closed.")
        ticket = desk.open_ticket(now=NOON)
        assert operations.send_closed_notices(NOON + timedelta(hours=5, minutes=59)) == 0
        assert operations.send_closed_notices(NOON + timedelta(hours=6)) == 1
        assert operations.send_closed_notices(NOON + timedelta(hours=7)) == 0
        # Open, and closed once more.
        assert operations.send_closed_notices(NOON + timedelta(days=1)) == 0
        assert operations.send_closed_notices(NOON + timedelta(days=1, hours=7)) == 1
        assert operations.send_closed_notices(NOON + timedelta(days=1, hours=8)) == 0
        assert said(ticket) == [f"{desk.sector.name} has closed."] * 2
        assert fresh(ticket).is_waiting

    def test_conversations_go_on_without_it(self, desk: Desk) -> None:
        texts(desk, closed="Closed")
        desk.agent_online()
        desk.open_ticket(now=NOON)
        assert operations.send_closed_notices(NOON + timedelta(hours=8)) == 0

    def test_whoever_comes_over_into_a_closed_sector_is_told(self, desk: Desk) -> None:
        texts(desk, closed="Closed")
        other = desk.add_sector()
        ticket = desk.open_ticket(sector=other, now=NOON)
        evening = NOON + timedelta(hours=8)
        operations.transfer_to_queue(ticket.pk, desk.queue, by=desk.by(), now=evening)
        assert operations.send_closed_notices(evening) == 1
        assert operations.send_closed_notices(evening + timedelta(hours=1)) == 0

    def test_a_sector_that_never_closes_says_nothing(self, desk: Desk) -> None:
        texts(desk, closed="Closed")
        sectors.update_sector(desk.sector, by=desk.by(), always_open=True)
        desk.open_ticket(now=NOON)
        assert operations.send_closed_notices(NOON + timedelta(days=5)) == 0


def test_every_moment_has_its_text_sent(desk: Desk) -> None:
    """No moment was forgotten: each has a sender."""
    office(desk)
    all_texts(desk)
    ticket = desk.open_ticket(now=NOON)
    operations.send_closed_notices(NOON + timedelta(hours=7))
    operations.take(ticket.pk, by=desk.by(desk.agent()), now=NOON + timedelta(hours=8))
    desk.close(ticket, now=NOON + timedelta(hours=9))
    told = Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC).values_list("metadata", flat=True)
    assert {row["automatic"] for row in told} == set(Moment.values)


def test_the_history_is_searched_for_what_people_said(desk: Desk) -> None:
    texts(desk, closing="Goodbye")
    agent = desk.agent_online()
    quiet, spoken = desk.open_ticket(), desk.open_ticket()
    desk.reply(spoken, agent, "Goodbye then")
    for ticket in (quiet, spoken):
        desk.close(ticket)
    pages = Pages(desk.administrator, desk.project)
    assert [ticket.pk for ticket in pages.get("reports:history", text="goodbye").context["tickets"]] == [spoken.pk]
    page = pages.get("reports:ticket", quiet.pk)
    assert "Automatic message Goodbye" in text_of(page)


def test_the_desk_shows_them_as_automatic_with_their_delivery(desk: Desk) -> None:
    texts(desk, opening="Welcome")
    ticket = desk.open_ticket(callback_url=NOWHERE)
    page = Pages(desk.administrator, desk.project).get("tickets:ticket", ticket.pk)
    assert "message--auto" in page.content.decode()
    assert "Automatic message Welcome" in text_of(page)
    assert "sending" in text_of(page)
