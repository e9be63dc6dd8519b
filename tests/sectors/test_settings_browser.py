"""The settings in a real browser: pages that stand still, and what adds to a list."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from sectors import operations
from sectors.operations import QuickText
from tests.browsing import Browse
from tests.builders import Desk
from tests.every_page import PAGES, address
from tests.walk import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EDGES = """() => {
  if (!document.querySelector(".with-section") || !document.querySelector(".app--nav")) return null;
  const lines = [...document.querySelectorAll("main .page, main .page-header, main .tabs, main .tab-head")];
  return lines.filter((line) => line.checkVisibility()).map((line) => {
    const { left, right } = line.getBoundingClientRect();
    const inset = line.matches(".page") ? parseFloat(getComputedStyle(line).paddingLeft) : 0;
    return `${left + inset}–${right - inset}`;
  });
}"""


def test_the_header_of_every_settings_page_has_the_same_edges(browse: Browse) -> None:
    world = World.build()
    page = browse(world.users["administrator"], reverse("sectors:list", args=[world.desk.project.pk]))
    page.set_viewport_size({"width": 1440, "height": 900})
    edges: dict[str, list[str]] = {}
    for route in PAGES:
        if PAGES[route] == "administrator" and "project" in address(route, world.own):
            page.goto(address(route, world.own))
            for line in page.evaluate(EDGES) or ():
                edges.setdefault(line, []).append(route)
    assert len(edges) == 1, edges
    assert len({route for routes in edges.values() for route in routes}) > 20


def test_an_import_is_opened_from_the_menu_and_closed_back_to_it(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, reverse("tags:list", args=[desk.project.pk, desk.sector.pk]))
    more = page.locator("#main").get_by_role("button", name="More", exact=True)
    pasted = page.get_by_label("Names, one a line or between commas")
    expect(pasted).to_be_hidden()
    more.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(pasted).to_be_focused()
    page.locator("#import").get_by_role("button", name="Cancel").press("Enter")
    expect(pasted).to_be_hidden()
    expect(more).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_other_buttons_stay_where_they_are_beside_an_open_form(desk: Desk, browse: Browse, width: int) -> None:
    operations.add_quick_messages(desk.project, [QuickText("oi", "Oi!")], by=desk.by(), sector=desk.sector)
    page = browse(desk.administrator, reverse("sectors:sector_quick", args=[desk.project.pk, desk.sector.pk]))
    page.set_viewport_size({"width": width, "height": 900})
    more = page.locator("#main").get_by_role("button", name="More", exact=True)
    closed = more.bounding_box()
    page.locator("summary").filter(has_text="Add a quick message").press("Enter")
    expect(page.locator("#id_shortcut")).to_be_focused()
    opened, form = more.bounding_box(), page.locator("details[open] form").bounding_box()
    assert closed
    assert opened
    assert form
    assert opened["y"] <= closed["y"]
    assert form["y"] - (opened["y"] + opened["height"]) >= 16


def test_without_a_script_the_imports_are_buttons(desk: Desk, browse: Browse) -> None:
    page = browse(
        desk.administrator,
        reverse("sectors:days", args=[desk.project.pk, desk.sector.pk]),
        java_script_enabled=False,
    )
    expect(page.locator("#main").get_by_role("button", name="More", exact=True)).to_have_count(0)
    page.locator("summary").filter(has_text="Calendar file").click()
    expect(page.get_by_label("iCalendar file (.ics)")).to_be_visible()
