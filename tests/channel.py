"""A real HTTP server that keeps the files of a channel and gives them out as the test says."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, **headers: str) -> Answer:
    """Answer with nothing but a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def file(raw: bytes, *, length: int | None = None, pause: float = 0, **headers: str) -> Answer:
    """Answer with these bytes; ``length``: what is said of their number; ``pause``: seconds before the last one."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if length != 0:
            handler.send_header("Content-Length", str(length or len(raw)))
        handler.end_headers()
        handler.wfile.write(raw[:-1])
        handler.wfile.flush()
        time.sleep(pause)
        handler.wfile.write(raw[-1:])

    return answer


class Channel(ThreadingHTTPServer):
    """Gives out ``files``, by path; ``asked`` has the paths asked for, in order, with the headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up has had enough."""


class _Handler(BaseHTTPRequestHandler):
    server: Channel

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        self.server.files.get(self.path, status(404))(self)

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""
