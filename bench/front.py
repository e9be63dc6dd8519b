"""What the front costs: ``python -m bench.front``.

Messages of a contact go to a web process, once directly on its socket (the floor), once through the front, one after
the other and many at once.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.place import database, machine


@contextmanager
def serving() -> Iterator[tuple[str, Path]]:
    """Run front and web process as ``manage.py serve`` does; yields the origin and the web process's socket."""
    import os

    from weni_chats.serving import processes, supervisor

    env = {**os.environ, "WENI_TESTING": ""}
    listening = supervisor.listen("127.0.0.1", 0)
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def serve(path: Path):  # type: ignore[no-untyped-def]
        address = [f"--uds={path}"]
        return processes.start_server("wsgi", listen=address, env=env, options=["--blocking-threads=8"])

    with supervisor.Supervisor(listening, env=env, serve=serve, say=lambda _line: None) as running:
        running.start()
        yield origin, running.web.current


def _room(secret: str, client: httpx.Client, sector: str) -> str:
    from tests.builders import number

    body = {
        "sector_uuid": sector,
        "contact": {"external_id": f"bench-{number()}", "urn": f"tel:+55119{number():08d}"},
    }
    answer = client.post("/v1/external/rooms/", json=body)
    answer.raise_for_status()
    return str(answer.json()["uuid"])


def measure(client: httpx.Client, room: str, count: int, at_once: int) -> tuple[list[float], float]:
    """Send messages; return the seconds of each, and of all."""

    def send(_number: int) -> float:
        start = time.perf_counter()
        client.post("/v1/external/msgs/", json={"room": room, "text": "A question", "direction": "incoming"})
        return time.perf_counter() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as threads:
        found = list(threads.map(send, range(count)))
    return found, time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=400)
    options = parser.parse_args()
    print(machine())
    with database():
        from tests.builders import Desk
        from tests.flow import token_for

        desk = Desk.set_up()
        secret = token_for(desk)[1]
        with serving() as (origin, path):
            headers = {"Authorization": f"Bearer {secret}"}
            ways = {
                "directly": httpx.Client(
                    base_url="http://localhost", headers=headers, transport=httpx.HTTPTransport(uds=str(path))
                ),
                "through the front": httpx.Client(base_url=origin, headers=headers, timeout=60),
            }
            room = _room(secret, ways["directly"], str(desk.sector.pk))
            for at_once in (1, 16):
                floor = 0.0
                for name, client in ways.items():
                    measure(client, room, 50, at_once)
                    each, whole = measure(client, room, options.messages, at_once)
                    median = statistics.median(each) * 1000
                    floor = floor or median
                    print(
                        f"{at_once:>3} at once, {name:<17}: {median:6.1f} ms ({median / floor:.2f} × the floor), "
                        f"{options.messages / whole:5.0f} messages/s"
                    )


if __name__ == "__main__":
    main()
