"""The filters of lists apply at once, on every page that has them, and leave whoever uses them where they are."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.browsing import Browse, assert_accessible, until
from tests.builders import Desk
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def asked(page: Page) -> dict[str, list[str]]:
    """Return the query that the address carries."""
    return parse_qs(urlparse(page.url).query)


def history(desk: Desk) -> str:
    return f"/projects/{desk.project.pk}/history/"


@pytest.fixture
def tickets(desk: Desk) -> list[Ticket]:
    """Closed tickets of Anna, Bernd and Anton; Anton's of another sector."""
    elsewhere = desk.add_sector(name="Sales", tag_names=["Sold"])
    found = [desk.open_ticket("anna"), desk.open_ticket("bernd"), desk.open_ticket("anton", sector=elsewhere)]
    for ticket in found:
        desk.close(ticket, tags=[ticket.sector.tags.filter(closed_by_flow=False)[0]])
    return found


def test_a_name_is_searched_while_it_is_typed_and_nothing_is_taken_away(
    desk: Desk, browse: Browse, tickets: list[Ticket]
) -> None:
    page = browse(desk.administrator, history(desk))
    rows, status = page.locator("#results tbody tr"), page.get_by_role("main").get_by_role("status")
    expect(status).to_have_text("3 tickets")
    page.evaluate("window.stays = true")
    contact = page.get_by_label("Contact", exact=True)
    contact.press_sequentially("an")
    expect(rows).to_have_count(2)
    expect(status).to_have_text("2 tickets")
    expect(contact).to_be_focused()
    assert asked(page) == {"contact": ["an"]}
    assert page.evaluate("window.stays")
    expect(page.get_by_role("search", name="Filters")).to_contain_text("1 filter is set")
    expect(page.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile(r"\?contact=an$"))

    # What is typed while an answer is on its way stays, and so does the place of the cursor.
    page.route("**/history/?*", lambda route: (page.wait_for_timeout(300), route.continue_()))
    contact.press("n")
    contact.press("ArrowLeft")
    page.wait_for_timeout(450)
    contact.press("x")
    contact.press("Backspace")
    expect(rows).to_have_count(1)
    expect(contact).to_have_value("ann")
    assert contact.evaluate("one => one.selectionStart") == 2

    page.get_by_role("link", name="Remove filters").click()
    expect(rows).to_have_count(3)
    expect(contact).to_have_value("")
    assert asked(page) == {}


def test_only_the_last_answer_counts(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, history(desk))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/history/?contact=an", hold)
    contact = page.get_by_label("Contact", exact=True)
    contact.press_sequentially("an")
    until(page, lambda: bool(held))
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    contact.fill("bernd")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#results")).to_contain_text("Bernd")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    assert asked(page) == {"contact": ["bernd"]}


def test_a_lost_connection_is_said_and_the_next_try_counts(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, history(desk))
    page.route("**/history/?*", lambda route: route.abort())
    contact = page.get_by_label("Contact", exact=True)
    contact.fill("bernd")
    expect(page.locator("#toasts-urgent .toast-note")).to_be_visible()
    expect(page.locator("#results tbody tr")).to_have_count(3)
    page.unroute("**/history/?*")
    contact.press("Enter")
    expect(page.locator("#results tbody tr")).to_have_count(1)


def test_a_choice_applies_at_once_and_back_leads_to_what_was_found(
    desk: Desk, browse: Browse, tickets: list[Ticket]
) -> None:
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/dashboard/")
    page.goto(history(desk))
    page.get_by_label("Contact", exact=True).fill("an")
    page.locator("label.pick").get_by_text("Sold").click()
    rows = page.locator("#results tbody tr")
    expect(rows).to_have_count(1)
    assert sorted(asked(page)) == ["contact", "tags"]
    expect(page.get_by_role("search", name="Filters")).to_contain_text("2 filters are set")

    rows.get_by_role("link").first.click()
    page.wait_for_url(f"**/history/{tickets[2].pk}/")
    page.go_back()
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Contact", exact=True)).to_have_value("an")
    expect(page.get_by_role("checkbox", name="Sold")).to_be_checked()
    # What has been applied is where one is, not one more step back.
    page.go_back()
    expect(page).to_have_url(re.compile(r"/dashboard/$"))
    page.go_forward()
    expect(rows).to_have_count(1)
    page.get_by_label("Contact", exact=True).fill("")
    page.locator("label.pick").get_by_text("Sold").click()
    expect(rows).to_have_count(3)


def test_a_picked_sector_applies_by_key_and_keeps_the_focus(
    desk: Desk, browse: Browse, tickets: list[Ticket]
) -> None:
    page = browse(desk.administrator, history(desk))
    page.locator("#id_sector-ts-control").focus()
    page.keyboard.type("Sales")
    page.keyboard.press("Enter")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    assert list(asked(page)) == ["sector"]
    expect(page.locator("#id_sector-ts-control")).to_be_focused()


