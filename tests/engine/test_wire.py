"""The wire's whole story with an engine that behaves as the real one does (docs/flow.md)."""

import time
from io import BytesIO

import pytest

from sectors.operations import set_automatic_messages
from tests.tickets import samples
from tests.tickets.tools import kinds
from tickets import operations
from tickets.models import Contact as StoredContact
from tickets.models import Delivery, DeliveryState, Message
from tickets.models import Ticket as Room

from .handler import Ticket
from .places import Place
from .wenichats import Contact, Engine, NotOpened, Ticketer, line, now


def lines_of(ticket: Ticket) -> list[tuple[str, str]]:
    """Return the kind and text of each line of a room, by time."""
    rows = Message.objects.filter(ticket=ticket.room).order_by("created_on", "number")
    return [*rows.values_list("kind", "text")]


def wait_until_settled(engine: Engine, *tickets: Ticket) -> None:
    """Wait until no callback of these tickets is on its way."""
    rows = Delivery.objects.filter(ticket__in=[ticket.room for ticket in tickets], state=DeliveryState.SENDING)
    end = time.monotonic() + 120
    while rows.exists():
        assert time.monotonic() < end, list(rows.values("kind", "attempts", "last_error"))
        time.sleep(0.1)


def test_history_in_batches_then_they_talk_and_the_agent_closes(
    place: Place, engine: Engine, contact: Contact
) -> None:
    said = [line(f"Line {n}", "outgoing" if n % 2 else "incoming") for n in range(120)]
    ticket = engine.open(place.ticketer, contact, history=said)
    assert lines_of(ticket) == [("bot" if n % 2 else "contact", f"Line {n}") for n in range(120)]
    for n in range(3):
        assert engine.receive(contact, f"Question {n}") == 1
        place.reply(ticket, f"Answer {n}")
    wait_until_settled(engine, ticket)
    assert engine.handler.sent_to(contact.uuid) == ["Answer 0", "Answer 1", "Answer 2"]
    assert lines_of(ticket)[120:] == [
        (kind, f"{word} {n}") for n in range(3) for kind, word in (("contact", "Question"), ("agent", "Answer"))
    ]
    place.desk.close(Room.objects.get(pk=ticket.room), by=place.agent)
    engine.handler.wait_until(lambda: not ticket.is_open)
    assert engine.receive(contact, "Hello?") == 0, "the engine's ticket is closed"
    # It was on its way when the agent closed.
    assert engine.forward(ticket, "One more thing")
    assert lines_of(ticket)[-1] == ("contact", "One more thing")
    assert not engine.lost
    assert [callback.status for callback in engine.handler.callbacks] == [200] * 4


def test_the_first_callback_finds_the_ticket_stored(place: Place, engine: Engine) -> None:
    """Also if an automatic text is written at once, and the engine takes its time."""
    engine.storing = 0.9
    set_automatic_messages(place.desk.sector, {"opening": "Good morning"}, by=place.desk.by())
    tickets = [engine.open(place.ticketer, Contact(f"Contact {n}")) for n in range(4)]
    wait_until_settled(engine, *tickets)
    assert [engine.handler.sent_to(ticket.contact) for ticket in tickets] == [["Good morning"]] * 4
    assert {callback.status for callback in engine.handler.callbacks} == {200}


def test_files_are_messages_of_their_own(place: Place, engine: Engine, contact: Contact) -> None:
    ticket = engine.open(place.ticketer, contact)
    assert engine.forward(
        ticket, attachments=[{"content_type": "geo", "url": "-23.55,-46.63"}, {"content_type": "image", "url": ""}]
    )
    pictures = [samples.picture("PNG", (n, n)) for n in (300, 400)]
    room = Room.objects.get(pk=ticket.room)
    uploads = [
        operations.add_file(room.pk, BytesIO(raw), f"{n}.png", by=place.desk.by(place.agent)).pk
        for n, raw in enumerate(pictures)
    ]
    place.reply(ticket, "Both sides", files=uploads)
    place.reply(ticket, "Well?")
    wait_until_settled(engine, ticket)
    assert [one.text or one.content_type for one in engine.handler.sent] == [
        "image/png", "image/png", "Both sides", "Well?"
    ]  # fmt: skip
    assert [one.file for one in engine.handler.sent if one.file] == pictures
    assert not engine.lost


