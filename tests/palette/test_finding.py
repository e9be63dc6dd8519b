"""The command palette finds what whoever asks may see, and leads there (docs/desk.md, Command palette)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from active_messages.models import FlowEngine, Starters
from core.encryption import encrypt
from orgs.models import ProjectRole, User
from tests.builders import Desk
from tests.pages import text_of
from tickets import operations as tickets
from tickets.models import Contact


def page(desk: Desk, user: User, q: str = "") -> Any:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("palette:find", args=[desk.project.pk]), {"q": q})
    assert answer.status_code == 200
    return answer


def test_without_letters_it_offers_ones_own_open_tickets_and_the_pages(desk: Desk) -> None:
    agent = desk.agent_online()
    mine = desk.open_ticket(wanted_agent=agent)
    text = text_of(page(desk, agent))
    assert mine.protocol in text
    assert "History" in text
    assert "Members" not in text


def test_a_ticket_is_found_by_the_beginning_of_its_protocol(desk: Desk) -> None:
    ticket = desk.open_ticket(protocol="ABC-0001")
    desk.open_ticket(protocol="ABD-0001")
    answer = page(desk, desk.administrator, "abc")
    assert "ABC-0001" in text_of(answer)
    assert "ABD-0001" not in text_of(answer)
    assert reverse("tickets:ticket", args=[desk.project.pk, ticket.pk]) in answer.content.decode()


def test_a_closed_ticket_leads_to_history_and_stands_below_the_open_ones(desk: Desk) -> None:
    agent = desk.agent_online()
    closed = desk.open_ticket(protocol="ABC-0001", wanted_agent=agent)
    desk.close(closed)
    desk.open_ticket(protocol="ABC-0002")
    answer = page(desk, desk.administrator, "ABC")
    text = text_of(answer)
    assert text.index("ABC-0002") < text.index("ABC-0001")
    assert reverse("reports:ticket", args=[desk.project.pk, closed.pk]) in answer.content.decode()


def test_a_contact_is_found_by_name_whatever_case_and_accents(desk: Desk) -> None:
    desk.open_ticket("íris peña")
    answer = page(desk, desk.administrator, "IRIS PEN")
    assert text_of(answer).count("Íris peña") == 2  # the ticket and the contact
    assert "contact=%C3%8Dris+pe%C3%B1a" in answer.content.decode()


def test_the_address_of_an_anonymous_contact_finds_nothing(desk: Desk) -> None:
    hidden, shown = desk.open_ticket(is_anon=True), desk.open_ticket()
    Contact.objects.filter(pk=hidden.contact_id).update(urn="tel:+5511987654321")
    assert text_of(page(desk, desk.administrator, "987654321")).strip() == ""
    Contact.objects.filter(pk=shown.contact_id).update(urn="tel:+5511987654321")
    found = text_of(page(desk, desk.administrator, "987654321"))
    assert shown.protocol in found
    assert hidden.protocol not in found


def test_a_contact_is_found_by_number_however_it_is_written(desk: Desk) -> None:
    facts = tickets.ContactFacts(
        external_id="c", name="João", urn="whatsapp:5511987654321", phone="+55 11 98765-4321"
    )
    ticket, _new = tickets.open_ticket(desk.project, facts, by=desk.by(), sector_id=desk.sector.pk)
    typed = ("+5511987654321", "+55 11 98765-4321", "(11) 98765-4321", "98765-4321", "98765 4321", "551187654321")
    found = {text: ticket.protocol in text_of(page(desk, desk.administrator, text)) for text in typed}
    assert found == dict.fromkeys(typed, True)
    assert ticket.protocol not in text_of(page(desk, desk.administrator, "(11) 98765-4322"))


def test_nobody_finds_tickets_or_sectors_that_they_do_not_see(desk: Desk, other_desk: Desk) -> None:
    hidden = desk.add_sector(name="Hidden warehouse")
    desk.open_ticket(sector=hidden, contact="hidden person", protocol="SECRET-1")
    other_desk.open_ticket(protocol="SECRET-2")
    agent = desk.agent_online()
    for q in ("SECRET", "hidden", "warehouse", "person"):
        assert text_of(page(desk, agent, q)).strip() == "", q
    assert "SECRET-1" in text_of(page(desk, desk.administrator, "SECRET"))
    assert "SECRET-2" not in text_of(page(desk, desk.administrator, "SECRET"))


def test_who_has_no_access_to_chats_finds_no_more_than_the_pages(desk: Desk) -> None:
    desk.open_ticket(protocol="SECRET-1")
    viewer = desk.person(ProjectRole.VIEWER)
    assert text_of(page(desk, viewer, "SECRET")).strip() == ""
    assert desk.sector.name not in text_of(page(desk, viewer, desk.sector.name))


def test_a_sector_leads_to_its_settings_or_to_its_history(desk: Desk) -> None:
    settings = reverse("sectors:detail", args=[desk.project.pk, desk.sector.pk])
    agent = desk.agent_online()
    assert settings in page(desk, desk.administrator, desk.sector.name).content.decode()
    assert settings not in page(desk, agent, desk.sector.name).content.decode()
    assert f"sector={desk.sector.pk}" in page(desk, agent, desk.sector.name).content.decode()


def test_a_page_is_found_by_part_of_its_name(desk: Desk) -> None:
    assert text_of(page(desk, desk.administrator, "memb")) == "Pages Members Members and roles Guide"
    assert text_of(page(desk, desk.administrator, "audit")) == "Pages Audit log"


def connect(desk: Desk, **values: Any) -> str:
    """Connect an engine, let the desk's sector start conversations, and return the address of the page for it."""
    address = "https://flows.example.org/api/v2"
    FlowEngine.objects.create(project=desk.project, address=address, token=encrypt("a token"), **values)
    desk.sector.active_messages = True
    desk.sector.save()
    return reverse("active_messages:new", args=[desk.project.pk])


