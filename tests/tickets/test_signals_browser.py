"""Sound, notification and the count in the title, wherever in a project one is (docs/desk.md, Notices)."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from orgs.models import User
from tests.browsing import Browse, OpenDesk, until
from tests.builders import Desk
from tickets import operations
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Before any script of a page: what it signals is kept, and nobody looks at it unless the test says so.
STUBS = """
  window.signals = [];
  window.looks = false;
  window.notes = [];
  window.Notification = class {
    constructor(text) { signals.push(text); notes.push(this); }
    close() {}
    static permission = "granted";
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { signals.push("sound"); start.call(this, at); };
  document.hasFocus = () => window.looks;
"""

#: A title with the number of unread messages.
COUNTED = re.compile(r"^\(\d\) ")
#: Kinds of pages: of the project, with and without fragments, and such as belong to no project,
#: with the frame and without.
PLACES = [
    "/projects/{}/history/", "/projects/{}/dashboard/", "/projects/{}/lines/", "/projects/{}/agents/",
    "/projects/{}/sectors/", "/projects/{}/quick-messages/", "/profile/", "/nowhere/",
    "/accounts/logout/", "/accounts/reauthenticate/",
]  # fmt: skip


def stubbed(page: Page, place: str = "") -> Page:
    page.context.add_init_script(STUBS)
    page.goto(place or page.url)
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    return page


def tab(context: BrowserContext, place: str) -> Page:
    page = context.new_page()
    page.goto(place)
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    return page


def signalled(page: Page) -> list[str]:
    return page.evaluate("signals")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_new_is_signalled_on_every_page(desk: Desk, browse: Browse, place: str) -> None:
    manager = desk.manager()
    agent = desk.agent_online(limit=5)
    ticket = desk.open_ticket("Regular")
    who = agent
    if "lines" in place or "agents" in place or "sectors" in place:
        operations.take(ticket.pk, by=desk.by(manager))
        who = manager
    page = stubbed(browse(who, f"/projects/{desk.project.pk}/desk/"), place.format(desk.project.pk))
    title = page.title()
    # What was there when the page came is counted, not signalled.
    until(page, lambda: page.evaluate("Boolean(window.weniUnread)"))
    page.wait_for_timeout(500)
    desk.message(ticket, "Are you there?")
    expect(page).to_have_title(f"(1) {title}")
    until(page, lambda: signalled(page) == ["sound", "sound", "New message from Regular"])
    if who == agent:
        desk.open_ticket("Newcomer")
        until(page, lambda: signalled(page)[3:] == ["sound", "sound", "New ticket: Newcomer"])
    operations.mark_read(ticket.pk, by=desk.by(who))
    expect(page).to_have_title(title)
    # A click on the notification opens the ticket.
    page.evaluate("notes[0].onclick()")
    page.wait_for_url(f"**/desk/{ticket.pk}/")
    expect(page.locator(".message--in .bubble")).to_have_text("Are you there?")


def test_a_notification_does_not_take_a_page_away_on_which_one_types(desk: Desk, browse: Browse, agent: User) -> None:
    ticket = desk.open_ticket("Regular")
    page = stubbed(browse(agent, "/profile/"))
    page.wait_for_timeout(500)
    page.get_by_label("First name").fill("Half a na")
    desk.message(ticket)
    until(page, lambda: "New message from Regular" in signalled(page))
    with page.context.expect_page() as opened:
        page.evaluate("notes[0].onclick()")
    opened.value.wait_for_url(f"**/desk/{ticket.pk}/")
    expect(page.get_by_label("First name")).to_have_value("Half a na")


def test_of_several_tabs_one_signals_and_none_where_the_desk_is_in_view(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    first = stubbed(open_desk(agent))
    others = [
        tab(first.context, f"/projects/{desk.project.pk}/{place}/") for place in ("history", "dashboard", "desk")
    ]
    tabs = [first, *others]
    for page in tabs:
        page.wait_for_timeout(300)

    def all_signalled() -> list[str]:
        return [one for page in tabs for one in signalled(page)]

    name = ticket.contact.name
    desk.message(ticket, "Once?")
    for page in tabs:
        expect(page).to_have_title(COUNTED)
    until(first, all_signalled)
    first.wait_for_timeout(1_000)
    assert all_signalled() == ["sound", "sound", f"New message from {name}"]
    # The tab that signalled is closed: another one takes over.
    [leader] = [page for page in tabs if signalled(page)]
    tabs.remove(leader)
    leader.close()
    desk.message(ticket, "Twice?")
    until(tabs[0], lambda: len(all_signalled()) == 3)
    # Somebody looks at the desk, in whichever tab.
    shown = next(page for page in tabs if "/desk/" in page.url)
    shown.evaluate("window.looks = true")
    desk.message(ticket, "Thrice?")
    for page in tabs:
        expect(page).to_have_title(COUNTED)
    tabs[0].wait_for_timeout(1_000)
    assert len(all_signalled()) == 3
    # They look at another page of the project: the desk is not in view.
    shown.evaluate("window.looks = false")
    next(page for page in tabs if page is not shown).evaluate("window.looks = true")
    desk.message(ticket, "Again?")
    until(tabs[0], lambda: len(all_signalled()) == 6)
