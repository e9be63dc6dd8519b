"""What an engine of the type *generic* may send, and what it is answered (docs/flow.md, Type generic)."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from tests.builders import Desk, fresh
from tests.engine.generic import GenericEngine, now
from tests.flow import FlowEngine, engine_for
from tests.races.parallel import at_once
from tickets import operations
from tickets.files.limits import MEGABYTE
from tickets.jobs import forget_answers
from tickets.models import (
    Delivery,
    IdempotentAnswer,
    Message,
    ReplacedTicketUuid,
    Ticket,
)

CALLBACKS = "https://flows.example.org/mr/tickets/types/generic/event_callback/3908cb99"


@pytest.fixture
def generic(desk: Desk) -> FlowEngine:
    """A ticketer with the desk's sector for its place."""
    engine = engine_for(desk)
    engine.base = f"/v1/generic/{desk.sector.pk}/v1/tickets"
    return engine


def asked(contact: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    return {
        "ticket_id": str(uuid4()),
        "contact": contact or GenericEngine.contact(),
        "metadata": {"webhook_base_url": CALLBACKS},
        "opened_at": now(),
        **values,
    }


def opened(engine: FlowEngine, body: dict[str, Any] | None = None, key: str = "") -> Any:
    return engine.call("POST", "", body or asked(), headers={"Idempotency-Key": key} if key else {})


def said(engine: FlowEngine, external_id: str, text: str, key: str = "", **values: Any) -> Any:
    body = {"direction": "incoming", "sender": {"type": "contact"}, "text": text, "sent_at": now(), **values}
    headers = {"Idempotency-Key": key} if key else {}
    return engine.call("POST", f"/{external_id}/messages", body, headers=headers)


def test_an_opening_says_all_it_can(desk, generic):
    agent = desk.agent_online()
    other = desk.agent_online()
    contact = {**GenericEngine.contact(), "urns": ["whatsapp:551", "tel:+5511987654321?auth=secret"]}
    body = asked(
        contact,
        body="About the order",
        assignee={"email": other.email, "name": "x"},
        metadata={
            "webhook_base_url": CALLBACKS,
            "channel": {"uuid": "9b8a7c6d", "name": "WhatsApp"},
            "flow": {"uuid": "8c7b6a5d", "name": "Sales"},
            "priority": "high",
        },
    )
    answer = opened(generic, body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"external_id", "status", "created_at"}
    assert answer.json()["status"] == "open"
    ticket = Ticket.objects.select_related("contact").get(external_id=answer.json()["external_id"])
    assert (ticket.flow_type, ticket.ticket_uuid, ticket.flow_uuid) == ("generic", body["ticket_id"], "8c7b6a5d")
    assert (ticket.agent, ticket.callback_url) == (other, CALLBACKS) != (agent, CALLBACKS)
    assert ticket.custom_fields == {"body": "About the order", "priority": "high"}
    assert (ticket.contact.channel, ticket.contact.phone) == ("9b8a7c6d", "+5511987654321")
    assert ticket.contact.custom_fields == {"language": "por"}
    shown = generic.call("GET", f"/{answer.json()['external_id']}").json()
    assert (shown["status"], shown["contact"]) == ("open", {"name": "A contact"})


def test_a_body_may_be_an_object_with_custom_fields(desk, generic):
    opened(
        generic, asked(body=json.dumps({"custom_fields": {"plan": "gold"}, "history_after": "2026-05-20 14:20:00"}))
    )
    assert Ticket.objects.get().custom_fields == {"plan": "gold"}


def test_without_a_contact_nobody_knows_whom_it_is_about(generic):
    answer = opened(generic, asked({"name": "Nobody"}))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_payload"
    assert "contact.uuid" in answer.json()["message"]
    assert set(answer.json()["details"]) == {"errors"}


def test_a_topic_whose_queue_takes_nothing_costs_no_ticket(desk, generic):
    gone, far = desk.add_queue(), Desk.set_up().queue
    gone.archived_at = timezone.now()
    gone.save()
    for queue in (gone.pk, far.pk, "sales", None, {"a": 1}):
        answer = opened(generic, asked(topic={"uuid": "t", "queue_uuid": str(queue)}))
        assert answer.status_code == 201
        assert Ticket.objects.get(external_id=answer.json()["external_id"]).queue == desk.queue


def test_a_second_opening_is_answered_with_the_one_that_goes_on(desk, generic):
    first = asked()
    one = opened(generic, first).json()["external_id"]
    again = opened(generic, first)
    assert (again.status_code, again.json()["external_id"]) == (201, one)
    second = opened(generic, asked(first["contact"]), key="open-2")
    assert second.status_code == 409
    assert second.json()["error"] == "ticket_already_open"
    two = second.json()["details"]["external_id"]
    assert opened(generic, asked(first["contact"]), key="open-2").status_code == 422
    ticket = Ticket.objects.get()
    assert (str(ticket.external_id), ReplacedTicketUuid.objects.get().external_id) == (two, ticket.pk)
    told = Delivery.objects.get()
    assert (told.kind, told.url, str(told.external_id)) == ("room.update", CALLBACKS, one)
    late = opened(generic, first)
    assert (late.status_code, late.json()) == (201, {**late.json(), "external_id": one, "status": "closed"})
    for name in (one, two):
        assert said(generic, name, f"By {name}").status_code == 200
    assert Message.objects.filter(ticket=ticket, is_history=False).count() == 2


def test_the_two_types_hand_over_to_each_other(desk, generic, flow):
    contact = GenericEngine.contact()
    room = flow.room(
        sector_uuid=str(desk.sector.pk), ticket_uuid="A", callback_url="https://a.example.org/",
        contact={"external_id": contact["uuid"], "name": "", "urn": contact["urn"]},
    )  # fmt: skip
    flow.call("POST", "/rooms/", room)
    answer = opened(generic, asked(contact))
    assert answer.status_code == 409
    ticket = Ticket.objects.get()
    assert (ticket.flow_type, ticket.callback_url) == ("generic", CALLBACKS)
    flow.call("PATCH", f"/rooms/{ticket.pk}/", {"callback_url": "https://other.example.org/"})
    assert fresh(ticket).callback_url == CALLBACKS
    back = flow.call("POST", "/rooms/", {**room, "ticket_uuid": "B"})
    assert (back.status_code, back.json()["callback_url"]) == (200, "https://a.example.org/")
    assert fresh(ticket).flow_type == "wenichats"
    told = list(Delivery.objects.order_by("number").values_list("url", "external_id"))
    assert told == [("https://a.example.org/", None), (CALLBACKS, UUID(answer.json()["details"]["external_id"]))]


def test_history_one_by_one_stands_before_the_hand_over(desk, generic):
    desk.agent_online()
    external_id = opened(generic).json()["external_id"]
    bot = {"direction": "outgoing", "sender": {"type": "bot"}, "sent_at": "2026-05-20T14:20:00Z", "message_id": "m"}
    for _time in range(2):
        answer = said(generic, external_id, "How can I help?", **bot)
        assert (answer.status_code, answer.json()) == (200, {"message_external_id": "m", "status": "received"})
    said(generic, external_id, "A person, please", sent_at="2026-05-20T14:21:00Z")
    said(generic, external_id, "Hello?")
    rows = Message.objects.order_by("created_on").values_list("text", "is_history", "kind")
    assert list(rows) == [
        ("How can I help?", True, "bot"),
        ("A person, please", True, "contact"),
        ("Hello?", False, "contact"),
    ]
    assert Ticket.objects.get().unread_count == 1


def test_a_batch_of_history_is_stored_once(generic):
    external_id = opened(generic).json()["external_id"]
    lines = [{"direction": "incoming", "text": "Hi", "sent_at": "2026-05-20T14:21:00Z", "attachments": None}, 7, None]
    for _time in range(2):
        answer = generic.call("POST", f"/{external_id}/history", {"messages": lines})
        assert (answer.status_code, answer.json()) == (200, {"status": "history_received", "messages_received": 1})
    assert Message.objects.count() == 1


def test_closing_and_what_comes_after(desk, generic):
    external_id = opened(generic).json()["external_id"]
    assert generic.call("POST", f"/{external_id}/close", None).json() == {"status": "closed"}
    for path in ("close", "messages"):
        answer = generic.call("POST", f"/{external_id}/{path}", {"text": "Too late", "sent_at": now()})
        assert (answer.status_code, answer.json()["error"]) == (409, "ticket_already_closed")
        assert answer.json()["details"] == {"external_id": external_id}
    unknown = generic.call("POST", f"/{uuid4()}/close", {})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "ticket_not_found")


