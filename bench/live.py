"""How long it takes from a commit until a browser hears of it, with many desks open: ``python -m bench.live``.

A database, the real server and as many real event streams as asked for (HTTP on loopback, each with the session of a
person of its own), which answer the server's beats as a browser does. Contacts write at a steady rate, and
every second a ticket joins a line that a hundred agents watch. The floor is the same with one stream.
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

#: People of one line; tickets written to; streams opened at the same time; seconds between tickets that join a line.
TEAM = 100
TICKETS = 100
AT_ONCE = 40
JOINS = 1.0
GOAL = 0.2
#: Seconds that the last events are waited for; what comes later counts as missing.
LATE = 10


@dataclass(frozen=True)
class Heard:
    """An event as one stream heard it: seconds of the machine's own clock."""

    stream: int
    kind: str
    ticket: str
    at: float


# The browsers: a process of their own, so that they do not wait for whoever writes.


async def _open(port: int, path: str, cookie: str, turn: asyncio.Semaphore) -> asyncio.StreamReader:
    """Open one stream; returns once it is subscribed."""
    async with turn:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_request("GET", path, port, cookie))
        while (await reader.readuntil(b"\n")).strip() != b"event: ready":
            pass
        # Who is not referred to is closed.
        reader.writer = writer  # type: ignore[attr-defined]
        return reader


async def _listen(number: int, reader: asyncio.StreamReader, answer: Callable[[], Any], heard: list[Heard]) -> None:
    """Note what a stream tells, as long as it lasts."""
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
    """Obey: a list of cookies opens streams; True hands over what was heard; None ends it."""
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
    """Entry of the browsers' process."""
    asyncio.run(_browse(pipe, port, path))


# The desk


@dataclass
class World:
    """What was set up: the address of the stream, the cookies of people, and the tickets that are written to."""

    path: str
    agents: list[str]
    watchers: list[str]
    tickets: list[Any]
    queues: list[Any]
    project: Any


def set_up(streams: int, tickets: int) -> World:
    """Make a project with so many agents (less eleven who watch), a hundred to a line, and tickets with them."""
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
    # As many are online as get a ticket: what joins a line later stays there.
    AgentStatus.objects.bulk_create(
        AgentStatus(project=project, user=user, status="online", kept=True) for user in people[:tickets]
    )
    opened = [desk.open_ticket(queue=queues[i // TEAM]) for i in range(min(tickets, count))]
    return World(f"/live/{project.pk}/", _cookies(people), _cookies(watchers), opened, queues, desk)


def _cookies(people: Sequence[Any]) -> list[str]:
    """Sign people in; returns their cookies. Sessions are written at once: a thousand sign-ins take minutes."""
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
    """Let contacts write and tickets come; returns kind, ticket and moment of commit of each."""
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
                # Before the operation's own hook, which tells of it.
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
    """Latencies in seconds, sorted; how many events were written, in how long; how many the watchers missed."""

    latencies: list[float]
    written: int
    missing: int
    seconds: float

    def at(self, share: float) -> float:
        """Return the latency that so much of all stay below."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


def match(done: list[tuple[str, str, float]], heard: list[Heard], complete: set[int]) -> Result:
    """Match receptions to commits: the n-th of a ticket to its n-th. ``complete``: streams that hear everything."""
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
    """Run an embedded database with every migration, and set Django up on it."""
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
    """Measure and print; 1 where the goal is missed or something was not heard."""
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
    """The floor with one stream, then with all of them."""
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
