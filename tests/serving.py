"""The real program for tests that need it: server and worker as processes on a database of their own."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

#: Answered by ``tests.served`` with how many requests are still being answered.
IN_FLIGHT = "/tests/in-flight/"

ROOT = Path(__file__).resolve().parent.parent


#: Ports to serve at. They lie below those that the system gives to connections that go out, so that none of these
#: takes one between the look and the server's start; each worker of a run has a part of its own.
_FIRST, _PARTS, _PART = 12_000, 64, 300
_tries = itertools.count()


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody else of this run will be given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    # Where runs are at the same time each begins elsewhere.
    run = zlib.crc32(os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())).encode())
    first = _FIRST + (run + worker) % _PARTS * _PART
    for _ in range(_PART):
        port = first + next(_tries) % _PART
        with socket.socket() as probe:
            # As servers do: who left the port a moment ago is not in the way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError(f"no port is free from {first} to {first + _PART - 1}")


@contextmanager
def serve(
    database_url: str,
    data_dir: Path,
    env: Mapping[str, str] | None = None,
    *,
    worker: bool = True,
    port: int | None = None,
    application: str = "weni_chats.asgi:application",
) -> Iterator[str]:
    """Run the one-port server (and the worker) against a migrated database; yields its origin."""
    port = port or free_port()
    origin = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "WENI_DATA_DIR": str(data_dir),
        "WENI_TESTING": "",
        "DATABASE_POOL_SIZE": "8",
        "CALLBACK_ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        **(env or {}),
    }
    log = (data_dir / "server.log").open("ab")
    commands = [
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
         "--workers", "1", "--workers-kill-timeout", "3", "--no-ws", application]
    ]  # fmt: skip
    if worker:
        commands.append([sys.executable, "manage.py", "worker"])
    running = [subprocess.Popen(c, cwd=ROOT, env=environment, stdout=log, stderr=log) for c in commands]
    try:
        _wait(origin, running[0], data_dir / "server.log")
        yield origin
    finally:
        for child in running:
            child.send_signal(signal.SIGTERM)
        for child in running:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        log.close()


class Kept:
    """A server that several tests use, one after the other.

    It must know nothing any more of the test before: ``rest`` waits until all that was asked of it is answered, and
    empties its folder. A server that does not come to rest is ended; the next test has a new one.
    """

    #: Seconds. A page that is being made when its browser goes comes to its end; a stream left open does not.
    PATIENCE = 3.0

    def __init__(self, database_url: str, folder: Path, env: Mapping[str, str], *, port: int | None = None) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._arguments = (database_url, folder, env)
        self._port = port
        self._origin: str | None = None

    def origin(self) -> str:
        """Return where it is served, started if it does not run."""
        if self._origin is not None and not _answers(self._origin):
            self.stop()
        if self._origin is None:
            self._origin = self._stack.enter_context(
                serve(*self._arguments, worker=False, port=self._port, application="tests.served:application")
            )
        return self._origin

    def rest(self) -> None:
        """Wait until nothing of the test goes on in it, and empty its folder."""
        end = time.monotonic() + self.PATIENCE
        while self._origin is not None and self._in_flight() != 0:
            if time.monotonic() > end:
                self.stop()
            time.sleep(0.02)
        for kept in ("media", "mail"):
            shutil.rmtree(self.folder / kept, ignore_errors=True)

    def stop(self) -> None:
        """End it, if it runs."""
        self._stack.close()
        self._origin = None

    def _in_flight(self) -> int | None:
        try:
            with urllib.request.urlopen(f"{self._origin}{IN_FLIGHT}", timeout=5) as answer:
                return int(answer.read())
        except OSError:
            return None


def _answers(origin: str) -> bool:
    try:
        with urllib.request.urlopen(origin + "/readyz", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def _wait(origin: str, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(origin + "/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer: {log.read_text()[-2000:]}")
