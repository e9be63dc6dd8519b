"""Keeping processes running: a socket that was passed, what ends again and again, a version that does not start."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from tempfile import TemporaryDirectory

import pytest

from tests.serving import ROOT
from weni_chats.serving import supervisor

_SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_socket_that_systemd_passes_is_the_one_to_accept_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        fd = passed.fileno()
        code = "from weni_chats.serving.supervisor import listen; print(listen('127.0.0.1', 0).getsockname()[1])"
        script = f'exec 3<&{fd}; LISTEN_FDS=1 LISTEN_PID=$$ exec {sys.executable} -c "{code}"'
        found = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, pass_fds=[fd], capture_output=True, text=True, check=True
        )
        assert int(found.stdout) == passed.getsockname()[1]


def test_a_socket_that_was_passed_to_another_process_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    with supervisor.listen("127.0.0.1", 0) as own:
        assert own.fileno() != 3


def test_what_ends_again_and_again_is_given_up() -> None:
    service = supervisor.Service("worker", lambda: subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"]))
    service.start()
    with pytest.raises(supervisor.Failed, match=r"The worker exits again and again \(status 7\)"):
        for _time in range(10):
            assert service.process is not None
            service.process.wait(60)
            assert service.restart_if_ended()


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="weni-supervisor-") as name:
        yield Path(name)


def _serve(path: Path) -> subprocess.Popen:
    """Answer at the socket from here; the process stands for the one that would."""
    server = UnixStreamServer(str(path), _Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return subprocess.Popen(_SLEEP)


def test_new_web_processes_get_what_comes_once_they_are_ready(folder: Path) -> None:
    web = supervisor.WebService("server", folder, _serve)
    web.start()
    web.wait_until_ready()
    first, before = web.process, web.current.resolve()
    web.replace()
    assert web.current.resolve() != before
    assert first is not None
    assert first.poll() is not None, "the former ones are stopped"
    web.stop()


def test_the_former_web_processes_go_on_if_the_new_ones_do_not_start(folder: Path) -> None:
    def serve(path: Path) -> subprocess.Popen:
        if path.name == "web-1":
            return _serve(path)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])

    web = supervisor.WebService("server", folder, serve)
    web.start()
    web.wait_until_ready()
    first, before = web.process, web.current.resolve()
    with pytest.raises(supervisor.Failed, match="ended while starting"):
        web.replace()
    assert (web.process, web.current.resolve()) == (first, before)
    assert first is not None
    assert first.poll() is None
    web.stop()
