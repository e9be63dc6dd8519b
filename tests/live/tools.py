"""Tools for the event stream: what goes over the line, and a browser without a browser."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
from django.db import connection, connections
from django.test import Client

from live.asgi import EventStream, Pace, Subscription
from live.hub import Hub, Timing
from live.transport import CHANNEL
from orgs.models import User
from tests.builders import Desk

T = TypeVar("T")

PROJECT = UUID("01900000-0000-7000-8000-000000000001")

QUICK = Timing(backoff=0.02, backoff_limit=0.1, jitter=0.02, blind=0.2, queue=5)
NEVER = Pace(heartbeat=3600, beat=3600, recheck=3600, patience=60)


class Line:
    """A second listener that sees what is sent between processes."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._heard: list[str] = []
        connection.add_notify_handler(lambda one: self._heard.append(one.payload))

    def texts(self) -> list[str]:
        """Return what was sent so far: what was committed before a text of our own comes before it."""
        last = f"the last: {uuid4()}"
        self.connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, last])
        while last not in self._heard:
            self.connection.execute("SELECT 1")
        at = self._heard.index(last)
        found, self._heard = self._heard[:at], self._heard[at + 1 :]
        return found

    def events(self) -> list[dict[str, Any]]:
        """Return the events of all texts."""
        return [event for text in self.texts() for event in json.loads(text)]


def play(story: Coroutine[Any, Any, T]) -> T:
    """Run a story in an event loop of a thread of its own: the browser's driver may have one in this thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, story).result()


async def in_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run code that uses the database, as a view would."""

    def call() -> Any:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


async def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def _of_listeners(figure: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {figure} FROM pg_stat_activity"
            " WHERE application_name = 'weni-chats live' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def end_listeners() -> int:
    """Cut the listeners' connections; return how many there were."""
    return _of_listeners("count(pg_terminate_backend(pid))")


def listeners() -> int:
    """Return how many listen."""
    return _of_listeners("count(*)")


async def nobody_listens() -> None:
    """Wait until the database has seen the end of those who listened: it hears of it a moment after they left."""
    async with asyncio.timeout(30):
        while await in_thread(listeners):
            await asyncio.sleep(0.02)


async def close(hub: Hub) -> None:
    """Close a hub, until the database has seen it."""
    await hub.close()
    await nobody_listens()


@dataclass
class Access:
    """Who may hear what, as the tests want it; records what was asked."""

    topics: frozenset[str] | None = frozenset({"user:1", "queue:1"})
    error: Exception | None = None
    #: As ``error``, for the next question alone.
    error_once: Exception | None = None
    asked: list[str] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)

    def authorize(self, scope: dict[str, Any]) -> Subscription | None:
        """Stand in for the project's own rule."""
        topics = self._answer("authorize")
        return Subscription(topics, lambda: self._answer("recheck")) if topics else None

    def _answer(self, question: str) -> frozenset[str] | None:
        self.asked.append(question)
        if self.error_once:
            error, self.error_once = self.error_once, None
            raise error
        if self.error:
            raise self.error
        return self.topics

    def app(self, pace: Pace = NEVER, timing: Timing = QUICK) -> EventStream:
        """Return the application with recording hooks and a hub of its own."""
        hooks = {
            name: lambda subscription, name=name: self.hooks.append(name)
            for name in ("on_open", "on_beat", "on_close")
        }
        return EventStream(self.authorize, pace=pace, hub=Hub(timing=timing), **hooks)


@dataclass
class Browser:
    """One request to the application."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    ended: bool = False
    leave: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def events(self) -> list[tuple[str, dict[str, str]]]:
        """What was told: kind and ids."""
        told = []
        for block in self.body.split("\n\n")[:-1]:
            fields = dict(part.partition(": ")[::2] for part in block.split("\n"))
            if "event" in fields:
                told.append((fields["event"], json.loads(fields["data"])))
        return told

    @property
    def kinds(self) -> list[str]:
        """The kinds told."""
        return [kind for kind, _ in self.events]

    async def hears(self, *kinds: str) -> None:
        """Wait until exactly these were told."""
        try:
            await until(lambda: self.kinds == list(kinds))
        except TimeoutError:
            assert self.kinds == list(kinds)


async def ask(
    app: EventStream,
    browser: Browser,
    method: str = "GET",
    path: str = f"/live/{PROJECT}/",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Browser:
    """Send one request and read the answer to its end."""

    async def receive() -> dict[str, Any]:
        await browser.leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            browser.status = message["status"]
            browser.headers = {key.decode(): value.decode() for key, value in message["headers"]}
        else:
            browser.body += message["body"].decode()
            browser.ended = not message.get("more_body")

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    await app(scope, receive, send)
    return browser


@asynccontextmanager
async def browsing(
    app: EventStream, path: str = f"/live/{PROJECT}/", headers: tuple[tuple[bytes, bytes], ...] = ()
) -> AsyncIterator[Browser]:
    """Open a stream and wait until it is ready; leave at the end."""
    browser = Browser()
    task = asyncio.create_task(ask(app, browser, path=path, headers=headers))
    try:
        await until(lambda: task.done() or "ready" in browser.kinds)
        yield browser
    finally:
        browser.leave.set()
        async with asyncio.timeout(30):
            await task


def run(app: EventStream, story: Callable[[], Awaitable[None]]) -> None:
    """Play a story in an event loop and close the application."""

    async def whole() -> None:
        async with asyncio.timeout(120):
            await story()
            await app.close()
            await nobody_listens()

    play(whole())


class Deaf:
    """A transport whose server is away."""

    limit = 1000

    def publish(self, texts: Any, using: str) -> None:
        raise ConnectionError

    def listen(self) -> Any:
        raise ConnectionError("away")


def scope_of(user: User | None, desk: Desk, **values: Any) -> dict[str, Any]:
    """The request of a browser in which the person is signed in."""
    client = Client()
    if user:
        client.force_login(user)
    cookie = client.cookies.output(header="", sep=";").strip()
    return {
        "type": "http",
        "method": "GET",
        "path": f"/live/{desk.project.pk}/",
        "headers": [(b"cookie", b"theme=dark"), (b"cookie", cookie.split(";")[0].encode())],
        "live_project": desk.project.pk,
        **values,
    }