def test_reopening_while_another_conversation_is_open_names_that_one(desk, generic):
    first = asked()
    one = opened(generic, first).json()["external_id"]
    generic.call("POST", f"/{one}/close", None)
    two = opened(generic, asked(first["contact"])).json()["external_id"]
    answer = generic.call("POST", f"/{one}/reopen", {})
    assert (answer.status_code, answer.json()["error"]) == (409, "ticket_already_open")
    assert answer.json()["details"] == {"external_id": two}


def test_a_reopened_ticket_says_which_one_it_continues(desk, generic, client):
    external_id = opened(generic).json()["external_id"]
    generic.call("POST", f"/{external_id}/close", None)
    assert generic.call("POST", f"/{external_id}/reopen", {}).status_code == 200
    later = Ticket.objects.get(closed_at=None)
    client.force_login(desk.administrator)
    page = client.get(f"/projects/{desk.project.pk}/desk/{later.pk}/lines/").content.decode()
    assert f"The flow reopened ticket {later.continues.protocol}." in page


def test_reopening_outside_hours_is_refused_in_words(desk, generic):
    external_id = opened(generic).json()["external_id"]
    generic.call("POST", f"/{external_id}/close", None)
    desk.sector.always_open = False
    desk.sector.save()
    answer = generic.call("POST", f"/{external_id}/reopen", {})
    assert (answer.status_code, answer.json()["error"]) == (400, "outside_hours")
    assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["open-1", ""])
