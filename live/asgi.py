"""The event stream over HTTP: ``GET /live/<project>/`` as server-sent events.

``POST`` to the same URL is the page's presence ping, sent in response to each ``beat`` event. The server can't detect
a closed laptop by itself: writes to it are buffered without an error for a quarter of an hour.
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
    # Keeps nginx and similar proxies from buffering the stream.
    (b"x-accel-buffering", b"no"),
]


class NotSignedIn(Exception):
    """Raised by ``authorize`` if nobody is signed in; results in a 401 response."""


@dataclass(frozen=True, eq=False)
class Subscription:
    """What one browser may listen to.

    Args:
        topics: the current topics.
        recheck: called from time to time; returns the current topics, or None if the permission has ended.
            Async, or run in a thread.
        holder: whatever the presence hooks need, such as the member.
    """

    topics: frozenset[str]
    recheck: Callable[[], frozenset[str] | Awaitable[frozenset[str] | None] | None]
    holder: Any = None


Hook = Callable[[Subscription], Any]
Key = tuple[UUID, bytes]
Authorize = Callable[[Scope], Subscription | Awaitable[Subscription | None] | None]


@dataclass(frozen=True)
class Pace:
    """Intervals and timeouts of a stream, in seconds."""

    #: Interval of comment lines that keep the connection alive.
    heartbeat: float = 15.0
    #: Interval of ``beat`` events, which pages answer with a presence ping. Three fit into the minute after which an
    #: agent counts as offline.
    beat: float = 20.0
    #: Interval of re-checking the permission to listen.
    recheck: float = 60.0
    #: How long a new stream waits for the listener before it starts anyway.
    patience: float = 3.0
    #: How long a write may block before the browser is considered gone.
    stall: float = 30.0


class EventStream:
    """ASGI application for the event stream (HTTP and lifespan).

    Args:
        authorize: gets the ASGI scope, with the project's UUID as ``scope["live_project"]``; returns the
            ``Subscription``, or None for 404, or raises ``NotSignedIn`` for 401. Async, or run in a thread.
        on_open: called when a stream starts.
        on_beat: called at each presence ping of the page.
        on_close: called when a stream has ended, even if the person has other open streams.
        pace: see ``Pace``.
        hub: for tests; by default one per event loop is created.

    Hooks receive the ``Subscription``. They are async, or run in a thread (database connections are closed
    afterwards). Their exceptions are logged and do not end the stream.
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
        # By project and cookie: while an open stream is authorized, its presence pings need no check of their own.
        self._streams: dict[Key, list[_Stream]] = {}
        # Few: when a thousand browsers reconnect at once, they queue here rather than at the database.
        self._threads = ThreadPoolExecutor(4, "live")

    @property
    def hub(self) -> Hub:
        """Return the hub of the running event loop."""
        if self._hub is not None:
            return self._hub
        return self._hubs.setdefault(asyncio.get_running_loop(), Hub())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def close(self) -> None:
        """End all streams of the running event loop, before the server stops."""
        await self.hub.close()

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function: await it if it is async, else run it in a thread and close its database connections."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _call_and_close, function, args)

    async def hook(
        self, function: Hook | None, subscription: Subscription, unless: Callable[[], bool] = lambda: False
    ) -> bool:
        """Call a presence hook unless ``unless()``; return whether it was called.

        Args:
            function: the hook, if there is one.
            subscription: its argument.
            unless: called right before the hook, in its thread: the permission may end while waiting for a thread.
        """
        if function is None or inspect.iscoroutinefunction(function):
            if unless():
                return False
            if function is not None:
                with _logged():
                    await function(subscription)
            return True
        return bool(await self.run(_call_unless, function, subscription, unless))

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
            # Pages of other sites can't send this header, so they can't fake the person's presence.
            await _refuse(send, 403, "not_allowed")
            return
        if scope["method"] == "POST":
            await self._sign_of_life(scope, project, send)
        else:
            await self._open(scope, project, receive, send)

    async def _open(self, scope: Scope, project: UUID, receive: Receive, send: Send) -> None:
        # Subscribe before checking permission, so that a permission that ends in between is noticed.
        await self.hub.ready(self.pace.patience)
        mark, subscription = await self._let_in(scope, project, send)
        if subscription:
            await _Stream(self, subscription, receive, send, (project, cookie_of(scope))).serve(mark)

    async def _sign_of_life(self, scope: Scope, project: UUID, send: Send) -> None:
        known = self._streams.get((project, cookie_of(scope)), ())
        stream = next((one for one in known if one.is_certain), None)
        if stream is None or not await self.hook(self.on_beat, stream.subscription, lambda: stream.in_doubt):
            _mark, subscription = await self._let_in(scope, project, send, self.on_beat)
            if subscription is None:
                return
        await send({"type": "http.response.start", "status": 204, "headers": _SAFE})
        await send({"type": "http.response.body", "body": b""})

    async def _let_in(
        self, scope: Scope, project: UUID, send: Send, then: Hook | None = None
    ) -> tuple[int | None, Subscription | None]:
        """Authorize a request; respond with an error if it is refused.

        Args:
            scope: the request's ASGI scope.
            project: the project it names.
            send: ASGI send, for an error response.
            then: a hook to call right after authorization, in the same thread.

        Returns:
            The hub's mark from before the check, and the subscription; None if the request was refused.
        """
        try:
            mark, subscription = await self._ask({**scope, "live_project": project}, then)
        except NotSignedIn:
            await _refuse(send, 401, "not_authenticated")
        except Exception:
            logger.exception("live: could not authorize a stream")
            await _refuse(send, 503, "unavailable", (b"retry-after", b"5"))
        else:
            if subscription is None:
                await _refuse(send, 404, "not_found")
            elif self.hub.closed:
                await _refuse(send, 503, "stopping", (b"retry-after", b"2"))
            else:
                return mark, subscription
        return None, None

    async def _ask(self, scope: Scope, then: Hook | None) -> tuple[int | None, Subscription | None]:
        hub = self.hub
        if inspect.iscoroutinefunction(self.authorize) or inspect.iscoroutinefunction(then):
            mark = hub.mark
            subscription: Subscription | None = await self.run(self.authorize, scope)
            if subscription:
                await self.hook(then, subscription)
            return mark, subscription

        def ask() -> tuple[int | None, Any]:
            mark = hub.mark
            subscription: Any = self.authorize(scope)
            if subscription and then:
                _call_unless(then, subscription)
            return mark, subscription

        return await self.run(ask)

    def know(self, stream: "_Stream") -> None:
        """Accept presence pings of this stream's browser without a check, while the permission is certain."""
        if stream.key[1]:
            self._streams.setdefault(stream.key, []).append(stream)

    def forget(self, stream: "_Stream", *, others: bool = False) -> None:
        """Stop accepting presence pings for a stream that has ended; with ``others``, for the same browser's other
        streams too, as the permission itself has ended."""
        known = self._streams.get(stream.key, [])
        if others:
            known.clear()
        elif stream in known:
            known.remove(stream)
        if not known:
            self._streams.pop(stream.key, None)


