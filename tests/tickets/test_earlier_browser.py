"""An earlier ticket of the contact is read beside the open one, which stays as it is (docs/desk.md)."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from orgs.models import User
from queues.models import Status
from tests.browsing import OpenDesk
from tests.builders import Desk
from tickets.models import Ticket

from .test_back_browser import BOTH, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def earlier(desk: Desk) -> Ticket:
    """A closed ticket of Maria's that a colleague attended."""
    colleague = desk.agent_online()
    ticket = desk.open_ticket("maria")
    desk.message(ticket, "My parcel is blue")
    desk.reply(ticket, colleague, "We look for it")
    desk.close(ticket, by=colleague)
    desk.status(colleague, Status.OFFLINE)
    return ticket


def picture(page: Page, name: str) -> None:
    """Keep a picture of what is shown, where somebody asks for it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@BOTH
def test_it_opens_above_the_open_ticket_and_back_closes_it(
    desk: Desk, earlier: Ticket, open_desk: OpenDesk, device: dict
) -> None:
    agent: User = desk.agent_online()
    ticket = desk.open_ticket("maria")
    page = open_desk(agent, ticket, **device)
    page.get_by_role("textbox", name="Write an answer").fill("not sent yet")
    address = page.url
    if device is PHONE:
        page.locator("[data-do=side]").first.click()
    link = page.locator(f"[data-beside='{earlier.pk}']")
    link.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("My parcel is blue")
    expect(dialog).to_contain_text("We look for it")
    expect(dialog.get_by_role("button", name="Back to the open ticket")).to_be_focused()
    assert page.url == address
    picture(page, f"beside-{'phone' if device is PHONE else 'wide'}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.go_back()
    expect(dialog).to_be_hidden()
    assert page.url == address
    expect(link).to_be_focused()
    link.press("Enter")
    expect(dialog).to_contain_text("My parcel is blue")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-desk]")).to_have_attribute("data-open", str(ticket.pk))
    expect(page.locator("textarea[name=text]")).to_have_value("not sent yet")


def test_one_that_is_out_of_sight_by_now_leaves_the_list(desk: Desk, earlier: Ticket, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    page = open_desk(agent, desk.open_ticket("maria"), viewport={"width": 1440, "height": 900})
    link = page.locator(f"[data-beside='{earlier.pk}']")
    expect(link).to_be_visible()
    desk.rules(agents_read_earlier=False)
    link.click()
    expect(link).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_hidden()