def test_many_at_once_with_the_same_opening_get_the_same_ticket(desk, generic, key):
    body = asked()
    answers = at_once(*[lambda: opened(generic, body, key)] * 8)
    assert {answer.json().get("external_id") or answer.json()["details"]["external_id"] for answer in answers} == {
        str(Ticket.objects.get().external_id)
    }
    if key:
        assert {answer.status_code for answer in answers} == {201}
        assert IdempotentAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_the_same_message_are_one(desk, generic):
    external_id = opened(generic).json()["external_id"]
    answers = at_once(*[lambda: said(generic, external_id, "Once", "forward-1")] * 8)
    assert {answer.json()["message_external_id"] for answer in answers} == {str(Message.objects.get().pk)}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_reopen_one_ticket(desk, generic):
    external_id = opened(generic).json()["external_id"]
    generic.call("POST", f"/{external_id}/close", None)
    answers = at_once(*[lambda: generic.call("POST", f"/{external_id}/reopen", {})] * 6)
    assert {answer.status_code for answer in answers} == {200}
    assert Ticket.objects.filter(continues__isnull=False).count() == 1


def test_a_key_is_answered_the_same_for_its_token_and_a_day(desk, generic):
    external_id = opened(generic).json()["external_id"]
    first = said(generic, external_id, "Hello", "k")
    again = said(generic, external_id, "Hello", "k", metadata=None)
    other = said(generic, external_id, "Another", "k")
    assert again.json() == first.json()
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert Message.objects.count() == 1
    another = engine_for(desk)
    another.base = generic.base
    assert said(another, external_id, "Another", "k").status_code == 200
    long = "k" * 5000
    assert said(generic, external_id, "Long", long).json() == said(generic, external_id, "Long", long).json()
    IdempotentAnswer.objects.filter(key="k").update(created_at=timezone.now() - timedelta(hours=25))
    forget_answers(0)
    assert IdempotentAnswer.objects.count() == 1
    assert said(generic, external_id, "Another", "k").status_code == 200


def test_a_refusal_is_answered_the_same_too(generic):
    external_id = opened(generic).json()["external_id"]
    first = said(generic, external_id, "", "empty")
    assert (first.status_code, first.json()["error"]) == (400, "empty_message")
    assert said(generic, external_id, "", "empty").json() == first.json()
    assert not Message.objects.exists()


def test_a_file_for_such_an_engine_has_ten_megabytes_at_most(desk, generic, folder):
    agent = desk.agent_online()
    opened(generic)
    ticket = Ticket.objects.get()
    with pytest.raises(Invalid, match="larger than 10 MB") as refused:
        operations.add_file(ticket.pk, BytesIO(b"a" * (10 * MEGABYTE + 1)), "terms.txt", by=desk.by(agent))
    assert refused.value.code == "file_too_large"
    operations.add_file(ticket.pk, BytesIO(b"a" * 10 * MEGABYTE), "terms.txt", by=desk.by(agent))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.just("x" * 3000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ("topic", "body", "assignee", "metadata", "opened_at", "more")
_LINE = ("direction", "sender", "text", "attachments", "metadata", "sent_at", "message_id")


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    opening=st.dictionaries(st.sampled_from(_NAMES), anything),
    contact=st.dictionaries(st.sampled_from(["name", "urn", "urns", "language"]), anything),
    message=st.dictionaries(st.sampled_from(_LINE), anything),
)
def test_nothing_is_refused_for_its_form(desk, generic, opening, contact, message):
    answer = opened(generic, {**opening, "contact": {"uuid": str(uuid4()), **contact}})
    assert answer.status_code in (201, 409), answer.content
    body = answer.json()
    external_id = body.get("external_id") or body["details"]["external_id"]
    path = f"/{external_id}"
    answer = generic.call("POST", f"{path}/messages", {"text": "x", **message, "metadata": {"a": 1}})
    assert answer.status_code == 200, answer.content
    assert generic.call("POST", f"{path}/history", {"messages": [message, message]}).status_code == 200
    assert generic.call("GET", path).status_code == 200
    assert generic.call("POST", f"{path}/close", message).status_code == 200
