"""The program as an operator runs it, on a database server of its own: what runs can be killed, each by itself.

``serve`` (the supervisor with front and web processes), a worker and Postgres are started again when they end, as a
service manager does; ``make run`` does all of that itself.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.serving import ROOT, free_port
from weni_chats.serving import embedded_postgres

#: What ``kill`` takes, with what its command line contains.
WEB, FRONT, WORKER, POSTGRES = "web process", "front", "worker", "Postgres"
_NAMES = {WEB: "granian", FRONT: "weni_chats.serving.front", WORKER: "manage.py worker", POSTGRES: "/postgres -D"}
#: Killed processes lose nothing that the machine itself has: only it could.
_DATABASE = {"fsync": "off", "full_page_writes": "off", "jit": "off"}
_START_SECONDS = 300


class Installation:
    """A running installation; a context manager. ``say`` gets what it prints.

    Args:
        make_run: as ``make run`` starts it, everything from one command; else ``serve`` and a worker.
        workers: web processes, of ``serve``.
    """

    def __init__(self, *, make_run: bool = False, workers: int = 2, env: Mapping[str, str] | None = None) -> None:
        self.make_run, self.workers = make_run, workers
        self.folder = Path(tempfile.mkdtemp(prefix="weni-engine-"))
        # The user that Postgres runs as must reach it.
        self.folder.chmod(0o755)
        self.port, self._live_port = free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.database = embedded_postgres.Server(self.folder, settings=_DATABASE)
        self.database_url = embedded_postgres.url(self.folder)
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DATABASE_POOL"}},
            "WENI_DATA_DIR": str(self.folder),
            "WENI_TESTING": "",
            # Also this process makes sessions.
            "SECRET_KEY": settings.SECRET_KEY,
            "PORT": str(self.port),
            "ORIGIN": self.origin,
            "DATABASE_POOL_SIZE": "6",
            "CALLBACK_ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            **({} if make_run else {"DATABASE_URL": self.database_url, "LIVE_PORT": str(self._live_port)}),
            **(env or {}),
        }
        self._programs: dict[str, subprocess.Popen] = {}
        # Web processes that a deploy is about to end.
        self._replaced: set[int] = set()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._is_over = threading.Event()

    def __enter__(self) -> "Installation":
        try:
            if not self.make_run:
                self.database.start()
                for command in ("migrate --verbosity 0", "createcachetable"):
                    subprocess.run(
                        [sys.executable, "manage.py", *command.split()], cwd=ROOT, env=self.env, check=True
                    )
            self._start("server")
            self._wait_until_ready()
            if not self.make_run:
                self._start(WORKER)
                self._keeper.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_over.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for program in self._programs.values():
            _end(program)
        self.database.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, name: str) -> None:
        serve = ["serve", "--host=127.0.0.1", f"--workers={self.workers}", "--threads=4"]
        arguments = {
            WORKER: ["worker"],
            "server": ["dev", "--without-demo", f"--port={self.port}"] if self.make_run else serve,
        }[name]
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", *arguments]
            self._programs[name] = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    @property
    def log(self) -> Path:
        """What everything prints."""
        return self.folder / "output.log"

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{self.origin}/readyz", timeout=30) as answer:
                if answer.status == 200:
                    return
            assert self._programs["server"].poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.2)

    def _keep(self) -> None:
        """Start again what has ended, as a service manager does."""
        while not self._is_over.wait(0.25):
            self.database.restart_if_ended()
            if self._programs[WORKER].poll() is not None:
                self._start(WORKER)

    # What goes wrong

    def kill(self, what: str) -> int:
        """Kill the processes of that kind with SIGKILL; returns how many."""
        killed = 0
        for pid in self.processes(what):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    def processes(self, what: str) -> list[int]:
        """Return the ids of the running processes of a kind: web processes are those that answer requests."""
        parents = _parents()
        roots = self._roots()
        found = [pid for pid in parents if _is_below(pid, roots, parents) and _NAMES[what] in _command(pid)]
        if what == WEB:
            # Those that have children only look after them; that of the event stream is not on the front's socket.
            masters = [pid for pid in found if "--uds=" in _command(pid) and parents[pid] not in found]
            return [pid for pid in found if parents[pid] in masters]
        return found

    def wait_until_whole(self) -> None:
        """Wait until all that was killed or replaced runs and answers."""
        end = time.monotonic() + _START_SECONDS
        while self._replaced & {*self.processes(WEB)} or not (self.processes(WORKER) and self.processes(WEB)):
            assert time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.2)
        self._wait_until_ready()

    def _roots(self) -> set[int]:
        roots = {program.pid for program in self._programs.values()}
        return roots if self.database.process is None else roots | {self.database.process.pid}

    def roll(self) -> None:
        """Deploy: replace what runs the program's code, web processes and worker, by new ones."""
        self._replaced = {*self.processes(WEB)}
        self._programs["server"].send_signal(signal.SIGUSR1)
        if WORKER in self._programs:
            # It finishes what it does; the next one is started in its place.
            self._programs[WORKER].terminate()

    # Its database

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Let this process use the installation's database as its own."""
        here = embedded_postgres.connection_settings(self.folder)
        before = {name: connection.settings_dict[name] for name in here}
        connection.close()
        connection.settings_dict.update(here)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)


def _parents() -> dict[int, int]:
    """Return the parent of each process of the machine."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _is_below(pid: int, roots: set[int], parents: dict[int, int]) -> bool:
    while pid and pid not in roots:
        pid = parents.get(pid, 0)
    return bool(pid)


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _end(program: subprocess.Popen) -> None:
    """End a program at once; what it has started ends with it."""
    program.kill()
    program.wait()
