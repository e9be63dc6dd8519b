"""Acting on tickets in a real browser, by keys where keys are promised: closing, handing on, taking."""

import pytest
from playwright.sync_api import Page, expect

from orgs.models import User
from tags import operations as tags
from tests.browsing import Browse
from tests.builders import Desk, fresh
from tickets import operations
from tickets.models import Assignment, EventKind, Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def at_desk(browse: Browse, desk: Desk, user: User, ticket: Ticket | None = None) -> Page:
    """Return somebody's desk, listening."""
    page = browse(user, f"/projects/{desk.project.pk}/desk/{f'{ticket.pk}/' if ticket else ''}")
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    return page


def press(page: Page, *keys: str) -> int:
    """Press keys one after the other, as fast as the page takes them; returns how many."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def test_a_ticket_is_closed_in_four_keystrokes(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online(limit=3)
    tags.add_tags(desk.sector, ["Refund", "Already solved"], by=desk.by())
    first, second = desk.open_ticket("first"), desk.open_ticket("second")
    page = at_desk(browse, desk, agent, first)
    search = page.get_by_role("dialog").get_by_role("searchbox")

    # Out of the list: the shortcut, a letter, the marked tag, done.
    pressed = press(page, "c")
    expect(search).to_be_focused()
    pressed += press(page, "r", "Enter", "Enter")
    expect(page.locator(".conversation__name")).to_have_text("Second")
    assert pressed == 4
    closed = fresh(first)
    # "r" begins Refund and Resolved and is in others; the first that begins so is taken.
    assert (closed.status, [tag.name for tag in closed.tags.all()]) == ("closed", ["Resolved"])

    # Out of the composer: leave it, the shortcut, a letter, both at once. What was used of late comes first.
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    pressed = press(page, "Escape", "c")
    expect(search).to_be_focused()
    groups = page.locator("dialog[open] fieldset legend")
    expect(groups).to_have_text(["Recently used", "Other tags"])
    expect(page.locator("dialog[open] fieldset").first.locator("label")).to_have_text(["Resolved"])
    pressed += press(page, "a", "Control+Enter")
    expect(page.get_by_text("Choose a ticket")).to_be_visible()
    assert pressed == 4
    assert [tag.name for tag in fresh(second).tags.all()] == ["Already solved"]


def test_arrows_go_through_the_tags_and_the_search_keeps_what_is_chosen(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    tags.add_tags(desk.sector, ["Refund"], by=desk.by())
    ticket = desk.open_ticket()
    page = at_desk(browse, desk, agent, ticket)
    press(page, "c")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    press(page, "ArrowDown", "ArrowDown", "Space")
    expect(dialog.get_by_role("checkbox", name="Complaint")).to_be_checked()
    press(page, "ArrowUp", "ArrowUp")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("nothing like this")
    expect(dialog.get_by_role("checkbox", name="Complaint")).to_be_visible()
    expect(dialog.get_by_role("checkbox", name="Refund")).to_be_hidden()
    # Nothing is left to choose: Enter neither chooses nor closes.
    press(page, "Enter", "Control+Enter")
    expect(dialog.get_by_role("searchbox")).to_have_value("nothing like this")
    # What would have been sent would have been answered by now.
    dialog.get_by_role("searchbox").fill("")
    expect(dialog.get_by_role("checkbox", name="Refund")).to_be_visible()
    assert fresh(ticket).status == "active"


def test_a_transfer_shows_lines_and_loads_and_is_done_by_keys(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online(limit=2)
    free, full = desk.agent(), desk.agent()
    ticket = desk.open_ticket("caller", wanted_agent=agent)
    for user in (full, free):
        desk.status(user, "online")
    for name in ("one", "two"):
        desk.open_ticket(name, wanted_agent=full)
    billing = desk.add_queue("Billing")
    for name in ("three", "four"):
        desk.open_ticket(name, queue=billing)
    page = at_desk(browse, desk, agent, ticket)
    press(page, "t")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    # Queues first; people by a key more.
    expect(dialog.get_by_role("button", name="Queues")).to_have_attribute("aria-pressed", "true")
    expect(dialog.get_by_role("radio", name="Billing")).to_be_visible()
    expect(dialog.get_by_role("radio", name=free.name)).to_be_hidden()
    press(page, "Tab", "Tab", "Enter")
    expect(dialog.get_by_role("radio", name="Billing")).to_be_hidden()
    expect(dialog.locator("label", has_text=free.name)).to_contain_text("0/2")
    expect(dialog.locator("label", has_text=free.name)).to_contain_text("free")
    expect(dialog.locator("label", has_text=full.name)).to_contain_text("2/2")
    expect(dialog.get_by_role("radio", name=full.name)).to_be_disabled()
    expect(dialog.locator("label", has_text="Billing")).to_contain_text("2 wait")
    expect(dialog.locator("label", has_text="Billing")).to_contain_text("nobody online")

    # Meanwhile the free agent's places are taken: the refusal keeps what was chosen and typed.
    dialog.get_by_role("radio", name=free.name).check()
    dialog.get_by_label("Note for the next agent").fill("Wants the invoice of May")
    desk.limit(1)
    desk.overfull = True  # a limit that is lowered takes nothing away
    desk.open_ticket("five", wanted_agent=free)
    dialog.get_by_role("button", name="Transfer").click()
    expect(dialog.get_by_role("alert")).to_contain_text("can't take the ticket now")
    expect(dialog.get_by_label("Note for the next agent")).to_have_value("Wants the invoice of May")
    assert fresh(ticket).agent == agent

    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("bil")
    press(page, "Control+Enter")
    expect(page.locator(f"a[data-ticket='{ticket.pk}']")).to_have_count(0)
    now = fresh(ticket)
    assert (now.queue, now.agent) == (billing, None)
    assert Message.objects.get(ticket=ticket).text == "Wants the invoice of May"


def test_a_manager_gives_a_waiting_ticket_over_the_limit_after_a_question(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online(limit=1)
    desk.open_ticket("first")
    waiting = desk.open_ticket("second")
    desk.overfull = True
    page = at_desk(browse, desk, desk.manager(), waiting)
    press(page, "t")
    dialog = page.locator("dialog[data-part=dialog]")
    dialog.get_by_role("button", name="People").click()
    dialog.get_by_role("radio", name=agent.name).check()
    dialog.get_by_role("button", name="Transfer").click()
    question = page.locator("#confirm")
    expect(question).to_contain_text(f"{agent.name} is at the limit (1 of 1).")
    question.get_by_role("button", name="Cancel").click()
    assert fresh(waiting).status == "waiting"
    dialog.get_by_role("button", name="Transfer").click()
    question.get_by_role("button", name="Transfer").click()
    expect(page.get_by_text("The ticket is transferred.")).to_be_visible()
    assert fresh(waiting).agent == agent
    assert Assignment.objects.get(ticket=waiting).over_limit
    assert waiting.events.filter(kind=EventKind.ASSIGNED, data__over_limit=True).exists()


def test_of_two_who_take_the_loser_reads_who_was_faster(desk: Desk, browse: Browse) -> None:
    one, two = desk.agent(), desk.agent()
    ticket = desk.open_ticket("wanted")
    page = at_desk(browse, desk, two)
    button = page.get_by_role("button", name="Take the ticket of Wanted")
    expect(button).to_be_visible()
    # The page does not hear of it in time.
    page.route("**/worklist/**", lambda route: route.abort())
    operations.take(ticket.pk, by=desk.by(one))
    button.click()
    expect(page.locator("#toasts-urgent")).to_contain_text(f"{one.name} was faster and has this ticket.")
    assert fresh(ticket).agent == one


def test_a_manager_reads_along_without_marking_read_and_takes_over(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("caller")
    desk.message(ticket, "Anybody there?")
    manager = desk.manager()
    page = at_desk(browse, desk, manager, ticket)
    expect(page.locator(".message--in .bubble")).to_have_text(["Anybody there?"])
    desk.message(ticket, "Hello?")
    expect(page.locator(".message--in .bubble")).to_have_text(["Anybody there?", "Hello?"])
    assert fresh(ticket).unread_count == 2
    assert not Message.objects.filter(ticket=ticket).exclude(seen_at=None).exists()
    press(page, "a")
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    assert fresh(ticket).agent == manager
    assert Assignment.objects.filter(ticket=ticket, agent=agent, ended="taken_over").exists()


def test_why_this_agent_and_why_it_waits_in_every_state(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online(limit=1)
    active, waiting = desk.open_ticket("first"), desk.open_ticket("second")
    manager = desk.manager()
    page = at_desk(browse, desk, manager, active)
    side = page.locator("[data-part=side]")
    expect(side).to_contain_text(
        f"{agent.name} was the only one of the queue who was online and had room.", timeout=15_000
    )
    page.goto(f"/projects/{desk.project.pk}/desk/{waiting.pk}/")
    reason = side.get_by_text("The agent who is online is at the limit.")
    expect(side).not_to_contain_text("Why this agent?")
    expect(reason).to_be_hidden()
    side.get_by_text("Why is this waiting?").click()
    expect(reason).to_be_visible()
    # It stays open, on this page and on the next.
    page.reload()
    expect(reason).to_be_visible()

    # Live: it says otherwise as soon as it is otherwise.
    desk.status(agent, "paused", reason="Lunch")
    expect(side.get_by_text("paused: Lunch")).to_be_visible()
    operations.take(waiting.pk, by=desk.by(manager))
    expect(side).to_contain_text(f"{manager.name} took the ticket from the queue.")
    expect(side).not_to_contain_text("Why is this waiting?")
    desk.close(waiting)
    expect(side).to_contain_text("Closed")
    expect(side).to_contain_text(f"{manager.name} took the ticket from the queue.")


def test_a_colleague_is_called_in_a_note_and_comes_to_it_from_any_page(desk: Desk, browse: Browse) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket("caller")
    for i in range(70):
        desk.message(ticket, f"message {i}")
    elsewhere = browse(manager, f"/projects/{desk.project.pk}/history/")
    expect(elsewhere.locator("body[data-live-state=open]")).to_be_attached()
    page = at_desk(browse, desk, agent, ticket)
    press(page, "Escape", "n")
    page.keyboard.type("Do you know this, @mana")
    option = page.get_by_role("listbox", name="Colleagues you can mention").get_by_role("option")
    expect(option).to_have_count(1)
    expect(option).to_contain_text(manager.name)
    press(page, "Enter")
    page.keyboard.type("please?")
    press(page, "Enter")
    expect(page.locator(".message--note[data-line] .mention")).to_have_text(f"@{manager.name}")
    note = Message.objects.get(ticket=ticket, kind="note")
    assert note.text == f"Do you know this, @{manager.name} please?"

    # The other page hears of it at once, and the list leads to the note, which then counts as seen.
    expect(elsewhere.locator("#toasts")).to_contain_text(f"{agent.name} mentions you in the ticket of Caller.")
    for i in range(70):
        desk.message(ticket, f"afterwards {i}")
    elsewhere.get_by_role("button", name="Mentions of you 1").click()
    elsewhere.get_by_role("link", name="Caller").click()
    elsewhere.wait_for_url(f"**/desk/{ticket.pk}/?note={note.pk}")
    expect(elsewhere.locator(f"[data-line='{note.pk}']")).to_be_focused(timeout=15_000)
    expect(elsewhere.locator(f"[data-line='{note.pk}'][data-calls=seen]")).to_be_attached()
    expect(elsewhere.locator("[data-mentions] .count")).to_have_count(0)
    assert note.mentions.get().seen_at is not None
