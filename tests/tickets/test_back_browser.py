"""Back and Forward: what is shown is what the address names, and the desk lives on (docs/desk.md)."""

import pytest
from playwright.sync_api import Page, expect

from orgs.models import User
from tests.browsing import Browse, OpenDesk, until
from tests.builders import Desk
from tickets.models import Message, MessageKind, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
BOTH = pytest.mark.parametrize("device", [WIDE, PHONE], ids=["wide", "phone"])


class Walk:
    """A person at the desk, who tries at each step whether it still works."""

    def __init__(self, desk: Desk, page: Page, device: dict) -> None:
        self.desk, self.page, self.phone = desk, page, device is PHONE
        self.root = f"/projects/{desk.project.pk}/desk/"
        self.count = 0

    def choose(self, ticket: Ticket) -> None:
        if self.phone and self.page.locator(f"a[data-ticket='{ticket.pk}']").is_hidden():
            self.page.get_by_role("button", name="Back to the tickets").click()
        self.page.locator(f"a[data-ticket='{ticket.pk}']").click()

    def at_list(self) -> None:
        """The list is shown, the address says so, and what comes is in it."""
        page = self.page
        expect(page.locator("[data-desk]")).to_have_attribute("data-open", "")
        until(page, lambda: page.url.endswith(self.root))
        expect(page.locator("a[data-ticket]").first).to_be_visible()
        self.count += 1
        coming = self.desk.open_ticket(f"coming {self.count}")
        expect(page.locator(f"a[data-mine][data-ticket='{coming.pk}']")).to_be_visible()
        page.keyboard.press("j")
        expect(page.locator("a[data-ticket]:focus")).to_have_count(1)

    def at_ticket(self, ticket: Ticket) -> None:
        """The ticket is shown, the address says so, messages come, and Enter sends."""
        page = self.page
        until(page, lambda: page.url.endswith(f"{self.root}{ticket.pk}/"))
        expect(page.locator("[data-desk]")).to_have_attribute("data-open", str(ticket.pk))
        self.count += 1
        self.desk.message(ticket, f"question {self.count}")
        expect(page.locator(".message--in .bubble").last).to_have_text(f"question {self.count}")
        composer = page.get_by_role("textbox", name="Write an answer")
        composer.fill(f"answer {self.count}")
        composer.press("Enter")
        expect(page.locator(".message--out[data-line] .bubble").last).to_have_text(f"answer {self.count}")
        expect(composer).to_have_value("")
        said = Message.objects.filter(ticket=ticket, kind=MessageKind.AGENT).order_by("-number").first()
        assert said is not None
        assert said.text == f"answer {self.count}"
        page.locator("[data-part=head]").focus()
        for key, mode in (("n", "Note"), ("r", "Answer")):
            page.keyboard.press(key)
            expect(page.get_by_role("button", name=mode, exact=True)).to_have_attribute("aria-pressed", "true")
            page.locator("[data-part=head]").focus()


@BOTH
def test_the_desk_lives_on_whichever_way_one_goes(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket, device: dict
) -> None:
    desk.limit(40)
    other = desk.open_ticket("other")
    page = open_desk(agent, **device)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    walk = Walk(desk, page, device)
    walk.at_list()
    walk.choose(ticket)
    walk.at_ticket(ticket)
    walk.choose(other)
    walk.at_ticket(other)
    if walk.phone:
        page.go_back()  # the list, by which one went there
        walk.at_list()
    page.go_back()
    walk.at_ticket(ticket)
    page.go_back()
    walk.at_list()
    page.go_forward()
    walk.at_ticket(ticket)
    # Another page, and back.
    page.goto(f"/projects/{desk.project.pk}/history/")
    page.go_back()
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    walk.at_ticket(ticket)
    page.go_back()
    walk.at_list()
    assert errors == []


@BOTH
def test_back_closes_a_dialog_and_nothing_else(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket, device: dict
) -> None:
    page = open_desk(agent, **device)
    walk = Walk(desk, page, device)
    walk.choose(ticket)
    composer = page.get_by_role("textbox", name="Write an answer")
    composer.fill("half an ans")
    dialog = page.get_by_role("dialog")
    page.locator("[data-part=head] [data-do=close]").click()
    expect(dialog).to_be_visible()
    page.go_back()
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-part=head] [data-do=close]")).to_be_focused()
    expect(composer).to_have_value("half an ans")
    composer.fill("")
    walk.at_ticket(ticket)
    # Closed by a key or its button it leaves nothing behind to go back to.
    page.locator("[data-part=head] [data-do=transfer]").click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-part=head] [data-do=transfer]")).to_be_focused()
    page.go_back()
    walk.at_list()


