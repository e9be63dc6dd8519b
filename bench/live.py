"""Latency from commit to browser with many open desks: ``python -m bench.live``.

A database, the real server and as many real event streams as requested (HTTP on loopback, each with its own user's
session), which answer the server's pings as a browser does. Contacts write at a steady rate, and every second a
ticket joins a queue that a hundred agents watch. The baseline is the same with one stream.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

#: Agents per queue; tickets written to; streams opened concurrently; seconds between tickets that join a queue.
TEAM = 100
TICKETS = 100
AT_ONCE = 40
JOINS = 1.0
GOAL = 0.2
#: Seconds to wait for the last events; later ones count as missing.
LATE = 10


@dataclass(frozen=True)
class Heard:
    """An event as received by one stream; times in seconds of the machine's monotonic clock."""

    stream: int
    kind: str
    ticket: str
    at: float


# The browsers: a separate process, so that they do not wait for the writer.


async def _open(port: int, path: str, cookie: str, turn: asyncio.Semaphore) -> asyncio.StreamReader:
    """Open one stream; return once it is subscribed."""
    async with turn:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_request("GET", path, port, cookie))
        while (await reader.readuntil(b"\n")).strip() != b"event: ready":
            pass
        # Keep a reference, or the stream is garbage-collected and closed.
        reader.writer = writer  # type: ignore[attr-defined]
        return reader


async def _listen(number: int, reader: asyncio.StreamReader, answer: Callable[[], Any], heard: list[Heard]) -> None:
    """Record the events of a stream as long as it lasts."""
    kind = ""
    while line := await reader.readline():
        if line.startswith(b"event: "):
            kind = line[7:].strip().decode()
        elif line.startswith(b"data: ") and kind == "beat":
            answer()
        elif line.startswith(b"data: ") and kind in {"message", "ticket"}:
            heard.append(Heard(number, kind, json.loads(line[6:])["ticket"], time.monotonic()))


def _request(method: str, path: str, port: int, cookie: str) -> bytes:
    more = "X-Live: beat\r\nContent-Length: 0\r\nConnection: close\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n{more}\r\n".encode()


async def _answer(port: int, path: str, cookie: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_request("POST", path, port, cookie))
    await reader.read()
    writer.close()


async def _browse(pipe: Connection, port: int, path: str) -> None:
    """Follow commands: a list of cookies opens streams, True returns what was received, None quits."""
    heard: list[Heard] = []
    tasks: list[asyncio.Task] = []
    count, turn = 0, asyncio.Semaphore(AT_ONCE)
    while (asked := await asyncio.to_thread(pipe.recv)) is not None:
        if asked is True:
            pipe.send(heard[:])
            heard.clear()
            continue
        readers = await asyncio.gather(*(_open(port, path, cookie, turn) for cookie in asked))
        for reader, cookie in zip(readers, asked, strict=True):

            def answer(cookie: str = cookie) -> None:
                tasks.append(asyncio.create_task(_answer(port, path, cookie)))

            tasks.append(asyncio.create_task(_listen(count, reader, answer, heard)))
            count += 1
        pipe.send(count)
    for task in tasks:
        task.cancel()


def browsers(pipe: Connection, port: int, path: str) -> None:
    """Entry point of the browser process."""
    asyncio.run(_browse(pipe, port, path))


# The desk


@dataclass
class World:
    """The test data: the stream's URL, session cookies, and the tickets to write to."""

    path: str
    agents: list[str]
    watchers: list[str]
    tickets: list[Any]
    queues: list[Any]
    project: Any


