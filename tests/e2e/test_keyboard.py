"""A day's work by keyboard alone, from signing in to signing out: whatever has the focus is seen to have it (WCAG
2.1.1, 2.4.3, 2.4.7, 2.4.11)."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import Browse, at_noon, until
from tests.builders import Desk, fresh
from tests.e2e.desk_pages import PASSWORD
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUS_SEEN = (Path(__file__).parents[1] / "focus_seen.js").read_text()
#: A page has no more stops than that before what its reader comes for.
STOPS = 40


def assert_shown(page: Page) -> None:
    """Expect that a person sees what has the focus."""
    faults: list[str] = []

    def is_shown() -> bool:
        faults[:] = [page.evaluate(FOCUS_SEEN)]
        return not faults[0]

    try:
        until(page, is_shown, seconds=10)
    except AssertionError:
        raise AssertionError(faults[0]) from None


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; whatever has it on the way is seen."""
    for _stop in range(STOPS):
        page.keyboard.press("Tab")
        assert_shown(page)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is not within {STOPS} stops")


def follow(page: Page) -> None:
    """Press Enter on a link."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in(page: Page, email: str) -> None:
    address = page.get_by_label("E-mail address")
    if not address.evaluate("element => element === document.activeElement"):
        tab_to(page, address)
    page.keyboard.type(email)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def answer_and_close(page: Page, ticket: Ticket) -> None:
    tab_to(page, page.locator(f"a[data-mine][data-ticket='{ticket.pk}']"))
    page.keyboard.press("Enter")
    composer = page.get_by_role("textbox", name="Write an answer")
    expect(composer).to_be_focused()
    page.keyboard.type("On its way.")
    page.keyboard.press("Enter")
    expect(page.locator(".message--out .bubble")).to_have_text("On its way.")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    assert_shown(page)
    page.keyboard.type("comp")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("checkbox", name="Complaint")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("is closed.").first).to_be_visible()
    assert fresh(ticket).status == "closed"
    assert Message.objects.filter(ticket=ticket, text="On its way.").exists()


def test_an_agents_day(desk: Desk, browse: Browse) -> None:
    at_noon(desk)
    agent = desk.agent(desk.queue)
    agent.set_password(PASSWORD)
    agent.save()
    ticket = desk.open_ticket("maria")
    page = browse(None, "/accounts/login/")
    sign_in(page, agent.email)
    expect(page.get_by_text("1 waits. Go online to get it.")).to_be_visible()

    # The first stop leads past the frame.
    page.keyboard.press("Tab")
    assert_shown(page)
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, page.get_by_role("main").get_by_role("button", name="Go online"))
    page.keyboard.press("Enter")
    expect(page.locator(f"a[data-mine][data-ticket='{ticket.pk}']")).to_be_visible()
    answer_and_close(page, ticket)

    page.goto(f"/projects/{desk.project.pk}/desk/")
    navigation = page.get_by_role("navigation", name="Main navigation", exact=True)
    tab_to(page, navigation.get_by_role("link", name="History"))
    follow(page)
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Maria"))
    follow(page)
    expect(page.get_by_text("On its way.")).to_be_visible()

    tab_to(page, page.get_by_role("button", name="Your account"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_setting_is_changed_and_a_tag_added(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/desk/")
    tab_to(
        page, page.get_by_role("navigation", name="Main navigation", exact=True).get_by_role("link", name="Settings")
    )
    follow(page)
    tab_to(page, page.get_by_role("main").get_by_role("link", name=desk.sector.name))
    follow(page)
    tab_to(page, page.get_by_role("link", name="Tags"))
    follow(page)
    tab_to(page, page.locator("summary", has_text="Add tags"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="New tags")).to_be_focused()
    assert_shown(page)
    page.keyboard.type("Warranty")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("main").get_by_role("button", name="Save"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 tag added.")).to_be_visible()
    assert desk.sector.tags.filter(name="Warranty").exists()
