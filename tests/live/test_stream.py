"""The stream a browser reads, driven as a server would drive it."""

import asyncio
import logging
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest

from live import publish
from live.asgi import NotSignedIn, Pace
from tests.live.tools import PROJECT, Access, Browser, ask, browsing, end_listeners, in_thread, run, until


def test_it_is_ready_after_subscribing_and_tells_kinds_and_ids(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app) as browser:
            assert browser.status == 200
            assert browser.headers["content-type"] == "text/event-stream"
            assert browser.headers["cache-control"] == "no-store"
            assert browser.headers["x-accel-buffering"] == "no"
            assert browser.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in browser.headers["content-security-policy"]
            await in_thread(publish, ["queue:1"], "ticket", ticket="a")
            await in_thread(publish, ["queue:2"], "ticket", ticket="b")
            await in_thread(publish, ["user:1"], "message", ticket="a", message="m")
            await browser.hears("ready", "ticket", "message")
            assert browser.events[1:] == [
                ("ticket", {"ticket": "a"}),
                ("message", {"ticket": "a", "message": "m"}),
            ]
            assert [line for line in browser.body.split("\n") if line.startswith("id: ")] == [
                "id: 1",
                "id: 2",
                "id: 3",
            ]
        assert len(app.hub) == 0
        assert access.hooks == ["on_open", "on_close"]

    run(app, story)


def test_nothing_is_missed_between_ready_and_the_fetch(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        for number in range(10):
            async with browsing(app) as browser:
                await in_thread(publish, ["queue:1"], "ticket", ticket=str(number))
                await browser.hears("ready", "ticket")

    run(app, story)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/live/", 404),
        ("GET", "/live/not-a-project-but-just-as-long-000000/", 404),
        ("GET", f"/live/{PROJECT}/more/", 404),
        ("PUT", f"/live/{PROJECT}/", 405),
        ("HEAD", f"/live/{PROJECT}/", 405),
        ("POST", f"/live/{PROJECT}/", 403),
    ],
)
def test_other_requests_are_refused_unasked(access: Access, method: str, path: str, status: int) -> None:
    app = access.app()

    async def story() -> None:
        browser = await ask(app, Browser(), method, path)
        assert (browser.status, browser.ended) == (status, True)
        assert browser.headers["x-content-type-options"] == "nosniff"
        assert access.asked == []

    run(app, story)


