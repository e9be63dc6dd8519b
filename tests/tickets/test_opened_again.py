"""The flow is started again while a ticket is open (docs/rules.md, Opening again)."""

from datetime import timedelta

import pytest

from tests.builders import fresh
from tests.races.parallel import at_once
from tests.receiver import Receiver
from tickets.models import Delivery, Message, ReplacedTicketUuid, Ticket
from tickets.webhooks import delivery
from tickets.webhooks.transport import Outcome

from .tools import pass_time, retry

pytestmark = pytest.mark.usefixtures("callbacks_allowed")


@pytest.fixture
def former():
    """Where the flow's first ticket listens."""
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


def opened_twice(desk, flow, first, second, **values):
    body = flow.room(sector_uuid=str(desk.sector.pk))
    asked = [
        {"ticket_uuid": "A", "callback_url": first, "custom_fields": {"a": 1, "b": 2}},
        {"ticket_uuid": "B", "callback_url": second, **values},
    ]
    rooms = [flow.call("POST", "/rooms/", {**body, **one}) for one in asked]
    assert [answer.status_code for answer in rooms] == [201, 200]
    assert rooms[0].json()["uuid"] == rooms[1].json()["uuid"]
    return body, Ticket.objects.get(pk=rooms[0].json()["uuid"])


@pytest.mark.django_db(transaction=True)
def test_the_new_ticket_hears_everything_and_the_former_that_it_is_over(desk, flow, receiver, former):
    agent = desk.agent_online()
    _body, ticket = opened_twice(
        desk, flow, former.url, receiver.url, custom_fields={"b": 3, "c": ""}, flow_uuid="flow-2"
    )
    assert (ticket.ticket_uuid, ticket.flow_uuid) == ("B", "flow-2")
    assert ticket.custom_fields == {"a": 1, "b": 3}
    desk.reply(ticket, agent, "Good morning")
    desk.close(ticket, by=agent)
    assert min(ticket.deliveries.values_list("next_attempt_at", flat=True)) > ticket.opened_at + timedelta(seconds=2)
    pass_time(seconds=3)
    retry()
    assert [r.body["type"] for r in former.received] == ["room.update"]
    assert former.received[0].body["content"]["is_active"] is False
    assert [r.body["type"] for r in receiver.received] == ["msg.create", "room.update"]


@pytest.mark.django_db(transaction=True)
def test_a_former_address_that_does_not_answer_holds_nothing_up(desk, flow, receiver):
    agent = desk.agent_online()
    _body, ticket = opened_twice(desk, flow, "http://127.0.0.1:1/gone", receiver.url)
    desk.reply(ticket, agent, "Good morning")
    pass_time(seconds=3)
    retry()
    assert receiver.texts == ["Good morning"]
    assert ticket.deliveries.filter(url="http://127.0.0.1:1/gone", state="sending").count() == 1


@pytest.mark.django_db
def test_what_arrives_lets_nothing_go_before_the_new_ticket_is_stored(desk, flow):
    agent = desk.agent_online()
    body = flow.room(sector_uuid=str(desk.sector.pk), ticket_uuid="A", callback_url="https://a.example.org/")
    ticket = Ticket.objects.get(pk=flow.call("POST", "/rooms/", body).json()["uuid"])
    for text in ("under way", "behind it"):
        desk.reply(ticket, agent, text)
    pass_time(seconds=3)
    parcel = delivery.claim_next(ticket.pk)
    flow.call("POST", "/rooms/", {**body, "ticket_uuid": "B", "callback_url": "https://b.example.org/"})
    delivery.settle(parcel, Outcome(True))
    behind = ticket.deliveries.get(url="", state="sending")
    assert behind.next_attempt_at >= fresh(ticket).callbacks_from


def test_a_line_says_so_and_history_comes_along(desk, flow, client):
    said = [{"text": "Back again", "direction": "incoming", "created_on": "2024-01-01T10:00:00Z"}]
    _body, ticket = opened_twice(desk, flow, "https://a.example.org/", "https://b.example.org/", history=said)
    assert Message.objects.filter(ticket=ticket, is_history=True).count() == 1
    client.force_login(desk.administrator)
    page = client.get(f"/projects/{desk.project.pk}/desk/{ticket.pk}/lines/").content.decode()
    assert "handed the contact over again" in page


def test_a_request_that_comes_late_changes_nothing_back(desk, flow):
    body, ticket = opened_twice(desk, flow, "https://a.example.org/", "https://b.example.org/")
    late = flow.call("POST", "/rooms/", {**body, "ticket_uuid": "A", "callback_url": "https://a.example.org/"})
    assert late.status_code == 200
    assert late.json()["callback_url"] == "https://b.example.org/"
    assert ReplacedTicketUuid.objects.get().ticket_uuid == "A"
    assert Delivery.objects.count() == 1
    desk.close(ticket)
    late = flow.call("POST", "/rooms/", {**body, "ticket_uuid": "A"})
    assert (late.status_code, late.json()["is_active"]) == (200, False)


@pytest.mark.parametrize("address", ["", None, "https://a.example.org/"])
def test_an_address_that_stays_is_told_nothing(desk, flow, address):
    _body, ticket = opened_twice(desk, flow, "https://a.example.org/", address)
    assert (ticket.callback_url, ticket.ticket_uuid) == ("https://a.example.org/", "B")
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_by_many_at_once_it_is_one_ticket_that_tells_each_former_address_once(desk, flow):
    body = flow.room(sector_uuid=str(desk.sector.pk))

    def again(n):
        return lambda: flow.call(
            "POST", "/rooms/", {**body, "ticket_uuid": f"T-{n}", "callback_url": f"https://flows.example.org/{n}"}
        )

    answers = at_once(*[again(n) for n in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    ticket = Ticket.objects.get()
    told = sorted(Delivery.objects.values_list("url", flat=True))
    left = f"https://flows.example.org/{ticket.ticket_uuid[2:]}"
    assert told == sorted({f"https://flows.example.org/{n}" for n in range(8)} - {left})
    assert fresh(ticket).callback_url == left
    assert ticket.events.filter(kind="opened_again").count() == 7
