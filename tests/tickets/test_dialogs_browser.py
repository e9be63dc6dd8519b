"""What opens at the desk and on Live can be used by everyone and read: in both themes, wide and on a phone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browsing import TEXTS_FIT, Browse, OpenDesk, assert_accessible, put
from tests.builders import Desk, quick_message
from tests.every_page import LONGEST, PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BOTH_SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
BOTH_THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def look(page: Page, name: str) -> list[str]:
    """Return what is wrong with the page as it is; takes a picture where they are asked for (``PICTURES``)."""
    faults = []
    try:
        assert_accessible(Axe(), page)
    except AssertionError as error:
        faults.append(str(error))
    faults += page.evaluate(TEXTS_FIT)
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}.png")
    return [f"{name}: {fault}" for fault in faults]


class Opener:
    """Opens one thing after the other, looks at it, closes it."""

    def __init__(self, page: Page, case: str) -> None:
        self.page = page
        self.case = case
        self.faults: list[str] = []

    def dialog(self, name: str, opens: Callable[[], None], shown: str = "h2") -> None:
        """Look at a dialog, open and with its content."""
        opens()
        dialog = self.page.locator("dialog[open]")
        expect(dialog.locator(shown).first).to_be_visible()
        self.faults += look(self.page, f"{name} {self.case}")
        self.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)

    def part(self, name: str, opens: Callable[[], None], shown: str) -> None:
        """Look at what opens inside the page."""
        opens()
        expect(self.page.locator(shown).first).to_be_visible()
        self.faults += look(self.page, f"{name} {self.case}")
        self.page.keyboard.press("Escape")
        expect(self.page.locator(shown)).to_have_count(0)

    def act(self, name: str) -> Callable[[], None]:
        """Return the click on a control of the desk by its act."""
        return self.page.locator(f"[data-do={name}]:visible").first.click


@BOTH_THEMES
@BOTH_SIZES
def test_what_opens_at_the_desk_can_be_used_and_read(
    desk: Desk, open_desk: OpenDesk, size: dict[str, int], theme: str
) -> None:
    desk.rules(retag_for=60)
    desk.add_queue("Cancellations and refunds")
    agent = desk.agent_online(limit=5)
    earlier = desk.open_ticket("maria")
    desk.message(earlier, "My parcel is blue")
    desk.close(earlier, by=agent)
    ticket = desk.open_ticket("maria")
    for text in ("Where is my parcel?", "It is blue"):
        desk.message(ticket, text)
    closed = desk.close(desk.open_ticket("joana"), by=agent)
    desk.agent_online()
    quick_message(desk, "hello", "Hello {{contact.name}}! What can we do for you today?")
    quick_message(desk, "returns", "A parcel can be returned within thirty days after it has arrived. " * 2)
    page = open_desk(agent, ticket, viewport=size, color_scheme=theme, reduced_motion="reduce", locale=LONGEST)
    is_phone = size is PHONE
    opener = Opener(page, f"{'phone' if is_phone else 'wide'} {theme}")
    for name in ("transfer", "close"):
        opener.dialog(name, opener.act(name), "[data-choice], .target")
    opener.part("quick messages", opener.act("quick"), "[data-part=quick] [role=option]")
    page.locator("textarea[name=text]").fill("")
    opener.part("emoji", opener.act("emoji"), "[data-part=emoji] [role=option]")
    opener.act("find")()
    put(page.locator("[data-part=find] input"), "parcel")
    expect(page.locator("[data-part=found]")).not_to_be_empty()
    opener.part("find", lambda: None, "[data-part=find]")
    if is_phone:
        opener.act("side")()
    opener.dialog("rename", opener.act("rename"))
    opener.dialog("beside", opener.act("beside"), "[data-part=lines], .message")
    if is_phone:
        opener.act("conversation")()
        opener.act("list")()
    opener.dialog("keys", opener.act("keys"))
    page.goto(f"/projects/{desk.project.pk}/desk/{closed.pk}/")
    opener.dialog("retag", opener.act("retag"), "[data-choice]")
    assert not opener.faults, "\n".join(opener.faults)


@BOTH_THEMES
@BOTH_SIZES
def test_the_dialogs_for_several_tickets_can_be_used_and_read(
    desk: Desk, browse: Browse, size: dict[str, int], theme: str
) -> None:
    desk.agent_online(limit=5)
    for _n in range(3):
        desk.open_ticket()
    page = browse(
        desk.administrator,
        f"/projects/{desk.project.pk}/lines/?state=active",
        viewport=size,
        color_scheme=theme,
        reduced_motion="reduce",
        locale=LONGEST,
    )
    page.locator("[data-one]").first.check()
    page.locator("[data-one]").nth(1).check()
    opener = Opener(page, f"{'phone' if size is PHONE else 'wide'} {theme}")
    for name in ("transfer", "close"):
        opener.dialog(f"{name} several", page.locator(f"[data-bulk-do={name}]").click, "[data-choice]")
    assert not opener.faults, "\n".join(opener.faults)


#: Seconds that anything of an element moves or fades, its own parts and what lies behind it too.
MOVES = """element => {
  const parts = [element, ...element.querySelectorAll("*")];
  const places = ["", "::before", "::after", "::backdrop"];
  const styles = parts.flatMap((one) => places.map((place) => getComputedStyle(one, place)));
  const seconds = styles.flatMap((style) => [
    ...(style.animationName === "none" ? [] : style.animationDuration.split(", ").map(parseFloat)),
    ...style.transitionDuration.split(", ").map(parseFloat),
  ]);
  return Math.max(...seconds.filter((one) => !Number.isNaN(one)));
}"""


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
def test_who_wishes_less_motion_gets_none_in_dialogs_and_toasts(desk: Desk, open_desk: OpenDesk, wish: str) -> None:
    agent = desk.agent_online()
    page = open_desk(agent, desk.open_ticket(), reduced_motion=wish)
    page.locator("[data-do=close]:visible").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("[data-choice]").first).to_be_visible()
    page.evaluate("weni.showToast({ text: 'Saved', level: 'success' })")
    toast = page.locator(".toast-note")
    expect(toast).to_be_visible()
    for shown in (dialog, toast):
        if wish == "reduce":
            # One millisecond: what waits for the end of a movement still hears of it.
            assert shown.evaluate(MOVES) <= 0.001
        else:
            assert shown.evaluate(MOVES) > 0.05
