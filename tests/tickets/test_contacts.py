"""Contacts that are the same person: one history, one open ticket (docs/rules.md, Contacts)."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs.models import AuditEntry
from tests.builders import FLOW, Desk, fresh
from tests.flow import engine_for
from tests.refusals import refused_by
from tickets import errors, operations
from tickets.intake import Intake
from tickets.models import Contact, ContactsApart, JoinReason, Ticket

from .desk_tools import Browser

#: What is stored and what is sent, as (URN, phone), and whether that is the same person.
SAME = [
    (("whatsapp:5588991112222", ""), ("whatsapp:558891112222", ""), True),
    (("whatsapp:558891112222", ""), ("tel:+5588991112222", ""), True),
    (("whatsapp:5588991112222", ""), ("", "0055 (88) 99111-2222"), True),
    # What somebody tells a bot in another channel may be another's number.
    (("whatsapp:5588991112222", ""), ("telegram:77", "+55 88 9111-2222"), False),
    (("telegram:77", "+5588991112222"), ("tel:+5588991112222", ""), False),
    (("whatsapp:5215512345678", ""), ("whatsapp:525512345678", ""), True),
    (("whatsapp:5491123456789", ""), ("tel:+541123456789", ""), True),
    (("whatsapp:5491123456789", ""), ("", "+54 11 15 2345-6789"), True),
    (("facebook:12?auth=secret#Ana", ""), ("facebook:12?id=3", ""), True),
    (("whatsapp:US.1349120865530274", ""), ("whatsapp:US.1349120865530274", ""), True),
    (("whatsapp:5588991112222", ""), ("whatsapp:5588991112223", ""), False),
    # A landline never had a ninth digit; its number with one is another's.
    (("tel:+558833334444", ""), ("tel:+5588933334444", ""), False),
    # No country is guessed for what is no international number.
    (("whatsapp:5588991112222", ""), ("telegram:77", "88991112222"), False),
    (("telegram:77", "1234"), ("telegram:78", "1234"), False),
    (("telegram:77", ""), ("facebook:77", ""), False),
    # A company's number: each has an address of their own.
    (("whatsapp:5588991112222", "+551133334444"), ("whatsapp:5588991113333", "+551133334444"), False),
    (("", ""), ("", ""), False),
]


def opened(desk: Desk, external_id: str, urn: str = "", phone: str = "", **values: Any) -> Ticket:
    """Open a ticket for a contact, or return the open one."""
    address = Intake().urn(urn).address
    facts = operations.ContactFacts(external_id=external_id, name=external_id.title(), urn=address, phone=phone)
    ticket, _new = operations.open_ticket(desk.project, facts, by=FLOW, sector_id=desk.sector.pk, **values)
    return ticket


def contact(desk: Desk, external_id: str) -> Contact:
    return Contact.objects.get(project=desk.project, external_id=external_id)


def people(desk: Desk) -> set[frozenset[str]]:
    """Return the external ids of each person."""
    found: dict[Any, set[str]] = {}
    for main, external_id in Contact.objects.filter(project=desk.project).values_list("main", "external_id"):
        found.setdefault(main, set()).add(external_id)
    return {frozenset(one) for one in found.values()}


def test_who_is_the_same_person(desk: Desk) -> None:
    found = []
    for n, (stored, sent, _same) in enumerate(SAME):
        first = opened(desk, f"stored {n}", *stored)
        second = opened(desk, f"sent {n}", *sent)
        found.append((stored, sent, first == second))
        assert (contact(desk, f"sent {n}").main.external_id == f"stored {n}") == (first == second)
        Ticket.objects.open().update(status="closed", closed_at=first.opened_at, agent=None, seat=None)
        Contact.objects.update(address_key="", number_key="")
    assert found == SAME
    # Around the code: closed without a tag.
    Ticket.objects.all().delete()


def test_three_ids_of_a_number_have_one_room(desk: Desk) -> None:
    engine = engine_for(desk)
    urns = ("whatsapp:5588991112222", "whatsapp:558891112222", "whatsapp:5588991112222")
    rooms = [
        engine.open(sector_uuid=str(desk.sector.pk), contact={"external_id": f"id {n}", "name": "Ana", "urn": urn})
        for n, urn in enumerate(urns)
    ]
    assert [room.status_code for room in rooms] == [201, 200, 200]
    assert len({room.json()["uuid"] for room in rooms}) == 1
    assert people(desk) == {frozenset({"id 0", "id 1", "id 2"})}


def test_an_opening_costs_as_many_statements_whoever_opens(desk: Desk) -> None:
    def statements(external_id: str, urn: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            ticket = opened(desk, external_id, urn, is_anon=False)
        about_contacts = [
            q for q in found.captured_queries if "tickets_contact" in q["sql"] or "advisory" in q["sql"]
        ]
        desk.close(ticket)
        return len([q for q in about_contacts if "tickets_ticket" not in q["sql"]])

    opened(desk, "somebody", "whatsapp:5588991112222")
    desk.close(Ticket.objects.get())
    new, joined, known = (
        statements("new", "whatsapp:5588991112233"),
        statements("other id", "whatsapp:558891112222"),
        statements("somebody", "whatsapp:5588991112222"),
    )
    # Lock the keys, lock the people, write, read.
    assert (new, joined, known) == (4, 4, 4)


def test_the_earliest_is_the_main_one_and_stays_it(desk: Desk) -> None:
    for external_id, urn in (("first", "telegram:1"), ("second", "tel:+5588991112222")):
        desk.close(opened(desk, external_id, urn))
    assert len(people(desk)) == 2
    # They write from their phone, so the two are the same.
    ticket = opened(desk, "first", "whatsapp:558891112222")
    second = contact(desk, "second")
    assert second.main == contact(desk, "first") == ticket.contact
    assert (second.joined_for, second.joined_at is not None) == (JoinReason.NUMBER, True)
    assert opened(desk, "second", "tel:+5588991112222") == ticket
    assert Ticket.objects.filter(main_contact=ticket.contact).count() == 3


def test_two_with_open_tickets_stay_apart_until_one_is_closed(desk: Desk) -> None:
    one, two = opened(desk, "one", "telegram:1"), opened(desk, "two", "tel:+5588991112222")
    # They write from their phone only now.
    assert opened(desk, "one", "whatsapp:558891112222") == one
    assert len(people(desk)) == 2
    assert operations.join_pending_contacts() == 0
    desk.close(two)
    assert operations.join_pending_contacts() == 1
    assert people(desk) == {frozenset({"one", "two"})}
    assert operations.join_pending_contacts() == 0
    assert opened(desk, "two", "tel:+5588991112222") == one


def test_the_number_of_an_anonymous_contact_joins_with_no_other(desk: Desk) -> None:
    number = "whatsapp:5588991112222"
    hidden, shown = opened(desk, "hidden", number, is_anon=True), opened(desk, "shown", number)
    assert hidden != shown
    assert opened(desk, "hidden too", "tel:+558891112222", is_anon=True) == hidden
    assert people(desk) == {frozenset({"hidden", "hidden too"}), frozenset({"shown"})}


def test_merged_by_hand_an_anonymous_ticket_stands_beside_no_address(desk: Desk) -> None:
    hidden = desk.close(opened(desk, "hidden", "whatsapp:5588991112222", is_anon=True))
    shown = opened(desk, "shown", "whatsapp:5588991112222")
    operations.merge_contacts(hidden.contact, shown.contact, by=desk.by())
    browser = Browser(desk.administrator, desk.project)
    for ticket in (hidden, shown):
        assert browser.get("ticket", ticket).context["earlier_tickets"] == []
    page = browser.get("contact", contact=hidden.contact_id, query={"q": "5588991112222"}).content.decode()
    entry = page[page.index("Hidden") :]
    assert "address hidden by the flow" in entry
    target = AuditEntry.objects.get(action="contact.merged")
    assert "5588991112222" not in f"{target.target_name} {target.after}"


class TestByHand:
    def test_merged_contacts_share_tickets_until_they_are_told_apart(self, desk: Desk) -> None:
        one = desk.close(opened(desk, "one", "telegram:1"))
        two = opened(desk, "two", "whatsapp:5588991112222")
        desk.close(opened(desk, "three", "telegram:3"))
        by = desk.by()
        main = operations.merge_contacts(two.contact, one.contact, by=by)
        operations.merge_contacts(contact(desk, "three"), two.contact, by=by)
        assert main == one.contact
        assert people(desk) == {frozenset({"one", "two", "three"})}
        assert opened(desk, "one", "telegram:1") == two

        # The main one: the others stay together.
        assert operations.tell_contact_apart(contact(desk, "one"), by=by).external_id == "two"
        assert people(desk) == {frozenset({"one"}), frozenset({"two", "three"})}
        assert contact(desk, "three").joined_for == JoinReason.HAND
        assert opened(desk, "one", "telegram:1") != two
        assert [entry.action for entry in AuditEntry.objects.filter(target_type="contact").order_by("at")] == [
            "contact.merged",
            "contact.merged",
            "contact.told_apart",
        ]

    def test_who_was_told_apart_is_joined_by_hand_alone(self, desk: Desk) -> None:
        number = "whatsapp:5588991112222"
        desk.close(opened(desk, "one", number))
        desk.close(opened(desk, "two", number))
        by = desk.by()
        operations.tell_contact_apart(contact(desk, "two"), by=by)
        first, second = opened(desk, "one", number), opened(desk, "two", number)
        assert first != second
        # Somebody new with the number is joined with the earliest.
        assert opened(desk, "three", number) == first
        assert people(desk) == {frozenset({"one", "three"}), frozenset({"two"})}
        with pytest.raises(errors.BothHaveOpenTickets):
            operations.merge_contacts(first.contact, second.contact, by=by)
        desk.close(second)
        operations.merge_contacts(first.contact, second.contact, by=by)
        assert not ContactsApart.objects.exists()
        assert opened(desk, "two", number) == first

    def test_the_same_person_is_not_merged_and_nobody_told_apart_alone(self, desk: Desk) -> None:
        ticket = opened(desk, "one", "telegram:1")
        with pytest.raises(errors.AlreadyJoined):
            operations.merge_contacts(ticket.contact, ticket.contact, by=desk.by())
        with pytest.raises(errors.NobodyElse):
            operations.tell_contact_apart(ticket.contact, by=desk.by())
        elsewhere = opened(Desk.set_up(), "one", "telegram:1")
        with pytest.raises(errors.UnknownContact):
            operations.merge_contacts(ticket.contact, elsewhere.contact, by=desk.by())

    def test_the_pages_ask_and_do(self, desk: Desk) -> None:
        one, two = opened(desk, "one", "telegram:1"), desk.close(opened(desk, "two", "whatsapp:5588991112222"))
        browser = Browser(desk.administrator, desk.project)
        page = reverse("tickets:contact", args=[desk.project.pk, one.contact_id])
        assert page in browser.text("ticket", one)
        agent = desk.agent()
        assert page not in Browser(agent, desk.project).text("ticket", one)
        for typed in ("TWO", "8899111", "558891112222", "+55 88 9111-2222", "(88) 99111-2222", "two"):
            found = browser.client.get(page, {"q": typed}).content.decode()
            merge = reverse("tickets:contact_merge", args=[desk.project.pk, one.contact_id, two.contact_id])
            assert merge in found, typed
        asked = browser.client.get(merge).content.decode()
        assert "Merge One (telegram:1) with Two (whatsapp:5588991112222)?" in asked
        assert browser.client.post(merge).status_code == 302
        assert str(two.pk) in browser.text("ticket", one)
        apart = reverse("tickets:contact_apart", args=[desk.project.pk, two.contact_id])
        joined = browser.client.get(page).content.decode()
        assert "Merged by hand" in joined
        assert apart in joined
        assert (
            "Separate Two (whatsapp:5588991112222) from One (telegram:1)?"
            in browser.client.get(apart).content.decode()
        )
        assert browser.client.post(apart).status_code == 302
        assert people(desk) == {frozenset({"one"}), frozenset({"two"})}

    def test_history_finds_a_person_by_any_name_and_number(self, desk: Desk) -> None:
        number = "whatsapp:5588991112222"
        tickets = {desk.close(opened(desk, external_id, number)).pk for external_id in ("maria", "mia")}
        client = Browser(desk.administrator, desk.project).client
        for typed in ("maria", "mia", "558891112222", "(88) 99111-2222"):
            page = client.get(reverse("reports:history", args=[desk.project.pk]), {"contact": typed})
            assert all(str(pk) in page.content.decode() for pk in tickets), typed


class TestTheDatabaseRefuses:
    def test_two_open_tickets_of_a_person(self, desk: Desk) -> None:
        one, two = opened(desk, "one", "telegram:1"), opened(desk, "two", "telegram:2")
        with refused_by("ticket_one_open_per_person"):
            Contact.objects.filter(pk=two.contact_id).update(
                main=one.contact_id, joined_at=one.opened_at, joined_for="hand"
            )

    def test_a_ticket_of_another_person_than_its_contact(self, desk: Desk) -> None:
        one, two = opened(desk, "one", "telegram:1"), opened(desk, "two", "telegram:2")
        desk.close(two)
        with refused_by("ticket_main_contact_of_contact"):
            Ticket.objects.filter(pk=two.pk).update(main_contact=one.contact_id)

    def test_a_main_that_is_no_main_or_far_away(self, desk: Desk) -> None:
        a, b, c = (Contact.objects.create(project=desk.project, external_id=name) for name in "abc")
        far = Contact.objects.create(project=Desk.set_up().project, external_id="a")
        joined = {"joined_at": a.created_at, "joined_for": "hand"}
        Contact.objects.filter(pk=b.pk).update(main=a, **joined)
        with refused_by("contact_main_is_main"):
            Contact.objects.filter(pk=c.pk).update(main=b, **joined)
        with refused_by("contact_main_is_main"):
            Contact.objects.filter(pk=a.pk).update(main=c, **joined)
        with refused_by("contact_main_of_project"):
            Contact.objects.filter(pk=c.pk).update(main=far, **joined)
        with refused_by("contact_joined_has_time_and_reason"):
            Contact.objects.filter(pk=c.pk).update(main=a)

    def test_joining_who_was_told_apart(self, desk: Desk) -> None:
        one, two = desk.open_ticket().contact, desk.closed_ticket().contact
        operations.merge_contacts(one, two, by=desk.by())
        operations.tell_contact_apart(two, by=desk.by())
        with refused_by("contacts_apart_not_joined"):
            Contact.objects.filter(pk=two.pk).update(main=one, joined_at=one.created_at, joined_for="hand")


def test_stored_contacts_are_joined_by_the_migration(desk: Desk) -> None:
    number = "whatsapp:5588991112222"
    stored = [
        ("first", number, True, False),
        ("anonymous", number, True, True),
        ("second", "tel:+558891112222", True, False),
        ("open", number, False, False),
        ("open too", "whatsapp:558891112222", False, False),
        ("other", "telegram:1", False, False),
    ]
    for external_id, urn, is_closed, is_anon in stored:
        ticket = opened(desk, external_id, f"test:{external_id}", is_anon=is_anon)
        if is_closed:
            desk.close(ticket)
        Contact.objects.filter(external_id=external_id).update(urn=urn)
    migration = importlib.import_module("tickets.migrations.0006_join_contacts")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tickets_contact ALTER main_id DROP NOT NULL")
        cursor.execute("ALTER TABLE tickets_ticket ALTER main_contact_id DROP NOT NULL")
        cursor.execute("UPDATE tickets_ticket SET main_contact_id = NULL")
        cursor.execute("UPDATE tickets_contact SET main_id = NULL, address_key = '', number_key = ''")
    for _again in range(2):
        migration.join(apps, connection.schema_editor(atomic=False))
        assert people(desk) == {
            frozenset({"first", "second", "open"}),
            frozenset({"open too"}),
            frozenset({"anonymous"}),
            frozenset({"other"}),
        }
        assert contact(desk, "open").main.external_id == "first"
        assert contact(desk, "open too").join_pending
        assert {t.main_contact_id == t.contact.main_id for t in Ticket.objects.select_related("contact")} == {True}
    desk.close(fresh(Ticket.objects.get(contact__external_id="open")))
    assert operations.join_pending_contacts() == 1


def test_the_migration_gives_people_the_earliest_as_main_whoever_else_is_joined_before(desk: Desk) -> None:
    stored = {
        "a": ("x:a", "1"),
        "b": ("x:b", "2"),
        "c": ("x:c", "3"),
        "joins a and b": ("x:a", "2"),
        "e": ("x:e", "3"),
    }
    for external_id, (address, number) in stored.items():
        Contact.objects.create(project=desk.project, external_id=external_id, address_key=address, number_key=number)
    importlib.import_module("tickets.migrations.0006_join_contacts").join(
        apps, connection.schema_editor(atomic=False)
    )
    mains = Contact.objects.filter(project=desk.project).order_by("created_at")
    assert list(mains.values_list("main__external_id", flat=True)) == ["a", "a", "c", "a", "c"]
