"""What one is typing survives whatever others do, and leaves the machine with its author (docs/desk.md, Drafts)."""

import re
from contextlib import suppress

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Error, Locator, Page, Route, expect

from orgs.models import User
from tests.browsing import Browse, OpenDesk, until
from tests.builders import Desk, fresh
from tickets import operations
from tickets.models import Message, MessageKind, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "Half an answer,\non two lines"
PASSWORD = "a-long-password-of-the-test"


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Write an answer")


def kept(page: Page) -> Locator:
    return page.get_by_role("textbox", name="What you wrote")


def type_into(page: Page, text: str = TEXT) -> None:
    composer(page).fill(text)


def stored(page: Page) -> list[str]:
    """What of this person the browser keeps."""
    return page.evaluate(
        "Object.keys(localStorage).filter((key) => /^weni:(draft|unsent|files|mentions):/.test(key))"
    )


def answers() -> list[str]:
    return list(Message.objects.filter(kind=MessageKind.AGENT).order_by("number").values_list("text", flat=True))


def take_from_it(page: Page, text: str = TEXT) -> None:
    """The text is in sight, has the focus, and can be copied."""
    expect(kept(page)).to_have_value(text)
    expect(kept(page)).to_be_focused()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("group", name="What you wrote").get_by_role("button", name="Copy").click()
    expect(page.locator(".toast-note")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == text


def test_a_colleague_takes_the_ticket_while_one_types(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    manager = desk.manager()
    page = open_desk(agent, ticket)
    refused: list[str] = []
    asked = page.context
    asked.on("response", lambda got: refused.append(got.url) if got.status == 404 else None)
    type_into(page)
    composer(page).focus()
    operations.take(ticket.pk, by=desk.by(manager))
    expect(page.get_by_text("This ticket is no longer with you", exact=True)).to_be_visible()
    take_from_it(page)
    # Whether it is gone was asked; of what is gone nothing more is, once what was on its way has come.
    page.wait_for_timeout(2_000)
    refused.clear()
    page.wait_for_timeout(1_500)
    assert refused == []
    # It comes back, and so does the draft.
    operations.transfer_to_agent(ticket.pk, agent, by=desk.by(manager))
    expect(composer(page)).to_have_value(TEXT)


def test_a_colleague_closes_the_ticket_while_one_types(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    type_into(page)
    composer(page).focus()
    desk.close(ticket)
    expect(page.locator("[data-part=instead]")).to_contain_text("This ticket is closed.")
    take_from_it(page)
    # By the sentence above the composer, or by the line of the conversation that comes at the same moment.
    expect(page.locator("[data-part=announce]")).to_have_text(re.compile(r"ticket is closed|closed the ticket"))
    # What was an answer can be a note.
    page.get_by_role("button", name="Make it a note").click()
    note = page.get_by_role("textbox", name="Write a note")
    expect(note).to_have_value(TEXT)
    expect(kept(page)).to_be_hidden()
    note.press("Enter")
    expect(page.locator(".message--note[data-line] .bubble")).to_have_text(TEXT)
    expect(kept(page)).to_be_hidden()
    assert stored(page) == []


def test_messages_that_did_not_leave_are_kept_with_a_lost_ticket(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    page.route("**/messages/", lambda route: route.abort())
    type_into(page, "did not leave")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send again")).to_be_visible()
    type_into(page, "was being written")
    operations.take(ticket.pk, by=desk.by(desk.manager()))
    expect(kept(page)).to_have_value("did not leave\n\nwas being written")


def test_two_tabs_with_one_ticket_do_not_erase_each_others_drafts(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    one = open_desk(agent, ticket)
    two = one.context.new_page()
    two.goto(one.url)
    expect(two.locator("body[data-live-state=open]")).to_be_attached()
    type_into(one, "from the first")
    type_into(two, "from the second")
    one.bring_to_front()
    composer(one).press("Enter")
    expect(one.locator(".message--out[data-line]")).to_be_visible()
    expect(composer(one)).to_have_value("")
    expect(composer(two)).to_have_value("from the second")
    two.reload()
    expect(composer(two)).to_have_value("from the second")
    # The other way round: what is stored is what was sent, but the other tab has a text of its own.
    type_into(one, "third")
    type_into(two, "fourth")
    composer(two).press("Enter")
    expect(two.locator(".message--out[data-line]")).to_have_count(2)
    one.reload()
    expect(composer(one)).to_have_value("third")
    assert answers() == ["from the first", "fourth"]


def end_session(user: User) -> None:
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def to_sign_in(page: Page) -> None:
    """Wait until the page has noticed the end of its session; something makes it ask, unless it is going already."""
    with suppress(Error):
        page.evaluate("setTimeout(window.weniDesk.refreshList)")
    expect(page.get_by_label("E-mail address")).to_be_visible()


def sign_in(page: Page, user: User) -> None:
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def test_the_session_ends_and_nothing_is_lost(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    with_password(agent)
    page = open_desk(agent, ticket)
    type_into(page, "sent without a session")
    end_session(agent)
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail address")).to_be_visible()
    sign_in(page, agent)
    expect(page.locator("[data-pending] .bubble")).to_have_text("sent without a session")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".message--out[data-line]")).to_have_count(1)
    assert answers() == ["sent without a session"]
    type_into(page)
    end_session(agent)
    to_sign_in(page)
    sign_in(page, agent)
    expect(composer(page)).to_have_value(TEXT)


def test_drafts_leave_with_their_author(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    with_password(agent)
    page = open_desk(agent, ticket)
    type_into(page)
    assert len(stored(page)) == 1
    # A sign-out that did not arrive takes nothing.
    page.route("**/accounts/logout/", lambda route: route.abort())
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.unroute("**/accounts/logout/")
    page.goto(f"/projects/{desk.project.pk}/desk/{ticket.pk}/")
    expect(composer(page)).to_have_value(TEXT)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail address")).to_be_visible()
    until(page, lambda: stored(page) == [])


def test_drafts_are_not_for_the_next_person(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    other = with_password(desk.agent(desk.queue))
    page = open_desk(agent, ticket)
    type_into(page)
    end_session(agent)
    to_sign_in(page)
    assert len(stored(page)) == 1
    sign_in(page, other)
    expect(page.get_by_role("button", name="Your account")).to_be_visible()
    until(page, lambda: stored(page) == [])


def test_closing_asks_before_it_throws_a_draft_away(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    type_into(page)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    page.get_by_role("searchbox").fill("comp")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    question = page.get_by_role("dialog", name="Close with a draft?")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    expect(dialog).to_be_visible()
    assert fresh(ticket).status == "active"
    dialog.get_by_role("button", name="Close the ticket").click()
    question.get_by_role("button", name="Close anyway").click()
    expect(page.get_by_text("is closed.").first).to_be_visible()
    assert fresh(ticket).status == "closed"
    assert stored(page) == []


def test_a_message_on_its_way_is_no_draft_and_arrives_before_its_ticket_closes(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/messages/", hold)
    type_into(page)
    composer(page).press("Enter")
    until(page, lambda: len(held) == 1)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Complaint").check()
    page.keyboard.press("Control+Enter")
    expect(dialog.locator("form[aria-busy]")).to_be_visible()
    assert fresh(ticket).status == "active"
    # It can't leave: what was written is asked about, as any draft.
    held.pop().abort()
    question = page.get_by_role("dialog", name="Close with a draft?")
    question.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    page.unroute("**/messages/")
    page.route("**/messages/", lambda route: (page.wait_for_timeout(600), route.continue_()))
    page.get_by_role("button", name="Send again").click()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    dialog.get_by_label("Complaint").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("is closed.").first).to_be_visible()
    assert fresh(ticket).status == "closed"
    assert answers() == [TEXT]
    assert stored(page) == []


def test_closing_several_asks_too(desk: Desk, browse: Browse) -> None:
    manager = desk.manager()
    desk.agent_online(limit=5)
    tickets = [desk.open_ticket(name) for name in ("first", "second")]
    for ticket in tickets:
        operations.take(ticket.pk, by=desk.by(manager))
    page = browse(manager, f"/projects/{desk.project.pk}/desk/{tickets[0].pk}/")
    type_into(page)
    page.goto(f"/projects/{desk.project.pk}/lines/?state=active")
    page.locator("[data-all]").check()
    page.get_by_role("region", name="With the chosen tickets").get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_label("Resolved").check()
    page.get_by_role("button", name="Close the tickets").click()
    page.get_by_role("dialog", name="Close with drafts?").get_by_role("button", name="Close anyway").click()
    expect(page.get_by_role("button", name="Done")).to_be_visible()
    until(page, lambda: all(fresh(ticket).status == "closed" for ticket in tickets))
    assert stored(page) == []


def test_drafts_are_marked_in_the_list(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    other = desk.open_ticket("other")
    page = open_desk(agent, ticket)
    desk.message(ticket, "A question")
    type_into(page, "Half an answer")

    def preview(one: Ticket) -> Locator:
        return page.locator(f"a[data-ticket='{one.pk}'] .ticket__preview")

    expect(preview(ticket)).to_have_text("A question")
    page.locator(f"a[data-ticket='{other.pk}']").click()
    expect(preview(ticket)).to_have_text("Draft: Half an answer")
    # It stays when the list is fetched again, and ends with the draft.
    desk.message(ticket, "Another one")
    expect(page.locator(f"a[data-ticket='{ticket.pk}'] .count")).to_contain_text("1")
    expect(preview(ticket)).to_have_text("Draft: Half an answer")
    page.locator(f"a[data-ticket='{ticket.pk}']").click()
    expect(preview(ticket)).to_have_text("Another one")
    composer(page).fill("")
    page.locator(f"a[data-ticket='{other.pk}']").click()
    expect(preview(ticket)).to_have_text("Another one")
