"""A colleague of the queue is mentioned, sees the ticket by it, takes part by notes, and loses it with the place."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import OpenDesk
from tests.builders import Desk, take_off
from tickets.models import EventKind, Message, MessageKind, Ticket

from .test_back_browser import BOTH, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(page: Page, name: str) -> None:
    """Keep a picture of what is shown, where somebody asks for it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@BOTH
def test_the_whole_story_at_two_desks(desk: Desk, open_desk: OpenDesk, device: dict) -> None:
    where = "phone" if device is PHONE else "wide"
    ana, manager = desk.agent_online(), desk.manager()
    bruno = desk.agent()
    ticket: Ticket = desk.open_ticket("maria")
    desk.message(ticket, "My parcel is blue")
    desk.reply(ticket, ana, "We look for it")
    hers = open_desk(ana, ticket, **device)
    his = open_desk(bruno, **device)
    entry = his.locator(f"[data-part=worklist] a[data-ticket='{ticket.pk}']")
    expect(entry).to_have_count(0)

    # Who sees the ticket is offered first; of who doesn't yet, that they will by this.
    hers.get_by_role("button", name="Note", exact=True).click()
    field = hers.locator("form[data-composer] textarea")
    field.press_sequentially("Blue ones are yours, @")
    options = hers.get_by_role("listbox", name="Colleagues you can mention").get_by_role("option")
    expect(options).to_have_count(3)
    expect(options.filter(has_text=manager.name)).not_to_contain_text("will see")
    expect(options.last).to_contain_text(bruno.name)
    expect(options.last).to_contain_text("will see the ticket by this")
    picture(hers, f"suggestions-{where}")
    options.last.click()
    field.press_sequentially("please look")
    hers.keyboard.press("Control+Enter")
    expect(hers.locator(".system", has_text="mentioned")).to_contain_text(
        f"{ana.name} mentioned {bruno.name}, who can now see this ticket."
    )
    picture(hers, f"recorded-{where}")

    # His page tells him at once, and lists the ticket.
    expect(his.locator("#toasts")).to_contain_text(f"{ana.name} mentions you in the ticket of Maria.")
    expect(entry).to_be_visible()
    expect(his.locator("details[data-fold=mentioned] summary")).to_contain_text("You are mentioned")
    picture(his, f"list-{where}")
    his.get_by_role("button", name="Mentions of you 1").click()
    his.locator("[data-mentions]").get_by_role("link", name="Maria").click()
    note = Message.objects.get(ticket=ticket, kind=MessageKind.NOTE)
    his.wait_for_url(f"**/desk/{ticket.pk}/?note={note.pk}")
    expect(his.locator(f"[data-line='{note.pk}'][data-calls=seen]")).to_be_attached()
    expect(his.locator("body[data-live-state=open]")).to_be_attached()

    # He reads along, live, and writes notes; nothing else is offered.
    desk.message(ticket, "With white dots")
    expect(his.locator("[data-part=lines]")).to_contain_text("With white dots")
    expect(his.get_by_text("You can read along and leave notes.")).to_be_visible()
    for action in ("Close", "Transfer", "Take", "Take over"):
        expect(his.locator("[data-part=conversation]").get_by_role("button", name=action, exact=True)).to_have_count(
            0
        )
    expect(his.get_by_role("textbox")).to_have_count(0)
    his.get_by_role("button", name="Note", exact=True).click()
    his.locator("form[data-composer] textarea").fill("It is in my van")
    his.keyboard.press("Control+Enter")
    expect(his.locator(".message--note", has_text="It is in my van")).to_be_visible()
    expect(hers.locator(".message--note", has_text="It is in my van")).to_be_visible()
    expect(hers.locator("[data-part=present]")).to_contain_text(bruno.name)
    picture(his, f"ticket-{where}")

    # Without the place on the queue it is gone at once.
    take_off(desk.queue, bruno)
    expect(his.get_by_text("This ticket is no longer with you", exact=True)).to_be_visible()
    expect(entry).to_have_count(0)
    picture(his, f"gone-{where}")
    kinds = list(ticket.events.order_by("number").values_list("kind", flat=True))
    assert kinds.count(EventKind.MENTIONED) == 1
