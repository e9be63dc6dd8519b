"""The whole story of an engine of the type *generic*, with the served program, over real HTTP."""

import hashlib
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browsing import address_of_database
from tests.builders import Desk
from tests.flow import token_for
from tests.serving import serve
from tickets import operations
from tickets.models import Delivery, DeliveryState, Message, Ticket
from tickets.webhooks import signing

from .generic import EngineTicket, GenericEngine, Refused, now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def origin(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[str]:
    """The program with its worker, on the test's database."""
    settings.MEDIA_ROOT = tmp_path / "media"
    with serve(address_of_database(), tmp_path, {"SECRET_KEY": settings.SECRET_KEY}) as served:
        settings.LOCAL_ORIGIN = served
        yield served


@pytest.fixture
def engine(origin: str, desk: Desk) -> Iterator[GenericEngine]:
    """An engine with a ticketer for the desk's sector: base URL, token, secret, and nothing else."""
    secret = signing.secrets_of(desk.project.pk, desk.project.created_at)[0].text
    made = GenericEngine(f"{origin}/v1/generic/{desk.sector.pk}", token_for(desk)[1], secret)
    yield made
    made.stop()


def room_of(ticket: EngineTicket) -> Ticket:
    return Ticket.objects.filter(external_id=ticket.external_id).order_by("-pk")[0]


def texts_of(room: Ticket, **where: Any) -> list[str]:
    return list(Message.objects.filter(ticket=room, **where).order_by("number").values_list("text", flat=True))


def nothing_is_owed() -> bool:
    return not Delivery.objects.exclude(state=DeliveryState.SENT).exists()


def until(condition: Callable[[], bool], seconds: float = 45) -> None:
    """Wait until that holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def file_of(desk: Desk, room: Ticket, agent: Any, raw: bytes, name: str = "terms.txt") -> Any:
    return operations.add_file(room.pk, BytesIO(raw), name, by=desk.by(agent))


def test_a_conversation_from_its_opening_to_its_end(origin: str, engine: GenericEngine, desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    ticket = engine.open(opened_at=now())
    room = room_of(ticket)
    assert (room.agent, room.contact.external_id) == (agent, ticket.contact["uuid"])
    assert room.contact.urn == ticket.contact["urn"].partition("?")[0]
    assert room.callback_url == engine.callbacks

    engine.send_history(ticket, [
        {"message_id": f"m-{n}", "direction": "outgoing", "sender": {"type": "bot"}, "text": f"Question {n}",
         "attachments": [], "sent_at": f"2026-05-20T14:{n:02d}:00Z"} for n in range(60)
    ])  # fmt: skip
    assert Message.objects.filter(ticket=room, is_history=True).count() == 60

    picture = ("image/jpeg", "https://channel.example.org/1.jpg")
    assert engine.say(ticket.contact, "Where is my order?", picture) == []
    assert engine.say(ticket.contact, "", ("geo", "-23.5,-46.6")) == []
    assert texts_of(room, is_history=False) == ["Where is my order?", ""]

    raw = b"All of it. " * 90_000
    file = file_of(desk, room, agent, raw)
    operations.reply(room.pk, "On its way", by=desk.by(agent), files=[file.pk])
    desk.reply(room, agent, "It comes tomorrow")
    engine.wait_for(lambda: len(engine.sent) == 3)
    assert [sent.text for sent in engine.sent] == ["", "On its way", "It comes tomorrow"]
    assert hashlib.sha256(engine.sent[0].files[0]).digest() == hashlib.sha256(raw).digest()
    said = engine.sent[1].raw
    assert (said["direction"], said["sender"]["type"], said["sender"]["email"]) == ("outgoing", "agent", agent.email)

    desk.close(room, by=agent)
    engine.wait_for(lambda: ticket.status == "closed")
    assert ticket.closed_for[0]["reason"] == "resolved"
    until(nothing_is_owed)
    assert engine.close(ticket) == 409


def test_a_conversation_that_the_engine_ends_and_reopens(engine: GenericEngine, desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    ticket = engine.open()
    first = room_of(ticket)
    assert engine.close(ticket) == 200
    first.refresh_from_db()
    assert (first.is_closed, first.closed_by_flow) == (True, True)

    assert engine.reopen(ticket)["external_id"] == ticket.external_id
    second = room_of(ticket)
    assert (second.continues_id, second.contact_id, second.agent) == (first.pk, first.contact_id, agent)
    assert engine.reopen(ticket)["status"] == "open"
    assert Ticket.objects.count() == 2
    assert engine.say(ticket.contact, "One thing more") == []
    assert texts_of(second, is_history=False) == ["One thing more"]
    desk.reply(second, agent, "Of course")
    desk.close(second, by=agent)
    engine.wait_for(lambda: ticket.status == "closed")
    assert [sent.text for sent in engine.sent] == ["Of course"]


def test_a_flow_started_again_leaves_no_ticket_open_and_says_nothing_twice(engine: GenericEngine, desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    former = engine.open()
    later = engine.open(former.contact)
    room = room_of(later)
    assert engine.client.tries[-1] == ("/v1/tickets", 409)
    assert former.external_id != later.external_id
    assert Ticket.objects.count() == 1
    engine.wait_for(lambda: former.status == "closed")
    assert former.closed_for[0]["reason"] == "transferred"
    assert room.is_open and later.status == "open"

    # As if the engine had not heard of it yet: it forwards what is said to both of its tickets.
    former.status = "open"
    assert engine.say(later.contact, "Hello?") == []
    assert texts_of(room) == ["Hello?"]
    assert engine.close(former) == 409
    with pytest.raises(Refused) as refused:
        engine.reopen(former)
    assert (refused.value.status, refused.value.body["error"]) == (422, "reopen_not_supported")

    desk.reply(room, agent, "I am here")
    desk.close(room, by=agent)
    engine.wait_for(lambda: later.status == "closed")
    assert [(sent.ticket, sent.text) for sent in engine.sent] == [(later.uuid, "I am here")]


def test_an_answer_that_is_lost_costs_nothing_and_doubles_nothing(engine: GenericEngine, desk: Desk) -> None:
    desk.agent_online(limit=5)
    engine.client.lose_answers = 1
    ticket = engine.open()
    assert engine.client.tries == [("/v1/tickets", None), ("/v1/tickets", 201)]
    room = room_of(ticket)
    engine.client.lose_answers = 2
    assert engine.say(ticket.contact, "Only once") == []
    assert len(engine.client.tries) == 5
    assert texts_of(room) == ["Only once"]
    assert Ticket.objects.count() == 1


def test_what_the_engine_refuses_for_a_while_arrives_in_order(engine: GenericEngine, desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    ticket = engine.open()
    room = room_of(ticket)
    with engine.answering(500):
        desk.reply(room, agent, "one")
        desk.reply(room, agent, "two")
        engine.wait_for(lambda: ("/messages", 500) in engine.answered)
    engine.wait_for(lambda: len(engine.sent) == 2)
    assert [sent.text for sent in engine.sent] == ["one", "two"]
    with engine.answering(400):
        failed = desk.reply(room, agent, "three")
        engine.wait_for(lambda: ("/messages", 400) in engine.answered)
    desk.reply(room, agent, "four")
    engine.wait_for(lambda: len(engine.sent) == 3)
    assert engine.sent[-1].text == "four"
    until(lambda: Message.objects.get(pk=failed.pk).delivery == DeliveryState.FAILED)


def test_for_a_day_after_a_rotation_the_engine_may_have_either_secret(engine: GenericEngine, desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    room = room_of(engine.open())
    operations.rotate_signing_secret(desk.project, by=desk.by())
    desk.reply(room, agent, "signed with the former secret")
    engine.wait_for(lambda: len(engine.sent) == 1)
    engine.secret = signing.secrets_of(desk.project.pk, room.opened_at)[0].text
    desk.reply(room, agent, "signed with the new one")
    engine.wait_for(lambda: len(engine.sent) == 2)
    # It is noted after it is sent on.
    until(lambda: [status for path, status in engine.answered if path == "/messages"] == [200, 401, 200])
    engine.secret = "another"
    failed = desk.reply(room, agent, "signed with neither")
    until(lambda: Message.objects.get(pk=failed.pk).delivery == DeliveryState.FAILED)
    assert [status for path, status in engine.answered if path == "/messages"][3:] == [401, 401]


def test_each_ticketer_has_its_own_place_and_token(origin: str, engine: GenericEngine, desk: Desk) -> None:
    other = desk.add_sector()
    queue = desk.add_queue(sector=other)
    secret = engine.secret
    elsewhere = GenericEngine(f"{origin}/v1/generic/{queue.pk}/", token_for(desk, sector_id=other.pk)[1], secret)
    assert room_of(engine.open()).sector == desk.sector
    ticket = elsewhere.open()
    assert room_of(ticket).queue == queue
    with pytest.raises(Refused) as refused:
        elsewhere.client.base_url = engine.client.base_url
        elsewhere.open()
    assert (refused.value.status, refused.value.body["error"]) == (404, "not_found")
    wanted = engine.open(topic={"uuid": "a1d2b8c3", "name": "Sales", "queue_uuid": str(queue.pk)})
    assert room_of(wanted).queue == queue
    elsewhere.stop()


def test_an_error_page_is_never_html(origin: str, engine: GenericEngine, desk: Desk) -> None:
    base, token = engine.client.base_url, engine.client.token
    headers = {"Authorization": f"Bearer {token}"}
    large = b'{"a": "' + b"x" * 6_000_000 + b'"}'
    asked: list[tuple[int, str, str, str, dict[str, Any]]] = [
        (401, "not_authenticated", "POST", f"{base}/v1/tickets", {"json": {}}),
        (404, "not_found", "GET", f"{origin}/v1/generic/nothing", {}),
        (405, "method_not_allowed", "GET", f"{base}/v1/tickets", {"headers": headers}),
        (413, "payload_too_large", "POST", f"{base}/v1/tickets", {"headers": headers, "content": large}),
        (415, "unsupported_media_type", "POST", f"{base}/v1/tickets", {"headers": headers, "data": {"a": "b"}}),
        (400, "invalid_payload", "POST", f"{base}/v1/tickets", {"headers": headers, "content": b"{"}),
    ]  # fmt: skip
    for status, error, method, url, values in asked:
        answer = httpx.request(method, url, **values)
        assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["message"]
