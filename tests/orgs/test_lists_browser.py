"""Lists in a browser: what adds to them opens in place, their headers order them, by keyboard and on a phone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Error, Page, expect

from orgs.models import ApiToken, User
from tests.browsing import Browse, assert_accessible, put
from tests.builders import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 780}


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_queue_is_added_on_the_list_by_keyboard(desk: Desk, browse: Browse) -> None:
    agent = desk.person()
    queues = reverse("queues:list", args=[desk.project.pk, desk.sector.pk])
    page = browse(desk.administrator, queues, viewport=PHONE)
    opener = page.locator("details.adder > summary")
    opener.press("Enter")
    name = page.locator("#id_name")
    expect(name).to_be_focused()
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(opener).to_be_focused()

    opener.press("Enter")
    put(name, desk.queue.name)
    put(page.get_by_label("Maximum number waiting"), "7")
    page.get_by_role("combobox", name="Agents").press_sequentially(agent.name)
    page.get_by_role("option", name=re.compile(agent.name)).first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    # Refused: the list is still there, and so is what was typed.
    expect(page.locator(".error-summary")).to_be_focused()
    expect(name).to_have_value(desk.queue.name)
    expect(page.get_by_label("Maximum number waiting")).to_have_value("7")
    expect(page.locator(".ts-control .item")).to_contain_text(agent.name)
    expect(page.locator("#queue-list")).to_contain_text(desk.queue.name)
    assert fits(page)
    assert_accessible(Axe(), page)

    put(name, "Second line")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(re.escape(queues) + "$"))
    expect(page.locator("#queue-list")).to_contain_text("Second line")
    expect(page.locator("details.adder")).not_to_have_attribute("open", "")


def test_a_search_from_the_open_form_is_the_lists(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, reverse("queues:new", args=[desk.project.pk, desk.sector.pk]))
    expect(page.locator("#id_name")).to_be_visible()
    put(page.get_by_role("searchbox"), desk.queue.name)
    page.get_by_role("button", name="Search", exact=True).last.click()
    expect(page).to_have_url(re.compile(r"/queues/\?q="))
    expect(page.locator("details.adder")).not_to_have_attribute("open", "")


def test_the_secret_of_a_token_made_on_the_list_is_shown_once(desk: Desk, browse: Browse) -> None:
    tokens = reverse("orgs:project_tokens", args=[desk.project.pk])
    page = browse(desk.administrator, tokens)
    page.locator("details.adder > summary").press("Enter")
    expect(page.get_by_label("Last day")).to_be_hidden()
    put(page.locator("#id_name"), "Importer")
    page.get_by_role("button", name="Make the token").click()
    # Without a scope it is refused, in place.
    expect(page.locator("#id_name")).to_have_value("Importer")
    page.locator("input[value=read]").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#token")).to_have_text(re.compile("^wc_"))
    secret = page.locator("#token").inner_text()
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("row", name=re.compile("Importer"))).to_be_visible()
    assert secret not in page.content()
    # What shows it isn't kept by the browser: going back, it has nothing to show.
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 850}])
def test_members_are_ordered_by_their_headers(desk: Desk, browse: Browse, viewport: dict[str, int]) -> None:
    for first_name, email in (("Zoé", "a@example.org"), ("Ana", "z@example.org")):
        user = desk.person()
        User.objects.filter(pk=user.pk).update(first_name=first_name, last_name="Doe", email=email)
    page = browse(
        desk.administrator, reverse("orgs:project_members", args=[desk.project.pk]) + "?q=doe", viewport=viewport
    )
    rows = page.locator("table.data tbody th .data__sub")
    expect(rows).to_have_text(["a@example.org", "z@example.org"])
    header = page.locator("th.sortable", has_text="Name")
    header.get_by_role("link").press("Enter")
    expect(rows).to_have_text(["z@example.org", "a@example.org"])
    expect(header).to_have_attribute("aria-sort", "ascending")
    header.get_by_role("link").press("Enter")
    expect(rows).to_have_text(["a@example.org", "z@example.org"])
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"\?q=doe&order=-name$"))
    assert fits(page)
    assert_accessible(Axe(), page)


def test_a_filter_of_live_keeps_the_order_and_so_does_what_happens(desk: Desk, browse: Browse) -> None:
    first, second = desk.open_ticket(), desk.open_ticket()
    lines = reverse("tickets:waiting", args=[desk.project.pk])
    page = browse(desk.administrator, lines, viewport={"width": 1440, "height": 850})
    rows = page.locator("#lines tr[data-row]")
    page.locator("th.sortable", has_text="Waiting").get_by_role("link").press("Enter")
    expect(rows.first).to_have_attribute("data-row", str(second.pk))
    page.get_by_label("Queue", exact=True).select_option(str(desk.queue.pk))
    expect(page).to_have_url(re.compile("queue="))
    expect(page).to_have_url(re.compile("order=-waiting"))
    expect(rows.last).to_have_attribute("data-row", str(first.pk))
    third = desk.open_ticket()
    page.evaluate("document.body.dispatchEvent(new Event('live:resync'))")
    expect(rows.first).to_have_attribute("data-row", str(third.pk))
    # Headers stay in sight, below the bar.
    expect(page.locator("#lines thead th").first).to_have_css("position", "sticky")


def test_a_log_begins_with_the_oldest_and_a_filter_leaves_it_so(desk: Desk, browse: Browse) -> None:
    for n in range(3):
        desk.add_queue(f"Line {n}")
    page = browse(desk.administrator, reverse("orgs:project_audit", args=[desk.project.pk]), viewport=PHONE)
    entries = page.locator("#results .audit__what")
    newest = entries.first.inner_text()
    oldest = page.get_by_role("group", name="Sort order").get_by_role("link", name="Oldest first")
    oldest.press("Enter")
    expect(entries.last).to_have_text(newest)
    expect(oldest).to_have_attribute("aria-current", "true")
    put(page.get_by_label("Who", exact=True), desk.administrator.email)
    expect(page).to_have_url(re.compile("who="))
    expect(page).to_have_url(re.compile("order=oldest"))
    expect(oldest).to_have_attribute("aria-current", "true")
    expect(entries.last).to_have_text(newest)
    assert fits(page)
    assert_accessible(Axe(), page)
