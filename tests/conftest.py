"""Fixtures of the whole suite."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures", "tests.browsing", "tests.access.counting"]

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The story of the main job comes first, whatever the order of the rest."""
    items.sort(key=lambda item: "e2e/test_story.py" not in item.nodeid)


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
    expect.set_options(timeout=20_000)
    # The driver keeps a loop in this thread, in which the tests that come after ask the database as before.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
