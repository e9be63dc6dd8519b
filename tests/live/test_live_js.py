"""The page's script, in a real browser, against a server that does as the test says."""

import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import until

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "static/js/live.js").read_bytes()
RECORDER = b"""
window.heard = [];
const kinds = ["ready", "resync", "state", "ticket", "ticket:a-1", "access"];
for (const kind of kinds) {
  document.addEventListener(`live:${kind}`, () => {}, true);
  document.body.addEventListener(`live:${kind}`, (e) => window.heard.push([kind, e.detail]));
}
"""
PAGE = b"""<!doctype html><title>Desk</title><body data-live-url="/live/">
<script src="/recorder.js"></script><script src="/live.js"></script>"""
CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
READY = "id: 1\nevent: ready\ndata: {}\n\n"


class Server(ThreadingHTTPServer):
    """Serves one page; a stream begins with ``ready`` and goes on with what is put into ``lines``, None ends it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.pages = self.streams = self.beats = 0

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers for ``Server``."""

    server: Server

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def answer(self, body: bytes, kind: str) -> None:
        """Send a whole answer."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", CSP)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """Page, scripts or stream."""
        if self.path == "/live/":
            self.stream()
        elif self.path.endswith(".js"):
            self.answer(SCRIPT if self.path == "/live.js" else RECORDER, "text/javascript")
        elif self.path == "/":
            self.server.pages += 1
            self.answer(PAGE, "text/html")
        else:
            self.answer(b"", "text/plain")

    def stream(self) -> None:
        """Send what the test puts."""
        self.server.streams += 1
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if self.server.status != 200:
            return
        lines = self.server.lines = queue.Queue()
        line: str | None = READY
        while line is not None:
            self.wfile.write(line.encode())
            self.wfile.flush()
            line = lines.get()

    def do_POST(self) -> None:
        """Count the signs of life."""
        if self.headers["X-Live"] == "beat":
            self.server.beats += 1
        self.send_response(204)
        self.end_headers()


@pytest.fixture
def server() -> Iterator[Server]:
    """The server, running."""
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.lines.put(None)
    server.shutdown()
    server.server_close()


class Asked(set[Any]):
    """What a page asked for and was not answered yet."""

    def begin(self, request: Any) -> None:
        self.add(request)

    def end(self, request: Any) -> None:
        self.discard(request)


@pytest.fixture
def page(chromium: Any, server: Server) -> Iterator[Any]:
    """A page with a clock that stands, and that the test moves: how long anything takes says nothing."""
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install(time=START)
    page.clock.pause_at(START + timedelta(seconds=1))
    page.asked = Asked()
    page.on("request", page.asked.begin)
    for over in ("requestfinished", "requestfailed"):
        page.on(over, page.asked.end)
    yield page
    context.close()


def let_pass(page: Any, seconds: int) -> None:
    """Let time pass in small steps, each until what the page asks for is answered; a stream that is open never is."""
    for _ in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_timeout(20)
        until(page, lambda: state(page) == "open" or not page.asked)


def kinds(page: Any) -> list[str]:
    """The kinds heard, without changes of state."""
    return [kind for kind, _ in page.evaluate("window.heard") if kind != "state"]


def state(page: Any) -> str | None:
    """What the body says about the line."""
    return page.locator("body").get_attribute("data-live-state")


def open_page(page: Any, server: Server) -> None:
    """Open the page and wait until it is subscribed."""
    page.goto(server.origin + "/")
    until(page, lambda: state(page) == "open")
    page.clock.run_for(50)


def test_events_are_passed_on_with_their_ids(page: Any, server: Server) -> None:
    open_page(page, server)
    # A text that arrives in pieces, and between two heartbeats.
    for piece in (": \n", "\nid: 2\nevent: tic", 'ket\ndata: {"ticket":"a-1"}\n', "\n: \n\n"):
        server.lines.put(piece)
    until(page, lambda: len(kinds(page)) == 4)
    assert kinds(page) == ["ready", "resync", "ticket", "ticket:a-1"]
    assert page.evaluate("window.heard.at(-1)[1]") == {"ticket": "a-1"}
    assert server.streams == 1


def test_when_rights_have_changed_everything_is_fetched(page: Any, server: Server) -> None:
    open_page(page, server)
    server.lines.put("event: access\ndata: {}\n\n")
    until(page, lambda: "access" in kinds(page))
    page.clock.run_for(50)
    assert kinds(page) == ["ready", "resync", "access", "resync"]


def test_a_beat_is_answered(page: Any, server: Server) -> None:
    open_page(page, server)
    server.lines.put("event: beat\ndata: {}\n\n")
    until(page, lambda: server.beats == 1)


def test_after_a_loss_it_comes_back_and_fetches(page: Any, server: Server) -> None:
    open_page(page, server)
    server.lines.put(None)
    until(page, lambda: state(page) == "lost")
    page.clock.run_for(2000)
    until(page, lambda: state(page) == "open")
    page.clock.run_for(2500)
    assert kinds(page) == ["ready", "resync", "ready", "resync"]
    assert page.evaluate("window.heard.at(-1)[1].reason") == "reconnected"


def test_while_it_is_lost_it_fetches_now_and_then(page: Any, server: Server) -> None:
    open_page(page, server)
    server.status = 503
    server.lines.put(None)
    until(page, lambda: state(page) == "lost")
    let_pass(page, 8)
    assert kinds(page) == ["ready", "resync"]
    let_pass(page, 6)
    assert kinds(page) == ["ready", "resync", "resync"]
    let_pass(page, 21)
    assert kinds(page) == ["ready", "resync", "resync", "resync"]
    assert 3 < server.streams < 12
    assert state(page) == "lost"


def test_what_was_missed_is_told_again_ever_more_rarely(page: Any, server: Server) -> None:
    open_page(page, server)
    for number, (not_yet, by_then) in enumerate([(900, 2500), (1900, 4500), (3900, 8500)], start=1):
        for _twice in range(2):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('live:missed'))")
        page.clock.run_for(not_yet)
        assert kinds(page) == ["ready", *["resync"] * number]
        page.clock.run_for(by_then)
        assert kinds(page) == ["ready", *["resync"] * (number + 1)]


def test_a_silent_line_counts_as_lost(page: Any, server: Server) -> None:
    open_page(page, server)
    let_pass(page, 35)
    assert server.streams == 1
    let_pass(page, 12)
    until(page, lambda: server.streams == 2 and state(page) == "open")
    let_pass(page, 3)
    assert kinds(page) == ["ready", "resync", "ready", "resync"]


def test_when_the_right_is_gone_the_page_is_loaded_anew_but_once(page: Any, server: Server) -> None:
    open_page(page, server)
    server.status = 404
    server.lines.put("event: gone\ndata: {}\n\n")
    until(page, lambda: server.pages == 2 and state(page) == "lost")
    page.clock.run_for(60_000)
    assert (server.pages, server.streams) == (2, 2)


def test_signed_out_meanwhile_the_page_is_loaded_anew(page: Any, server: Server) -> None:
    open_page(page, server)
    server.status = 401
    server.lines.put(None)
    until(page, lambda: state(page) == "lost")
    page.clock.run_for(2000)
    # The page that is loaded then asks once more, as anybody's would, and leaves it at that.
    until(page, lambda: (server.pages, server.streams) == (2, 3) and state(page) == "lost")