def test_on_a_phone_back_leads_from_the_contact_to_the_conversation(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket, **PHONE)
    walk = Walk(desk, page, PHONE)
    page.get_by_role("button", name="Contact and ticket").click()
    expect(page.get_by_text(ticket.protocol)).to_be_visible()
    page.go_back()
    expect(page.get_by_text(ticket.protocol)).to_be_hidden()
    walk.at_ticket(ticket)
    # By its own button, too, and then Back leads to where one was before.
    page.get_by_role("button", name="Back to the tickets").click()
    walk.choose(ticket)
    page.get_by_role("button", name="Contact and ticket").click()
    page.get_by_role("button", name="Back to the conversation").click()
    walk.at_ticket(ticket)
    page.go_back()
    walk.at_list()


def test_the_address_stays_true_if_a_ticket_cannot_be_fetched(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    other = desk.open_ticket("other")
    page = open_desk(agent, ticket, **WIDE)
    walk = Walk(desk, page, WIDE)
    walk.choose(other)
    walk.at_ticket(other)
    page.route("**/panes/", lambda route: route.abort())
    page.go_back()
    expect(page.get_by_text("There is no connection to the server.")).to_be_visible()
    page.unroute("**/panes/")
    walk.at_ticket(other)


def test_filters_are_those_of_the_content_after_going_back(desk: Desk, browse: Browse) -> None:
    manager = desk.manager()
    desk.add_queue()
    page = browse(manager, f"/projects/{desk.project.pk}/history/", **WIDE)
    page.goto(f"/projects/{desk.project.pk}/lines/")
    page.get_by_label("Queue").select_option(str(desk.queue.pk))
    page.wait_for_url(lambda url: f"queue={desk.queue.pk}" in url)
    for times in range(2):
        page.goto(f"/projects/{desk.project.pk}/agents/")
        page.go_back()
        page.wait_for_url(lambda url: f"queue={desk.queue.pk}" in url)
        expect(page.locator("body[data-live-state=open]")).to_be_attached()
        expect(page.get_by_label("Queue")).to_have_value(str(desk.queue.pk))
        desk.open_ticket(f"waiting {times}")
        expect(page.locator("[data-row]")).to_have_count(times + 1)
    # A change of the filters is no page of its own.
    page.go_back()
    page.wait_for_url("**/history/")


@pytest.mark.parametrize("place", ["history", "dashboard", "members", "audit", "connect/callbacks"])
def test_every_list_with_a_filter_shows_its_own_after_going_back(desk: Desk, browse: Browse, place: str) -> None:
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/{place}/", **WIDE)
    form = page.locator("main form[role=search]").first
    field = form.locator("select:visible, input[type=search]:visible, input[type=text]:visible").first
    before = field.input_value()
    if field.evaluate("(field) => field.tagName") == "SELECT":
        values = field.evaluate("(field) => [...field.options].map((option) => option.value)")
        field.select_option(next(value for value in values if value and value != before))
    else:
        field.fill("nobody")
    after = field.input_value()
    assert after != before
    if place == "members":
        with page.expect_navigation():
            form.evaluate("(form) => form.requestSubmit()")
    page.wait_for_url(lambda url: "?" in url)
    filtered = page.url
    page.goto("/profile/")
    page.go_back()
    page.wait_for_url(filtered)
    expect(field).to_have_value(after)
    page.go_forward()
    page.wait_for_url("**/profile/")


def test_a_page_kept_by_the_browser_is_brought_up_to_date(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket, **WIDE)
    composer = page.get_by_role("textbox", name="Write an answer")
    composer.fill("half an ans")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(page.locator("body[data-live-state=lost]")).to_be_attached()
    desk.message(ticket, "while away")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    expect(page.locator(".message--in .bubble").last).to_have_text("while away")
    desk.message(ticket, "afterwards")
    expect(page.locator(".message--in .bubble").last).to_have_text("afterwards")
    expect(composer).to_have_value("half an ans")
