"""The desk in a window as low as one of 1280 by 1024 pixels at 400 % (WCAG 1.4.10)."""

import pytest
from playwright.sync_api import expect

from tests.browsing import OpenDesk
from tests.builders import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_nothing_sticks_and_the_conversation_can_be_read_and_answered(open_desk: OpenDesk, desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("ana")
    for n in range(30):
        desk.message(ticket, f"Line {n}")
    page = open_desk(agent, ticket, viewport={"width": 320, "height": 256})

    log = page.locator(".messages")
    box = log.bounding_box()
    assert box is not None
    assert box["height"] >= 160
    sticky = "[...document.querySelectorAll('.bar, .tabbar, .pane__header, .composer')].filter("
    sticky += "element => ['fixed', 'sticky'].includes(getComputedStyle(element).position)).length"
    assert page.evaluate(sticky) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("textbox", name="Write an answer").fill("On its way")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message--out", has_text="On its way")).to_be_visible()
