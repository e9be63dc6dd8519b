"""Automatic messages on their way to the flow engine, over real HTTP by the real worker (docs/flow.md, Callbacks)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sectors import operations as sectors
from tests.builders import Desk, fresh
from tests.flow import engine_for
from tests.receiver import Receiver
from tests.tickets.tools import pass_time, retry, run_worker
from tickets import operations
from tickets.jobs import send_waiting_messages
from tickets.models import DeliveryState, Message, MessageKind, Ticket

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(autouse=True)
def texts(desk: Desk) -> None:
    """The sector says something at each moment."""
    given = {
        "opening": "Welcome {{contact.name}}",
        "waiting": "Number {{ticket.position}}",
        "assignment": "{{agent.name}} here",
        "closing": "Goodbye",
    }
    sectors.set_automatic_messages(desk.sector, given, by=desk.by(), waiting_every=10)


def moments(receiver: Receiver) -> list[str]:
    """Return what each callback was, in the order of arrival."""
    return [
        request.body["content"].get("metadata", {}).get("automatic", request.body["type"])
        for request in receiver.received
    ]


def test_the_whole_way_in_order_with_what_people_say(desk: Desk, receiver: Receiver) -> None:
    room = engine_for(desk).open(sector_uuid=str(desk.sector.pk), callback_url=receiver.url).json()
    assert (room["user"], room["position"]) == (None, 1)
    ticket = Ticket.objects.get(pk=room["uuid"])
    Ticket.objects.filter(pk=ticket.pk).update(waiting_told_at=timezone.now() - timedelta(minutes=11))
    send_waiting_messages(0)
    agent = desk.agent_online()
    desk.reply(ticket, agent, "An answer")
    desk.close(ticket, by=agent)
    pass_time(seconds=3)
    retry()
    assert moments(receiver) == [
        "opening",
        "waiting",
        "waiting",
        "assignment",
        "msg.create",
        "closing",
        "room.update",
    ]
    assert receiver.texts == [
        f"Welcome {ticket.contact.name}", "Number 1", "Number 1", f"{agent.name} here", "An answer", "Goodbye",
    ]  # fmt: skip
    first, answer = receiver.received[0].body["content"], receiver.received[4].body["content"]
    assert set(first) == {*answer, "metadata"}
    assert (first["user"], first["contact"], first["room"]) == (None, None, room["uuid"])
    assert first["created_on"]
    assert len({request.body["content"]["uuid"] for request in receiver.received}) == 7
    sent = Message.objects.filter(ticket=ticket, kind=MessageKind.AUTOMATIC)
    assert set(sent.values_list("delivery", flat=True)) == {DeliveryState.SENT}


def test_what_the_flow_closes_it_hears_nothing_of(desk: Desk, receiver: Receiver) -> None:
    desk.agent_online()
    flow = engine_for(desk)
    room = flow.open(sector_uuid=str(desk.sector.pk), callback_url=receiver.url).json()
    pass_time(seconds=3)
    retry()
    flow.call("PATCH", f"/rooms/{room['uuid']}/close/", None)
    run_worker()
    assert moments(receiver) == ["opening", "assignment"]


def test_asking_twice_to_open_welcomes_once(desk: Desk, receiver: Receiver) -> None:
    flow = engine_for(desk)
    body = flow.room(sector_uuid=str(desk.sector.pk), callback_url=receiver.url)
    for _ in range(2):
        flow.call("POST", "/rooms/", body)
    pass_time(seconds=3)
    retry()
    assert moments(receiver) == ["opening", "waiting"]


def test_one_that_comes_before_the_room_is_known_comes_again(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = lambda _r, _h: 404
    ticket = desk.open_ticket(callback_url=receiver.url)
    run_worker()
    assert moments(receiver) == ["opening"]
    receiver.answers = lambda _r, _h: 200
    pass_time(seconds=6)
    retry()
    assert moments(receiver) == ["opening", "opening", "waiting"]
    first, again, _waiting = (request.body["content"]["uuid"] for request in receiver.received)
    assert first == again
    assert fresh(ticket).deliveries.filter(state=DeliveryState.SENT).count() == 2


def test_a_failed_one_is_sent_again_by_hand(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = lambda _r, _h: 500
    ticket = desk.open_ticket(callback_url=receiver.url)
    run_worker()
    pass_time(hours=25)
    retry()
    message = Message.objects.get(ticket=ticket, text__startswith="Welcome")
    assert message.delivery == DeliveryState.FAILED
    receiver.answers = lambda _r, _h: 200
    operations.send_again(ticket.pk, message.pk, by=desk.by())
    run_worker()
    message.refresh_from_db()
    assert message.delivery == DeliveryState.SENT
