"""The cable is pulled while messages arrive: what is shown afterwards is what the database has."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from tests.browsing import OpenDesk, address_of_database, until
from tests.builders import Desk
from tests.serving import free_port, serve
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Milliseconds. Pages that come back wait a moment, as the server's listener does, so that not all come at once.
#: After long they ask more rarely whether the server is back: the longest pause is 45 s (static/js/live.js).
BACK = 60_000


class Server:
    """The real server, which the test stops and starts at the same address."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env, self.port = folder, env, free_port()
        self._running: AbstractContextManager[str] | None = None
        self.origin = ""

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._running = serve(address_of_database(), self.folder, self.env, worker=False, port=self.port)
        self.origin = self._running.__enter__()

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None


@pytest.fixture
def server(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Server]:
    settings.MEDIA_ROOT = tmp_path / "media"
    server = Server(tmp_path, {"SECRET_KEY": settings.SECRET_KEY})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def origin(server: Server) -> str:
    """For ``browse``: the server of this test."""
    return server.origin


class Writer:
    """The contact, who writes one message after the other all the while, in a thread with a connection of its own."""

    def __init__(self, desk: Desk, ticket: Ticket) -> None:
        self.desk, self.ticket, self.count = desk, ticket, 0
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._enough.set()
        self._thread.join()

    def _write(self) -> None:
        try:
            while not self._enough.wait(0.03):
                self.desk.message(self.ticket, f"arrives {self.count}")
                self.count += 1
        finally:
            connection.close()

    def more(self, page: Page, count: int = 15) -> None:
        """Let time pass until so many more are written."""
        wanted = self.count + count
        while self.count < wanted:
            assert self._thread.is_alive()
            page.wait_for_timeout(20)


@contextmanager
def server_stopped(server: Server, page: Page) -> Iterator[None]:
    """The server is stopped, and started again."""
    server.stop()
    yield
    server.start()


@contextmanager
def listener_killed(server: Server, page: Page) -> Iterator[None]:
    """The server's connection on which it hears of events is ended by the database, twice."""
    kill_listener(page)
    yield
    kill_listener(page)


def kill_listener(page: Page) -> None:
    """End the connection, once it is there."""
    ended = 0
    while not ended:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'weni-chats live' AND datname = current_database()"
            )
            [ended] = cursor.fetchone()
        page.wait_for_timeout(50)


@contextmanager
def browser_offline(server: Server, page: Page) -> Iterator[None]:
    """The browser has no network, and has it again."""
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


def lines(page: Page) -> list[tuple[int, str]]:
    """The numbered lines that are shown, in order, with what is said in them."""
    return page.eval_on_selector_all(
        "[data-part=lines] [data-number]",
        "all => all.map((one) => [Number(one.dataset.number), one.querySelector('.bubble')?.textContent ?? ''])",
    )


def stored(ticket: Ticket) -> list[list[Any]]:
    """The lines that the database has."""
    texts = dict(Message.objects.filter(ticket=ticket).values_list("number", "text"))
    count = Ticket.objects.get(pk=ticket.pk).line_count
    return [[number, texts.get(number, "")] for number in range(1, count + 1)]


@pytest.mark.parametrize("pull", [server_stopped, listener_killed, browser_offline])
def test_what_is_shown_after_the_cable_was_pulled_is_what_the_database_has(
    desk: Desk, open_desk: OpenDesk, server: Server, pull: Callable[[Server, Page], AbstractContextManager[None]]
) -> None:
    agent = desk.agent_online(limit=10)
    ticket, ending = desk.open_ticket("talks"), desk.open_ticket("ends")
    page, other_tab = open_desk(agent, ticket), open_desk(agent, ending)
    with Writer(desk, ticket) as writer:
        writer.more(page)
        with pull(server, page):
            writer.more(page)
            # The agent goes on writing, one ticket ends, another comes.
            page.get_by_role("textbox", name="Write an answer").fill("said without a line")
            page.keyboard.press("Enter")
            desk.close(ending)
            coming = desk.open_ticket("comes")
            writer.more(page)
        writer.more(page)
        expect(page.locator("body[data-live-state=open]")).to_be_attached(timeout=BACK)
        if pull is not listener_killed:
            page.get_by_role("button", name="Send again").click(timeout=BACK)
        writer.more(page)
    expect(page.locator(f"[data-number='{stored(ticket)[-1][0]}']")).to_be_attached(timeout=BACK)
    expect(page.locator("[data-pending]")).to_have_count(0, timeout=BACK)
    until(page, lambda: lines(page) == stored(ticket))
    assert [text for _number, text in lines(page)].count("said without a line") == 1
    for tab in (page, other_tab):
        # Each by name: two were on the list before, too.
        expect(tab.locator(f"a[data-mine][data-ticket='{coming.pk}']")).to_be_attached(timeout=BACK)
        expect(tab.locator(f"a[data-mine][data-ticket='{ending.pk}']")).to_have_count(0, timeout=BACK)
        expect(tab.locator("a[data-mine]")).to_have_count(2)
