"""Searching and sorting one's own tickets, and inserting quick messages by a button, in a real browser."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orgs.models import User
from tests.browsing import OpenDesk, assert_accessible, put, until
from tests.builders import FLOW, Desk, quick_message
from tests.every_page import IN_THEME, THEMES
from tickets import operations
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN = "[data-own-tickets] [data-mine]:visible .ticket__name"


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=20)


def look(page: Page, name: str) -> None:
    """Take pictures where they are asked for (``PICTURES``), in both widths and themes."""
    if directory := os.environ.get("PICTURES"):
        for theme in THEMES:
            page.evaluate(IN_THEME, theme)
            for width in (1366, 360):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=Path(directory) / f"{name}-{theme}-{width}.png")
        page.set_viewport_size({"width": 1366, "height": 900})


def expect_names(page: Page, *expected: str) -> None:
    """Wait until these tickets of one's own are shown, in that order."""
    shown = "all => all.filter((one) => one.offsetParent).map((one) => one.dataset.name)"
    until(page, lambda: page.eval_on_selector_all("[data-own-tickets] [data-mine]", shown) == list(expected))


def test_own_tickets_are_searched_sorted_and_narrowed(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    tickets = {name: desk.open_ticket(name.lower()) for name in ("Ana", "José", "Bia")}
    for ticket in tickets.values():
        desk.message(ticket)
    desk.reply(tickets["Ana"], agent, "Certainly")
    page = open_desk(agent)
    # The longest unanswered first, the answered ones last.
    expect_names(page, "José", "Bia", "Ana")
    search = page.get_by_role("searchbox", name="Search my tickets")
    put(search, "jose")
    expect_names(page, "José")
    put(search, "nobody")
    expect(page.get_by_text("None of your tickets matches.")).to_be_visible()
    search.press("Escape")
    expect_names(page, "José", "Bia", "Ana")
    page.get_by_label("Order of my tickets").select_option("last")
    expect_names(page, "Ana", "Bia", "José")
    page.get_by_role("button", name="Unanswered only").click()
    expect_names(page, "Bia", "José")
    look(page, "own-list")
    assert_accessible(Axe(), page)
    # What comes meanwhile is sorted and narrowed too, and the choice outlives the page.
    desk.message(tickets["José"], "Hello?")
    expect_names(page, "José", "Bia")
    page.reload()
    expect_names(page, "José", "Bia")
    page.get_by_label("Order of my tickets").select_option("unanswered")
    page.get_by_role("button", name="Unanswered only").click()
    expect_names(page, "José", "Bia", "Ana")
    put(search, "bia")
    search.press("Enter")
    expect(page.locator(".conversation__name")).to_have_text("Bia")


def test_own_tickets_are_found_by_phone_address_and_protocol(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    def opened(name: str, **facts: str) -> Ticket:
        contact = operations.ContactFacts(external_id=name, name=name, **facts)
        is_anon = name == "Hidden"
        return operations.open_ticket(desk.project, contact, by=FLOW, queue_id=desk.queue.pk, is_anon=is_anon)[0]

    opened("Ana", phone="+55 88 99111-2222", email="ana@example.org")
    opened("Bia", urn="whatsapp:558433334444")
    hidden = opened("Hidden", phone="+55 88 97777-6666", urn="tel:+5588977776666", email="hidden@example.org")
    page = open_desk(agent)
    everybody = ("Ana", "Bia", "Hidden")
    expect_names(page, *everybody)
    search = page.get_by_role("searchbox", name="Search my tickets")
    for typed, found in {
        "(88) 99111": ("Ana",),
        "99111-2222": ("Ana",),
        # Without the ninth digit, as the number was written before.
        "+55 88 9111 2222": ("Ana",),
        "ANA@example": ("Ana",),
        "3333-4444": ("Bia",),
        "7777-6666": (),
        "hidden@": (),
        hidden.protocol.lower(): ("Hidden",),
        "": everybody,
    }.items():
        put(search, typed)
        expect_names(page, *found)
    # What is hidden is not in the page at all.
    row = page.locator(f"[data-own-tickets] [data-ticket='{hidden.pk}']").evaluate("element => element.outerHTML")
    assert "data-numbers" not in row
    assert "6666" not in row
    assert "example.org" not in row


def test_eleven_tickets_are_in_view_on_a_small_screen(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    for number in range(11):
        desk.message(desk.open_ticket(f"contact {number}"))
    page = open_desk(agent, viewport={"width": 1366, "height": 900})
    expect(page.locator(OWN)).to_have_count(11)
    look(page, "eleven")
    expect(page.locator("[data-own-tickets] [data-mine]").last).to_be_in_viewport(ratio=0.99)


def test_a_quick_message_is_inserted_by_a_button(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    ticket = desk.open_ticket("Maria")
    quick_message(desk, "hello", "Hello {{contact.name}}!")
    page = open_desk(agent, ticket)
    composer = page.get_by_role("textbox", name="Write an answer")
    put(composer, "Well,")
    composer.press("End")
    page.get_by_role("button", name="Insert a quick message").click()
    option = page.get_by_role("listbox", name="Quick messages").get_by_role("option")
    expect(option).to_contain_text("Hello Maria!")
    expect(composer).to_be_focused()
    page.keyboard.press("Enter")
    expect(composer).to_have_value("Well, Hello Maria!")