def test_outsiders_get_404_and_nobody_401(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        access.topics = None
        assert (await ask(app, Browser())).status == 404
        access.error = NotSignedIn()
        assert (await ask(app, Browser())).status == 401
        access.error = ConnectionError()
        assert (await ask(app, Browser())).status == 503
        assert len(app.hub) == 0 and access.hooks == []

    run(app, story)


def test_a_sign_of_life_is_asked_for_and_passed_on(access: Access) -> None:
    app = access.app(Pace(patience=60, heartbeat=3600, recheck=3600, beat=0.1))

    async def story() -> None:
        async with browsing(app) as browser:
            await until(lambda: "beat" in browser.kinds)
            answer = await ask(app, Browser(), "POST", headers=((b"x-live", b"beat"),))
            assert (answer.status, answer.body) == (204, "")
        assert access.hooks == ["on_open", "on_beat", "on_close"]

    run(app, story)


def test_whoever_has_a_stream_open_is_let_in_with_signs_of_life(access: Access) -> None:
    app = access.app()
    mine, another = ((b"cookie", b"sessionid=mine"),), ((b"cookie", b"sessionid=another"),)
    beat = ((b"x-live", b"beat"),)

    async def story() -> None:
        async with browsing(app, headers=mine):
            assert (await ask(app, Browser(), "POST", headers=mine + beat)).status == 204
            assert access.asked == ["authorize"]
            # Somebody else, another project, and whoever shows nothing are asked for their right.
            access.topics = None
            other_project = f"/live/{uuid4()}/"
            assert (await ask(app, Browser(), "POST", headers=another + beat)).status == 404
            assert (await ask(app, Browser(), "POST", other_project, headers=mine + beat)).status == 404
            assert (await ask(app, Browser(), "POST", headers=beat)).status == 404
        # And so is whoever had one.
        assert (await ask(app, Browser(), "POST", headers=mine + beat)).status == 404
        assert access.hooks == ["on_open", "on_beat", "on_close"]

    run(app, story)


def test_whoever_is_refused_has_no_sign_of_life(access: Access) -> None:
    """The stream ends with the right to it, and with it the signs of life."""
    app = access.app()
    mine = ((b"cookie", b"sessionid=mine"),)

    async def story() -> None:
        async with browsing(app, headers=mine) as browser:
            access.topics = None
            await in_thread(publish, ["user:1"], "access")
            await browser.hears("ready", "gone")
            await until(lambda: browser.ended)
            assert (await ask(app, Browser(), "POST", headers=(*mine, (b"x-live", b"beat")))).status == 404
        assert "on_beat" not in access.hooks

    run(app, story)


def test_a_failing_hook_does_not_end_the_stream(access: Access) -> None:
    app = access.app()
    app.on_open = lambda subscription: 1 / 0

    async def story() -> None:
        async with browsing(app) as browser:
            await in_thread(publish, ["queue:1"], "ticket")
            await browser.hears("ready", "ticket")

    run(app, story)


def test_the_line_is_kept_alive(access: Access) -> None:
    app = access.app(Pace(patience=60, heartbeat=0.05, beat=3600, recheck=3600))

    async def story() -> None:
        async with browsing(app) as browser:
            await until(lambda: browser.body.count(": \n\n") >= 3)
            assert browser.kinds == ["ready"]

    run(app, story)


def test_revocation_ends_the_stream_at_once(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app) as browser:
            access.topics = None
            await in_thread(publish, ["user:1"], "revoked")
            await until(lambda: browser.ended)
            assert browser.kinds == ["ready", "gone"]
            await in_thread(publish, ["queue:1"], "ticket")
            assert len(app.hub) == 0

    run(app, story)


def test_a_revocation_elsewhere_leaves_the_stream(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app) as browser:
            await in_thread(publish, ["user:1"], "revoked")
            await until(lambda: "recheck" in access.asked)
            await in_thread(publish, ["queue:1"], "ticket")
            await browser.hears("ready", "ticket")

    run(app, story)


def test_a_revocation_that_cannot_be_checked_ends_the_stream(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app) as browser:
            access.error = ConnectionError()
            await in_thread(publish, ["user:1"], "revoked")
            await until(lambda: browser.ended)
            assert browser.kinds == ["ready"]

    run(app, story)


def test_changed_access_swaps_the_topics_before_it_is_told(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app) as browser:
            access.topics = frozenset({"user:1", "queue:2"})
            await in_thread(publish, ["user:1"], "access")
            await browser.hears("ready", "access")
            await in_thread(publish, ["queue:1"], "ticket", ticket="old")
            await in_thread(publish, ["queue:2"], "ticket", ticket="new")
            await browser.hears("ready", "access", "ticket")
            assert browser.events[-1] == ("ticket", {"ticket": "new"})

    run(app, story)


def test_access_is_asked_for_again_without_any_event(access: Access) -> None:
    app = access.app(Pace(patience=60, heartbeat=3600, beat=3600, recheck=0.1))

    async def story() -> None:
        async with browsing(app) as browser:
            await until(lambda: access.asked.count("recheck") >= 2)
            assert browser.kinds == ["ready"]
            access.topics = frozenset({"user:1", "queue:2"})
            await browser.hears("ready", "resync")
            access.topics = None
            await until(lambda: browser.ended)
            assert browser.kinds == ["ready", "resync", "gone"]

    run(app, story)


def test_a_database_away_for_a_moment_ends_nothing_and_for_long_everything(
    access: Access,
) -> None:
    app = access.app(Pace(patience=60, heartbeat=3600, beat=3600, recheck=0.1))

    async def story() -> None:
        async with browsing(app) as browser:
            access.error_once = ConnectionError()
            await until(lambda: access.error_once is None)
            asked = len(access.asked)
            await until(lambda: len(access.asked) >= asked + 3)
            assert not browser.ended
            access.error = ConnectionError()
            await until(lambda: browser.ended)
            assert browser.kinds == ["ready"]

    run(app, story)


def test_the_listener_lost_means_fetching_again(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        async with browsing(app) as browser:
            assert await in_thread(end_listeners) == 1
            await browser.hears("ready", "resync")

    run(app, story)


def test_a_server_that_stops_ends_the_streams_and_takes_no_more(access: Access) -> None:
    app = access.app()

    async def story() -> None:
        messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        answers: list[str] = []
        stop = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if len(messages) == 1:
                await stop.wait()
            return messages.pop(0)

        async def send(message: dict[str, Any]) -> None:
            answers.append(message["type"])

        life = asyncio.create_task(app({"type": "lifespan"}, receive, send))
        async with browsing(app) as browser:
            stop.set()
            await until(lambda: browser.ended)
            await life
        assert answers == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert (await ask(app, Browser())).status == 503

    run(app, story)


STOPPING = """
import asyncio, os, signal
from live.stopping import on_stop_signal

async def main():
    ours, servers = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, servers.set)
    restore = on_stop_signal(ours.set)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(asyncio.gather(ours.wait(), servers.wait()), 60)
    restore()
    ours.clear(), servers.clear()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(servers.wait(), 60)
    print("again" if ours.is_set() else "heard")

asyncio.run(main())
"""


def test_a_stop_signal_is_heard_beside_the_server() -> None:
    # In a process of its own: signals belong to the main thread, which the tests share.
    done = subprocess.run([sys.executable, "-c", STOPPING], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "heard", done.stderr


def test_a_browser_that_does_not_read_is_given_up(access: Access) -> None:
    app = access.app(Pace(patience=60, heartbeat=3600, beat=3600, recheck=3600, stall=0.1))

    async def story() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(3600)
            return {}

        async def send(message: dict[str, Any]) -> None:
            if b"ticket" in message.get("body", b""):
                await asyncio.sleep(3600)

        scope = {"type": "http", "method": "GET", "path": f"/live/{PROJECT}/", "headers": []}
        stream = asyncio.create_task(app(scope, receive, send))
        await until(lambda: access.hooks)
        await in_thread(publish, ["queue:1"], "ticket")
        await stream
        assert len(app.hub) == 0 and access.hooks == ["on_open", "on_close"]

    run(app, story)


def test_two_hundred_streams_hear_an_event(access: Access) -> None:
    app = access.app()
    logging.getLogger("asyncio").setLevel(logging.ERROR)

    async def story() -> None:
        browsers = [Browser() for _ in range(200)]
        tasks = [asyncio.create_task(ask(app, browser)) for browser in browsers]
        await until(lambda: all("ready" in browser.kinds for browser in browsers))
        await in_thread(publish, ["queue:1"], "ticket")
        await until(lambda: all("ticket" in browser.kinds for browser in browsers))
        for browser in browsers:
            browser.leave.set()
        await asyncio.gather(*tasks)

    run(app, story)
