"""The suite's Postgres, browser and plugins.

One embedded server for the whole run, made in a temporary folder by the process that starts the workers and
told to them through DATABASE_URL; a DATABASE_URL of the environment is used instead. Each worker has a database
of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Settings are read when Django starts, before any fixture.
os.environ.setdefault("WENI_TESTING", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)

_server = None
_folder = None

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "400",
}


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _start_database() -> None:
    global _server, _folder
    if _is_worker() or os.environ.get("DATABASE_URL"):
        return
    from weni_chats import embedded

    _folder = Path(tempfile.mkdtemp(prefix="weni-tests-"))
    # Whoever root drops to must reach it; what is inside is closed to others.
    _folder.chmod(0o755)
    _server = embedded.Server(_folder, settings=_FAST)
    _server.start()
    os.environ["DATABASE_URL"] = embedded.url(_folder)
    os.environ["WENI_DATA_DIR"] = str(_folder / "data")


_start_database()


def pytest_unconfigure() -> None:
    """Stop the server and remove its folder, at the end of the process that started it."""
    if _server is not None:
        _server.stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)


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
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
