"""The hub: one listener, fan-out to topics, nothing lost silently."""

import time
from itertools import pairwise
from typing import Any

from django.db import connection

from live import publish, wire
from live.hub import RESYNC, Heard, Hub, Mailbox, Timing
from live.transport import CHANNEL
from tests.live.tools import QUICK, Deaf, close, end_listeners, in_thread, listeners, play, until


def waiting(mailbox: Mailbox) -> list[str]:
    """The kinds that wait in a mailbox."""
    return [heard.kind for heard in mailbox._waiting]


def test_an_event_reaches_the_streams_of_its_topics_once(transactional_db: None) -> None:
    async def story() -> None:
        hub = Hub(timing=QUICK)
        first = hub.subscribe({"queue:1", "agent:1"})
        second = hub.subscribe({"queue:2"})
        assert await hub.ready(60)
        await in_thread(publish, ["queue:1", "agent:1"], "ticket", ticket="a")
        assert await first.take(60) == Heard("ticket", (("ticket", "a"),))
        assert waiting(first) == waiting(second) == []
        await close(hub)

    play(story())


def test_streams_can_move_to_other_topics_and_leave(transactional_db: None) -> None:
    async def story() -> None:
        hub = Hub(timing=QUICK)
        mailbox = hub.subscribe({"queue:1"})
        hub.move(mailbox, {"queue:2"})
        hub.fan_out(wire.Event(frozenset({"queue:1"}), "old"))
        hub.fan_out(wire.Event(frozenset({"queue:2"}), "new"))
        assert waiting(mailbox) == ["new"]
        hub.unsubscribe(mailbox)
        assert len(hub) == 0 and hub._by_topic == {}
        await close(hub)

    play(story())


def test_equal_events_wait_once_and_an_overflow_becomes_resync() -> None:
    async def story() -> None:
        mailbox = Mailbox(frozenset(), limit=3)
        for _ in range(10):
            mailbox.put(Heard("message", (("ticket", "a"),)))
        assert waiting(mailbox) == ["message"]
        mailbox.put(Heard("access"))
        for number in range(10):
            mailbox.put(Heard("ticket", (("ticket", str(number)),)))
        assert waiting(mailbox)[:2] == ["access", "resync"]
        assert len(waiting(mailbox)) <= 4

    play(story())


def test_after_the_listener_was_cut_it_listens_again_and_all_resync(
    transactional_db: None,
) -> None:
    async def story() -> None:
        hub = Hub(timing=QUICK)
        mailboxes = [hub.subscribe({f"queue:{number}"}) for number in range(3)]
        assert await hub.ready(60)
        assert await in_thread(end_listeners) == 1
        assert [await mailbox.take(60) for mailbox in mailboxes] == [RESYNC] * 3
        assert hub.listening
        await in_thread(publish, ["queue:1"], "ticket")
        assert await mailboxes[1].take(60) == Heard("ticket")
        await close(hub)

    play(story())


def test_while_nothing_can_be_heard_pages_fetch_now_and_then() -> None:
    async def story() -> None:
        hub = Hub(Deaf(), QUICK)
        mailbox = hub.subscribe({"queue:1"})
        assert not await hub.ready(0.01)
        assert await mailbox.take(60) == RESYNC
        assert await mailbox.take(60) == RESYNC
        await hub.close()

    play(story())


def test_attempts_to_listen_grow_rarer() -> None:
    attempts: list[float] = []

    async def story() -> None:
        class Counting(Deaf):
            def listen(self) -> Any:
                attempts.append(time.monotonic())
                raise ConnectionError("away")

        hub = Hub(Counting(), Timing(backoff=0.01, backoff_limit=10))
        hub.subscribe(set())
        await until(lambda: len(attempts) == 7)
        await hub.close()

    play(story())
    # Half of the pause at the least; how much later than that it is tried again says nothing but how busy it is.
    for number, (one, following) in enumerate(pairwise(attempts)):
        assert following - one > 0.01 * 2**number * 0.45


def test_foreign_texts_on_the_line_are_skipped(transactional_db: None) -> None:
    def shout(text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])

    async def story() -> None:
        hub = Hub(timing=QUICK)
        mailbox = hub.subscribe({"queue:1"})
        assert await hub.ready(60)
        for text in ("", "{}x", "7", '[{"t":1}]', '["x"]', '[{"t":["queue:1"],"k":"a","i":[]}]'):
            await in_thread(shout, text)
        await in_thread(publish, ["queue:1"], "ticket")
        assert await mailbox.take(60) == Heard("ticket")
        await close(hub)

    play(story())


def test_closing_ends_the_streams_and_the_listener(transactional_db: None) -> None:
    async def story() -> None:
        hub = Hub(timing=QUICK)
        mailbox = hub.subscribe({"queue:1"})
        assert await hub.ready(60)
        await close(hub)
        assert mailbox.closed and await mailbox.take(60) is None

    play(story())


def test_no_listener_without_a_stream(transactional_db: None) -> None:
    async def story() -> None:
        hub = Hub(timing=QUICK)
        assert await in_thread(listeners) == 0
        hub.subscribe(set())
        await until(lambda: hub.listening)
        assert await in_thread(end_listeners) == 1
        await close(hub)

    play(story())
