"""The guide's pictures can be taken, in each language; ``make guide-pictures`` keeps them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browsing import AT_REST, Browse
from tests.guide.picture_world import CODES, PictureWorld, build

SIZE = {"width": 1280, "height": 800}
#: A page behind another one's window may not move at all: a picture doesn't wait for it.
SETTLED = f"Promise.race([{AT_REST}, new Promise((late) => setTimeout(late, 2000))])"
#: Of pages whose point lies further down.
HEIGHTS = {"dashboard": 1400, "hours": 1300}
#: Where the pictures go; without it one language is tried and nothing is kept.
TARGET = os.environ.get("GUIDE_PICTURES", "")
LANGUAGES = [*CODES] if TARGET else ["es"]


def _plain(_page: Page) -> None:
    pass


def _closing(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("[data-do=close]").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    dialog.locator("input[type=checkbox]").first.check()


#: By picture: who looks, at which page, with which query, and what is done there before.
Shot = tuple[str, str, str, Callable[[Page], None]]
SHOTS: dict[str, Shot] = {
    "checklist": ("administrator", "setup:checklist", "", _plain),
    "sector": ("administrator", "sectors:detail", "", _plain),
    "hours": ("administrator", "sectors:hours", "", _plain),
    "tags": ("administrator", "tags:list", "", _plain),
    "live": ("administrator", "tickets:waiting", "", _plain),
    "agents": ("administrator", "tickets:agents", "", _plain),
    "history": ("administrator", "reports:history", "tags={tag}", _plain),
    "dashboard": ("administrator", "reports:dashboard", "", _plain),
    "desk": ("agent", "tickets:ticket", "", _plain),
    "close": ("agent", "tickets:ticket", "", _closing),
}


def _address(world: PictureWorld, name: str, route: str, query: str) -> str:
    args = [world.new_project.pk if name == "checklist" else world.project.pk]
    if route in {"sectors:detail", "sectors:hours", "tags:list"}:
        args.append(world.sector.pk)
    if route == "tickets:ticket":
        args.append(world.ticket.pk)
    tag = world.sector.tags.filter(closed_by_flow=False).order_by("position").first()
    assert tag is not None
    return reverse(route, args=args) + (f"?{query.format(tag=tag.pk)}" if query else "")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("folder", LANGUAGES)
def test_the_pictures_can_be_taken(folder: str, browse: Browse) -> None:
    world = build(folder)
    options = {"viewport": SIZE, "locale": CODES[folder], "reduced_motion": "reduce", "color_scheme": "light"}
    people = {"administrator": world.administrator, "agent": world.agent}
    pages = {who: browse(user, "about:blank", **options) for who, user in people.items()}
    for name, (who, route, query, prepare) in SHOTS.items():
        page = pages[who]
        page.bring_to_front()
        page.set_viewport_size({**SIZE, "height": HEIGHTS.get(name, SIZE["height"])})
        answer = page.goto(_address(world, name, route, query), wait_until="load")
        assert answer is not None
        assert answer.status == 200, name
        prepare(page)
        page.evaluate(SETTLED)
        if TARGET:
            page.screenshot(path=Path(TARGET) / f"{folder}-{name}.png")
