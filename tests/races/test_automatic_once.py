"""Automatic messages, when several processes are about to send them (docs/rules.md, Automatic messages)."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from queues.models import Status
from sectors import operations as sectors
from tests.builders import Desk
from tickets import operations
from tickets.models import Delivery, Message, MessageKind, Ticket

from .parallel import at_once, overlapping, succeeded

#: A Monday at noon.
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def waiting(desk: Desk, number: int, **texts: str) -> list[Ticket]:
    """Return tickets in the line, opened before the sector had these texts."""
    tickets = [desk.open_ticket(callback_url="http://127.0.0.1:1/", now=NOON) for _ in range(number)]
    sectors.set_automatic_messages(desk.sector, texts, by=desk.by())
    return tickets


def told(tickets: list[Ticket]) -> list[int]:
    """Return how often each was told something."""
    counts = [Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC).count() for ticket in tickets]
    assert Delivery.objects.filter(ticket__in=tickets).count() == sum(counts)
    return counts


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: Any) -> None:
    """Several batches each, so that processes meet in the middle."""
    monkeypatch.setattr("tickets.operations.waiting_messages.BATCH", 4)


def test_four_jobs_at_once_tell_each_its_place_once(desk: Desk) -> None:
    tickets = waiting(desk, 20, waiting="Place {{ticket.position}}")
    succeeded(at_once(*[partial(operations.send_waiting_messages, NOON)] * 4))
    operations.send_waiting_messages(NOON)
    assert told(tickets) == [1] * 20


def test_four_jobs_at_once_tell_once_that_the_sector_has_closed(desk: Desk) -> None:
    tickets = waiting(desk, 20, closed="Closed")
    office = [[(9 * 60, 18 * 60)]] * 7
    sectors.update_sector(desk.sector, by=desk.by(), always_open=False, week=office)
    evening = NOON + timedelta(hours=7)
    succeeded(at_once(*[partial(operations.send_closed_notices, evening)] * 4))
    operations.send_closed_notices(evening)
    assert told(tickets) == [1] * 20


def test_a_job_passes_by_what_another_has_begun_and_waits_for_nothing(desk: Desk) -> None:
    tickets = waiting(desk, 6, waiting="Place {{ticket.position}}")

    def second() -> tuple[int, int]:
        """Return how many it told, and how many messages it sees then: none while the first one is not through."""
        return operations.send_waiting_messages(NOON), Message.objects.count()

    assert succeeded(overlapping(partial(operations.send_waiting_messages, NOON), second)) == [6, (0, 0)]
    assert told(tickets) == [1] * 6


def test_while_places_are_told_routing_goes_on_and_each_gets_its_agent_once(desk: Desk) -> None:
    tickets = waiting(desk, 12, waiting="Place {{ticket.position}}", assignment="Agent {{agent.name}}")
    desk.limit(3)
    agents = [desk.agent() for _ in range(4)]
    succeeded(
        at_once(
            partial(operations.send_waiting_messages, NOON),
            *(partial(desk.status, agent, Status.ONLINE) for agent in agents),
            partial(operations.send_waiting_messages, NOON),
        )
    )
    texts = Message.objects.filter(ticket__in=tickets, kind=MessageKind.AUTOMATIC)
    assert texts.filter(text__startswith="Agent").count() == 12
    assert texts.filter(text__startswith="Agent").values("ticket").distinct().count() == 12
    places = texts.filter(text__startswith="Place")
    assert places.count() == places.values("ticket").distinct().count()
    for ticket in tickets:
        kinds = Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC).order_by("number")
        assert [text.split()[0] for text in kinds.values_list("text", flat=True)] in (["Agent"], ["Place", "Agent"])


def test_two_closings_at_once_say_goodbye_once(desk: Desk) -> None:
    [ticket] = waiting(desk, 1, closing="Goodbye")
    succeeded(at_once(partial(desk.close, ticket), partial(desk.close, ticket)))
    assert Message.objects.filter(ticket=ticket, text="Goodbye").count() == 1


def test_two_openings_at_once_welcome_once(desk: Desk) -> None:
    sectors.set_automatic_messages(desk.sector, {"opening": "Welcome", "waiting": "Wait"}, by=desk.by())
    opened = succeeded(at_once(*[partial(desk.open_ticket, "somebody")] * 5))
    assert len({ticket.pk for ticket in opened}) == 1
    assert list(Message.objects.order_by("number").values_list("text", flat=True)) == ["Welcome", "Wait"]
