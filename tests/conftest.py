"""Fixtures of the whole suite."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures", "tests.browsing", "tests.access.counting"]

# The garbage collector goes through what was just made every 700 objects; a page makes tens of thousands that go by
# themselves. Done less often, a fifth of the suite's time is saved.
gc.set_threshold(50_000, 20, 20)

CHROMIUM_PLACES = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


#: What takes long, longest first: begun last, one process would still be busy with it when the others are done.
LONG = (
    "tests/e2e/test_story.py",
    "tests/engine/test_loss.py",
    "tests/weni_chats/test_dev.py",
    "tests/access/test_archived.py",
    "tests/access/test_two_factors.py",
    "tests/access/test_parameters.py",
    "tests/orgs/test_roles.py",
    "tests/access/test_same_set.py",
    "tests/test_access_walk.py",
    "tests/races/test_routing.py",
    "tests/races/test_storm.py",
    "tests/routing/test_machine.py",
    "tests/e2e/test_every_page.py",
    "tests/tickets/test_attending_browser.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The story of the main job comes first, then what takes long, then what looks at the server that is kept.

    That server is ended before a test that doesn't know of it, and takes seconds to start. The rest stays in the
    order it has. Processes begin with equal shares of the list, one after the other, and take from each other's ends:
    each share begins with its part of what takes long.
    """
    place = {name: number for number, name in enumerate(LONG)}
    long = sorted((item for item in items if _module(item) in place), key=lambda item: place[_module(item)])
    rest = [item for item in items if _module(item) not in place]
    browsers = [item for item in rest if _needs_server(item)]
    others = [item for item in rest if not _needs_server(item)]
    processes = getattr(config, "workerinput", {}).get("workercount", 1)
    ordered = []
    for number in range(processes):
        ordered += long[number::processes]
        ordered += _part(browsers, number, processes)
        end = (number + 1) * len(items) // processes - len(ordered)
        ordered, others = [*ordered, *others[:end]], others[end:]
    items[:] = [*ordered, *others]


def _part(items: list[pytest.Item], number: int, processes: int) -> list[pytest.Item]:
    return items[number * len(items) // processes : (number + 1) * len(items) // processes]


def _needs_server(item: pytest.Item) -> bool:
    return "kept_server" in getattr(item, "fixturenames", ())


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def pytest_collection_finish() -> None:
    """What was loaded so far stays to the end: nobody need look whether it is garbage."""
    gc.collect()
    gc.freeze()


def find_chromium() -> str | None:
    """Return the browser: CHROMIUM, or the usual places."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    return next((place for place in CHROMIUM_PLACES if Path(place).exists()), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A headless Chromium; without one the test is skipped, with CI=true it fails."""
    path = find_chromium()
    if path is None:
        message = "no Chromium found; set CHROMIUM to its path to run the browser tests"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import expect, sync_playwright

    # Not a measure of speed: what is awaited comes at once where the processors are free, later where they are not.
    expect.set_options(timeout=45_000)
    # The driver keeps a loop in this thread, in which the tests that come after ask the database as before.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