def test_the_flow_starts_again_while_the_room_is_open(place: Place, engine: Engine, contact: Contact) -> None:
    first = engine.open(place.ticketer, contact)
    engine.receive(contact, "First")
    second = engine.open(place.ticketer, contact, history=[line("Back in the flow")])
    assert second.room == first.room
    engine.handler.wait_until(lambda: not first.is_open)
    assert second.is_open
    assert engine.receive(contact, "Second") == 1, "each message is forwarded once"
    place.reply(second, "Here I am")
    wait_until_settled(engine, first, second)
    assert [one.ticket for one in engine.handler.sent] == [second.uuid]
    texts = [text for _kind, text in lines_of(second)]
    assert texts == ["First", "Back in the flow", "Second", "Here I am"]
    place.desk.close(Room.objects.get(pk=second.room), by=place.agent)
    engine.handler.wait_until(lambda: not second.is_open)


def test_a_late_history_repeats_nothing(place: Place, engine: Engine, contact: Contact) -> None:
    before = [line(f"Before {n}") for n in range(60)]
    ticket = engine.open(place.ticketer, contact)
    engine.receive(contact, "Live")
    # The engine has no end for a history: what was forwarded meanwhile is in it as well, and a task is repeated.
    for _ in range(2):
        assert engine.send_history(ticket, [*before, line("Live")])
    assert [text for _kind, text in lines_of(ticket)] == [*(f"Before {n}" for n in range(60)), "Live"]
    assert not engine.lost


def test_the_flow_closes(place: Place, engine: Engine, contact: Contact) -> None:
    ticket = engine.open(place.ticketer, contact)
    for _ in range(2):
        engine.close_ticket(ticket)
    assert "closed" in kinds(Room.objects.get(pk=ticket.room))
    assert engine.client.tried == {"POST": 1, "PATCH": 2}
    again = engine.open(place.ticketer, contact)
    assert again.room != ticket.room
    assert StoredContact.objects.get(external_id=contact.uuid, project=place.desk.project).tickets.count() == 2


def test_three_organizations_behind_one_token(place: Place, engine: Engine) -> None:
    places = [place, Place.set_up(), Place.set_up()]
    # The same person writes to all of them; each organization of the engine has its own contact.
    people = [Contact("Contact", urn="whatsapp:5511912345678") for _ in places]
    tickets = [engine.open(one.ticketer, person) for one, person in zip(places, people, strict=True)]
    for n, (one, person, ticket) in enumerate(zip(places, people, tickets, strict=True)):
        engine.receive(person, f"To {n}")
        one.reply(ticket, f"From {n}")
    wait_until_settled(engine, *tickets)
    for n, (one, person, ticket) in enumerate(zip(places, people, tickets, strict=True)):
        assert lines_of(ticket) == [("contact", f"To {n}"), ("agent", f"From {n}")]
        assert engine.handler.sent_to(person.uuid) == [f"From {n}"]
        assert [*Room.objects.filter(project=one.desk.project)] == [Room.objects.get(pk=ticket.room)]
    assert not engine.lost


def test_what_is_refused_says_why(place: Place, engine: Engine, contact: Contact) -> None:
    nowhere = Ticketer("00000000-0000-4000-8000-000000000000")
    with pytest.raises(NotOpened, match='"detail"'):
        engine.open(nowhere, contact)
    ticket = engine.open(place.ticketer, contact)
    engine.close_ticket(ticket)
    # The engine closed it itself, so it knows: nothing is on its way.
    assert not engine.forward(ticket, "After that", created_on=now())
    [loss] = engine.lost
    assert "room_closed" in loss.why
    assert engine.client.again == {}
