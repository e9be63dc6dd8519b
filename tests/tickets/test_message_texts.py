"""How messages read, wherever they stand: links, emphasis, direction of writing, the contact's own time."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.models import User
from sectors.models import Sector
from tests.builders import Desk, fresh, quick_message
from tickets.models import Message, Ticket

from .desk_tools import Browser

TEXT = "*Hi*, see site.com.br <b>"
LINK = '<a href="https://site.com.br" target="_blank" rel="noopener noreferrer nofollow">site.com.br</a>'


@pytest.fixture
def browser(desk: Desk, agent: User) -> Browser:
    return Browser(agent, desk.project)


def history_page(client: Client, ticket: Ticket) -> str:
    return client.get(reverse("reports:ticket", args=[ticket.project_id, ticket.pk])).content.decode()


def test_desk_and_history_show_links_and_emphasis_and_escape_the_rest(
    desk: Desk, browser: Browser, ticket: Ticket
) -> None:
    desk.message(ticket, TEXT)
    for page in (browser.text("panes", ticket), history_page(browser.client, ticket)):
        assert f'<div class="bubble" dir="auto"><strong>Hi</strong>, see {LINK} &lt;b&gt;</div>' in page


def test_previews_are_plain_and_what_is_stored_is_what_was_written(
    desk: Desk, browser: Browser, agent: User, ticket: Ticket
) -> None:
    desk.message(ticket, TEXT)
    sent = desk.reply(ticket, agent, "*Certainly*")
    assert Message.objects.get(pk=sent.pk).text == "*Certainly*"
    assert '<span class="ticket__preview" dir="auto">Certainly</span>' in browser.text("worklist")
    page = browser.text("panes", ticket)
    assert ': Certainly"' in page
    assert "*Certainly*" not in page
    lines = Client()
    lines.force_login(desk.manager())
    page = lines.get(reverse("tickets:waiting", args=[desk.project.pk]), {"state": "active"}).content.decode()
    assert '<span class="data__sub clip" dir="auto">Certainly</span>' in page


def test_foreign_text_decides_its_own_direction(desk: Desk, browser: Browser, ticket: Ticket) -> None:
    contact = ticket.contact
    contact.name = "مريم"
    contact.save(update_fields=["name"])
    desk.message(ticket, "שלום")
    page = browser.text("ticket", ticket)
    for class_ in ("bubble", "ticket__name", "ticket__preview", "conversation__name", "contact__name"):
        assert re.search(rf'class="{class_}" dir="auto"', page), class_
    assert "<bdi>مريم</bdi>" in page
    assert re.search(r'<textarea name="text"[^>]* dir="auto"', page)
    assert 'dir="auto"' in re.search(r"<input type=\"search\" class=\"find__words\"[^>]*>", page)[0]  # type: ignore[index]


def late_message(ticket: Ticket, by: timedelta, arrived: str = "2026-06-01T14:31:00+00:00") -> Message:
    """A message of the contact that came so much later than they wrote it."""
    at = timezone.datetime.fromisoformat(arrived)  # type: ignore[attr-defined]
    number = fresh(ticket).line_count + 1
    Ticket.objects.filter(pk=ticket.pk).update(line_count=number)
    return Message.objects.create(
        ticket=ticket, kind="contact", number=number, text="Late", created_on=at - by, stored_at=at
    )


def test_a_message_that_came_late_has_the_contacts_own_time(desk: Desk, browser: Browser, ticket: Ticket) -> None:
    Sector.objects.filter(pk=desk.sector.pk).update(timezone="America/Sao_Paulo")
    late_message(ticket, timedelta(minutes=29))
    for page in (browser.text("panes", ticket), history_page(browser.client, ticket)):
        assert "sent 11:02 a.m., arrived 11:31 a.m." in page


def test_of_another_day_the_day_is_said_too(desk: Desk, browser: Browser, ticket: Ticket) -> None:
    Sector.objects.filter(pk=desk.sector.pk).update(timezone="UTC")
    late_message(ticket, timedelta(days=1))
    assert "sent 05/31/2026 2:31 p.m., arrived 2:31 p.m." in browser.text("panes", ticket)


def test_a_message_that_took_seconds_has_one_time(desk: Desk, browser: Browser, ticket: Ticket) -> None:
    late_message(ticket, timedelta(seconds=59))
    assert "arrived" not in browser.text("panes", ticket)


def test_lists_of_quick_messages_say_variables_in_words(desk: Desk) -> None:
    quick_message(desk, "hello", "Hello {{contact.name}} & {{ queue.name }}")
    client = Client()
    client.force_login(desk.manager())
    page = client.get(reverse("sectors:sector_quick", args=[desk.project.pk, desk.sector.pk])).content.decode()
    assert "Hello ‹The contact&#x27;s name› &amp; ‹The ticket&#x27;s queue›" in page
