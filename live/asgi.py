"""The event stream over HTTP: ``GET /live/<project>/`` as server-sent events.

``POST`` to the same address is the page's sign of life, sent in answer to each ``beat`` event. The server
cannot tell by itself: what it writes to a laptop that was closed goes into buffers without an error for a
quarter of an hour.
"""

import asyncio
import inspect
import json
import logging
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connections

from .hub import RESYNC, Heard, Hub, Mailbox
from .stopping import on_stop_signal

logger = logging.getLogger("live")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")

_PATH = re.compile(r"/live/([0-9a-fA-F-]{36})/?")

_SAFE = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]
_STREAM = [
    (b"content-type", b"text/event-stream"),
    # For proxies of the nginx kind, which else collect before they pass on.
    (b"x-accel-buffering", b"no"),
]


class NotSignedIn(Exception):
    """Raised by ``authorize`` when nobody is signed in; answered with 401."""


@dataclass(frozen=True, eq=False)
class Subscription:
    """What one browser may hear.

    Args:
        topics: the topics now.
        recheck: asked again later; returns the topics as they are then, or None when the right is gone.
            Either async, or run in a thread.
        holder: whatever the presence hooks need, such as the member.
    """

    topics: frozenset[str]
    recheck: Callable[[], frozenset[str] | Awaitable[frozenset[str] | None] | None]
    holder: Any = None


Hook = Callable[[Subscription], Any]
Authorize = Callable[[Scope], Subscription | Awaitable[Subscription | None] | None]


@dataclass(frozen=True)
class Pace:
    """How often things happen in a stream, in seconds."""

    #: A comment line, so that proxies and browsers see that the line is alive.
    heartbeat: float = 15.0
    #: The page is asked for a sign of life. Three fit into the minute after which an agent counts as gone.
    beat: float = 20.0
    #: The right to listen is asked for again.
    recheck: float = 60.0
    #: How long a new stream waits for the listener before it starts without.
    patience: float = 3.0
    #: How long a browser may take to read before it is given up.
    stall: float = 30.0


class EventStream:
    """ASGI application for the event stream (HTTP and lifespan).

    Args:
        authorize: gets the ASGI scope, with the project's UUID as ``scope["live_project"]``; returns the
            ``Subscription``, or None for 404, or raises ``NotSignedIn`` for 401. Async, or run in a thread.
        on_open: called when a stream starts.
        on_beat: called at each sign of life of the page.
        on_close: called when a stream has ended, also when another of the same person is still open.
        pace: see ``Pace``.
        hub: for tests; otherwise one is made for the event loop.

    Hooks get the ``Subscription``, run in a thread (database connections are closed afterwards) or are async;
    what they raise is logged and does not end the stream.
    """

    def __init__(
        self,
        authorize: Authorize,
        *,
        on_open: Hook | None = None,
        on_beat: Hook | None = None,
        on_close: Hook | None = None,
        pace: Pace | None = None,
        hub: Hub | None = None,
    ) -> None:
        self.authorize = authorize
        self.pace = pace or Pace()
        self.on_open, self.on_beat, self.on_close = on_open, on_beat, on_close
        self._hub = hub
        self._hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()
        # Those whose streams are open, by project and cookie: their signs of life need not be let in again.
        self._following: dict[tuple[UUID, bytes], Subscription] = {}
        # Few: when a thousand browsers come back at once, they queue here and not at the database.
        self._threads = ThreadPoolExecutor(4, "live")

    @property
    def hub(self) -> Hub:
        """The hub of the running event loop."""
        if self._hub:
            return self._hub
        return self._hubs.setdefault(asyncio.get_running_loop(), Hub())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def close(self) -> None:
        """End all streams of the running event loop: the server is about to stop."""
        await self.hub.close()

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that may be async; a plain one in a thread, closing its database connections."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _call_and_close, function, args)

    async def hook(self, function: Hook | None, subscription: Subscription) -> None:
        """Call a presence hook."""
        if function is not None:
            try:
                await self.run(function, subscription)
            except Exception:
                logger.exception("live: a presence hook failed")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        restore = on_stop_signal(self.hub.end_streams)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        restore()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        project = _project_of(scope)
        if project is None:
            await _refuse(send, 404, "not_found")
            return
        if scope["method"] not in {"GET", "POST"}:
            await _refuse(send, 405, "method_not_allowed", (b"allow", b"GET, POST"))
            return
        if scope["method"] == "POST" and not _has_header(scope, b"x-live"):
            # Another site's page cannot send this header, so it cannot pretend that the person is here.
            await _refuse(send, 403, "not_allowed")
            return
        key = (project, cookie_of(scope))
        if scope["method"] == "POST" and (following := self._following.get(key)):
            await self._beat(following, send)
            return
        try:
            subscription = await self.run(self.authorize, {**scope, "live_project": project})
        except NotSignedIn:
            await _refuse(send, 401, "not_authenticated")
            return
        except Exception:
            logger.exception("live: could not tell who may listen")
            await _refuse(send, 503, "unavailable", (b"retry-after", b"5"))
            return
        if subscription is None:
            await _refuse(send, 404, "not_found")
        elif self.hub.closed:
            await _refuse(send, 503, "stopping", (b"retry-after", b"2"))
        elif scope["method"] == "POST":
            await self._beat(subscription, send)
        else:
            with self._known(key, subscription):
                await _Stream(self, subscription, receive, send).serve()

    async def _beat(self, subscription: Subscription, send: Send) -> None:
        await self.hook(self.on_beat, subscription)
        await send({"type": "http.response.start", "status": 204, "headers": _SAFE})
        await send({"type": "http.response.body", "body": b""})

    @contextmanager
    def _known(self, key: tuple[UUID, bytes], subscription: Subscription) -> Iterator[None]:
        """While a stream is open whoever has it is let in: the stream ends with the right to it."""
        if key[1]:
            self._following[key] = subscription
        try:
            yield
        finally:
            if self._following.get(key) is subscription:
                del self._following[key]


