"""Files on their way to the flow engine: the callback names an address at which it fetches them."""

import urllib.error
import urllib.request
from datetime import timedelta
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from orgs.models import User
from tests.builders import Desk
from tests.receiver import Receiver
from tests.tickets import samples
from tests.tickets.tools import give_up, pass_time, retry, run_worker
from tickets import operations
from tickets.models import DeliveryState, Message

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def served(settings: Any, origin: str, callbacks_allowed: None) -> str:
    """The real server's address and folder."""
    settings.ORIGIN = origin
    return origin


def fetch(url: str, **headers: str) -> HTTPResponse:
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10)


def answer_with(desk: Desk, receiver: Receiver, agent: User, raw: bytes, name: str, text: str = "") -> Message:
    ticket = desk.open_ticket(callback_url=receiver.url)
    upload = operations.add_file(ticket.pk, BytesIO(raw), name, by=desk.by(agent))
    return desk.reply(ticket, agent, text, files=[upload.pk])


def test_the_engine_gets_the_file(desk: Desk, receiver: Receiver, served: str) -> None:
    agent, raw = desk.agent_online(limit=5), samples.picture("JPEG", (1500, 1000))
    answer_with(desk, receiver, agent, raw, "Front door, März.jpg", "See here")
    run_worker()
    first, second = [request.body["content"] for request in receiver.received]
    assert (first["text"], second["text"], second["media"]) == ("", "See here", [])
    assert first["uuid"] == second["uuid"], "parts of one message"
    [media] = first["media"]
    assert set(media) == {"content_type", "url"}
    assert media["content_type"] == "image/jpeg"
    assert media["url"].startswith(f"{served}/files/")
    with fetch(media["url"]) as answer:
        assert answer.read() == raw
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Length"] == str(len(raw))
    with fetch(media["url"], Range="bytes=100-199") as answer:
        assert (answer.status, answer.read()) == (206, raw[100:200])


def test_a_large_file_comes_whole(desk: Desk, receiver: Receiver) -> None:
    agent, raw = desk.agent_online(limit=5), bytes(range(256)) * 4096 * 15
    answer_with(desk, receiver, agent, raw, "all.bin")
    run_worker()
    with fetch(receiver.received[0].body["content"]["media"][0]["url"]) as answer:
        assert answer.read() == raw


def test_a_later_attempt_names_an_address_that_still_lasts(desk: Desk, receiver: Receiver, served: str) -> None:
    """The engine was away for a day: what it is told then can be fetched from then on."""
    message = answer_with(desk, receiver, desk.agent_online(limit=5), b"text", "a.txt")
    receiver.answers = lambda _request, _handler: 503
    run_worker()
    pass_time(hours=23)
    receiver.answers = lambda _request, _handler: 200
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=True):
        retry()
    first, last = [request.body["content"]["media"][0]["url"] for request in receiver.received]
    assert first != last
    with fetch(last) as answer:
        assert answer.read() == b"text"
    message.refresh_from_db()
    assert message.delivery == DeliveryState.SENT


def test_a_link_that_was_not_made_here_opens_nothing(desk: Desk, served: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(f"{served}/files/made.up.token/a.txt")
    assert refusal.value.code == 404


def test_sending_again_takes_the_files_along(desk: Desk, receiver: Receiver) -> None:
    agent = desk.agent_online(limit=5)
    message = answer_with(desk, receiver, agent, samples.PDF, "Bill.pdf", "Here")
    give_up(message, receiver)
    receiver.answers = lambda _request, _handler: 200
    operations.send_again(message.ticket_id, message.pk, by=desk.by(agent))
    run_worker()
    content, text = [request.body["content"] for request in receiver.received[-2:]]
    assert (content["uuid"], text["text"]) == (str(message.pk), "Here")
    with fetch(content["media"][0]["url"]) as answer:
        assert answer.read() == samples.PDF


def test_only_the_part_that_failed_is_sent_again(desk: Desk, receiver: Receiver) -> None:
    """The engine forwards each callback as a message of its own: a part that it has taken must not come twice."""
    agent = desk.agent_online(limit=5)
    ticket = desk.open_ticket(callback_url=receiver.url)
    names = ["a.txt", "b.txt", "c.txt"]
    uploads = [operations.add_file(ticket.pk, BytesIO(b"text"), name, by=desk.by(agent)) for name in names]
    receiver.answers = lambda request, _handler: 500 if "/b.txt" in str(request.body) else 200
    message = desk.reply(ticket, agent, "Here", files=[upload.pk for upload in uploads])
    assert message.deliveries.count() == 4
    run_worker()
    assert [sent(request) for request in receiver.received] == ["a.txt", "b.txt"], "what is behind it waits"
    pass_time(hours=25)
    retry()
    message.refresh_from_db()
    assert [row.state for row in message.deliveries.all()] == ["sent", "failed", "sent", "sent"]
    assert message.delivery == DeliveryState.FAILED, "the worst of its parts"
    receiver.answers = lambda _request, _handler: 200
    assert operations.send_again(ticket.pk, message.pk, by=desk.by(agent)).delivery == DeliveryState.SENDING
    run_worker()
    assert [sent(request) for request in receiver.received[2:]] == ["b.txt", "c.txt", "Here", "b.txt"]
    message.refresh_from_db()
    assert message.delivery == DeliveryState.SENT


def test_what_waited_as_one_callback_is_split(desk: Desk) -> None:
    """As the migration does with what an earlier release has left to be sent."""
    agent = desk.agent_online(limit=5)
    messages = []
    for text in ("Here", ""):
        ticket = desk.open_ticket(callback_url="https://flow.example.org/")
        uploads = [operations.add_file(ticket.pk, BytesIO(b"text"), f"{n}.txt", by=desk.by(agent)) for n in range(2)]
        message = desk.reply(ticket, agent, text, files=[upload.pk for upload in uploads])
        message.deliveries.exclude(part=0).delete()
        message.deliveries.update(attachment=None)
        messages.append(message)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    back = MigrationExecutor(connection)
    back.migrate([("tickets", "0007_callbacks")])
    forward = MigrationExecutor(connection)
    forward.migrate(forward.loader.graph.leaf_nodes())
    for message in messages:
        files = [*message.attachments.all()]
        parts = [row.attachment for row in message.deliveries.all()]
        assert parts == ([*files, None] if message.text else files)


def sent(request: Any) -> str:
    """The text of a callback, or the name of its file."""
    content = request.body["content"]
    [name] = [media["url"].rsplit("/", 1)[-1] for media in content["media"]] or [content["text"]]
    return name
