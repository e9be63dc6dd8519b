"""Whom to write to: what people type and paste (docs/rules.md, Active messages)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from active_messages import pasted
from active_messages.operations.starting import connected
from active_messages.people import Offers, offer_of, person_of, person_of_contact, search, urn_of, with_contacts
from active_messages.people import Person as Somebody
from core.errors import Invalid
from orgs.models import User
from sectors.models import Sector
from tests.builders import Desk
from tests.engine.api_v2 import Fault
from tests.flow import engine_for
from tickets.models import Contact, Ticket
from tickets.operations import merge_contacts

from .conftest import NUMBER, Starting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("typed", "urn"),
    [
        ("+55 11 91234-5678", NUMBER), ("+5511912345678", NUMBER), ("0055 (11) 91234 5678", NUMBER),
        ("+55 11 1234-5678", ""), ("+55 11 8123-4567", "whatsapp:5511981234567"),
        ("+52 1 55 1234 5678", "whatsapp:525512345678"), ("whatsapp:5511912345678", NUMBER),
        ("tel:+5511912345678", "tel:+5511912345678"), ("TEL:+5511912345678", "tel:+5511912345678"),
        ("telegram:123456", "telegram:123456"), ("instagram:1?x=secret", "instagram:1"),
        ("11 91234-5678", ""), ("91234-5678", ""), ("Ana", ""), ("", ""), ("test:1", ""), ("ext:1", ""),
        ("whatsapp:1", ""),
        ("\u202a+55\u00a011\u00a091234\u20115678\u202c", NUMBER), ("5511912345678", NUMBER), ("12025550100", ""),
        ("telegram:" + "1" * 300, ""), ("+55 11 91234-5678 ext. 5", ""),
    ],
)  # fmt: skip
def test_numbers_and_addresses_are_understood_however_they_are_written(typed: str, urn: str) -> None:
    assert urn_of(typed, "whatsapp") == urn


def test_the_channel_of_numbers_is_the_projects() -> None:
    assert urn_of("+5511912345678", "tel") == "tel:+5511912345678"


@given(st.text(max_size=300))
@settings(deadline=None)
def test_whatever_is_typed_is_read_or_not(text: str) -> None:
    urn = urn_of(text, "whatsapp")
    assert not urn or (":" in urn and len(urn) <= 255 and "?" not in urn)


# A pasted list


def read(desk: Desk, text: str) -> pasted.Paste:
    return pasted.read(desk.member(desk.administrator), text, "whatsapp")


@pytest.mark.parametrize(
    ("line", "urn", "name"),
    [
        ("+5511912345678, Ana", NUMBER, "Ana"), ("Ana;+55 11 91234-5678", NUMBER, "Ana"),
        ("telegram:5\tTé", "telegram:5", "Té"),
        ('\ufeff"Souza, Ana"; +55 11 91234-5678', NUMBER, "Souza, Ana"),
        ("Ana Souza +55 11 91234-5678", NUMBER, "Ana Souza"),
        ("+55 11 91234-5678 Ana", NUMBER, "Ana"), ("Ana 5511912345678", NUMBER, "Ana"), ("5511912345678", NUMBER, ""),
        ("  +55 11 91234-5678 ,", NUMBER, ""),
        ("Ana | +55 11 91234-5678", NUMBER, "Ana"), ('"Ana,+5511912345678"', NUMBER, "Ana"),
    ],
)  # fmt: skip
def test_a_line_is_a_number_or_address_with_a_name_if_you_like(desk: Desk, line: str, urn: str, name: str) -> None:
    paste = read(desk, line)
    assert [(one.urn, one.name) for one in paste.people] == [(urn, name)]
    assert not paste.unread


def test_a_list_is_read_line_by_line(desk: Desk) -> None:
    paste = read(
        desk, "nobody\n+5511912345678, Ana\n\n;;\ntelegram:5\r\n5511912345678\nAna +5511988887777 +5511977776666"
    )
    assert [one.urn for one in paste.people] == [NUMBER, "telegram:5"]
    assert [(line.number, line.text[:4], line.why) for line in paste.unread] == [
        (1, "nobo", pasted.NOT_READ), (7, "Ana ", pasted.SEVERAL),
    ]  # fmt: skip
    assert paste.repeated == 1


@pytest.mark.parametrize(
    "first", ["name,phone", "Nome;Telefone", "Teléfono\tNombre", '"Name,Phone"', "sep=;", "Name"]
)
def test_a_first_line_that_only_names_the_columns_is_nobody(desk: Desk, first: str) -> None:
    paste = read(desk, f"\ufeff{first}\n+5511912345678\n{first}")
    assert [one.urn for one in paste.people] == [NUMBER]
    assert [line.number for line in paste.unread] == [3]


@given(st.text(max_size=2000))
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_paste_breaks_anything(desk: Desk, text: str) -> None:
    paste = read(desk, text)
    assert len({one.key for one in paste.people}) == len(paste.people)
    assert all(line.text for line in paste.unread)


def test_people_of_a_list_who_are_known_are_the_same(starting: Starting) -> None:
    contact = contact_of(starting, "Ana", NUMBER)
    paste = read(starting.desk, "+5511912345678\n55 11912345678\n")
    assert [(one.contact, one.name) for one in paste.people] == [(contact, "Ana")]
    assert paste.repeated == 1


def contact_of(starting: Starting, name: str, urn: str, **values: Any) -> Contact:
    """Return a contact whose conversation the agent has had."""
    person = starting.api.add_contact(name, urn)
    room = starting.opened_room(contact=person, **values)
    answer = engine_for(starting.desk).open(**{**room, "flow_uuid": ""})
    ticket = Ticket.objects.get(pk=answer.json()["uuid"])
    starting.desk.close(ticket)
    return ticket.contact


# Searching


def found(starting: Starting, text: str, user: User | None = None) -> Offers:
    row, engine = connected(starting.desk.project)
    return search(starting.desk.member(user or starting.agent), engine, row.number_scheme, text)


def test_ours_come_first_then_the_engines_each_once(starting: Starting) -> None:
    ours = contact_of(starting, "Ana of ours", NUMBER)
    theirs = starting.api.add_contact("Ana of the engine", "whatsapp:5511988887777")
    starting.api.add_contact("Ana who left", status="blocked")
    offers = found(starting, "ana")
    assert [offer.value for offer in offers.found] == [f"contact:{ours.pk}", f"engine:{theirs.uuid}"]
    assert not offers.trouble


def test_an_engine_that_cannot_search_offers_nobody_else(starting: Starting) -> None:
    starting.api.has_search = False
    starting.api.add_contact("Rui")
    ana = starting.api.add_contact("Ana")
    assert [offer.value for offer in found(starting, "Ana").found] == [f"engine:{ana.uuid}"]


def test_a_number_is_found_here_there_or_offered_as_new(starting: Starting) -> None:
    assert [(o.value, o.is_new) for o in found(starting, "+55 11 91234-5678").found] == [(f"urn:{NUMBER}", True)]
    theirs = starting.api.add_contact("Ana", "tel:+5511912345678")
    assert [offer.value for offer in found(starting, "+55 11 91234-5678").found] == [f"engine:{theirs.uuid}"]
    ours = contact_of(starting, "Rui", "whatsapp:5511988887777")
    assert [offer.value for offer in found(starting, "+5511988887777").found] == [f"contact:{ours.pk}"]


def test_the_engine_being_away_is_said_and_ours_are_found(starting: Starting) -> None:
    ours = contact_of(starting, "Ana", NUMBER)
    starting.api.fail(Fault.ERROR)
    offers = found(starting, "Ana")
    assert [offer.value for offer in offers.found] == [f"contact:{ours.pk}"]
    assert offers.trouble == "The engine does not answer. Try again in a few minutes."


def test_an_agent_finds_contacts_of_conversations_they_see(starting: Starting) -> None:
    ours = contact_of(starting, "Ana", NUMBER)
    starting.api.contacts.clear()
    other = starting.desk.agent_online()
    assert found(starting, "Ana").found
    assert not found(starting, "Ana", other).found
    _row, engine = connected(starting.desk.project)
    with pytest.raises(Invalid):
        person_of(starting.desk.member(other), engine, f"contact:{ours.pk}")
    assert person_of(starting.desk.member(starting.agent), engine, f"contact:{ours.pk}").contact == ours


def test_an_anonymous_contact_is_not_offered_by_their_address(starting: Starting) -> None:
    contact_of(starting, "Ana", NUMBER, is_anon=True)
    starting.api.contacts.clear()
    [offer] = found(starting, "+55 11 91234-5678").found
    assert offer.is_new


NOBODY = [
    "", "contact:", "contact:x", "engine:x", "urn:telegram:a\x00b", "urn:telegram:a\x01", "urn:telegram:\u2028",
    "urn:nobody", "urn:test:1", "engine:" + "0" * 32, "what:1", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("value", NOBODY)
def test_what_stands_for_nobody_is_refused_at_its_field(starting: Starting, value: str) -> None:
    _row, engine = connected(starting.desk.project)
    with pytest.raises(Invalid) as refused:
        person_of(starting.desk.member(starting.agent), engine, value)
    assert refused.value.field == "person"


def test_a_contact_of_another_project_is_nobody(starting: Starting, other_desk: Any) -> None:
    foreign = other_desk.closed_ticket().contact
    member = starting.desk.member(starting.desk.administrator)
    _row, engine = connected(starting.desk.project)
    with pytest.raises(Invalid):
        person_of(starting.desk.member(starting.desk.administrator), engine, f"contact:{foreign.pk}")
    assert with_contacts(member, [Somebody(urn=foreign.urn)])[0].contact is None


def test_a_test_contact_has_no_address(starting: Starting) -> None:
    ticket = starting.desk.closed_ticket(by=starting.agent)
    _row, engine = connected(starting.desk.project)
    with pytest.raises(Invalid) as refused:
        person_of(starting.desk.member(starting.desk.administrator), engine, f"contact:{ticket.contact_id}")
    assert "no address" in str(refused.value)


# What is not shown


def test_a_typed_number_does_not_tell_whose_it_is_in_another_sector(starting: Starting) -> None:
    contact_of(starting, "Ana", NUMBER)
    starting.api.contacts.clear()
    other = starting.desk.member(starting.desk.agent_online())
    _row, engine = connected(starting.desk.project)
    offer = offer_of(other, engine, f"urn:{NUMBER}")
    assert offer is not None
    assert "Ana" not in (offer.label, offer.detail)
    assert [one.name for one in pasted.read(other, NUMBER, "whatsapp").people] == [""]
    [start] = starting.start(person_of(other, engine, f"urn:{NUMBER}"), by=other.user)
    assert "Ana" not in (start.name, start.label)


def test_an_anonymous_contact_is_not_offered_with_the_number_that_the_engine_knows(starting: Starting) -> None:
    contact = contact_of(starting, "Ana", NUMBER, is_anon=True)
    assert [offer.value for offer in found(starting, "Ana").found] == []
    _row, engine = connected(starting.desk.project)
    person = person_of(starting.desk.member(starting.agent), engine, f"engine:{contact.external_id}")
    assert (person.contact, person.urn, person.name) == (contact, "", "Ana")


def test_of_contacts_merged_by_hand_the_anonymous_one_shows_nothing_of_the_other(starting: Starting) -> None:
    hidden = contact_of(starting, "Ana", NUMBER, is_anon=True)
    shown = engine_contact(starting, "Rui", "whatsapp:5511988887777", starting.desk.add_sector())
    merge_contacts(hidden, shown, by=starting.desk.by())
    with pytest.raises(Invalid):
        person_of_contact(starting.desk.member(starting.agent), shown.pk)
    assert person_of_contact(starting.desk.member(starting.agent), hidden.pk).urn == ""


def engine_contact(starting: Starting, name: str, urn: str, sector: Sector) -> Contact:
    """Return a contact whose conversation was in another sector."""
    person = starting.api.add_contact(name, urn)
    room = {**starting.opened_room(contact=person), "flow_uuid": "", "sector_uuid": str(sector.pk)}
    ticket = Ticket.objects.get(pk=engine_for(starting.desk).open(**room).json()["uuid"])
    starting.desk.close(ticket, tags=list(sector.tags.all()[:1]))
    return ticket.contact


def test_who_is_in_a_conversation_is_marked(starting: Starting) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    engine_for(starting.desk).open(**{**starting.opened_room(contact=person), "flow_uuid": ""})
    assert [offer.is_busy for offer in found(starting, "Ana").found] == [True]