@dataclass(eq=False)
class _Stream:
    """An open stream of one browser page."""

    app: EventStream
    subscription: Subscription
    receive: Receive
    send: Send
    key: Key
    number: int = field(default=0, init=False)
    disconnected: bool = field(default=False, init=False)
    # Since when the permission could not be checked.
    unsure_since: float | None = field(default=None, init=False)
    # The mailbox's change count at the last check of the permission.
    settled: int = field(default=0, init=False)

    @property
    def in_doubt(self) -> bool:
        """Whether the permission has ended, or may have according to events since the last check. Called from
        threads too."""
        return self.mailbox.closed or self.unsure_since is not None or self.settled != self.mailbox.changes

    @property
    def is_certain(self) -> bool:
        """Whether the permission stands, and its end would be noticed."""
        return self.hub.listening and not self.in_doubt

    async def serve(self, mark: int | None) -> None:
        """Subscribe, acknowledge, and forward events until either side ends the stream.

        Args:
            mark: the hub's mark from before the permission was checked.
        """
        self.hub = hub = self.app.hub
        self.mailbox: Mailbox = hub.subscribe(self.subscription.topics)
        if mark != hub.mark:
            self.mailbox.put(Heard("revoked"))
        self.app.know(self)
        watch = asyncio.create_task(self._watch_for_disconnect())
        try:
            await self._start()
            if await self._greet():
                await self._tell_until_end()
            self.mailbox.close()
            if not self.disconnected:
                await self._write(b"", more=False)
        except (OSError, TimeoutError):
            # The browser disconnected during a write, or does not read.
            pass
        finally:
            watch.cancel()
            self.mailbox.close()
            hub.unsubscribe(self.mailbox)
            self.app.forget(self)
            await self.app.hook(self.app.on_close, self.subscription)

    async def _watch_for_disconnect(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.disconnected = True
        self.mailbox.close()

    async def _start(self) -> None:
        await self.send({"type": "http.response.start", "status": 200, "headers": [*_SAFE, *_STREAM]})
        await self._tell(Heard("ready"))

    async def _greet(self) -> bool:
        """Call the open hook while the permission stands; return False if the stream is to end."""
        while not await self.app.hook(self.app.on_open, self.subscription, lambda: self.in_doubt):
            if self.mailbox.closed or not await self._still_allowed(asked=True):
                return False
        return True

    async def _tell_until_end(self) -> None:
        pace = self.app.pace
        now = asyncio.get_running_loop().time
        heartbeat, beat = now() + pace.heartbeat, now() + pace.beat
        # Jitter: streams opened together (after a restart) should not keep checking together.
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
        """Forward an event to the browser; return False if the stream is to end."""
        if heard.kind == "revoked":
            return await self._still_allowed(asked=True)
        if heard.kind == "access":
            # Subscribe to the new topics before the page refetches.
            return await self._still_allowed(heard, asked=True)
        if heard == RESYNC:
            # A missed event may have been the end of the permission.
            return await self._still_allowed(heard)
        await self._tell(heard)
        return True

    async def _still_allowed(self, news: Heard | None = None, *, asked: bool = False) -> bool:
        """Re-check the permission and update the topics; return False if the stream is to end.

        Args:
            news: event to forward afterwards if the stream continues; without it, ``resync`` if the topics changed.
            asked: permissions are known to have changed, so the stream ends if they can't be read. Otherwise it
                continues for another round: a short database outage should not make all browsers reconnect.
        """
        now = asyncio.get_running_loop().time()
        changes = self.mailbox.changes
        try:
            topics = await self.app.run(self.subscription.recheck)
        except Exception:
            logger.exception("live: could not check a stream's authorization again")
            self.unsure_since = now if self.unsure_since is None else self.unsure_since
            goes_on = not asked and now - self.unsure_since < self.app.pace.recheck * 0.9
            if goes_on and news:
                await self._tell(news)
            return goes_on
        if topics is None:
            # Before awaiting anything: a browser that does not read keeps the stream open for a while.
            self.mailbox.close()
            self.app.forget(self, others=True)
            await self._tell(Heard("gone"))
            return False
        self.unsure_since, self.settled = None, changes
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


def _call_unless(function: Hook, subscription: Subscription, unless: Callable[[], bool] = lambda: False) -> bool:
    """Call a presence hook unless ``unless()``; return whether it was called. Its exceptions are logged."""
    if unless():
        return False
    with _logged():
        function(subscription)
    return True


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except Exception:
        logger.exception("live: a presence hook failed")


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
    """Return the request's ``Cookie`` header, which identifies the browser; empty if there is none."""
    return b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie")


def _has_header(scope: Scope, name: bytes) -> bool:
    return any(key.lower() == name for key, _ in scope["headers"])


async def _refuse(send: Send, status: int, code: str, *headers: tuple[bytes, bytes]) -> None:
    """Respond with a code only: it is read by the page's script, not by people."""
    body = json.dumps({"code": code}).encode()
    start = [*_SAFE, (b"content-type", b"application/json"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
