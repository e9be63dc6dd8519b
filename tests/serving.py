"""The real program for tests that need it: server and worker as processes on a database of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(
    database_url: str,
    data_dir: Path,
    env: Mapping[str, str] | None = None,
    *,
    worker: bool = True,
    port: int | None = None,
) -> Iterator[str]:
    """Run the one-port server (and the worker) against a migrated database; yields its origin."""
    port = port or free_port()
    origin = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
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
         "--workers", "1", "--workers-kill-timeout", "3", "--no-ws", "weni_chats.asgi:application"]
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
