"""Choosing among ten thousand tags in a real browser: found by a search, closed by keys (docs/desk.md)."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from core.form_fields import MAX_FOUND, MAX_OFFERED
from orgs.models import User
from tags.models import Tag
from tests.browsing import Browse, OpenDesk, assert_accessible
from tests.builders import Desk, fresh
from tests.every_page import IN_THEME, THEMES

from .tools import add_tags, many_tags

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1366, 360)


@pytest.fixture
def agent(desk: Desk) -> User:
    desk.rules(retag_for=60)
    return desk.agent_online(limit=10)


@pytest.fixture
def tags(desk: Desk) -> list[Tag]:
    """Ten thousand, and some that stand at the end of the list."""
    many_tags(desk)
    return add_tags(desk, "Devolução em atraso", "Água fria", "Azulejo")


def shown(dialog: Locator | Page) -> Locator:
    return dialog.locator("[data-choice]:visible")


def ask_to_close(page: Page) -> tuple[Locator, Locator]:
    """Open the dialog that closes the ticket; return it and its search, which has the focus."""
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    search = dialog.get_by_role("searchbox")
    expect(search).to_be_focused()
    return dialog, search


def look(page: Page, name: str) -> None:
    """Take pictures where they are asked for (``PICTURES``), in both widths and themes."""
    if directory := os.environ.get("PICTURES"):
        for theme in THEMES:
            page.evaluate(IN_THEME, theme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 850})
                page.screenshot(path=Path(directory) / f"{name}-{theme}-{width}.png")
        page.set_viewport_size({"width": 1366, "height": 850})


@pytest.mark.usefixtures("tags")
def test_a_ticket_is_closed_in_four_keystrokes_among_ten_thousand_tags(
    desk: Desk, agent: User, open_desk: OpenDesk
) -> None:
    first, second = desk.open_ticket("first"), desk.open_ticket("second")
    page = open_desk(agent, first)
    dialog, _search = ask_to_close(page)
    expect(shown(dialog)).to_have_count(MAX_OFFERED)
    assert len(dialog.inner_html()) < 60_000
    # As fast as the page takes them: Enter waits for what the letter finds, which stands far down the list.
    for key in ("a", "Enter", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".conversation__name")).to_have_text("Second")
    assert [tag.name for tag in fresh(first).tags.all()] == ["Água fria"]

    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(dialog.locator("legend")).to_have_text(["Recently used", "Other tags"])
    page.keyboard.press("z")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Choose a ticket")).to_be_visible()
    assert [tag.name for tag in fresh(second).tags.all()] == ["Azulejo"]


@pytest.mark.usefixtures("tags")
def test_what_is_chosen_stays_while_other_tags_are_searched(desk: Desk, agent: User, open_desk: OpenDesk) -> None:
    ticket = desk.open_ticket()
    page = open_desk(agent, ticket)
    dialog, search = ask_to_close(page)
    look(page, "close-many-tags")
    page.keyboard.type("devolucao")
    expect(shown(dialog)).to_have_count(1)
    expect(shown(dialog)).to_have_attribute("data-next", "")
    page.keyboard.press("Enter")
    chosen = dialog.get_by_role("checkbox", name="Devolução em atraso")
    expect(chosen).to_be_checked()
    expect(search).to_have_value("")
    page.keyboard.type("reason 07")
    expect(shown(dialog)).to_have_count(MAX_FOUND + 1)
    expect(chosen).to_be_checked()
    expect(dialog.get_by_role("status")).to_have_text(f"{MAX_FOUND} tags")
    look(page, "close-searched")
    assert_accessible(Axe(), page)
    # Ticked by hand while a search is under way, it stays too.
    page.route("**/desk/tags/**", lambda route: (page.wait_for_timeout(600), route.continue_()))
    page.keyboard.type("7")
    dialog.locator("label", has_text="Reason 07000").click()
    expect(dialog.locator("[data-choice='Reason 07700']")).to_be_visible()
    expect(dialog.get_by_role("checkbox", name="Reason 07000")).to_be_checked()
    page.unroute("**/desk/tags/**")
    search.fill("nothing of the kind")
    expect(dialog.get_by_text("No tag of that name.").first).to_be_visible()
    # Nothing is left to choose: Enter neither chooses nor closes.
    search.press("Enter")
    assert fresh(ticket).status == "active"
    search.fill("")
    search.press("Enter")
    expect(page.get_by_text("Choose a ticket")).to_be_visible()
    assert {tag.name for tag in fresh(ticket).tags.all()} == {"Devolução em atraso", "Reason 07000"}


@pytest.mark.usefixtures("tags")
def test_a_search_that_fails_says_so_and_chooses_nothing(desk: Desk, agent: User, open_desk: OpenDesk) -> None:
    ticket = desk.open_ticket()
    page = open_desk(agent, ticket)
    dialog, search = ask_to_close(page)

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/desk/tags/**", fail)
    page.keyboard.type("azu")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Searching did not work")
    expect(search).to_have_value("azu")
    assert fresh(ticket).status == "active"
    page.unroute("**/desk/tags/**", fail)
    page.keyboard.type("l")
    expect(shown(dialog)).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Choose a ticket")).to_be_visible()
    assert [tag.name for tag in fresh(ticket).tags.all()] == ["Azulejo"]


@pytest.mark.usefixtures("tags")
def test_tags_after_closing_are_searched_at_the_desk_and_out_of_the_history(
    desk: Desk, agent: User, browse: Browse
) -> None:
    ticket = desk.close(desk.open_ticket("maria"), by=agent)
    page = browse(agent, f"/projects/{desk.project.pk}/desk/{ticket.pk}/retag/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    expect(page.get_by_role("checkbox", name="Resolved")).to_be_checked()
    search.fill("fria")
    expect(page.get_by_role("checkbox", name="Água fria")).to_be_visible()
    look(page, "retag-page")
    assert_accessible(Axe(), page)
    search.press("Control+Enter")
    page.wait_for_url(f"**/history/{ticket.pk}/")
    assert {tag.name for tag in fresh(ticket).tags.all()} == {"Resolved", "Água fria"}

    page.goto(f"/projects/{desk.project.pk}/desk/{ticket.pk}/")
    page.get_by_role("button", name="Change the tags").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    # The one that stands far down the list is there all the same, since the ticket has it.
    expect(dialog.get_by_role("checkbox", name="Água fria")).to_be_checked()
    page.keyboard.type("azul")
    expect(dialog.locator("[data-choice=Azulejo]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The tags are changed.")).to_be_visible()
    assert {tag.name for tag in fresh(ticket).tags.all()} == {"Resolved", "Água fria", "Azulejo"}


@pytest.mark.usefixtures("tags")
def test_many_are_closed_with_a_tag_that_was_searched(desk: Desk, browse: Browse) -> None:
    tickets = [desk.open_ticket(f"contact {n}") for n in range(12)]
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/lines/")
    page.get_by_role("checkbox", name="Choose all on this page").check()
    page.locator("[data-bulk-do=close]").click()
    dialog = page.locator("[data-bulk-dialog]")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    expect(shown(dialog)).to_have_count(MAX_OFFERED)
    page.keyboard.type("agua")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("checkbox", name="Água fria")).to_be_checked()
    look(page, "close-many-at-once")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="12 of 12 done")).to_be_visible()
    assert {tag.name for ticket in tickets for tag in fresh(ticket).tags.all()} == {"Água fria"}


@pytest.mark.usefixtures("tags")
def test_without_a_script_tags_are_searched_and_a_ticket_is_closed(desk: Desk, agent: User, browse: Browse) -> None:
    ticket = desk.open_ticket("maria")
    page = browse(agent, f"/projects/{desk.project.pk}/desk/{ticket.pk}/", java_script_enabled=False)
    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_role("searchbox").fill("devolucao")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("checkbox", name="Devolução em atraso").check(force=True)
    page.get_by_role("searchbox").fill("azulejo")
    page.locator("main").get_by_role("button", name="Search").click()
    assert "csrfmiddlewaretoken" not in page.url
    expect(page.get_by_role("checkbox", name="Devolução em atraso")).to_be_checked()
    page.get_by_role("checkbox", name="Azulejo").check(force=True)
    page.get_by_role("button", name="Close the ticket").click()
    page.wait_for_url("**/desk/")
    assert {tag.name for tag in fresh(ticket).tags.all()} == {"Devolução em atraso", "Azulejo"}