def test_a_conversation_is_started_from_it_by_the_name_of_the_page_or_by_a_number(desk: Desk) -> None:
    new, agent = connect(desk), desk.agent_online()
    for q in ("", "new conv"):
        answer = page(desk, agent, q)
        assert "New conversation" in text_of(answer), q
        assert f'href="{new}"' in answer.content.decode(), q
    answer = page(desk, agent, "+55 11 98765-4321")
    assert "Write to +5511987654321" in text_of(answer)
    assert f"{new}?q=%2B5511987654321" in answer.content.decode()
    for q in ("98765-4321", "+55 11 3333-4444 ext. 12", "conversing"):
        assert new not in page(desk, agent, q).content.decode(), q


def test_who_can_not_start_conversations_is_not_offered_to(desk: Desk) -> None:
    agent = desk.agent_online()
    new = connect(desk, starters=Starters.ADMINISTRATORS)
    for who in (agent, desk.person(ProjectRole.VIEWER)):
        for q in ("", "new conversation", "+5511987654321"):
            assert new not in page(desk, who, q).content.decode(), q
    assert new in page(desk, desk.administrator).content.decode()
    FlowEngine.objects.all().delete()
    assert new not in page(desk, desk.administrator).content.decode()


@pytest.mark.parametrize("q", ["\x00", "%", "_", "\\", "'", "x" * 50_000, " ", "🙂"])
def test_whatever_is_typed_gets_an_answer(desk: Desk, q: str) -> None:
    page(desk, desk.administrator, q)


def test_the_number_of_queries_is_the_same_with_many_tickets(desk: Desk, django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.force_login(desk.administrator)
    for n in range(12):
        desk.open_ticket(f"contact {n}", protocol=f"ABC-{n:04}")
    found = reverse("palette:find", args=[desk.project.pk])
    # The project that is opened first is remembered.
    client.get(found)
    with django_assert_max_num_queries(11):
        assert "Contact 11" in text_of(client.get(found, {"q": "contact"}))


def test_a_chapter_of_the_guide_is_found_by_its_title(desk: Desk) -> None:
    answer = page(desk, desk.agent(), "work hours")
    assert 'href="/guide/sectors/"' in answer.content.decode()
    assert "/guide/" not in page(desk, desk.agent()).content.decode()
