"""Every page fits any width, can be used by everyone (WCAG 2.2 AA, as far as axe can tell), in both themes."""

import os
from pathlib import Path

import pytest

from tests.browsing import Browse
from tests.every_page import ACCOUNT_PAGES, NO_PAGES, PAGES, Looker, address, area_of, exists
from tests.test_access_walk import TABLE
from tests.walk import World

AREAS = sorted({area_of(route) for route in PAGES})


def test_every_page_is_looked_at() -> None:
    pages = {route.partition("?")[0] for route in PAGES}
    asked = {name for name, rows in TABLE.items() if "GET" in rows and not name.startswith(("rest:", "external:"))}
    assert asked - pages - set(NO_PAGES) == set(), "add it to PAGES, or to NO_PAGES with the reason"
    assert [route for route in {*pages, *NO_PAGES, *ACCOUNT_PAGES} if not exists(route)] == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("area", [*AREAS, "account"])
def test_every_page_fits_and_can_be_used_by_everyone(area: str, browse: Browse) -> None:
    world = World.build()
    pages = ACCOUNT_PAGES if area == "account" else {r: who for r, who in PAGES.items() if area_of(r) == area}
    pictures = os.environ.get("PICTURES")
    lookers: dict[str, Looker] = {}
    faults = []
    for route, who in pages.items():
        if who not in lookers:
            lookers[who] = Looker(browse(world.users.get(who), "about:blank", reduced_motion="reduce"))
        for look in lookers[who].looks(address(route, world.own)):
            faults += [f"{route} at {look.width}, {look.theme}: {fault}" for fault in look.faults]
            if pictures:
                name = f"{route.partition('?')[0].replace(':', '-')}-{look.width}-{look.theme}.png"
                lookers[who].page.screenshot(path=Path(pictures) / name, full_page=True)
    assert not faults, "\n".join(faults)
