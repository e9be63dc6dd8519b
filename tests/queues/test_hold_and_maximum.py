"""Queues that take no new tickets: on hold, or full (docs/rules.md, Queue)."""

from typing import Any

import pytest

from core.errors import DomainError, Invalid, NotAllowed
from queues import operations as queues
from queues.models import Queue
from sectors import operations as sectors
from tests.builders import Desk, fresh
from tests.refusals import refused_by
from tickets import errors
from tickets import operations as tickets
from tickets.models import QueueStay, Ticket


def hold(desk: Desk, queue: Queue | None = None, on: bool = True) -> None:
    queues.update_queue(queue or desk.queue, by=desk.by(), on_hold=on)


def most(desk: Desk, count: int | None) -> None:
    queues.update_queue(desk.queue, by=desk.by(), max_waiting=count)


class TestOnHold:
    def test_the_flow_is_told(self, desk: Desk) -> None:
        hold(desk)
        with pytest.raises(errors.QueueOnHold) as refused:
            desk.open_ticket(queue=desk.queue)
        assert refused.value.code == "queue_on_hold"

    def test_what_is_there_goes_on_and_is_routed(self, desk: Desk) -> None:
        waiting = desk.open_ticket()
        hold(desk)
        agent = desk.agent_online()
        assert fresh(waiting).agent == agent

    def test_a_contact_with_an_open_ticket_gets_it(self, desk: Desk) -> None:
        ticket = desk.open_ticket("somebody")
        hold(desk)
        assert desk.open_or_present("somebody") == (ticket, False)

    def test_of_a_sector_the_first_queue_that_takes_tickets_is_meant(self, desk: Desk) -> None:
        second = desk.add_queue("Second")
        hold(desk)
        assert desk.open_ticket().queue == second
        hold(desk, second)
        with pytest.raises(errors.QueueOnHold):
            desk.open_ticket()
        hold(desk, on=False)
        assert desk.open_ticket().queue == desk.queue

    def test_nothing_is_transferred_into_it(self, desk: Desk) -> None:
        second = desk.add_queue("Second")
        hold(desk, second)
        ticket = desk.open_ticket()
        with pytest.raises(errors.QueueOnHold):
            tickets.transfer_to_queue(ticket.pk, second, by=desk.by())

    def test_the_database_refuses_it_too(self, desk: Desk) -> None:
        second = desk.add_queue("Second")
        ticket = desk.open_ticket()
        hold(desk, second)
        with refused_by("queue_on_hold"):
            Ticket.objects.filter(pk=ticket.pk).update(queue=second)
        hold(desk)
        Ticket.objects.filter(pk=ticket.pk).update(protocol="it may stay")
        with refused_by("queue_on_hold"):
            Ticket.objects.bulk_create([desk.unsaved_ticket(queue=ticket.queue)])


class TestMaximum:
    def test_beyond_it_the_flow_is_told(self, desk: Desk) -> None:
        most(desk, 2)
        for _n in range(2):
            desk.open_ticket()
        with pytest.raises(errors.QueueFull) as refused:
            desk.open_ticket()
        assert refused.value.code == "queue_full"
        assert Ticket.objects.count() == 2

    def test_who_finds_a_free_agent_never_waits(self, desk: Desk) -> None:
        most(desk, 0)
        agent = desk.agent_online(limit=1)
        assert desk.open_ticket().agent == agent
        with pytest.raises(errors.QueueFull):
            desk.open_ticket()

    @pytest.mark.django_db(transaction=True)
    def test_what_people_move_by_hand_they_mean(self, desk: Desk) -> None:
        most(desk, 0)
        ticket = desk.open_ticket(queue=desk.add_queue("Second"))
        assert tickets.transfer_to_queue(ticket.pk, desk.queue, by=desk.by()).queue == desk.queue

    @pytest.mark.django_db(transaction=True)
    def test_a_lower_one_leaves_who_waits(self, desk: Desk) -> None:
        for _n in range(3):
            desk.open_ticket()
        most(desk, 1)
        assert Ticket.objects.waiting().count() == 3
        with pytest.raises(errors.QueueFull):
            desk.open_ticket()

    @pytest.mark.parametrize("count", [-1, 10_001, True, "5", 1.5])
    def test_what_is_no_number(self, desk: Desk, count: Any) -> None:
        with pytest.raises(Invalid, match="from 0 to 10,000"):
            most(desk, count)

    def test_the_database_refuses_it_too(self, desk: Desk) -> None:
        with refused_by("queue_max_waiting_in_range"):
            Queue.objects.filter(pk=desk.queue.pk).update(max_waiting=10_001)
        ticket = desk.open_ticket()
        Queue.objects.filter(pk=desk.queue.pk).update(max_waiting=1)
        with refused_by("queue_full"):
            Ticket.objects.bulk_create([desk.unsaved_ticket(queue=ticket.queue)])


