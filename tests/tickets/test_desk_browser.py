"""The desk in a real browser, with the real server and stream: what comes live, what is never lost."""

from contextlib import suppress

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Locator, Page, Route, expect

from orgs.models import User
from queues.models import AgentStatus
from tests.browsing import Browse, OpenDesk, assert_accessible, at_noon, until
from tests.builders import Desk, fresh, quick_message
from tickets import operations
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def texts(page: Page) -> list[str]:
    """What is said in the open conversation, as shown."""
    return [text.strip() for text in page.locator(".bubble").all_inner_texts()]


def stored(ticket: Ticket) -> list[str]:
    """What is said in a ticket, as stored."""
    return list(Message.objects.filter(ticket=ticket).order_by("number").values_list("text", flat=True))


def test_a_day_at_the_desk(desk: Desk, open_desk: OpenDesk) -> None:
    at_noon(desk)
    agent = desk.agent(desk.queue)
    desk.limit(1)
    first, following = desk.open_ticket("first"), desk.open_ticket("second")
    page = open_desk(agent)

    # Offline, with tickets waiting: the page says so and offers the way.
    expect(page.get_by_text("2 wait. Go online to get them.")).to_be_visible()
    page.get_by_role("button", name="Go online").click()
    page.locator(f"a[data-mine][data-ticket='{first.pk}']").click()
    composer = page.get_by_role("textbox", name="Write an answer")
    expect(composer).to_be_focused()

    # The contact's message is there without reloading, is read out, and counts as read.
    desk.message(first, "Where is my parcel?")
    expect(page.locator(".message--in .bubble")).to_have_text("Where is my parcel?")
    expect(page.locator("[data-part=announce]")).to_contain_text("Where is my parcel?")
    expect(page.locator(f"[data-ticket='{first.pk}'] .count")).to_have_count(0)

    # Enter sends, Shift+Enter breaks the line; a draft outlives the page.
    page.keyboard.type("It left")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("yesterday.")
    page.reload()
    expect(composer).to_have_value("It left\nyesterday.")
    composer.press("Enter")
    expect(page.locator(".message--out .bubble")).to_have_text("It left\nyesterday.")
    expect(composer).to_have_value("")

    # Closing is refused without a tag, and what was typed is still there.
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("comp")
    dialog.get_by_role("button", name="Close the ticket").click()
    expect(dialog.get_by_text("Choose at least one tag to close the ticket.")).to_be_visible()
    expect(dialog.get_by_role("searchbox")).to_have_value("comp")
    assert fresh(first).status == "active"
    expect(dialog.get_by_role("searchbox")).to_be_focused()

    # With one it closes, and the next ticket of the line is on the screen at once.
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".conversation__name")).to_have_text("Second")
    expect(page.get_by_text("Closed today")).to_be_visible()
    assert fresh(first).status == "closed"
    assert fresh(following).agent == agent