def test_what_is_wrong_stands_at_its_field(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, history(desk))
    page.get_by_text("More filters").click()
    words, first = page.get_by_label("Text of messages"), page.get_by_label("From")
    last = page.get_by_label("To", exact=True)
    # Two letters are no mistake while a third may follow.
    words.press_sequentially("ab")
    page.wait_for_timeout(700)
    assert asked(page) == {}
    words.press("Enter")
    field = page.locator(".field", has=words)
    expect(field).to_contain_text("Write at least three letters.")
    expect(words).to_have_attribute("aria-invalid", "true")
    expect(words).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert asked(page) == {"text": ["ab"]}
    assert_accessible(Axe(), page)
    words.press_sequentially("c")
    expect(field).not_to_contain_text("Write at least")
    expect(words).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Take a filter away")).to_be_visible()

    words.fill("")
    today = timezone.now().date()
    first.fill(today.isoformat())
    last.fill((today - timedelta(days=3)).isoformat())
    expect(page.locator(".field", has=last)).to_contain_text("The last day lies before the first.")
    # Opened with what is wrong, the page begins with it.
    page.reload()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator(".field", has=last)).to_contain_text("The last day lies before the first.")
    last.fill((today + timedelta(days=1)).isoformat())
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#results tbody tr")).to_have_count(3)
    assert sorted(asked(page)) == ["from", "to"]


def test_a_question_that_takes_too_long_and_a_session_that_has_ended(
    desk: Desk, browse: Browse, tickets: list[Ticket]
) -> None:
    page = browse(desk.administrator, history(desk))
    refused = '<main><div class="notice"><p>This takes too long.</p></div></main>'
    page.route(
        "**/history/?contact=an", lambda route: route.fulfill(status=503, content_type="text/html", body=refused)
    )
    contact = page.get_by_label("Contact", exact=True)
    contact.fill("an")
    expect(page.locator("#results")).to_have_text("This takes too long.")
    contact.fill("bernd")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.context.clear_cookies()
    contact.fill("anna")
    page.wait_for_url("**/login/**")
    assert "contact%3Danna" in page.url


def test_without_a_script_a_button_applies_them(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, history(desk), java_script_enabled=False)
    page.get_by_label("Contact", exact=True).fill("bernd")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    assert asked(page)["contact"] == ["bernd"]
    expect(page.get_by_role("link", name="Remove filters")).to_be_visible()