class TestArchiving:
    def test_open_tickets_go_where_it_is_said(self, desk: Desk) -> None:
        second = desk.add_queue("Second")
        agent = desk.agent_online(limit=1)
        active = desk.open_ticket()
        first, last = desk.open_ticket(), desk.open_ticket()
        queues.archive_queue(desk.queue, by=desk.by(), move_to=second)
        assert fresh(active).agent == agent
        assert {t.queue for t in Ticket.objects.all()} == {second}
        line = Ticket.objects.waiting().in_line_order()
        assert list(line) == [first, last]
        assert [stay.left for stay in QueueStay.objects.filter(ticket=first).order_by("entered_at")] == [
            "transferred",
            "",
        ]

    def test_agents_of_the_new_queue_get_them_at_once(self, desk: Desk) -> None:
        second = desk.add_queue("Second")
        waiting = desk.open_ticket()
        agent = desk.agent_online(second)
        queues.archive_queue(desk.queue, by=desk.by(), move_to=second)
        assert fresh(waiting).agent == agent

    def test_in_another_sector_conversations_wait_for_its_agents(self, desk: Desk) -> None:
        other = desk.add_sector()
        desk.add_queue("Stays")
        desk.agent_online()
        active = desk.open_ticket()
        queues.archive_queue(desk.queue, by=desk.by(), move_to=other.queues.get())
        assert fresh(active).is_waiting
        assert fresh(active).sector == other

    def test_without_a_place_the_database_refuses(self, desk: Desk) -> None:
        desk.add_queue("Second")
        desk.open_ticket()
        with pytest.raises(DomainError, match="open tickets"):
            queues.archive_queue(desk.queue, by=desk.by())

    def test_places_that_take_none(self, desk: Desk, other_desk: Desk) -> None:
        held, archived = desk.add_queue("Held"), desk.add_queue("Archived")
        hold(desk, held)
        queues.archive_queue(archived, by=desk.by())
        desk.open_ticket()
        for place in (held, archived, other_desk.queue, desk.queue):
            with pytest.raises(DomainError):
                queues.archive_queue(desk.queue, by=desk.by(), move_to=place)
            assert Queue.objects.get(pk=desk.queue.pk).archived_at is None
        assert Ticket.objects.get(project=desk.project).queue == desk.queue

    def test_a_sectors_tickets_go_with_it(self, desk: Desk) -> None:
        other = desk.add_sector()
        agent = desk.agent_online(desk.queue, other.queues.get(), limit=1)
        active, waiting = desk.open_ticket(), desk.open_ticket()
        sectors.archive_sector(desk.sector, by=desk.by(), move_to=other.queues.get())
        assert {fresh(t).sector for t in (active, waiting)} == {other}
        assert fresh(active).agent == agent or fresh(waiting).agent == agent
        with pytest.raises(DomainError):
            sectors.archive_sector(other, by=desk.by(), move_to=other.queues.get())


class TestOrder:
    def test_the_steps(self, desk: Desk) -> None:
        second, third = desk.add_queue("Second"), desk.add_queue("Third")

        def names() -> list[str]:
            return [q.name for q in desk.sector.queues.order_by("position", "name")]

        first = desk.queue.name
        assert names() == [first, "Second", "Third"]
        for queue, step, order in (
            (third, "up", [first, "Third", "Second"]),
            (third, "first", ["Third", first, "Second"]),
            (third, "up", ["Third", first, "Second"]),
            (third, "down", [first, "Third", "Second"]),
            (desk.queue, "last", ["Third", "Second", first]),
            (second, "down", ["Third", first, "Second"]),
        ):
            queues.move_queue(queue, step, by=desk.by())
            assert names() == order, (queue, step)
        assert desk.open_ticket().queue == third

    def test_who_may_and_what_is_no_step(self, desk: Desk) -> None:
        with pytest.raises(NotAllowed):
            queues.move_queue(desk.queue, "up", by=desk.by(desk.agent()))
        with pytest.raises(Invalid):
            queues.move_queue(desk.queue, "sideways", by=desk.by())  # type: ignore[arg-type]