def test_nothing_is_lost_or_doubled_when_the_line_breaks(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    page = open_desk(agent, ticket)
    desk.message(ticket, "before")
    expect(page.locator(".bubble")).to_have_count(1)
    page.context.set_offline(True)
    for i in range(12):
        desk.message(ticket, f"unheard {i}")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    desk.message(ticket, "after")
    expect(page.locator(".bubble")).to_have_count(14)
    for i in range(120):
        desk.message(ticket, f"burst {i}")
    expect(page.locator(".bubble")).to_have_count(134)
    assert texts(page) == stored(ticket)


def test_what_could_not_be_fetched_when_it_came_is_fetched_later(desk: Desk, open_desk: OpenDesk) -> None:
    """An event comes once; the page that heard of it while the server did not answer gets there all the same."""
    agent = desk.agent_online(limit=2)
    ticket = desk.open_ticket("first")
    page = open_desk(agent, ticket)
    failed: list[str] = []

    def fail(route: Route) -> None:
        failed.append(route.request.url)
        route.fulfill(status=503)

    for part in ("worklist", "lines", "frame"):
        page.route(f"**/{part}/**", fail)
    desk.message(ticket, "Where is my parcel?")
    coming = desk.open_ticket("second")
    operations.update_ticket(ticket, custom_fields={"Order": "4471"})
    until(page, lambda: all(any(part in url for url in failed) for part in ("worklist", "lines", "frame")))
    page.unroute_all()
    expect(page.locator(".message--in .bubble")).to_have_text("Where is my parcel?")
    expect(page.locator(f"a[data-mine][data-ticket='{coming.pk}']")).to_be_visible()
    expect(page.locator("[data-part=side]")).to_contain_text("4471")
    expect(page.locator("body[data-live-state=open]")).to_be_attached()


def off_the_desk(desk: Desk, browse: Browse, agent: User) -> tuple[Page, Locator]:
    """Return another page, to which events come, and what it shows as the agent's status."""
    page = browse(agent, f"/projects/{desk.project.pk}/history/")
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    shown = page.locator(".status-button__text")
    expect(shown).to_have_text("Online")
    return page, shown


def test_ones_status_is_right_on_any_page_after_a_loss_and_stays_out_of_the_way(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    page, shown = off_the_desk(desk, browse, agent)
    # While the line is lost nobody tells the page that they count as gone.
    AgentStatus.objects.filter(user=agent).update(status="offline")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:resync'))")
    expect(shown).to_have_text("Offline")
    # What is being typed in the menu is not taken away; closed, it says what is the case.
    page.locator(".status-button").click()
    page.get_by_label("Pause: reason").fill("Lun")
    desk.status(agent, "online")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:resync'))")
    page.wait_for_timeout(500)
    expect(page.get_by_label("Pause: reason")).to_have_value("Lun")
    page.locator(".status-button").click()
    expect(shown).to_have_text("Online")


def test_a_ticket_that_is_taken_away_is_said_kindly(desk: Desk, open_desk: OpenDesk) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket()
    page = open_desk(agent, ticket)
    watching = open_desk(manager, ticket)
    watching.locator("form[data-composer]").get_by_role("button", name="Take over").click()
    expect(page.get_by_text("This ticket is no longer with you", exact=True)).to_be_visible()
    expect(page.locator("a[data-ticket]")).to_have_count(0)
    watching.get_by_role("textbox", name="Write an answer").fill("Hello, I am taking over.")
    watching.keyboard.press("Enter")
    expect(watching.locator(".message--out[data-line]")).to_be_visible()
    assert stored(ticket) == ["Hello, I am taking over."]


def test_typing_survives_what_comes_in(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online(limit=3)
    ticket = desk.open_ticket()
    page = open_desk(agent, ticket)
    composer = page.get_by_role("textbox", name="Write an answer")
    composer.fill("I am looking")
    desk.message(ticket, "And?")
    desk.open_ticket("another")
    operations.update_ticket(ticket, custom_fields={"Order": "4471"})
    expect(page.locator("[data-part=side]")).to_contain_text("4471")
    expect(page.locator("a[data-mine]")).to_have_count(2)
    expect(composer).to_be_focused()
    page.keyboard.type(" it up")
    expect(composer).to_have_value("I am looking it up")


def test_status_is_the_same_in_every_tab(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    one, two = open_desk(agent), open_desk(agent)
    one.locator(".status-button").click()
    one.get_by_label("Pause: reason").fill("Lunch")
    one.keyboard.press("Enter")
    expect(two.locator(".status-button__text")).to_have_text("Lunch")
    expect(two.get_by_text("You are paused. New tickets do not come to you.")).to_be_visible()


def test_every_open_tab_follows_what_happens(desk: Desk, open_desk: OpenDesk) -> None:
    at_noon(desk)
    agent, colleague, manager = desk.agent_online(limit=1), desk.agent(), desk.manager()
    tabs = [open_desk(agent), open_desk(agent), open_desk(manager)]
    waiting = [tab.get_by_role("heading", name="Waiting") for tab in tabs]
    # A ticket comes, two more wait.
    first, *_rest = (desk.open_ticket(name) for name in ("first", "second", "third"))
    for tab in tabs[:2]:
        expect(tab.locator("a[data-mine]")).to_contain_text("First")
    for heading in waiting:
        expect(heading).to_contain_text("2")
    # A message is counted, and is gone everywhere once it is read in one of them.
    desk.message(first, "Hello?")
    for tab in tabs[:2]:
        expect(tab.locator("a[data-mine] .count")).to_contain_text("1")
        expect(tab).to_have_title("(1) Desk · Weni Chats")
    operations.mark_read(first.pk, by=desk.by(agent))
    for tab in tabs[:2]:
        expect(tab.locator("a[data-mine] .count")).to_have_count(0)
    # A colleague comes and gets the next; the first is handed on to another line, and the third comes in its place.
    desk.status(colleague, "online")
    for heading in waiting:
        expect(heading).to_contain_text("1")
    operations.transfer_to_queue(first.pk, desk.add_queue(), by=desk.by(agent))
    for tab in tabs[:2]:
        expect(tab.locator("a[data-mine]")).to_contain_text("Third")
    for heading, count in zip(waiting, "001", strict=True):
        expect(heading).to_contain_text(count)
    desk.close(Ticket.objects.get(agent=agent, status="active"), by=agent)
    for tab in tabs[:2]:
        expect(tab.locator("a[data-mine]")).to_have_count(0)
        expect(tab.locator("details[data-fold=closed]")).to_contain_text("1")


def test_on_a_phone_the_panes_are_pages(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("caller")
    desk.message(ticket, "Hello")
    page = open_desk(agent, is_mobile=True, has_touch=True)
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("link", name="Caller").click()
    expect(page.locator(".bubble")).to_be_visible()
    expect(page.locator("a[data-ticket]")).to_be_hidden()
    page.get_by_role("button", name="Contact and ticket").click()
    expect(page.get_by_text(ticket.protocol)).to_be_visible()
    page.get_by_role("button", name="Back to the conversation").click()
    page.get_by_role("button", name="Back to the tickets").click()
    expect(page.locator("a[data-ticket]")).to_be_visible()
    page.go_back()
    expect(page.locator(".bubble")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(desk: Desk, open_desk: OpenDesk, scheme: str) -> None:
    agent = desk.agent_online(limit=1)
    ticket = desk.open_ticket(callback_url="https://flows.example.org/callback")
    waiting = desk.open_ticket()
    desk.message(ticket, "A question")
    desk.reply(ticket, agent)
    operations.add_note(ticket.pk, "A note", by=desk.by(agent))
    page = open_desk(agent, ticket, color_scheme=scheme)
    axe = Axe()
    assert_accessible(axe, page)
    page.locator("[data-part=head] [data-do=close]").click()
    expect(page.get_by_role("dialog").locator("label").first).to_be_visible()
    page.wait_for_timeout(300)  # the dialog's fading in
    assert_accessible(axe, page)
    page.keyboard.press("Escape")
    manager = open_desk(desk.manager(), waiting, color_scheme=scheme)
    manager.get_by_text("Why is this waiting?").click()
    expect(manager.get_by_text(f"in the queue {desk.queue.name}")).to_be_visible()
    assert_accessible(axe, manager)


def test_a_quick_message_is_inserted_with_the_keys_alone(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("Maria")
    quick_message(desk, "hello", "Hello {{contact.name}}!")
    quick_message(desk, "help", "What can I do?")
    quick_message(desk, "returns", "Send it back (within thirty days)")
    page = open_desk(agent, ticket)
    composer = page.get_by_role("textbox", name="Write an answer")
    composer.focus()
    page.keyboard.type("Well, /")
    options = page.get_by_role("listbox", name="Quick messages").get_by_role("option")
    expect(options).to_have_count(3)
    page.keyboard.type("hel")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("/help")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(composer).to_have_value("Well, Hello Maria!")
    expect(options).to_have_count(0)

    # What the button writes goes with the list.
    page.get_by_role("button", name="Insert a quick message").click()
    expect(options).to_have_count(3)
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(composer).to_have_value("Well, Hello Maria!")
    expect(composer).to_be_focused()

    # Where no shortcut begins so, words of the texts do; whatever accents they have.
    page.keyboard.type(" /thírt")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("/returns")
    page.keyboard.press("Escape")
    for _letter in " /thirt":
        page.keyboard.press("Backspace")
    expect(composer).to_have_value("Well, Hello Maria!")

    # Escape closes the list and leaves what was typed; then Enter sends, as ever.
    page.keyboard.type(" /nothing")
    expect(page.get_by_text("No quick message has a word that begins like this.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("No quick message has a word that begins like this.")).to_be_hidden()
    expect(composer).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".message--out .bubble")).to_have_text("Well, Hello Maria! /nothing")


def test_ones_status_is_right_when_it_changes_while_the_page_asks_for_it(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    page, shown = off_the_desk(desk, browse, agent)
    # The first answer is made before the change and comes after it.
    held = []
    page.route("**/desk/status/", lambda route: held.append((route, route.fetch())), times=1)
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:resync'))")
    until(page, lambda: held)
    AgentStatus.objects.filter(user=agent).update(status="offline")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:resync'))")
    [(route, answer)] = held
    with suppress(Error):
        route.fulfill(response=answer)
    expect(shown).to_have_text("Offline")
