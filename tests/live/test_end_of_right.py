"""Nothing that was built on the right to listen outlasts it, however long what still runs takes to end."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from live import publish
from live.asgi import EventStream, Pace, Subscription
from live.hub import Hub
from tests.live.tools import (
    PROJECT,
    QUICK,
    Access,
    Browser,
    Deaf,
    ask,
    browsing,
    end_listeners,
    in_thread,
    run,
    until,
)

MINE = ((b"cookie", b"sessionid=mine"),)
ANOTHER = ((b"cookie", b"sessionid=another"),)


async def beat(app: EventStream, headers: tuple[tuple[bytes, bytes], ...] = MINE) -> int:
    """Send a sign of life; return the status of its answer."""
    return (await ask(app, Browser(), "POST", headers=(*headers, (b"x-live", b"beat")))).status


@contextmanager
def held() -> Iterator[tuple[threading.Event, Callable[[Any], None]]]:
    """A hook that begins and then waits until the block is left: the event says that it has begun."""
    begun, leave = threading.Event(), threading.Event()

    def hook(_subscription: Any) -> None:
        begun.set()
        assert leave.wait(60)

    try:
        yield begun, hook
    finally:
        leave.set()


class Unread(Browser):
    """A browser that stops reading at an event."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind.encode()
        self.stuck = asyncio.Event()

    async def open(self, app: EventStream) -> None:
        """Ask for the stream."""

        async def receive() -> dict[str, Any]:
            await self.leave.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if b"event: " + self.kind in message.get("body", b""):
                self.stuck.set()
                await self.leave.wait()

        scope = {"type": "http", "method": "GET", "path": f"/live/{PROJECT}/", "headers": list(MINE)}
        await app(scope, receive, send)


def test_while_the_hook_of_closing_runs(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app, headers=MINE) as browser:
            with held() as (begun, hook):
                app.on_close = hook
                access.topics = None
                await in_thread(publish, ["user:1"], "revoked")
                await until(begun.is_set)
                assert browser.kinds == ["ready", "gone"]
                assert await beat(app) == 404
        assert "on_beat" not in access.hooks

    run(app, story)


@pytest.mark.parametrize("kind", ["revoked", "access"])
def test_while_the_browser_does_not_read_that_it_is_over(access: Access, kind: str) -> None:
    app = access.app()

    async def story() -> None:
        browser = Unread("gone")
        stream = asyncio.create_task(browser.open(app))
        await until(lambda: "on_open" in access.hooks)
        access.topics = None
        await in_thread(publish, ["user:1"], kind)
        await browser.stuck.wait()
        assert await beat(app) == 404
        browser.leave.set()
        await stream
        assert "on_beat" not in access.hooks

    run(app, story)


