"""The list of tickets by keyboard, what input methods do, and what stays out of the way (docs/desk.md)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orgs.models import User
from tests.browsing import OpenDesk, until
from tests.builders import Desk, fresh
from tickets import operations
from tickets.models import DeliveryState, Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The key of the focused entry of the list.
KEY = "document.activeElement.dataset.key"


def test_the_list_is_one_tab_stop_in_which_arrows_move(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online(limit=5)
    mine = [desk.open_ticket(f"mine {number}") for number in range(3)]
    # What comes now waits, and there is room to take it.
    desk.status(agent, "paused")
    waiting = [desk.open_ticket(f"waiting {number}") for number in range(12)]
    page = open_desk(agent)
    keys = page.evaluate("window.weniDesk.items().map((item) => item.dataset.key)")
    assert len(keys) == len(mine) + len(waiting)
    page.locator(f"a[data-key='{keys[1]}']").click()
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    # Back from the composer: a few stops, whatever the number of tickets.
    page.locator(f"a[data-key='{keys[1]}']").focus()
    for _stop in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-part=worklist] *')"):
            continue
        break
    assert not page.evaluate("document.activeElement.matches('[data-part=worklist] *')")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(KEY) == keys[1]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(KEY) == keys[2]
    page.keyboard.press("ArrowDown")  # the head of the queue
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(KEY) == keys[3]
    # Its button follows it.
    page.keyboard.press("Tab")
    assert page.evaluate(KEY) == f"take-{keys[3]}"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(KEY) == keys[4]
    page.keyboard.press("End")
    assert page.evaluate(KEY) == keys[-1]
    page.keyboard.press("Home")
    assert page.evaluate(KEY) == keys[0]
    # The place stays when the list is fetched again.
    page.keyboard.press("ArrowDown")
    desk.open_ticket("one more")
    expect(page.locator("a[data-ticket]")).to_have_count(len(keys) + 1)
    assert page.evaluate(KEY) == keys[1]
    page.keyboard.press("Enter")
    expect(page.locator("[data-desk]")).to_have_attribute("data-open", keys[1])


def in_view(page: Page, ticket: Ticket) -> bool:
    """Whether the list shows a ticket without scrolling."""
    return page.evaluate(
        """(id) => {
          const box = document.querySelector("[data-part=worklist]").getBoundingClientRect();
          const item = document.querySelector(`a[data-ticket="${id}"]`).getBoundingClientRect();
          return item.top >= box.top - 1 && item.bottom <= box.bottom + 1;
        }""",
        str(ticket.pk),
    )


def test_the_open_ticket_stays_in_view_where_it_moves(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online(limit=30)
    tickets = [desk.open_ticket(f"ticket {number}") for number in range(20)]
    for number, ticket in enumerate(tickets):
        desk.message(ticket, now=timezone.now() - timedelta(minutes=60 - number))
    page = open_desk(agent, tickets[-1], viewport={"width": 1440, "height": 700})
    until(page, lambda: in_view(page, tickets[-1]))
    # An older question comes to light: it goes to the top.
    Ticket.objects.filter(pk=tickets[-1].pk).update(unanswered_since=timezone.now() - timedelta(hours=3))
    desk.message(tickets[0], "And?")
    until(page, lambda: page.evaluate("window.weniDesk.items()[0].dataset.ticket") == str(tickets[-1].pk))
    until(page, lambda: in_view(page, tickets[-1]))
    # Whoever scrolls away is left there.
    page.locator("[data-part=worklist]").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    desk.message(tickets[1], "And now?")
    expect(page.locator(f"a[data-ticket='{tickets[1].pk}'] .ticket__preview")).to_have_text("And now?")
    assert not in_view(page, tickets[-1])


COMPOSED = """(field) => {
  for (const values of [{ isComposing: true, keyCode: 13 }, { isComposing: false, keyCode: 229 }]) {
    const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...values });
    field.dispatchEvent(event);
    if (event.defaultPrevented) throw new Error("taken");
  }
}"""


def test_enter_that_ends_a_composition_sends_nothing(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    page = open_desk(agent, ticket)
    composer = page.get_by_role("textbox", name="Write an answer")
    composer.fill("にほんご")
    composer.evaluate(COMPOSED)
    expect(composer).to_have_value("にほんご")
    page.get_by_role("button", name="Note", exact=True).click()
    page.get_by_role("textbox", name="Write a note").evaluate(COMPOSED)
    page.locator("[data-part=head] [data-do=close]").click()
    search = page.get_by_role("dialog").get_by_role("searchbox")
    search.fill("comp")
    search.evaluate(COMPOSED)
    expect(search).to_have_value("comp")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search and go to")
    field.fill("history")
    expect(page.get_by_role("option").first).to_be_visible()
    field.evaluate(COMPOSED)
    page.wait_for_timeout(300)
    assert "/desk/" in page.url
    assert Message.objects.filter(ticket=ticket).exclude(text="").count() == 0
    assert fresh(ticket).status == "active"


def test_an_answer_that_does_not_leave_is_shown_as_delayed(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    ticket = desk.open_ticket(callback_url="https://flows.example.org/callback")
    desk.reply(ticket, agent, "on its way")
    assert Message.objects.get(text="on its way").delivery == DeliveryState.SENDING
    page = open_desk(agent, ticket)
    delivery = page.locator(".message--out .delivery")
    expect(delivery).to_have_text("sending", use_inner_text=True)
    expect(delivery).to_have_attribute("data-state", "sending")
    page.clock.install()
    page.reload()
    page.clock.run_for(70_000)
    expect(delivery).to_have_attribute("data-state", "delayed")
    expect(delivery).to_have_text("delayed, trying again", use_inner_text=True)
    # The server says the same.
    early = timezone.now() - timedelta(seconds=61)
    Message.objects.filter(text="on its way").update(created_on=early, stored_at=early)
    other = open_desk(agent, ticket)
    expect(other.locator(".message--out .delivery")).to_have_attribute("data-state", "delayed")
    expect(other.locator(".message--out .delivery")).to_have_text("delayed, trying again", use_inner_text=True)


@pytest.mark.parametrize(
    "device", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "phone"]
)
def test_toasts_cover_neither_head_nor_composer_and_go(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket, device: dict
) -> None:
    page = open_desk(agent, ticket, viewport=device)
    page.evaluate(
        """() => { for (const level of ["info", "danger", "warning", "success", "danger"])
             window.weni.showToast({ level, text: "What takes more than one line to say on a narrow phone." }); }"""
    )
    expect(page.locator(".toast-note")).not_to_have_count(0)
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null))).then(() => 1)")
    covered = page.evaluate(
        """() => {
          const boxes = (part) => [...document.querySelectorAll(part)].map((one) => one.getBoundingClientRect());
          const meet = (one, other) => one.right > other.left && one.left < other.right
            && one.bottom > other.top && one.top < other.bottom;
          const toasts = boxes(".toast-note");
          return [".bar", "[data-part=head]", "form[data-composer]", ".desk__contact"].filter(
            (part) => boxes(part).some((box) => toasts.some((toast) => meet(toast, box))));
        }"""
    )
    assert covered == []


def test_toasts_go_by_themselves_unless_one_is_at_them(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    page = open_desk(agent)
    page.clock.install()
    page.evaluate("window.weni.showToast({ level: 'danger', text: 'First' })")
    page.evaluate("window.weni.showToast({ level: 'info', text: 'Second' })")
    second = page.locator(".toast-note", has_text="Second")
    second.hover()
    page.clock.run_for(60_000)
    expect(page.locator(".toast-note", has_text="First")).to_have_count(0)
    expect(second).to_be_visible()
    second.get_by_role("button", name="Close").focus()
    page.mouse.move(5, 5)
    page.clock.run_for(60_000)
    expect(second).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.clock.run_for(60_000)
    expect(second).to_have_count(0)


def test_a_ticket_handed_on_is_not_asked_for_any_more(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    other = desk.add_queue("Elsewhere")
    page = open_desk(agent, ticket)
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    page.wait_for_timeout(1_500)  # its presence is told
    page.locator("[data-part=head] [data-do=transfer]").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Elsewhere").click()
    dialog.get_by_role("button", name="Transfer").click()
    expect(page.locator("[data-desk]")).to_have_attribute("data-open", "")
    until(page, lambda: fresh(ticket).queue_id == other.pk)
    operations.take(ticket.pk, by=desk.by(desk.manager()))
    page.wait_for_timeout(3_000)
    assert refused == []