def set_up(streams: int, tickets: int) -> World:
    """Create a project with that many agents (eleven of them watching), a hundred per queue, with tickets."""
    from orgs.models import OrganizationMembership, ProjectMembership, User
    from queues.models import AgentStatus, QueueAgent
    from tests.builders import Desk, number

    desk = Desk.set_up()
    watchers = [desk.administrator, *(desk.manager() for _ in range(min(10, streams // 10)))]
    count = max(streams - len(watchers), 1)
    queues = [desk.queue, *(desk.add_queue() for _ in range((count - 1) // TEAM))]
    people = [User(email=f"bench-{number()}@example.org", first_name="Agent", password="!") for _ in range(count)]
    User.objects.bulk_create(people)
    organization, project = desk.project.organization, desk.project
    OrganizationMembership.objects.bulk_create(
        OrganizationMembership(organization=organization, user=user, role="viewer") for user in people
    )
    ProjectMembership.objects.bulk_create(
        ProjectMembership(organization=organization, project=project, user=user, role="attendant") for user in people
    )
    QueueAgent.objects.bulk_create(QueueAgent(queue=queues[i // TEAM], user=user) for i, user in enumerate(people))
    desk.limit(1)
    # Only as many agents are online as get a ticket, so tickets that come later stay in the queue.
    AgentStatus.objects.bulk_create(
        AgentStatus(project=project, user=user, status="online", kept=True) for user in people[:tickets]
    )
    opened = [desk.open_ticket(queue=queues[i // TEAM]) for i in range(min(tickets, count))]
    return World(f"/live/{project.pk}/", _cookies(people), _cookies(watchers), opened, queues, desk)


def _cookies(people: Sequence[Any]) -> list[str]:
    """Return session cookies; sessions are created in bulk, as a thousand sign-ins take minutes."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils.crypto import get_random_string

    store, rows = SessionStore(), []
    for user in people:
        content = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
        rows.append(Session(session_key=key, session_data=store.encode(content), expire_date=store.get_expiry_date()))
    Session.objects.bulk_create(rows)
    return [f"{settings.SESSION_COOKIE_NAME}={row.session_key}" for row in rows]


def write(world: World, rate: float, seconds: float) -> list[tuple[str, str, float]]:
    """Send messages and open tickets; return kind, ticket and time of commit of each."""
    from django.db import transaction

    from tickets import operations

    done: list[tuple[str, str, float]] = []

    def committed(kind: str, ticket: Any) -> None:
        done.append((kind, str(ticket.pk), time.monotonic()))

    start, sent, joined = time.monotonic(), 0, 0
    while (now := time.monotonic() - start) < seconds:
        if now >= joined * JOINS:
            queue = world.queues[joined % len(world.queues)]
            with transaction.atomic():
                # Runs before the operation's own on_commit hook, which publishes the event.
                placed: list[Any] = []
                transaction.on_commit(lambda placed=placed: committed("ticket", placed[0]))
                placed.append(world.project.open_ticket(queue=queue))
            joined += 1
        if now >= sent / rate:
            ticket = world.tickets[sent % len(world.tickets)]
            with transaction.atomic():
                transaction.on_commit(lambda ticket=ticket: committed("message", ticket))
                operations.receive(ticket.pk, f"message {sent}")
            sent += 1
        time.sleep(0.002)
    return done


@dataclass(frozen=True)
class Result:
    """Sorted latencies in seconds, the number of events written and how long that took, and the events missed."""

    latencies: list[float]
    written: int
    missing: int
    seconds: float

    def at(self, share: float) -> float:
        """Return the latency at a quantile."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


def match(done: list[tuple[str, str, float]], heard: list[Heard], complete: set[int]) -> Result:
    """Match received events to commits: a ticket's n-th to its n-th. ``complete``: streams that get every event."""
    commits: dict[tuple[str, str], list[float]] = defaultdict(list)
    for kind, ticket, at in done:
        commits[kind, ticket].append(at)
    by_stream: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    for one in heard:
        by_stream[one.stream, one.kind, one.ticket].append(one.at)
    latencies = []
    for (_stream_number, kind, ticket), times in by_stream.items():
        latencies += [at - commit for at, commit in zip(times, commits.get((kind, ticket), []), strict=False)]
    got = sum(len(times) for (stream, *_rest), times in by_stream.items() if stream in complete)
    return Result(sorted(latencies), len(done), len(done) * len(complete) - got, done[-1][2] - done[0][2])


def show(name: str, result: Result, floor: Result | None = None) -> None:
    """Print one line."""
    p50, p95, p99 = (result.at(share) * 1_000 for share in (0.5, 0.95, 0.99))
    ratio = f"  p95 {result.at(0.95) / floor.at(0.95):.1f} × the floor" if floor else ""
    print(
        f"{name:>13}: {len(result.latencies):>6} receptions of {result.written} events "
        f"({result.written / result.seconds:.0f}/s), missing {result.missing}; "
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, max {result.latencies[-1] * 1_000:.1f} ms{ratio}",
        flush=True,
    )


@contextmanager
def database() -> Iterator[Path]:
    """Run an embedded database with all migrations, and set up Django."""
    with tempfile.TemporaryDirectory(prefix="weni-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.environ.setdefault("SECRET_KEY", "only-for-measuring-" * 4)
        os.environ["LOG_LEVEL"] = "ERROR"
        from weni_chats.serving import embedded_postgres

        with embedded_postgres.Server(folder) as _server:
            os.environ["DATABASE_URL"] = embedded_postgres.url(folder)
            os.environ["WENI_DATA_DIR"] = str(folder / "data")
            os.environ["DJANGO_SETTINGS_MODULE"] = "weni_chats.settings"
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            call_command("createcachetable")
            yield folder


def main() -> int:
    """Measure and print; return 1 if the goal is missed or events were lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with database() as folder:
        from tests.serving import free_port, serve

        begun = time.monotonic()
        world = set_up(options.streams, min(TICKETS, options.streams))
        print(f"set up in {time.monotonic() - begun:.0f} s", flush=True)
        port = free_port()
        with serve(os.environ["DATABASE_URL"], folder, {"WENI_TESTING": ""}, worker=False, port=port):
            return measure(world, port, options)


def measure(world: World, port: int, options: argparse.Namespace) -> int:
    """Measure the baseline with one stream, then all streams."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=browsers, args=(theirs, port, world.path), daemon=True
    )
    process.start()

    def run(seconds: float, complete: int) -> Result:
        mine.send(True)
        mine.recv()
        done = write(world, options.rate, seconds)
        heard: list[Heard] = []
        for _ in range(LATE):
            time.sleep(1)
            mine.send(True)
            heard += mine.recv()
            result = match(done, heard, set(range(complete)))
            if not result.missing:
                break
        return result

    mine.send(world.watchers[:1])
    mine.recv()
    floor = run(max(options.seconds / 2, 5), 1)
    show("1 stream", floor)
    begun = time.monotonic()
    mine.send([*world.watchers[1:], *world.agents])
    count = mine.recv()
    took = time.monotonic() - begun
    print(f"{count - 1} more streams opened in {took:.1f} s", flush=True)
    result = run(options.seconds, len(world.watchers))
    show(f"{count} streams", result, floor)
    mean = statistics.fmean(result.latencies) * 1_000
    met = result.at(0.95) < GOAL and not result.missing
    print(f"mean {mean:.1f} ms; goal p95 < {GOAL * 1_000:.0f} ms, nothing missing: {'met' if met else 'MISSED'}")
    mine.send(None)
    process.join(5)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
