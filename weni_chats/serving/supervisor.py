"""Run the processes of an installation so that no caller is refused.

The supervisor binds the port and keeps it. The front (``front.py``) accepts on it; web processes listen on Unix
sockets behind the front, each on its own, and a symbolic link names the current one. What ends unexpectedly is
started again. ``roll`` replaces what runs the program's code, without refusing or breaking a request.
"""

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType

from . import processes

#: A process that ends sooner than this many seconds after its start, this many times in a row, is given up.
_YOUNG, _TRIES = 3.0, 5
_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.25
_BACKLOG = 1024
#: Seconds that processes which are replaced have for what is in progress.
_ROLL_PATIENCE = 15.0
#: Signals that end the supervisor, and the one that rolls.
STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROLL = signal.SIGUSR1

Start = Callable[[], subprocess.Popen]


class Failed(Exception):
    """A process can't be kept running; the text is a message for the terminal."""


class Service:
    """A process that is kept running."""

    def __init__(self, name: str, start: Start) -> None:
        self.name = name
        self._start = start
        self._started_at = 0.0
        self._early_ends = 0
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, or another one in its place; the former one is not stopped."""
        self._started_at = time.monotonic()
        self.process = self._start()

    def restart_if_ended(self) -> bool:
        """Start it again if it has ended; return whether it had. Raises Failed if it ends again and again."""
        assert self.process is not None
        if self.process.poll() is None:
            return False
        is_early = time.monotonic() - self._started_at < _YOUNG
        self._early_ends = self._early_ends + 1 if is_early else 0
        if self._early_ends >= _TRIES:
            raise Failed(f"The {self.name} exits again and again (status {self.process.returncode}).")
        self.start()
        return True

    def stop(self) -> None:
        """Stop it."""
        if self.process is not None:
            processes.stop(self.process)


class WebService(Service):
    """Web processes on a Unix socket; ``current`` always leads to those that were started last.

    ``start`` gets the path of the socket to listen on.
    """

    def __init__(self, name: str, folder: Path, start: Callable[[Path], subprocess.Popen]) -> None:
        self.current = folder / "web"
        self._folder = folder
        self._serve = start
        self._generation = 0
        super().__init__(name, self._start_next)

    def _start_next(self) -> subprocess.Popen:
        self._generation += 1
        process = self._serve(self._path())
        if self._generation == 1:
            self._make_current()
        return process

    def restart_if_ended(self) -> bool:
        """Start again as every service; what waits goes to the new process as soon as it listens."""
        ended = super().restart_if_ended()
        if ended:
            self._make_current()
        return ended

    def _path(self) -> Path:
        return self._folder / f"web-{self._generation}"

    def _make_current(self) -> None:
        link = self._folder / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(self._path().name)
        link.replace(self.current)

    def wait_until_ready(self) -> None:
        """Wait until the process answers that it is ready. Raises Failed if it ends before, or does not in time."""
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end:
            assert self.process is not None
            if self.process.poll() is not None:
                raise Failed("The server ended while starting; see the lines above.")
            if _is_ready(self._path()):
                return
            time.sleep(0.1)
        raise Failed(f"The server did not answer within {_READY_SECONDS:.0f} seconds.")

    def replace(self) -> None:
        """Start new processes, send what comes to them once they are ready, and stop the former ones.

        Raises Failed if the new ones don't get ready; the former ones go on then.
        """
        former = self.process
        self.start()
        try:
            self.wait_until_ready()
        except Failed:
            self.stop()
            self.process = former
            raise
        self._make_current()
        if former is not None:
            processes.stop(former, patience=_ROLL_PATIENCE)


def _is_ready(path: Path) -> bool:
    connection = http.client.HTTPConnection("localhost", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.settimeout(5)
        connection.sock.connect(str(path))
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listen(host: str, port: int) -> socket.socket:
    """Return the socket to accept on: the one that systemd passed (socket activation), else a new one.

    Raises OSError if the address can't be bound.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS", "0") != "0":
        return socket.socket(fileno=3)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def behind_front(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of web processes behind the front: it is one more proxy that tells the address.

    ``WENI_FRONT`` says so, and names this run of it.
    """
    proxies = str(int(env.get("TRUSTED_PROXIES") or 0) + 1)
    return {**env, "TRUSTED_PROXIES": proxies, "WENI_FRONT": secrets.token_hex(8)}


class Supervisor:
    """Keeps front, web processes and other services running behind a socket. A context manager: leaving it stops all.

    Args:
        listening: the socket, from ``listen``.
        env: environment of the front.
        serve: starts web processes on the Unix socket of a path.
        say: gets a line for the terminal.
        tend: called in each round, such as to look after the database.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        env: Mapping[str, str],
        serve: Callable[[Path], subprocess.Popen],
        say: Callable[[str], None],
        tend: Callable[[], None] = lambda: None,
    ) -> None:
        self.listening = listening
        # Not in the data folder: the path of a Unix socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="weni-serve-"))
        self.web = WebService("server", self.folder, serve)
        self.front = Service("front", lambda: self._start_front(env))
        self.services: list[Service] = [self.front, self.web]
        self._say, self._tend = say, tend
        self._has_to_roll = False

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        # A second Ctrl-C must not leave a process behind.
        for signum in STOP:
            signal.signal(signum, signal.SIG_IGN)
        # The front first: it takes nothing more, and ends when all that it took is answered.
        self.listening.close()
        for service in self.services:
            service.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_front(self, env: Mapping[str, str]) -> subprocess.Popen:
        fd = self.listening.fileno()
        command = [sys.executable, "-m", "weni_chats.serving.front"]
        arguments = [f"--fd={fd}", f"--upstream={self.web.current}"]
        return processes.start([*command, *arguments], env=env, pass_fds=[fd])

    def add(self, name: str, start: Start) -> None:
        """Keep another process running, too."""
        self.services.append(Service(name, start))

    def start(self) -> None:
        """Start all; returns when pages are answered. Raises Failed."""
        signal.signal(ROLL, self._roll_later)
        for service in reversed(self.services):
            service.start()
        self.web.wait_until_ready()

    def _roll_later(self, _signum: int, _frame: FrameType | None) -> None:
        self._has_to_roll = True

    def watch(self) -> None:
        """Keep all running until interrupted. Raises Failed if a process ends again and again."""
        while True:
            self._tend()
            for service in self.services:
                if service.restart_if_ended():
                    self._say(f"The {service.name} ended unexpectedly and was started again.")
            if self._has_to_roll:
                self._has_to_roll = False
                self.roll()
            time.sleep(_LOOK_SECONDS)

    def roll(self) -> None:
        """Replace web processes and services by new ones; the former ones finish what is in progress.

        The front stays, as it has the connections.
        """
        try:
            self.web.replace()
        except Failed as failure:
            self._say(f"The new server is not ready, the former one goes on: {failure}")
            return
        for service in self.services:
            if service not in (self.front, self.web):
                former = service.process
                service.start()
                if former is not None:
                    processes.stop(former, patience=_ROLL_PATIENCE)
        self._say("All processes were replaced.")
