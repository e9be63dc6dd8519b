"""What an agent sends: shown at once, stored once, kept until it is stored (docs/desk.md, Sending)."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from orgs.models import User
from tests.browsing import OpenDesk, until
from tests.builders import Desk
from tickets.models import Message, MessageKind, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEND = "**/messages/"


class Held:
    """What a page sends, held back until it is released; from then on nothing is."""

    def __init__(self, page: Page) -> None:
        self.routes: list[Route] = []
        self._holding = True
        page.route(SEND, self)

    def __call__(self, route: Route) -> None:
        if self._holding:
            self.routes.append(route)
        else:
            route.continue_()

    def release(self) -> None:
        self._holding = False
        for route in self.routes:
            route.continue_()


def say(page: Page, text: str) -> None:
    """Write an answer and press Enter."""
    page.get_by_role("textbox", name="Write an answer").fill(text)
    page.keyboard.press("Enter")


def said() -> list[str]:
    """What is stored as said by agents, in order."""
    return list(Message.objects.filter(kind=MessageKind.AGENT).order_by("number").values_list("text", flat=True))


def unsent(page: Page) -> Locator:
    """What is shown as not sent."""
    return page.locator("[data-pending] [data-state=failed]:not([hidden])")


def shown(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".message--out .bubble").all_inner_texts()]


def test_a_message_is_in_sight_before_the_server_has_it(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    held = Held(page)
    say(page, "First")
    say(page, "Second\nof two")
    # Both are there, in order, on their way; the composer is free and has the focus.
    expect(page.locator("[data-pending]")).to_have_count(2)
    expect(page.locator("[data-pending] [data-state=sending]").first).to_be_visible()
    assert shown(page) == ["First", "Second\nof two"]
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    assert said() == []
    # One after the other: the second is not sent before the first has its answer.
    until(page, lambda: held.routes)
    page.wait_for_timeout(200)
    assert len(held.routes) == 1
    held.release()
    expect(page.locator("[data-pending]")).to_have_count(0)
    expect(page.locator(".message--out[data-line]")).to_have_count(2)
    assert shown(page) == said() == ["First", "Second\nof two"]


def test_what_could_not_be_sent_stays_and_is_sent_again_once(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    page.route(SEND, lambda route: route.abort())
    say(page, "Lost on the way")
    say(page, "So is this")
    expect(unsent(page)).to_have_count(2)
    expect(page.locator("[data-part=announce]")).to_have_text("not sent")
    # It stays with its text over a reload and where another ticket was looked at.
    page.reload()
    expect(page.locator("[data-pending]")).to_have_count(2)
    assert shown(page) == ["Lost on the way", "So is this"]
    assert said() == []
    # The other side goes on; what waits stays at the end.
    desk.message(ticket, "Are you there?")
    expect(page.locator(".message--in")).to_be_visible()
    expect(page.locator("[data-part=lines] > :last-child [data-do=resend]")).to_be_visible()
    page.unroute(SEND)
    # Sending the later one again sends what was written before it first.
    page.get_by_role("button", name="Send again").last.click()
    expect(page.locator("[data-pending]")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    assert shown(page) == said() == ["Lost on the way", "So is this"]
    page.reload()
    expect(page.locator(".message--out[data-line]")).to_have_count(2)
    expect(page.locator("[data-pending]")).to_have_count(0)


def test_a_lost_answer_does_not_double_the_message(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    # The page hears nothing meanwhile: neither the answer nor the event that the message is there.
    page.route("**/lines/**", lambda route: route.abort())

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(SEND, lose_the_answer)
    say(page, "Only once")
    expect(unsent(page)).to_be_visible()
    assert said() == ["Only once"]
    page.unroute(SEND)
    with page.expect_response(SEND) as second:
        page.get_by_role("button", name="Send again").click()
    assert second.value.ok
    expect(unsent(page)).to_have_count(0)
    page.unroute("**/lines/**")
    page.reload()
    expect(page.locator(".message--out")).to_have_count(1)
    assert shown(page) == said() == ["Only once"]


def test_a_message_whose_answer_was_lost_is_known_by_its_line(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(SEND, lose_the_answer)
    say(page, "It arrived")
    expect(page.locator(".message--out[data-line] .bubble")).to_have_text("It arrived")
    expect(page.locator("[data-pending]")).to_have_count(0)
    assert said() == ["It arrived"]


def test_what_is_refused_goes_back_to_the_composer(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    held = Held(page)
    say(page, "One")
    say(page, "Two")
    expect(page.locator("[data-pending]")).to_have_count(2)
    desk.close(ticket)
    held.release()
    # The first is back where it can be made a note of or thrown away; the second would overwrite it and stays.
    expect(unsent(page)).to_contain_text("closed")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(page.get_by_role("textbox")).to_have_value("One")
    expect(page.locator("[data-pending] .bubble")).to_have_text(["Two"])
    assert said() == []


def test_what_could_not_be_sent_is_changed_or_thrown_away(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    composer = page.get_by_role("textbox", name="Write an answer")
    page.route(SEND, lambda route: route.abort())
    say(page, "Wrong wrods")
    say(page, "Never mind")
    expect(unsent(page)).to_have_count(2)
    page.get_by_role("button", name="Discard").last.click()
    expect(unsent(page)).to_have_count(1)
    expect(composer).to_be_focused()
    # Not over what is being written.
    composer.fill("Something else")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_text("Send or clear what you are writing first.")).to_be_visible()
    composer.fill("")
    page.get_by_role("button", name="Edit").click()
    expect(composer).to_have_value("Wrong wrods")
    expect(page.locator("[data-pending]")).to_have_count(0)
    page.unroute(SEND)
    say(page, "Right words")
    expect(page.locator(".message--out[data-line]")).to_have_count(1)
    assert said() == ["Right words"]