def test_while_the_news_of_it_waits_behind_what_is_not_read(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        browser = Unread("ticket")
        stream = asyncio.create_task(browser.open(app))
        await until(lambda: "on_open" in access.hooks)
        await in_thread(publish, ["queue:1"], "ticket")
        await browser.stuck.wait()
        assert await beat(app) == 204 and access.asked == ["authorize"]
        access.topics = None
        before = app.hub.mark
        await in_thread(publish, ["user:1"], "access")
        await until(lambda: app.hub.mark != before)
        assert await beat(app) == 404
        browser.leave.set()
        await stream
        assert access.hooks.count("on_beat") == 1

    run(app, story)


def test_while_a_sign_of_life_waits_for_a_thread(access: Access) -> None:
    app = access.app()
    app._threads = ThreadPoolExecutor(1)

    async def story() -> None:
        async with browsing(app, headers=MINE), browsing(app, headers=ANOTHER):
            await until(lambda: access.hooks == ["on_open", "on_open"])
            record = app.on_beat
            with held() as (begun, hook):
                app.on_beat = hook
                first = asyncio.create_task(beat(app, ANOTHER))
                await until(begun.is_set)
                app.on_beat = record
                waiting = asyncio.create_task(beat(app))
                await until(lambda: app._threads._work_queue.qsize() == 1)
                access.topics = None
                before = app.hub.mark
                await in_thread(publish, ["user:1"], "revoked")
                await until(lambda: app.hub.mark != before)
            # What had begun before the end is done; what had not is asked for its right, like any other.
            assert (await first, await waiting) == (204, 404)
        assert "on_beat" not in access.hooks

    run(app, story)


def test_whoever_closes_an_older_stream_is_let_in_by_the_other(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app, headers=MINE):
            async with browsing(app, headers=MINE):
                pass
            assert await beat(app) == 204
            older = Browser()
            task = asyncio.create_task(ask(app, older, headers=MINE))
            await until(lambda: "ready" in older.kinds)
        assert await beat(app) == 204
        assert access.asked == ["authorize"] * 3
        access.topics = None
        older.leave.set()
        await task
        assert await beat(app) == 404

    run(app, story)


def test_what_one_stream_learns_counts_for_all_of_the_browser(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app, headers=MINE) as older:
            access.topics = frozenset({"user:2"})
            async with browsing(app, headers=MINE) as newer:
                access.topics = None
                await in_thread(publish, ["user:1"], "revoked")
                await until(lambda: older.ended)
                assert await beat(app) == 404
                assert newer.kinds == ["ready"]

    run(app, story)


def test_rights_that_changed_and_stand_let_in_again(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app, headers=MINE) as browser:
            access.topics = frozenset({"user:1", "queue:2"})
            await in_thread(publish, ["user:1"], "access")
            await browser.hears("ready", "access")
            assert await beat(app) == 204
            assert access.asked == ["authorize", "recheck"]

    run(app, story)


def test_what_ends_between_the_question_and_the_stream_ends_the_stream(access: Access) -> None:
    app = access.app()

    def authorize(scope: dict[str, Any]) -> Subscription | None:
        let_in, before = access.authorize(scope), app.hub.mark
        access.topics = None
        publish(["user:1"], "revoked")
        heard_by = time.monotonic() + 60
        while app.hub.mark == before and time.monotonic() < heard_by:
            time.sleep(0.005)
        return let_in

    app.authorize = authorize

    async def story() -> None:
        browser = await ask(app, Browser(), headers=MINE)
        assert browser.kinds == ["ready", "gone"]
        assert access.hooks == ["on_close"]

    run(app, story)


def test_what_ends_while_the_hook_of_opening_waits_for_a_thread_ends_the_stream(access: Access) -> None:
    app = access.app()
    app._threads = ThreadPoolExecutor(1)

    async def story() -> None:
        with held() as (begun, hook):

            def authorize(scope: dict[str, Any]) -> Subscription | None:
                app._threads.submit(hook, None)
                return access.authorize(scope)

            app.authorize = authorize
            browser = Browser()
            stream = asyncio.create_task(ask(app, browser, headers=MINE))
            await until(lambda: begun.is_set() and app._threads._work_queue.qsize() == 1)
            access.topics = None
            before = app.hub.mark
            await in_thread(publish, ["user:1"], "revoked")
            await until(lambda: app.hub.mark != before)
        await stream
        assert browser.kinds == ["ready", "gone"]
        assert access.hooks == ["on_close"]

    run(app, story)


def test_what_is_missed_while_nothing_is_heard_is_asked_for_afterwards(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app, headers=MINE) as browser:
            access.topics = None
            assert await in_thread(end_listeners) == 1
            await until(lambda: browser.ended)
            assert browser.kinds == ["ready", "gone"]
            assert await beat(app) == 404

    run(app, story)


def test_while_nothing_is_heard_each_sign_of_life_is_asked_for_its_right(access: Access) -> None:
    app = access.app(Pace(patience=0.01, heartbeat=3600, beat=3600, recheck=3600))
    app._hub = Hub(Deaf(), QUICK)

    async def story() -> None:
        async with browsing(app, headers=MINE):
            assert await beat(app) == 204
            assert access.asked.count("authorize") == 2
            access.topics = None
            assert await beat(app) == 404

    run(app, story)
