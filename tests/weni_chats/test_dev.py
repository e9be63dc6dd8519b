"""``make run``: one command, one port, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.serving import ROOT, free_port

ENDED = "database system is shut down"
#: What the command of a part has.
_NAMES = {"server": "granian", "front": "serving.front", "database": "postgres -D"}


@contextmanager
def dev(data: Path, port: int, *arguments: str) -> Iterator[subprocess.Popen]:
    env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "WENI_TESTING"}}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "dev", *arguments],
        cwd=ROOT,
        env={**env, "WENI_DATA_DIR": str(data), "PORT": str(port), "LOG_LEVEL": "WARNING"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder for all of them, one after the other: its database is made once."""
    with tempfile.TemporaryDirectory(prefix="weni dev ", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def read_until(process: subprocess.Popen, text: str, seconds: float = 300) -> str:
    assert process.stdout is not None
    seen, end = "", time.monotonic() + seconds
    while text not in seen:
        line = process.stdout.readline()
        assert line, f"ended before {text!r}: {seen}"
        assert time.monotonic() < end, seen
        seen += line
    return seen


def family(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def parts(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def assert_gone(processes: list[psutil.Process], seconds: float = 60) -> None:
    _gone, alive = psutil.wait_procs(processes, timeout=seconds)
    alive = [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert alive == []


def test_it_serves_and_each_way_of_ending_it_ends_all_of_it(data: Path) -> None:
    port = free_port()
    before = len(_log(data))
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with dev(data, port, "--without-demo") as process:
            read_until(process, "Ctrl-C stops everything")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/") as page:
                assert page.status == 200
            children = family(process)
            assert any("postgres" in child.name() for child in children)
            process.send_signal(signum)
            process.wait(120)
            assert_gone(children)
    log = _log(data)[before:]
    assert log.count(ENDED) == 3
    assert "was not properly shut down" not in log


def _log(data: Path) -> str:
    """Return what the database wrote so far."""
    path = data / "postgres.log"
    return path.read_text() if path.exists() else ""


def test_what_is_killed_is_started_again_and_nothing_is_refused_meanwhile(data: Path) -> None:
    port = free_port()
    with dev(data, port, "--without-demo") as process:
        read_until(process, "Ctrl-C stops everything")
        for name in ("server", "front", "database"):
            part = next(p for p in parts(process) if _NAMES[name] in " ".join(p.cmdline()))
            part.kill()
            # A call of the flow: of the database's end it would hear as 503, were it not held.
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/v1/external/queues/", headers={"Authorization": "Bearer x"}
            )
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=60)
            assert refused.value.code == 401, name
            read_until(process, f"The {name} ended unexpectedly and was started again.")
        children = family(process)
        web = next(p for p in parts(process) if _NAMES["server"] in " ".join(p.cmdline()))
        process.send_signal(signal.SIGUSR1)
        read_until(process, "All processes were replaced.")
        assert not web.is_running()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as page:
            assert page.status == 200
        children += family(process)
        process.send_signal(signal.SIGTERM)
        process.wait(120)
        assert_gone(children)


def test_a_taken_port_is_a_sentence_not_a_traceback(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with dev(data, port) as process:
            output, _none = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"Port {port} is taken" in output
    assert "Traceback" not in output


def test_a_port_that_is_none_is_a_sentence(data: Path) -> None:
    with dev(data, 70000) as process:
        output, _none = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "PORT must be a number" in output
    assert "Traceback" not in output
