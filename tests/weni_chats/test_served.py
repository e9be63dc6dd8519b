"""`manage.py serve` as a process: large bodies that are refused, hosts not ours, proxies that it does not count."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import template
from tests.serving import ROOT, free_port
from weni_chats.serving.supervisor import ROLL

MEGABYTE = 1024 * 1024
HOST = "chats.example.org"


@dataclass
class Served:
    """The running program: its port, what it writes to the terminal, the socket of its web processes."""

    port: int
    log: Path
    web: Path

    def lines(self, seen: int = 0) -> list[dict[str, Any]]:
        """Return what was logged after the first ``seen`` bytes; fails on what is no single line."""
        text = self.log.read_text()[seen:]
        return [json.loads(line) for line in text.splitlines() if not line.startswith("[")]

    def size(self) -> int:
        return len(self.log.read_text())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    base, name = os.environ["DATABASE_URL"], f"weni_served_{os.getpid()}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template.name()}')  # type: ignore[arg-type]
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="weni-served-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        env = {
            **os.environ,
            "DATABASE_URL": base.rsplit("/", 1)[0] + "/" + name,
            "WENI_DATA_DIR": folder,
            "WENI_TESTING": "",
            "ORIGIN": f"https://{HOST}",
            "LOG_JSON": "1",
            "LOG_LEVEL": "INFO",
            "TMPDIR": folder,
            "TRUSTED_PROXIES": "0",
        }
        log = data / "serve.log"
        command = [sys.executable, "manage.py", "serve", "--host=127.0.0.1", f"--port={port}"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, f"--live-port={free_port()}", "--threads=2"], cwd=ROOT, env=env, stdout=out, stderr=out
            )
        try:
            # A reload that comes while it starts asks for nothing new, and ends nothing.
            while b"TRUSTED_PROXIES" not in log.read_bytes():
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(ROLL)
            _wait(port, process, log)
            yield Served(port, log, next(data.glob("weni-serve-*/web")))
        finally:
            process.terminate()
            process.wait(60)


def _wait(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def posted(connection: socket.socket, path: str, size: int, *, chunked: bool = False) -> tuple[bytes, bytes]:
    """Send a whole body, as clients do that read the answer afterwards; returns the head of the answer, and more."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    connection.sendall(head.encode())
    piece = b"x" * 65536
    for _n in range(size // len(piece)):
        connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
    connection.sendall(b"0\r\n\r\n" if chunked else piece[: size % len(piece)])
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        assert part, "closed without an answer"
        answer += part
    return answer.split(b"\r\n\r\n", 1)[0], answer


LARGE = [
    ("/api/v1/me/", 6 * MEGABYTE, 413),
    ("/v1/external/rooms/", 6 * MEGABYTE, 413),
    # Refused before the body is looked at.
    ("/v1/external/rooms/", 4 * MEGABYTE, 401),
    ("/preferences/", 6 * MEGABYTE, 403),
    ("/api/v1/nothing/", 3 * MEGABYTE, 404),
]


@pytest.mark.parametrize(("path", "size", "status"), LARGE)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_sends_a_large_body_reads_why_it_was_refused(
    served: Served, path: str, size: int, status: int, chunked: bool
) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        head, _answer = posted(connection, path, size, chunked=chunked)
        assert head.startswith(f"HTTP/1.1 {status}".encode())


@pytest.mark.parametrize(("path", "size", "status"), LARGE)
def test_the_web_process_itself_reads_on(served: Served, path: str, size: int, status: int) -> None:
    """Without the front: what it is asked is sent whole, and answered."""
    for _n in range(3):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(str(served.web))
            head, _answer = posted(connection, path, size)
            assert head.startswith(f"HTTP/1.1 {status}".encode())
            assert b"connection: close" not in head.lower()


def test_a_body_beyond_what_is_read_on_is_answered_with_the_end_of_the_connection(served: Served) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(served.web))
        connection.sendall(
            f"POST /api/v1/me/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {40 * MEGABYTE}\r\n\r\n".encode()
        )
        for _n in range(16):
            connection.sendall(b"x" * MEGABYTE)
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"connection: close" in answer.lower()


def test_a_kept_connection_goes_on_after_a_body_that_was_refused(served: Served) -> None:
    connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
    for _n in range(3):
        connection.request("POST", "/api/v1/me/", b"x" * 6 * MEGABYTE, {"Host": HOST})
        refused = connection.getresponse()
        assert (refused.status, json.loads(refused.read())["code"]) == (413, "too_large")
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, len(answer.read()) > 0) == (200, True)
    connection.close()


def test_what_follows_without_end_is_not_read_for_ever(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        size = 1024 * MEGABYTE
        connection.sendall(f"POST /api/v1/me/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {size}\r\n\r\n".encode())
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            for _n in range(300):
                connection.sendall(b"x" * MEGABYTE)


# The host


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1", "a b", "x" * 300, "[", f"{HOST}.evil.org"])
def test_a_host_that_is_not_ours_is_one_line_in_the_log(served: Served, host: str) -> None:
    for path, kind in (("/accounts/login/", "text/html"), ("/api/v1/me/", "application/json")):
        seen = served.size()
        connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (400, kind)
        assert len(host) < 5 or host not in body
        time.sleep(0.2)
        (line,) = served.lines(seen)
        assert (line["event"], line["status"], line["refused_host"]) == ("request", 400, host[:100])
        assert "exception" not in line


# Proxies


def test_a_proxy_that_nobody_told_of_is_one_line_in_the_log(served: Served) -> None:
    assert "TRUSTED_PROXIES is 0" in served.log.read_text().splitlines()[0], "at the start, as ORIGIN is https"
    for n in range(20):
        headers = {"Host": HOST, "X-Forwarded-For": "203.0.113.9"} if n % 2 else {"Host": HOST, "Forwarded": "for=x"}
        connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
        connection.request("GET", "/accounts/login/", headers=headers)
        assert connection.getresponse().status == 200
        connection.close()
    time.sleep(0.2)
    found = [line for line in served.log.read_text().splitlines() if "Set TRUSTED_PROXIES" in line]
    assert len(found) == 1
    assert json.loads(found[0])["level"] == "warning"
    assert "203.0.113.9" not in found[0]
