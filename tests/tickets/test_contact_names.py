"""A contact's name as people correct it (docs/rules.md, Contacts), and what the side of the desk says of them."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from core.errors import Invalid, NotAllowed
from orgs.models import AuditEntry, User
from tests.builders import Desk, fresh
from tickets import errors, operations
from tickets.models import Contact, Ticket

from .desk_tools import Browser


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=5)


def contact_of(ticket: Ticket) -> Contact:
    return Contact.objects.get(pk=ticket.contact_id)


def test_the_name_survives_the_next_opening_and_the_flows_is_kept_beside(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket("maria")
    browser = Browser(agent, desk.project)
    assert browser.post("rename", ticket, {"name": "  Maria \u202e da  Silva "}).status_code == 204
    contact = contact_of(ticket)
    assert (contact.name, contact.flow_name) == ("Maria da Silva", "Maria")
    assert "called Maria by the flow" in browser.text("panes", ticket)
    desk.close(fresh(ticket))
    again = desk.open_ticket("maria")
    assert (contact_of(again).name, contact_of(again).flow_name) == ("Maria da Silva", "Maria")
    desk.close(fresh(again))
    facts = operations.ContactFacts(external_id="maria", name="Maria S.", urn="test:maria")
    operations.open_ticket(desk.project, facts, by=desk.by(), sector_id=desk.sector.pk)
    assert (contact_of(again).name, contact_of(again).flow_name) == ("Maria da Silva", "Maria S.")
    # Emptied, the flow's newest name is back, and follows the flow again.
    open_one = Ticket.objects.open().get()
    browser.post("rename", open_one, {"name": " "})
    assert (contact_of(again).name, contact_of(again).flow_name, contact_of(again).named_at) == ("Maria S.", "", None)
    desk.close(open_one)
    desk.open_ticket("maria")
    assert contact_of(again).name == "Maria"


def test_it_is_recorded_with_both_names(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket("maria")
    operations.rename_contact(ticket.pk, "Ana", by=desk.by(agent))
    operations.rename_contact(ticket.pk, "Ana", by=desk.by(agent))
    entry = AuditEntry.objects.get(action="contact.renamed")
    assert (entry.before, entry.after, entry.actor) == ({"name": "Maria"}, {"name": "Ana"}, agent)


def test_who_only_reads_along_does_not_rename(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket()
    other = desk.agent_online()
    with pytest.raises(NotAllowed):
        operations.rename_contact(ticket.pk, "Ana", by=desk.by(other))
    with pytest.raises(Invalid):
        operations.rename_contact(ticket.pk, "x" * 300, by=desk.by(agent))
    operations.rename_contact(ticket.pk, "Ana", by=desk.by(desk.manager()))
    waiting = Browser(desk.manager(), desk.project).text("panes", ticket)
    assert 'data-do="rename"' in waiting


def test_an_erased_contact_is_not_named_and_keeps_no_name(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket("maria")
    operations.rename_contact(ticket.pk, "Ana", by=desk.by(agent))
    desk.close(fresh(ticket))
    operations.erase_contact(contact_of(ticket), by=desk.by())
    contact = contact_of(ticket)
    assert (contact.name, contact.flow_name, contact.named_at) == ("", "", None)
    with pytest.raises(errors.ContactErased):
        operations.rename_contact(ticket.pk, "Ana", by=desk.by())


@pytest.mark.parametrize("values", [{"flow_name": "Maria"}, {"named_at": "2026-01-01T00:00Z", "name": ""}])
def test_the_database_keeps_a_flows_name_only_beside_a_persons(desk: Desk, values: dict[str, str]) -> None:
    contact = desk.open_ticket().contact
    with pytest.raises(IntegrityError, match="contact_flow_name_beside_own"), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(**values)


def test_the_page_of_the_contact_says_the_flows_name_beside(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket("maria")
    operations.rename_contact(ticket.pk, "Ana", by=desk.by(agent))
    client = Client()
    client.force_login(desk.administrator)
    page = client.get(reverse("tickets:contact", args=[desk.project.pk, ticket.contact_id])).content.decode()
    assert "called Maria by the flow" in page


def test_number_address_and_links_of_fields_are_links(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket()
    Contact.objects.filter(pk=ticket.contact_id).update(
        phone="+55 (11) 99999-8888", email="ana@site.com.br", urn="whatsapp:5511999998888",
        custom_fields={"Page": "https://site.com.br/a_b", "Word": "*none*"},
    )  # fmt: skip
    page = Browser(agent, desk.project).text("panes", ticket)
    assert '<a href="tel:+5511999998888">+55 (11) 99999-8888</a>' in page
    assert '<a href="mailto:ana@site.com.br"' in page
    assert '<a href="https://site.com.br/a_b" target="_blank"' in page
    assert "*none*" in page
    assert "<dd>WhatsApp</dd>" in page


def test_earlier_tickets_open_beside_and_why_this_agent_is_folded(desk: Desk, agent: User) -> None:
    for _ in range(11):
        desk.close(desk.open_ticket("maria"))
    ticket = desk.open_ticket("maria")
    page = Browser(agent, desk.project).text("panes", ticket)
    side = page.split('class="earlier"')[1]
    assert side.count('data-do="beside"') == 10
    assert "Only the newest are shown." in side
    assert '<details class="why why--folded" data-fold="why-agent" data-why-agent>' in page
