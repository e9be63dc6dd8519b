"""The command palette in a browser: by keys alone, from any page of a project."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browsing import Browse
from tests.builders import Desk
from tests.every_page import IN_THEME, THEMES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_by_keys_alone_to_a_ticket_and_to_what_can_be_done_with_it(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("iris pen", wanted_agent=agent)
    page = browse(agent, f"/projects/{desk.project.pk}/history/")
    palette = page.locator("#palette")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search and go to")
    expect(field).to_be_focused()
    expect(palette.get_by_role("option", name="Iris pen")).to_be_visible()
    page.keyboard.type("iris")
    expect(palette.get_by_role("option")).to_have_count(2)
    expect(palette.get_by_role("option", selected=True)).to_contain_text(ticket.protocol)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/{ticket.pk}/")

    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("close the")
    expect(palette.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Close the ticket")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("no such thing")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 360])
def test_everyone_can_use_it(desk: Desk, browse: Browse, width: int) -> None:
    desk.open_ticket("iris pen")
    page = browse(
        desk.administrator,
        f"/projects/{desk.project.pk}/sectors/",
        viewport={"width": width, "height": 780},
        reduced_motion="reduce",
    )
    palette = page.locator("#palette")
    page.get_by_role("button", name="Search").click()
    page.keyboard.type("iris")
    expect(palette.get_by_role("option").first).to_contain_text("Iris pen")
    for theme in THEMES:
        page.evaluate(IN_THEME, theme)
        found = Axe().run(page).response["violations"]
        assert found == [], [(v["id"], v["nodes"][0]["html"]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
