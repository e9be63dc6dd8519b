"""A person is found by whatever is known of them, however it is written (docs/rules.md, Searching)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from active_messages.client import EngineFailed
from active_messages.models import NumberScheme, Refusal
from active_messages.people import search
from core.phone_numbers import number_pattern, terms_of
from reports.filters import Filters, Selection
from tests.builders import Desk
from tests.pages import Pages, text_of
from tickets import operations
from tickets.contact_keys import contact_keys
from tickets.models import Contact, Ticket
from tickets.operations import ContactFacts

JOAO = ContactFacts(
    external_id="joao",
    name="João Conceição Ñuñez",
    urn="whatsapp:5511987654321",
    phone="+55 11 98765-4321",
    email="joao.c@example.org",
)
#: Stored, typed, and whether it is found.
NUMBERS = [
    ("whatsapp:5511987654321", "+5511987654321", True),
    ("whatsapp:5511987654321", "5511987654321", True),
    ("whatsapp:5511987654321", "+55 11 98765-4321", True),
    ("whatsapp:5511987654321", "0055 11 98765 4321", True),
    ("whatsapp:5511987654321", "(11) 98765-4321", True),
    ("whatsapp:5511987654321", "011 98765-4321", True),
    ("whatsapp:5511987654321", "98765-4321", True),
    ("whatsapp:5511987654321", "98765 4321", True),
    ("whatsapp:5511987654321", "98765.4321", True),
    ("whatsapp:5511987654321", "98765\u20114321", True),
    ("whatsapp:5511987654321", "4321", True),
    ("whatsapp:5511987654321", "551187654321", True),
    ("whatsapp:5511987654321", "11 8765-4321", True),
    ("whatsapp:5511987654321", "５５１１９８７６５４３２１", True),
    ("whatsapp:5511987654321", "\u202a+55 11 98765-4321\u202c", True),
    ("whatsapp:5511987654321", "٩٨٧٦٥٤٣٢١", True),
    ("whatsapp:5511987654321", "whatsapp:5511987654321", True),
    ("whatsapp:5511987654321", "98765-4322", False),
    ("whatsapp:5511987654321", "+55 21 98765-4321", False),
    ("whatsapp:5511987654321", "+1 11 98765-4321", False),
    ("whatsapp:558898887777", "5588998887777", True),
    ("whatsapp:558898887777", "558898887777", True),
    ("whatsapp:558898887777", "(88) 9 9888-7777", True),
    ("whatsapp:558898887777", "99888-7777", True),
    ("whatsapp:558898887777", "9888-7777", True),
    # Mexico's 1, and the prefixes for calls inside it.
    ("whatsapp:5215512345678", "+52 55 1234 5678", True),
    ("whatsapp:5215512345678", "55 1234 5678", True),
    ("whatsapp:5215512345678", "044 55 1234 5678", True),
    ("whatsapp:5215512345678", "5215512345678", True),
    ("tel:+525512345678", "+52 1 55 1234 5678", True),
    ("tel:+525512345678", "1 55 1234 5678", True),
    # Argentina's 9, and the 15 that stands for it inside.
    ("whatsapp:5491123456789", "+54 11 2345-6789", True),
    ("whatsapp:5491123456789", "011 15 2345-6789", True),
    ("whatsapp:5491123456789", "11 2345-6789", True),
    ("tel:+541123456789", "+54 9 11 2345-6789", True),
    ("tel:+541123456789", "9 11 2345-6789", True),
    # Elsewhere nothing may be left out.
    ("tel:+393331234567", "333 123 4567", True),
    ("tel:+4915112345678", "0151 12345678", True),
    ("tel:+4915112345678", "0151 12345679", False),
]
#: In the phone field beside another address, where it isn't known to be theirs, a number is written in any way.
FIELDS = [
    ("(11) 98765-4321", "+55 11 98765-4321", True),
    ("11 98765 4321", "551187654321", True),
    ("55 11 8765-4321", "+55 11 98765-4321", True),
    ("011 8765-4321", "+55 11 98765-4321", True),
    ("+1 212 555 0123", "212-555-0123", True),
    ("+1 511 987 6543", "+55 11 98765-4321", False),
]
WORDS = [
    "Conceição João",
    "joao nunez",
    "JOÃO",
    "nunez conceicao joao",
    "jo\u0061\u0303o",
    "ｊｏａｏ",
    "joao.c@example.org",
    "JOAO.C@",
    "João 98765-4321",
    "(11) 98765 4321 nunez",
    "joao",
]


def one(desk: Desk, facts: ContactFacts) -> Ticket:
    """Return a closed ticket of a contact."""
    ticket, _created = operations.open_ticket(desk.project, facts, by=desk.by(), sector_id=desk.sector.pk)
    return desk.close(ticket)


def in_history(desk: Desk, typed: str) -> bool:
    return Selection(desk.member(desk.administrator), Filters(contact=typed)).closed().exists()


def in_palette(desk: Desk, typed: str) -> bool:
    answer = Pages(desk.administrator, desk.project).get("palette:find", q=typed)
    return Ticket.objects.get().protocol in text_of(answer)


def beside_another(desk: Desk, typed: str) -> bool:
    """Whether it is offered for merging."""
    other = Contact.objects.get_or_create(project=desk.project, external_id="another")[0]
    answer = Pages(desk.administrator, desk.project).get("tickets:contact", other.pk, q=typed)
    return Ticket.objects.get().contact.name in text_of(answer)


class _NoEngine:
    def contacts(self, **_asked: str) -> Any:
        raise EngineFailed(Refusal.TOKEN)


def to_write_to(desk: Desk, typed: str) -> bool:
    found = search(desk.member(desk.administrator), _NoEngine(), NumberScheme.WHATSAPP, typed).found  # type: ignore[arg-type]
    return any(offer.value.startswith("contact:") for offer in found)


PLACES = [in_history, in_palette, beside_another, to_write_to]
everywhere = pytest.mark.parametrize("found", PLACES, ids=lambda place: place.__name__)
Place = Callable[[Desk, str], bool]


@everywhere
def test_by_number(desk: Desk, found: Place) -> None:
    ticket = one(desk, JOAO)
    for stored in dict.fromkeys(stored for stored, _typed, _found in NUMBERS):
        _store(ticket, urn=stored)
        table = [row for row in NUMBERS if row[0] == stored]
        assert [(stored, typed, found(desk, typed)) for _stored, typed, _ in table] == table


def _store(ticket: Ticket, *, urn: str, phone: str = "") -> None:
    keys = contact_keys(urn, phone)
    Contact.objects.filter(pk=ticket.contact_id).update(
        urn=urn, phone=phone, address_key=keys.address, number_key=keys.number
    )


@everywhere
def test_by_a_number_beside_another_address(desk: Desk, found: Place) -> None:
    ticket = one(desk, JOAO)
    seen = []
    for phone, typed, _found in FIELDS:
        _store(ticket, urn="telegram:77", phone=phone)
        seen.append((phone, typed, found(desk, typed)))
    assert seen == FIELDS


@everywhere
def test_by_words_in_any_order(desk: Desk, found: Place) -> None:
    one(desk, JOAO)
    assert [typed for typed in WORDS if not found(desk, typed)] == []
    assert not any(found(desk, typed) for typed in ("joao silva", "Conceição João 12345", "joana", "maria"))


def test_an_anonymous_contact_is_found_by_name_alone(desk: Desk) -> None:
    ticket = one(desk, JOAO)
    Contact.objects.filter(pk=ticket.contact_id).update(is_hidden=True)
    assert Contact.objects.matching("nunez joao").exists()
    assert Contact.objects.matching("joao ").exists()
    for typed in ("98765-4321", "+5511987654321", "joao.c@example.org", "João 98765-4321", "whatsapp"):
        assert not Contact.objects.matching(typed).exists(), typed


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("João (11) 98765 4321 Ñuñez", ["João", "(11) 98765 4321", "Ñuñez"]),
        ("+55 11 98765-4321", ["+55 11 98765-4321"]),
        ("order 5 of 7", ["order", "5", "of", "7"]),
        ("a\x00b", ["ab"]),
        ("", []),
    ],
)
def test_what_makes_up_a_number_is_one_term(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize("text", ["", "12", "joao", "11 joao", "9" * 21, "++", "١"])
def test_what_is_no_number_has_no_pattern(text: str) -> None:
    assert number_pattern(text) == ""


def test_contacts_without_number_are_found_by_an_index(desk: Desk) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_contact (id, project_id, main_id, external_id, name, email, phone, urn, urn_display,
                channel, custom_fields, groups, address_key, number_key, joined_for, is_hidden, join_pending,
                created_at, modified_at)
            SELECT id, %s, id, 'c-' || n, 'Cliente Número ' || n, '', '', 'whatsapp:5511900' || n, '', '', '{}', '[]',
                'whatsapp:5511900' || n, '', '', false, false, now(), now()
            FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(100000, 120000) n) made
            """,
            [desk.project.pk],
        )
        cursor.execute("ANALYZE tickets_contact")
    for typed in ("numero 104711", "5511900104711", "joao.c@example.org"):
        rows = Contact.objects.filter(project=desk.project).matching(typed)
        plan = rows.explain()
        assert "contact_name_search" in plan, plan
        assert "contact_address_search" in plan, plan
        assert "Seq Scan" not in plan, plan
    assert Contact.objects.matching("numero 104711").count() == 1
    assert Contact.objects.matching("5511900104711").count() == 1
