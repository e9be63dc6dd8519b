"""The hub of a process: listens once and passes each event to the streams subscribed to its topics.

Everything here runs in one event loop and needs no locks.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Iterable
from dataclasses import dataclass

from . import wire
from .transport import Transport, get_transport

logger = logging.getLogger("live")

Ids = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Timing:
    """Intervals in seconds, and the length of a stream's queue."""

    #: First and longest delay before reconnecting the listener; doubled after each attempt.
    backoff: float = 0.2
    backoff_limit: float = 10.0
    #: Spread of a ``resync`` over all streams, so that they don't refetch at once.
    jitter: float = 3.0
    #: Interval of ``resync`` while the listener is down.
    blind: float = 20.0
    #: Maximum number of events queued for a slow browser.
    queue: int = 200


@dataclass(frozen=True)
class Heard:
    """An event for a stream's browser."""

    kind: str
    ids: Ids = ()


RESYNC = Heard("resync")
#: Kinds that report changed permissions: for the server rather than the browser.
RIGHTS = frozenset({"access", "revoked"})


class Mailbox:
    """The event queue of one stream, without duplicates: an event only says what to refetch."""

    def __init__(self, topics: frozenset[str], limit: int) -> None:
        self.topics = topics
        self._limit = limit
        self._waiting: dict[Heard, None] = {}
        self._arrived = asyncio.Event()
        self.closed = False
        #: Number of possible changes of the owner's permissions.
        self.changes = 0

    def put(self, heard: Heard) -> None:
        """Add an event; if the queue is full, replace all events except ``RIGHTS`` by one ``resync``."""
        self._waiting.setdefault(heard)
        self.changes += heard.kind in RIGHTS
        if len(self._waiting) > self._limit:
            kept = [one for one in self._waiting if one.kind in RIGHTS]
            self._waiting = dict.fromkeys([*kept[: self._limit], RESYNC])
        self._arrived.set()

    async def take(self, within: float) -> Heard | None:
        """Return the oldest event, or None when ``within`` seconds have passed or the mailbox is closed."""
        if not self._waiting and not self.closed:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(within, 0)):
                    await self._arrived.wait()
        if self.closed or not self._waiting:
            return None
        heard = next(iter(self._waiting))
        del self._waiting[heard]
        return heard

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self._arrived.set()


class Hub:
    """Subscriptions by topic, fed by one listener."""

    def __init__(self, transport: Transport | None = None, timing: Timing | None = None) -> None:
        self._transport = transport
        self._timing = timing or Timing()
        self._mailboxes: set[Mailbox] = set()
        self._by_topic: dict[str, set[Mailbox]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._listening: asyncio.Event | None = None
        self._pause = self._timing.backoff
        # Whether streams may have missed events because the listener was down.
        self._missed = False
        self._poll_at = 0.0
        self._changes = 0
        #: Whether the server is stopping.
        self.closed = False

    def __len__(self) -> int:
        """Return the number of open streams."""
        return len(self._mailboxes)

    @property
    def listening(self) -> bool:
        """Whether events are being received."""
        return self._listening is not None and self._listening.is_set()

    @property
    def mark(self) -> int | None:
        """A counter of permission changes received or possibly missed, anybody's; None while not listening.

        Equal before and after a permission check, it proves that the result is still valid.
        """
        return self._changes if self.listening else None

    def subscribe(self, topics: Iterable[str]) -> Mailbox:
        """Return a mailbox that receives the events of the topics from now on. Starts listening if necessary."""
        self._start()
        mailbox = Mailbox(frozenset(topics), self._timing.queue)
        self._mailboxes.add(mailbox)
        self._index(mailbox)
        return mailbox

    def move(self, mailbox: Mailbox, topics: Iterable[str]) -> None:
        """Change the topics of a mailbox; queued events stay."""
        self._unindex(mailbox)
        mailbox.topics = frozenset(topics)
        self._index(mailbox)

    def unsubscribe(self, mailbox: Mailbox) -> None:
        self._mailboxes.discard(mailbox)
        self._unindex(mailbox)

    async def ready(self, within: float) -> bool:
        """Wait at most ``within`` seconds until events are received; return whether they are. Starts listening if
        necessary.

        If False, a ``resync`` follows as soon as the listener is up.
        """
        self._start()
        if self._listening is None:
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._listening.wait()
        self._missed |= not self.listening
        return self.listening

    def fan_out(self, event: wire.Event) -> None:
        """Put an event into the mailbox of each stream subscribed to any of its topics, once."""
        heard = Heard(event.kind, event.ids)
        self._changes += event.kind in RIGHTS
        for mailbox in set().union(*(self._by_topic.get(topic, ()) for topic in event.topics)):
            mailbox.put(heard)

    def end_streams(self) -> None:
        """End all streams and refuse new ones."""
        self.closed = True
        for mailbox in self._mailboxes:
            mailbox.close()

    async def close(self) -> None:
        """End all streams and stop listening."""
        self.end_streams()
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    def _index(self, mailbox: Mailbox) -> None:
        for topic in mailbox.topics:
            self._by_topic.setdefault(topic, set()).add(mailbox)

    def _unindex(self, mailbox: Mailbox) -> None:
        for topic in mailbox.topics:
            mailboxes = self._by_topic.get(topic, set())
            mailboxes.discard(mailbox)
            if not mailboxes:
                self._by_topic.pop(topic, None)

    def _start(self) -> None:
        if self._listener is None and not self.closed:
            self._listening = asyncio.Event()
            self._poll_at = asyncio.get_running_loop().time() + self._timing.blind
            self._listener = asyncio.create_task(self._listen_for_ever(), name="live listener")

    async def _listen_for_ever(self) -> None:
        timing = self._timing
        while True:
            try:
                await self._listen()
            except Exception as error:
                # Whatever the cause, reconnect; pages get a ``resync`` afterwards.
                logger.warning("live: lost the listener: %s", error)
            if self.listening:
                self._lost()
            self._poll_blindly()
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.5))
            self._pause = min(self._pause * 2, timing.backoff_limit)

    async def _listen(self) -> None:
        transport = self._transport or get_transport()
        async with transport.listen() as texts:
            self._found()
            async for text in texts:
                self._read(text)

    def _found(self) -> None:
        assert self._listening is not None
        self._listening.set()
        self._pause = self._timing.backoff
        if self._missed:
            logger.info("live: listening again")
            self._missed = False
            self._doubt_all()
            self._resync_all()

    def _lost(self) -> None:
        assert self._listening is not None
        self._listening.clear()
        self._missed = True
        self._doubt_all()
        self._poll_at = asyncio.get_running_loop().time() + self._timing.blind

    def _poll_blindly(self) -> None:
        """While the listener is down, send a ``resync`` now and then: late updates rather than none."""
        now = asyncio.get_running_loop().time()
        if now >= self._poll_at:
            self._poll_at = now + self._timing.blind
            self._resync_all()

    def _doubt_all(self) -> None:
        """A missed event may have ended a permission: streams check at the next ``resync``."""
        self._changes += 1
        for mailbox in self._mailboxes:
            mailbox.changes += 1

    def _resync_all(self) -> None:
        loop = asyncio.get_running_loop()
        for mailbox in self._mailboxes:
            loop.call_later(random.uniform(0, self._timing.jitter), mailbox.put, RESYNC)

    def _read(self, text: str) -> None:
        try:
            events = wire.decode(text)
        except ValueError:
            logger.warning("live: ignored a malformed notification")
            return
        for event in events:
            self.fan_out(event)
