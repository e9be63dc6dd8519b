"""Every page fits any width, can be used by everyone (WCAG 2.2 AA, as far as axe can tell), in both themes."""

import os
from pathlib import Path

import pytest

from tests.browsing import Browse
from tests.every_page import ACCOUNT_PAGES, LONGEST, NO_PAGES, PAGES, Looker, address, area_of, exists
from tests.test_access_walk import TABLE
from tests.walk import World

#: The pages by part of the program, no more than so many at a time.
AT_A_TIME = 8
LOTS: dict[str, dict[str, str]] = {}
for _area in (*sorted({area_of(route) for route in PAGES}), "account"):
    _pages = [*ACCOUNT_PAGES.items()] if _area == "account" else [p for p in PAGES.items() if area_of(p[0]) == _area]
    for _start in range(0, len(_pages), AT_A_TIME):
        LOTS[f"{_area} {_start // AT_A_TIME + 1}"] = dict(_pages[_start : _start + AT_A_TIME])


def test_every_page_is_looked_at() -> None:
    pages = {route.partition("?")[0] for route in PAGES}
    asked = {name for name, rows in TABLE.items() if "GET" in rows and not name.startswith(("rest:", "external:"))}
    assert asked - pages - set(NO_PAGES) == set(), "add it to PAGES, or to NO_PAGES with the reason"
    assert [route for route in {*pages, *NO_PAGES, *ACCOUNT_PAGES} if not exists(route)] == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lot", LOTS)
def test_every_page_fits_and_can_be_used_by_everyone(lot: str, browse: Browse) -> None:
    world = World.build()
    pictures = os.environ.get("PICTURES")
    lookers: dict[str, Looker] = {}
    faults = []
    for route, who in LOTS[lot].items():
        if who not in lookers:
            page = browse(world.users.get(who), "about:blank", reduced_motion="reduce", locale=LONGEST)
            lookers[who] = Looker(page)
        for look in lookers[who].looks(address(route, world.own)):
            faults += [f"{route} at {look.width}, {look.theme}: {fault}" for fault in look.faults]
            if pictures:
                name = f"{route.partition('?')[0].replace(':', '-')}-{look.width}-{look.theme}.png"
                lookers[who].page.screenshot(path=Path(pictures) / name, full_page=True)
    assert not faults, "\n".join(faults)
