"""Browsers for tests (loaded by ``tests/conftest.py`` as a plugin): the test's own database, really served."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as project_settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from orgs.models import User
from sectors.models import Sector
from tickets.models import Ticket

from .builders import Desk
from .serving import Kept

#: ``browse(user, path, **options)``: a page in a browser of its own, in which the user (if any) is signed in.
Browse = Callable[..., Page]
#: ``open_desk(user, ticket, **options)``: somebody's desk in a browser, with a ticket open if one is named.
OpenDesk = Callable[..., Page]
#: Resolves when what moves or fades in has arrived; what goes on for ever isn't waited for.
AT_REST = """Promise.all(document.getAnimations()
    .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
    .map((one) => one.finished.catch(() => null))).then(() => true)"""

#: What axe leaves out by default: names hold the words that are seen (speech control), targets are 24 pixels apart.
MORE_RULES = {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}}
#: The same with something open, which may lie over targets of the page.
OVER_A_PAGE = {**MORE_RULES, "target-size": {"enabled": False}}
#: A function of the page: what of its texts can't be read.
TEXTS_FIT = (Path(__file__).parent / "texts_fit.js").read_text()


def address_of_database() -> str:
    """Return the address of the test's database, for other processes."""
    database = project_settings.DATABASES["default"]
    host = str(database["HOST"]).replace("/", "%2F")
    port = f":{database['PORT']}" if database.get("PORT") else ""
    return f"postgres://{database['USER']}@{host}{port}/{connection.settings_dict['NAME']}"


def until(page: Page, condition: Callable[[], Any], seconds: float = 45) -> None:
    """Wait, letting the browser work, until what no expectation of the driver can tell holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        page.wait_for_timeout(20)


def put(field: Locator, text: str) -> None:
    """Type into a field; on a busy machine the browser may drop what is inserted while another one has the focus."""
    for _try in range(3):
        field.fill(text)
        if field.input_value() == text:
            return
    expect(field).to_have_value(text)


def assert_accessible(axe: Axe, page: Page) -> None:
    """Expect no finding of axe on the page as it is, once nothing fades in any more (colours would be half-way).

    With a dialog open, its own targets are measured; those of the page below can't be reached.
    """
    page.evaluate(AT_REST)
    dialog = page.locator("dialog[open]").first
    found = axe.run(page, options={"rules": OVER_A_PAGE if dialog.count() else MORE_RULES})
    assert found.violations_count == 0, found.generate_report()
    if dialog.count():
        found = axe.run(page, context="dialog[open]", options={"runOnly": ["target-size"]})
        assert found.violations_count == 0, found.generate_report()


def at_noon(desk: Desk) -> None:
    """Put the desk's sector where it is about noon, for a test in whose middle the day must not end."""
    hours = 12 - timezone.now().hour
    Sector.objects.filter(pk=desk.sector.pk).update(timezone=f"Etc/GMT{-hours:+d}")
    desk.sector.refresh_from_db()


_kept: dict[str, Kept] = {}


def keep(what: str, tmp_path_factory: pytest.TempPathFactory, env: dict[str, str]) -> Kept:
    """Return the server of that name, one for all tests of this process that use it in a row."""
    if what not in _kept:
        env = {"SECRET_KEY": project_settings.SECRET_KEY, **env}
        _kept[what] = Kept(address_of_database(), tmp_path_factory.mktemp(what), env)
    return _kept[what]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A kept server is ended before tests that do not know of it: some count and cut connections."""
    for what, kept in _kept.items():
        if what not in getattr(item, "fixturenames", ()):
            kept.stop()


def pytest_sessionfinish() -> None:
    """No server stays."""
    for kept in _kept.values():
        kept.stop()


@pytest.fixture
def kept_server(transactional_db: None, tmp_path_factory: pytest.TempPathFactory, settings: Any) -> Iterator[Kept]:
    """The real server, without its worker, on the test's database; ``folder`` is its own and empty."""
    kept = keep("kept_server", tmp_path_factory, {})
    settings.MEDIA_ROOT = kept.folder / "media"
    yield kept
    kept.rest()


@pytest.fixture
def origin(kept_server: Kept) -> str:
    """Where the real server is, without its worker, on the test's database and with the test's files."""
    return kept_server.origin()


@pytest.fixture
def server_folder(kept_server: Kept) -> Path:
    """Where the server keeps files (``media``) and e-mails (``mail``) of this test."""
    return kept_server.folder


@pytest.fixture
def browse(chromium: Any, origin: str) -> Iterator[Browse]:
    """Return a function that opens a page as somebody, in a browser of their own."""
    contexts = []

    def new(user: User | None, path: str, **options: Any) -> Page:
        options = {"viewport": {"width": 1366, "height": 850}, "locale": "en-US", **options}
        context = chromium.new_context(base_url=origin, **options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            kept = client.session
            kept["account_authentication_methods"] = [
                {"method": "password", "at": time.time(), "reauthenticated": True}
            ]
            kept.save()
            session = client.cookies[project_settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": project_settings.SESSION_COOKIE_NAME, "url": origin, "value": session}])
        page = context.new_page()
        page.set_default_timeout(45_000)
        # The first page of a server that has just started.
        page.set_default_navigation_timeout(60_000)
        page.goto(path)
        return page

    yield new
    for context in contexts:
        context.close()


@pytest.fixture
def open_desk(browse: Browse, desk: Desk) -> OpenDesk:
    """Return a function that opens a person's desk and waits until it hears what happens."""

    def new(user: User, ticket: Ticket | None = None, **options: Any) -> Page:
        place = f"{ticket.pk}/" if ticket else ""
        page = browse(user, f"/projects/{desk.project.pk}/desk/{place}", **options)
        expect(page.locator("body[data-live-state=open]")).to_be_attached()
        return page

    return new
