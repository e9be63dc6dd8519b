"""Links and emphasis in a real browser: the desk stays where it is, and searching still marks what it finds."""

import pytest
from playwright.sync_api import expect

from orgs.models import User
from tests.browsing import OpenDesk, put, until
from tests.builders import Desk
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_link_opens_in_a_new_tab(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    desk.message(ticket, "See https://desk.invalid/x")
    page = open_desk(agent, ticket)
    before = page.url
    with page.context.expect_page() as opened:
        page.locator(".bubble a").click()
    assert opened.value.evaluate("window.opener") is None
    assert page.url == before
    expect(page.locator(".bubble")).to_have_count(1)


def test_what_is_found_is_marked_across_links_and_emphasis(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    desk.message(ticket, "see site.com now, *and* and")
    page = open_desk(agent, ticket)
    page.locator("[data-part=head] [data-do=find]").click()
    marked = "[...(CSS.highlights.get('desk-find') ?? [])].map(String)"
    for words, expected in (("ee site.c", ["ee site.c"]), ("and", ["and", "and"]), ("com now", ["com now"])):
        put(page.locator(".find__words"), words)
        until(page, lambda expected=expected: page.evaluate(marked) == expected)


def test_each_paragraph_has_the_direction_of_its_words(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    desk.message(ticket, "שלום")
    page = open_desk(agent, ticket)
    bubble = page.locator(".bubble")
    assert bubble.evaluate("(one) => getComputedStyle(one).direction") == "rtl"