@dataclass(eq=False)
class _Stream:
    """One open stream."""

    app: EventStream
    subscription: Subscription
    receive: Receive
    send: Send
    number: int = field(default=0, init=False)
    disconnected: bool = field(default=False, init=False)
    # Since when the right to listen could not be asked for.
    unsure_since: float | None = field(default=None, init=False)

    async def serve(self) -> None:
        """Subscribe, say so, tell what happens until either side ends it."""
        hub = self.app.hub
        self.mailbox: Mailbox = hub.subscribe(self.subscription.topics)
        watch = asyncio.create_task(self._watch_for_disconnect())
        try:
            await hub.ready(self.app.pace.patience)
            await self._start()
            await self.app.hook(self.app.on_open, self.subscription)
            await self._tell_until_end()
            if not self.disconnected:
                await self._write(b"", more=False)
        except (OSError, TimeoutError):
            # The browser went away while it was written to, or does not read.
            pass
        finally:
            watch.cancel()
            hub.unsubscribe(self.mailbox)
            await self.app.hook(self.app.on_close, self.subscription)

    async def _watch_for_disconnect(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.disconnected = True
        self.mailbox.close()

    async def _start(self) -> None:
        await self.send({"type": "http.response.start", "status": 200, "headers": [*_SAFE, *_STREAM]})
        await self._tell(Heard("ready"))

    async def _tell_until_end(self) -> None:
        pace = self.app.pace
        now = asyncio.get_running_loop().time
        heartbeat, beat = now() + pace.heartbeat, now() + pace.beat
        # Streams opened together (after a restart) shall not ask together for ever.
        recheck = now() + pace.recheck * random.uniform(0.5, 1.0)
        while not self.mailbox.closed:
            heard = await self.mailbox.take(min(heartbeat, beat, recheck) - now())
            if self.mailbox.closed or (heard and not await self._pass_on(heard)):
                return
            if now() >= recheck:
                recheck = now() + pace.recheck
                if not await self._still_allowed():
                    return
            if now() >= beat:
                beat = now() + pace.beat
                await self._tell(Heard("beat"))
            if now() >= heartbeat:
                heartbeat = now() + pace.heartbeat
                await self._write(b": \n\n")

    async def _pass_on(self, heard: Heard) -> bool:
        """Tell the browser; False when the stream is to end."""
        if heard.kind == "revoked":
            return await self._still_allowed(asked=True)
        if heard.kind == "access":
            # Subscribe to the new topics first, then let the page fetch.
            return await self._still_allowed(heard, asked=True)
        await self._tell(heard)
        return True

    async def _still_allowed(self, news: Heard | None = None, *, asked: bool = False) -> bool:
        """Ask again what may be heard and move there; False when the stream is to end.

        Args:
            news: told afterwards in any case; without it, ``resync`` when the topics changed.
            asked: the rights are known to have changed, so the stream ends if they cannot be read.
                Otherwise it goes on for one more round: a database that is away for a moment shall
                not bring all browsers back at once.
        """
        now = asyncio.get_running_loop().time()
        try:
            topics = await self.app.run(self.subscription.recheck)
        except Exception:
            logger.exception("live: could not tell who may still listen")
            self.unsure_since = now if self.unsure_since is None else self.unsure_since
            return not asked and now - self.unsure_since < self.app.pace.recheck * 0.9
        self.unsure_since = None
        if topics is None:
            await self._tell(Heard("gone"))
            return False
        if topics != self.mailbox.topics:
            self.app.hub.move(self.mailbox, topics)
            news = news or RESYNC
        if news:
            await self._tell(news)
        return True

    async def _tell(self, heard: Heard) -> None:
        self.number += 1
        data = json.dumps(dict(heard.ids), separators=(",", ":"))
        await self._write(f"id: {self.number}\nevent: {heard.kind}\ndata: {data}\n\n".encode())

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self.app.pace.stall):
            await self.send({"type": "http.response.body", "body": body, "more_body": more})


def _call_and_close(function: Callable[..., T], args: tuple[Any, ...]) -> T:
    try:
        return function(*args)
    finally:
        connections.close_all()


def _project_of(scope: Scope) -> UUID | None:
    root = scope.get("root_path", "")
    match = _PATH.fullmatch(scope["path"].removeprefix(root))
    try:
        return UUID(match[1]) if match else None
    except ValueError:
        return None


def cookie_of(scope: Scope) -> bytes:
    """Return the request's ``Cookie`` header, by which the browser is known; empty where it sends none."""
    return b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie")


def _has_header(scope: Scope, name: bytes) -> bool:
    return any(key.lower() == name for key, _ in scope["headers"])


async def _refuse(send: Send, status: int, code: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer with the code alone: the browser's script reads it, nobody sees a sentence."""
    body = json.dumps({"code": code}).encode()
    start = [*_SAFE, (b"content-type", b"application/json"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
