"""A real HTTP server that receives callbacks and does as the test says."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def in_thread(work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns, done in a thread of its own: a browser of another test may have left an event
    loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    raw: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON."""
        return json.loads(self.raw)

    @property
    def text(self) -> str:
        """What an agent wrote."""
        return self.body["content"]["text"]


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets in ``received``; ``answers`` says what to do with it: a status, or a function that gets the
    handler and answers itself."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.answers: Callable[[Received, BaseHTTPRequestHandler], int | None] = lambda _r, _h: 200
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        """Where callbacks go."""
        return f"http://127.0.0.1:{self.server_port}/callback?ticket=1"

    @property
    def texts(self) -> list[str]:
        """The texts of all messages received, in order."""
        return [r.text for r in self.received if r.body["type"] == "msg.create"]

    def wait_for(self, number: int, seconds: float = 60) -> None:
        """Wait until so many have come."""
        end = time.monotonic() + seconds
        while len(self.received) < number:
            assert time.monotonic() < end, f"{len(self.received)} of {number} callbacks came"
            time.sleep(0.02)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        request = Received(self.path, {k.lower(): v for k, v in self.headers.items()}, raw)
        with self.server.lock:
            self.server.received.append(request)
        status = self.server.answers(request, self)
        if status is not None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.received.append(Received(self.path, {}, b"{}"))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""
