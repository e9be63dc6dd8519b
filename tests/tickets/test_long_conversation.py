"""Conversations of ten thousand messages: bounded answers, and looking for words in them (docs/desk.md, Lines)."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgs.models import User
from tests.builders import Desk
from tickets import operations
from tickets.models import Ticket

from .desk_tools import Browser, numbers, talked

MANY = 10_000


@pytest.fixture
def browser(desk: Desk, agent: User) -> Browser:
    return Browser(agent, desk.project)


def cost(browser: Browser, view: str, ticket: Ticket, **query: object) -> int:
    with CaptureQueriesContext(connection) as queries:
        browser.text(view, ticket, **query)
    return len(queries)


def said(markup: str) -> list[str]:
    """What is said in a fragment, in order."""
    return re.findall(r'<div class="bubble" dir="auto">(.*?)</div>', markup)


def later(markup: str) -> str:
    """The query by which a fragment says that what comes after it is asked for; empty at the end."""
    found = re.search(r'data-do="later" data-href="[^"?]*\?([^"]*)"', markup)
    return found[1].replace("&amp;", "&") if found else ""


def test_ten_thousand_messages_open_at_their_end_at_the_cost_of_a_hundred(
    desk: Desk, browser: Browser, agent: User, ticket: Ticket
) -> None:
    short, long = desk.open_ticket(), desk.open_ticket()
    few, many = talked(short, 100), talked(long, MANY)
    for view in ("ticket", "panes", "frame", "lines"):
        assert cost(browser, view, long) <= cost(browser, view, short), view
    page = browser.text("panes", long)
    assert numbers(page) == list(range(MANY + 2 - 49, MANY + 3))
    assert len(page) < 100_000
    for query in ({"around": "{}"}, {"onward": 40}, {"before": 60}, {"after": 30}):
        here = {name: str(value).format(few[50].pk) for name, value in query.items()}
        there = {name: str(value).format(many[5_000].pk) for name, value in query.items()}
        assert cost(browser, "lines", long, **there) <= cost(browser, "lines", short, **here), query
        assert len(numbers(browser.text("lines", long, **there))) <= 201


def test_what_stands_around_a_message_joins_what_is_below_it(browser: Browser, ticket: Ticket) -> None:
    rows = talked(ticket, 220)
    page = browser.text("lines", ticket, around=rows[30].pk)
    shown = numbers(page)
    assert rows[30].number in shown
    assert "data-earlier" not in page  # the beginning is near
    while query := later(page):
        page = browser.client.get(f"{browser.url('lines', ticket)}?{query}").content.decode()
        shown += numbers(page)
    assert shown == list(range(1, 223))


def test_around_a_message_of_the_bot_conversation(browser: Browser, ticket: Ticket) -> None:
    rows = talked(ticket, 130, "bot {}", bot=True)
    talked(ticket, 70)
    page = browser.text("lines", ticket, around=rows[70].pk)
    assert said(page) == [f"bot {i}" for i in range(20, 120)]
    assert "data-earlier" in page
    texts = said(page)
    while query := later(page):
        page = browser.client.get(f"{browser.url('lines', ticket)}?{query}").content.decode()
        texts += said(page)
    assert texts == [f"bot {i}" for i in range(20, 130)] + [f"message {i}" for i in range(70)]


def test_around_what_is_not_of_the_ticket_is_not_found(desk: Desk, browser: Browser, ticket: Ticket) -> None:
    [foreign] = talked(desk.open_ticket(), 1)
    for pk in (foreign.pk, uuid4()):
        assert browser.get("lines", ticket, {"around": pk}).status_code == 404
    assert browser.get("lines", ticket, {"around": "no id"}).status_code == 422


def steps(browser: Browser, ticket: Ticket, words: str, times: int, **more: str) -> list[tuple[str, str]]:
    """Go from hit to hit; returns the id of each and what is said of its place."""
    found: list[tuple[str, str]] = []
    for _ in range(times):
        query = {"q": words, **more, **({"beside": found[-1][0]} if found else {})}
        page = browser.text("find", ticket, **query)
        hit = re.search(r'data-hit="([^"]*)"', page)
        text = re.sub(r"<[^>]*>", "", page).strip()
        found.append((hit[1] if hit else "", text))
    return found


def test_words_are_found_from_the_newest_to_the_oldest_and_around(
    desk: Desk, browser: Browser, agent: User, ticket: Ticket
) -> None:
    [bot] = talked(ticket, 1, "The parcel is on its way", bot=True)
    first = desk.message(ticket, "Where is my PARCEL?")
    desk.message(ticket, "Hello?")
    note = operations.add_note(ticket.pk, "parcel lost", by=desk.by(agent))
    elsewhere = desk.open_ticket()
    desk.message(elsewhere, "parcel")
    ids = [str(one.pk) for one in (note, first, bot)]
    assert steps(browser, ticket, "parcel", 4) == [
        (ids[0], "1 of 3"), (ids[1], "2 of 3"), (ids[2], "3 of 3"), (ids[0], "1 of 3"),
    ]  # fmt: skip
    assert [pk for pk, _place in steps(browser, ticket, "parcel", 4, newer="1")] == [ids[2], ids[1], ids[0], ids[2]]


def test_words_that_are_nowhere_and_words_that_mean_something_to_the_database(
    desk: Desk, browser: Browser, ticket: Ticket
) -> None:
    desk.message(ticket, "100% sure_thing \\ <b>")
    for words in ("nowhere", "x" * 1_000, "100_", "%%"):
        assert steps(browser, ticket, words, 1) == [("", "Not found")]
    assert steps(browser, ticket, "", 1)[0][0] == ""
    assert steps(browser, ticket, "\x00", 1)[0][0] == ""
    for words in ("100%", "sure_", "\\", "<b>", "  SURE  "):
        assert steps(browser, ticket, words, 1)[0][1] == "1 of 1", words
    # A place that is not there is the beginning.
    for beside in ("no id", str(uuid4())):
        assert "1 of 1" in browser.text("find", ticket, q="sure", beside=beside)


def test_looking_for_words_costs_the_same_in_a_long_conversation(desk: Desk, browser: Browser) -> None:
    short, long = desk.open_ticket(), desk.open_ticket()
    few, many = talked(short, 100), talked(long, MANY)
    assert cost(browser, "find", long, q="message", beside=many[4_000].pk) <= cost(
        browser, "find", short, q="message", beside=few[50].pk
    )


@pytest.mark.parametrize("view", ["find", "presence"])
def test_who_does_not_see_the_ticket_finds_nothing_in_it(
    desk: Desk, other_desk: Desk, ticket: Ticket, view: str
) -> None:
    for user in (desk.agent(), desk.manager(desk.add_sector()), other_desk.administrator):
        assert Browser(user, desk.project).get(view, ticket, {"q": "a"}).status_code == 404
