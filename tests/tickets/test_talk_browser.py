"""Long conversations, searching in them, emoji and who else is there, in a real browser (docs/desk.md)."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from orgs.models import User
from tests.browsing import OpenDesk, assert_accessible, at_noon, until
from tests.builders import Desk, fresh
from tickets.models import Message, Presence, Ticket

from .desk_tools import talked

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINES = "[data-part=lines]"
TOP_OF = "(one) => document.querySelector(`[data-line='${one}']`).getBoundingClientRect().top"


def numbers(page: Page) -> list[int]:
    return page.eval_on_selector_all(f"{LINES} [data-number]", "all => all.map((one) => Number(one.dataset.number))")


def scroll(page: Page, top: int) -> None:
    page.locator(LINES).evaluate("(box, top) => { box.scrollTop = top; }", top)


def test_the_end_stays_in_view_where_a_keyboard_takes_half_of_the_screen(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    rows = talked(ticket, 40)
    page = open_desk(agent, ticket, viewport={"width": 360, "height": 780})
    expect(page.locator(".bubble").last).to_be_in_viewport()
    page.set_viewport_size({"width": 360, "height": 420})
    expect(page.locator(".bubble").last).to_be_in_viewport(ratio=1)
    # Who reads further up stays there.
    scroll(page, 60)
    above = page.locator(f"[data-line='{rows[1].pk}']")
    expect(above).to_be_in_viewport()
    page.set_viewport_size({"width": 360, "height": 400})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(above).to_be_in_viewport()


def test_ten_thousand_messages_open_at_their_end_and_load_upwards(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    rows = talked(ticket, 10_000)
    page = open_desk(agent, ticket)
    expect(page.locator(".bubble").last).to_have_text("message 9999")
    expect(page.locator(".bubble").last).to_be_in_viewport()
    assert len(numbers(page)) == 50
    # What is in view stays where it is while earlier lines come above it.
    first = str(rows[-50].pk)
    before = page.locator(LINES).evaluate(
        "(box, first) => { box.scrollTop = 60;"
        " return document.querySelector(`[data-line='${first}']`).getBoundingClientRect().top; }",
        first,
    )
    expect(page.locator(f"[data-line='{rows[-100].pk}']")).to_be_attached()
    assert abs(page.evaluate(TOP_OF, first) - before) < 2
    shown = numbers(page)
    assert shown == list(range(shown[0], rows[-1].number + 1))
    # The button does the same by keys, and the focus goes on to the next one.
    scroll(page, 2_000)
    page.get_by_role("button", name="Earlier messages").evaluate("(button) => button.focus({ preventScroll: true })")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-line='{rows[-150].pk}']")).to_be_attached()
    expect(page.get_by_role("button", name="Earlier messages")).to_be_focused()
    # What comes meanwhile does not move the reader; the way to it is offered.
    scroll(page, 2_000)
    desk.message(ticket, "the newest")
    page.get_by_role("button", name="New messages").click()
    expect(page.locator(".bubble", has_text="the newest")).to_be_in_viewport()


def test_words_are_found_far_above_and_the_way_back_leads_to_the_end(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    rows = talked(ticket, 2_000)
    Message.objects.filter(pk__in=[rows[300].pk, rows[1_990].pk]).update(text="the Needle in it")
    page = open_desk(agent, ticket)
    page.get_by_role("textbox", name="Write an answer").press("Control+Shift+F")
    field = page.get_by_role("searchbox", name="Words in this conversation")
    expect(field).to_be_focused()
    field.fill("needle")
    expect(page.get_by_role("search")).to_contain_text("1 of 2")
    expect(page.locator(f"[data-line='{rows[1_990].pk}']")).to_be_in_viewport()
    # The next one is not on the page yet: what stands around it is loaded instead, and marked.
    field.press("Enter")
    expect(page.get_by_role("search")).to_contain_text("2 of 2")
    hit = page.locator(f"[data-line='{rows[300].pk}']")
    expect(hit).to_be_in_viewport()
    expect(hit).to_contain_class("message--hit")
    until(page, lambda: page.evaluate("[...CSS.highlights.get('desk-find')].map(String)") == ["Needle"])
    # Downwards it goes on without a gap.
    page.get_by_role("button", name="Later messages").evaluate("(button) => button.scrollIntoView()")
    expect(page.locator(f"[data-line='{rows[380].pk}']")).to_be_attached()
    shown = numbers(page)
    assert shown == list(range(shown[0], shown[-1] + 1))
    # What comes meanwhile is not put after the old lines; the way to the end fetches it.
    desk.message(ticket, "meanwhile")
    expect(page.locator("a[data-mine]")).to_contain_text("meanwhile")
    expect(page.locator("[data-part=conversation]")).not_to_contain_text("meanwhile")
    field.press("Escape")
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    expect(page.locator(".message--hit")).to_have_count(0)
    page.get_by_role("button", name="To the newest messages").click()
    expect(page.locator(".bubble", has_text="meanwhile")).to_be_in_viewport()
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    page.keyboard.type("Got it")
    page.keyboard.press("Enter")
    expect(page.locator(".message--out[data-line]")).to_be_in_viewport()
    shown = numbers(page)
    assert shown == list(range(shown[0], fresh(ticket).line_count + 1))


def test_answering_while_an_older_part_is_shown_goes_to_the_end(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    rows = talked(ticket, 400)
    Message.objects.filter(pk=rows[20].pk).update(text="needle")
    page = open_desk(agent, ticket)
    page.keyboard.press("Escape")
    page.locator(LINES).focus()
    page.keyboard.press("s")
    expect(page.get_by_role("searchbox", name="Words in this conversation")).to_be_focused()
    page.keyboard.type("needle")
    expect(page.locator(f"[data-line='{rows[20].pk}']")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Write an answer")).to_be_focused()
    page.keyboard.type("Here I am")
    page.keyboard.press("Enter")
    expect(page.locator(".message--out[data-line]")).to_be_in_viewport()
    expect(page.locator("[data-pending], [data-later]")).to_have_count(0)
    shown = numbers(page)
    assert shown == list(range(shown[0], fresh(ticket).line_count + 1))


def test_who_else_has_it_open_and_who_writes(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    manager = desk.manager()
    page = open_desk(agent, ticket)
    desk.message(ticket, "Hello?")
    watching = open_desk(manager, ticket)
    place = page.locator("[data-part=present]")
    expect(place).to_contain_text(f"{manager.name} has it open")
    expect(watching.locator("[data-part=present]")).to_contain_text(agent.name)
    # Watching writes nothing and reads nothing; a note that is being written is seen at once.
    watching.get_by_role("button", name="Note").click()
    watching.get_by_role("textbox").press_sequentially("Careful")
    expect(place).to_contain_text(f"{manager.name} is writing")
    # Who stops writing says so after some seconds, and what was said ends by itself some seconds later.
    expect(place).to_contain_text("has it open")
    # As a person closes it: with what the page does at its end.
    watching.close(run_before_unload=True)
    expect(place).to_be_empty()
    until(page, lambda: not Presence.objects.filter(user=manager).exists())


def test_who_watches_reads_nothing(desk: Desk, open_desk: OpenDesk, ticket: Ticket) -> None:
    desk.message(ticket, "Hello?")
    watching = open_desk(desk.manager(), ticket)
    expect(watching.locator(".bubble")).to_be_visible()
    watching.bring_to_front()
    watching.locator(LINES).click()
    # One more has come and is shown: by then the first would have been read.
    desk.message(ticket, "Anybody?")
    expect(watching.locator(".bubble")).to_have_count(2)
    watching.wait_for_timeout(500)
    assert fresh(ticket).unread_count == 2
    assert not Message.objects.exclude(seen_at=None).exists()


def test_an_emoji_is_found_and_inserted_with_the_keys_alone(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket
) -> None:
    agent.language = "es"
    agent.save()
    page = open_desk(agent, ticket)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    composer = page.locator("form[data-composer] textarea")
    composer.fill("Muchas ")
    composer.press("Control+Shift+E")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(page.get_by_role("option")).to_have_count(166)
    page.keyboard.type("gracias")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(composer).to_be_focused()
    expect(composer).to_have_value("Muchas 🙏")
    # What was used comes first; arrows move, Escape closes and leaves the text.
    composer.press("Control+Shift+E")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_text("🙏")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_text("😀")
    page.keyboard.type("nada de nada")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Enter")
    composer.press("Control+Shift+E")
    assert_accessible(Axe(), page)
    page.keyboard.press("Escape")
    expect(page.locator(".emoji")).to_have_count(0)
    expect(composer).to_be_focused()
    page.keyboard.press("Control+z")
    expect(composer).to_have_value("Muchas ")
    assert len(hosts) == 1


def test_what_reaches_who_is_not_looking(desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket) -> None:
    page = open_desk(agent)
    page.context.grant_permissions(["notifications"])
    page.evaluate(
        """() => {
          window.signals = [];
          window.Notification = class { constructor(text) { signals.push(text); } static permission = "granted"; };
          const start = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function (at) { signals.push("sound"); start.call(this, at); };
          Object.defineProperty(document, "hasFocus", { value: () => false, configurable: true });
        }"""
    )
    title = page.title()
    desk.message(ticket, "Are you there?")
    expect(page).to_have_title(f"(1) {title}")
    name = ticket.contact.name
    until(page, lambda: page.evaluate("signals") == ["sound", "sound", f"New message from {name}"])
    expect(page.locator("[data-part=announce]")).to_have_text(f"New message from {name}")
    coming = desk.open_ticket("Newcomer")
    expect(page.locator(f"a[data-mine][data-ticket='{coming.pk}']")).to_be_visible()
    until(page, lambda: page.evaluate("signals.slice(3)") == ["sound", "sound", "New ticket: Newcomer"])
    # Who looks is not called.
    page.evaluate("Object.defineProperty(document, 'hasFocus', { value: () => true })")
    desk.message(coming, "Me again")
    expect(page).to_have_title(f"(2) {title}")
    assert len(page.evaluate("signals")) == 6


def test_who_waits_longest_is_first_with_count_and_time(desk: Desk, open_desk: OpenDesk, agent: User) -> None:
    at_noon(desk)
    now = timezone.now()
    late, later, answered = (desk.open_ticket(name) for name in ("late", "later", "answered"))
    desk.message(later, "b", now=now - timedelta(minutes=7))
    for minutes in (65, 20):
        desk.message(late, "a", now=now - timedelta(minutes=minutes))
    desk.message(answered, "c", now=now - timedelta(minutes=90))
    desk.reply(answered, agent)
    page = open_desk(agent)
    mine = page.locator("a[data-mine]")
    expect(mine.locator(".ticket__name")).to_have_text(["Test: Late", "Test: Later", "Test: Answered"])
    expect(mine.nth(0)).to_contain_text("unanswered for 1 hr")
    expect(mine.nth(0).locator(".count")).to_contain_text("2")
    expect(mine.nth(1)).to_contain_text("unanswered for 7 min")
    # The focus stays on its ticket while the order changes under it.
    mine.nth(1).focus()
    desk.reply(late, agent)
    expect(mine.locator(".ticket__name")).to_have_text(["Test: Later", "Test: Late", "Test: Answered"])
    expect(mine.nth(0)).to_be_focused()
    desk.close(later)
    expect(mine).to_have_count(2)
    page.get_by_text("Closed today").click()
    expect(page.locator("details[data-fold=closed] a")).to_contain_text("Later")


@pytest.mark.parametrize("width", [360, 1366])
def test_nothing_stands_in_the_way_of_anybody(
    desk: Desk, open_desk: OpenDesk, agent: User, ticket: Ticket, width: int
) -> None:
    talked(ticket, 120)
    page = open_desk(agent, ticket, viewport={"width": width, "height": 740})
    page.route("**/messages/", lambda route: route.abort())
    page.get_by_role("textbox", name="Write an answer").fill("Not today")
    page.keyboard.press("Enter")
    page.locator("[data-part=head] [data-do=find]").click()
    page.keyboard.type("message")
    expect(page.get_by_role("search")).to_contain_text("1 of 120")
    Presence.objects.create(ticket=ticket, user=desk.manager(), typing_at=timezone.now() + timedelta(minutes=1))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:resync'))")
    expect(page.locator(".present")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(Axe(), page)
