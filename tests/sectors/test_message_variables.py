"""Variables with something to say where there is no value, first names and custom fields (docs/rules.md)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sectors import operations as sectors
from sectors.message_variables import fill, first_name, guess, unknown_variables, values_of_fields
from tests.builders import FLOW, Desk, fresh, quick_message
from tests.refusals import refused
from tickets import operations
from tickets.conversation.quick_messages import suggestions


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hello {{contact.first_name|there}}!", "Hello there!"),
        ("Hello {{ contact.first_name | my friend }}!", "Hello my friend!"),
        ("Hello {{contact.name}}, welcome!", "Hello, welcome!"),
        ("{{contact.name}}, welcome!", "welcome!"),
        ("Hi,\n{{contact.name}}: welcome!", "Hi,\nwelcome!"),
        ("Hi\n{{contact.field.city}}\nBye", "Hi\nBye"),
        ("Your plan ({{contact.field.plan}}) ends.", "Your plan ends."),
        ("{{contact.name}} {{contact.first_name}}, hi", "hi"),
        ("{{contact.name|}} hi", "hi"),
        ("Plan: {{ticket.field.plan|none}}", "Plan: none"),
        ("{{contact.name|a|b}}", "a|b"),
        ("{{contact.name}}", ""),
    ],
)
def test_without_a_value(text: str, read: str) -> None:
    assert fill(text, {}) == read


def test_with_values_nothing_is_tidied() -> None:
    values = {"contact.name": "Ana Lima", "contact.first_name": "Ana", "contact.field.city": "Recife"}
    text = "{{contact.name}}, ( {{contact.first_name|there}} )  of {{contact.field.city|somewhere}}\n\n x"
    assert fill(text, values) == "Ana Lima, ( Ana )  of Recife\n\n x"
    assert fill("Hi {{contact.name}}", {}, otherwise={"contact.name": "+55…"}) == "Hi +55…"
    assert fill("Hi {{contact.name|you}}", {}, otherwise={"contact.name": "+55…"}) == "Hi you"


def test_values_of_custom_fields() -> None:
    given_fields = {"city": " São  Paulo\n", "n": 7, "no": None, "deep": {"a": 1}, "yes": True, "long": "x" * 900}
    found = values_of_fields(contact=given_fields, ticket={"plan": "gold"})
    assert found == {
        "contact.field.city": "São Paulo",
        "contact.field.n": "7",
        "contact.field.long": "x" * 500,
        "ticket.field.plan": "gold",
    }


@pytest.mark.parametrize(
    ("name", "first"),
    [("Ana Lima", "Ana"), (" Ana", "Ana"), ("", ""), ("+55 11 9", ""), ("ana@example.org", ""), ("王小明", "王小明")],
)
def test_first_names(name: str, first: str) -> None:
    assert first_name(name) == first


def test_unknown_ones_are_named_with_a_guess(desk: Desk) -> None:
    assert unknown_variables(
        "{{contact.field.x|y}} {{ticket.field.a b}} {{contact.field.}} {{contact.frist_name|x}}"
    ) == [
        "contact.field.",
        "contact.frist_name",
    ]
    assert (guess("contact.frist_name"), guess("Contact.Name"), guess("zzz")) == (
        "contact.first_name",
        "contact.name",
        None,
    )
    with refused("unknown_variable") as told:
        quick_message(desk, text="Hi {{contact.firstname|you}}")
    assert "{{contact.firstname}}" in str(told.value)
    assert "Is {{contact.first_name}} meant?" in str(told.value)


def test_what_contacts_and_agents_read(desk: Desk) -> None:
    text = "Hi {{contact.first_name|there}} from {{contact.field.city|somewhere}}, {{ticket.field.plan}}"
    sectors.set_automatic_messages(desk.sector, {"opening": text}, by=desk.by())
    quick_message(desk, "hi", text)
    facts = [
        operations.ContactFacts(external_id="a", name="Ana Lima", custom_fields={"city": "Recife"}),
        operations.ContactFacts(external_id="b", urn="tel:+5511912345678"),
    ]
    read = ["Hi Ana from Recife, gold", "Hi there from somewhere,"]
    for one, words in zip(facts, read, strict=True):
        ticket, _new = operations.open_ticket(
            desk.project, one, by=FLOW, sector_id=desk.sector.pk, custom_fields={"plan": "gold"} if one.name else {}
        )
        assert [message.text for message in ticket.messages.all()] == [words]
        [suggested] = suggestions(fresh(ticket), desk.member(desk.administrator))
        assert suggested.text == words


@given(st.text(st.sampled_from("a ,;:()\n\t{}|.\x00") | st.characters(), max_size=60))
def test_any_text_is_filled(text: str) -> None:
    assert "\x00" not in fill(text + "{{contact.name}}" + text, {})


def test_crafted_texts_are_filled_at_once() -> None:
    begun = time.monotonic()
    for part in (" ", "{{contact.name}}", "(", "( ", "\n ", "{{", "{{contact.name}} "):
        fill(part * 4_000, {})
    assert time.monotonic() - begun < 5