def test_on_a_phone_they_are_one_button_beside_the_search(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, history(desk), **PHONE)
    button, first = page.get_by_role("search").locator("summary", has_text="Filters").first, page.get_by_label("From")
    expect(page.get_by_label("Contact", exact=True)).to_be_visible()
    expect(first).to_be_hidden()
    expect(page.locator("label.pick").first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button.tap()
    expect(first).to_be_visible()
    first.fill("2020-01-01")
    expect(button).to_contain_text("1 set")
    expect(first).to_be_visible()
    assert_accessible(Axe(), page)
    button.press("Enter")
    expect(first).to_be_hidden()
    assert button.bounding_box()["height"] >= 44  # type: ignore[index]
    # Wide again, they are all there.
    page.set_viewport_size({"width": 1200, "height": 800})
    expect(first).to_be_visible()
    expect(button).to_be_hidden()


def test_headers_stay_in_sight_and_hide_no_row_that_has_the_focus(desk: Desk, browse: Browse) -> None:
    for n in range(40):
        desk.close(desk.open_ticket(f"contact {n}"))
    page = browse(desk.administrator, history(desk), viewport={"width": 1366, "height": 700})
    header = page.get_by_role("columnheader", name="Contact")
    page.evaluate("scrollTo(0, 900)")
    bar = page.locator(".bar").bounding_box()
    top = header.bounding_box()
    assert bar is not None
    assert top is not None
    assert abs(top["y"] - bar["height"]) < 1.5
    page.locator("#results tbody a").nth(30).focus()
    below = bar["height"] + top["height"] - 1
    for _row in range(25):
        page.keyboard.press("Shift+Tab")
        until(page, lambda: page.evaluate("document.activeElement.getBoundingClientRect().top") >= below)
    assert page.evaluate("scrollY") < 900
    row = page.locator("#results tbody tr").last.bounding_box()
    assert row is not None
    assert row["height"] <= 48


def test_no_table_is_cut_at_any_width(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    agent.first_name, agent.last_name = "Maximiliana", "Wolkenstein-Trostburg"
    agent.save()
    desk.tags[0].name = "Address corrected afterwards"
    desk.tags[0].save()
    desk.close(desk.open_ticket("Bartholomew Featherstonehaugh"))
    desk.limit(1)
    for n in range(3):
        desk.open_ticket(f"Bartholomew Featherstonehaugh the Younger {n}")
    page = browse(desk.administrator, "about:blank")
    sizes = "() => [...document.querySelectorAll('.table-wrap')].map((one) => one.scrollWidth - one.clientWidth)"
    cut = []
    for path in ("history/", "history/?counted=opened", "lines/", "lines/?state=active", "agents/"):
        page.goto(f"/projects/{desk.project.pk}/{path}")
        expect(page.locator(".table-wrap tbody tr")).not_to_have_count(0)
        for width in (1440, 1320, 1300, 1200, 1100, 1024, 980, 860, 768):
            page.set_viewport_size({"width": width, "height": 800})
            [over] = page.evaluate(sizes)
            if over > 1:
                cut.append((path, width, over))
    assert not cut, cut


def test_the_order_is_that_of_the_header(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, f"{history(desk)}?contact=an", viewport={"width": 1440, "height": 850})
    names = page.locator("#results tbody th a")
    expect(names).to_have_text(["Anton", "Anna"])
    closed = page.get_by_role("columnheader", name="Closed")
    expect(closed).to_have_attribute("aria-sort", "descending")
    closed.get_by_role("link").press("Enter")
    expect(names).to_have_text(["Anna", "Anton"])
    expect(closed).to_have_attribute("aria-sort", "ascending")
    # A filter leaves the order as it is.
    page.get_by_label("Contact", exact=True).fill("n")
    expect(names).to_have_text(["Anna", "Bernd", "Anton"])
    assert asked(page) == {"contact": ["n"], "order": ["oldest"]}
    page.get_by_role("columnheader", name="Opened").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Opened")).to_have_attribute("aria-sort", "descending")
    expect(names).to_have_text(["Anton", "Bernd", "Anna"])


def test_the_dashboard_draws_what_is_left(desk: Desk, browse: Browse, tickets: list[Ticket]) -> None:
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/dashboard/")
    closed = page.locator("a.stat", has=page.get_by_text("Closed", exact=True))
    expect(closed.locator(".stat__value")).to_have_text("3")
    page.get_by_label("Contact", exact=True).fill("bernd")
    expect(closed.locator(".stat__value")).to_have_text("1")
    # The period that is shown by itself stays out of the address.
    assert asked(page) == {"contact": ["bernd"]}
    until(page, lambda: page.evaluate("Boolean(Chart.getChart(document.querySelector('canvas[data-chart]')))"))
    drawn = "Chart.getChart(document.querySelector('canvas[data-chart]')).data.datasets[1].data"
    assert sum(page.evaluate(drawn)) == 1
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("href", re.compile("contact=bernd"))


def test_the_audit_log_and_the_agents_filter_alike(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    other = desk.agent()
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/agents/")
    rows = page.locator("#agents tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("search").get_by_label("Status").select_option("online")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(agent.email)
    # What happens later is shown as the filters are now.
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    desk.status(other, "online")
    expect(rows).to_have_count(2)
    desk.status(agent, "offline")
    expect(rows).to_have_count(1)

    page.goto(f"/projects/{desk.project.pk}/audit/")
    everything = page.locator(".audit__item").count()
    assert everything
    page.get_by_label("Of what").fill("no such thing")
    expect(page.get_by_text("No changes match")).to_be_visible()
    assert asked(page) == {"thing": ["no such thing"]}
    page.get_by_label("Of what").fill("")
    expect(page.locator(".audit__item")).to_have_count(everything)


def test_live_offers_the_queues_of_the_sector_and_follows_what_is_asked_for(desk: Desk, browse: Browse) -> None:
    sales = desk.add_sector(name="Sales")
    desk.open_ticket("anna")
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/lines/")
    search, rows = page.get_by_role("search"), page.locator("[data-row]")
    queues = search.get_by_label("Queue").locator("option")
    expect(rows).to_have_count(1)
    before = queues.count()
    search.get_by_label("Sector").select_option("Sales")
    expect(rows).to_have_count(0)
    expect(queues).to_have_count(1 + sales.queues.count())
    assert queues.count() < before
    assert asked(page) == {"sector": [str(sales.pk)]}
    expect(page.get_by_role("link", name="With agents")).to_have_attribute("href", re.compile(str(sales.pk)))
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    desk.open_ticket("bernd")
    coming = desk.open_ticket("anton", sector=sales)
    expect(rows).to_have_count(1)
    expect(page.locator(f"[data-row='{coming.pk}']")).to_be_visible()
    rows.get_by_role("checkbox").check()
    search.get_by_label("Sector").select_option("")
    expect(rows).to_have_count(3)
    expect(page.locator(f"[data-row='{coming.pk}']").get_by_role("checkbox")).to_be_checked()
