"""The engine's public API v2 over real HTTP: flows, contacts, and starts that open tickets; does wrong on demand."""

import base64
import enum
import itertools
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from .catalogue import Catalogue, Flow, Person, Refused, Start
from .handler import Ticket
from .wenichats import Engine, NotOpened, Ticketer, line

#: Results on one page of the real one.
PAGE = 250
_CHUNK = 64 * 1024
_HTML = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


class Fault(enum.Enum):
    """What the server does instead of what it should; only those that end in ``AFTER`` take a start."""

    ERROR = "answers 500"
    THROTTLE = "answers 429 with Retry-After"
    HTML = "answers 200 with a page"
    HUGE = "answers 200 with a body without end in sight"
    HANG = "is silent, and drops the connection"
    HANG_AFTER = "takes it, is silent, and drops the connection"
    DROP_BEFORE = "drops the connection before taking it"
    DROP_AFTER = "drops the connection after taking it"


@dataclass
class Asked:
    """One request, and what became of it: the status answered, or the fault. ``path`` is relative to the base."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    target: str = ""
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    fault: Fault | None = None

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class ApiV2(Catalogue, ThreadingHTTPServer):
    """The API of one organization of the engine.

    Args:
        engine, sector: where the flows that are started open their tickets; without them they open none.
        page: results on one page.

    ``faults`` is asked for each request whether something goes wrong with it. ``on_start`` gets each start
    ``run_after`` seconds after it was taken: 0, before it is answered; None, not at all. ``has_search`` and
    ``has_definitions`` are for engines without: what they search for is ignored, and definitions are not found.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, engine: Engine | None = None, sector: str = "", *, page: int = PAGE) -> None:
        Catalogue.__init__(self)
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _Request)
        self.engine, self.ticketer, self.page = engine, Ticketer(sector), page
        self.token = uuid.uuid4().hex + uuid.uuid4().hex[:8]
        self.starts: list[Start] = []
        self.requests: list[Asked] = []
        self.faults: Callable[[Asked], Fault | None] = lambda _asked: None
        self.on_start: Callable[[Start], Any] = self.run
        self.run_after: float | None = 0.2
        self.has_definitions = True
        self.hang, self.retry_after, self.huge = 40.0, 2, 64 * 1024 * 1024
        self.changed = threading.Condition()
        self.is_closed = threading.Event()
        self._runs: list[threading.Thread] = []
        self._routes: dict[tuple[str, str], Callable[[Asked], tuple[int, Any]]] = {
            ("GET", "flows"): lambda asked: self._list(asked, self.flows_like(asked.query)),
            ("GET", "contacts"): lambda asked: self._list(asked, self.contacts_like(asked.query)),
            ("GET", "flow_starts"): lambda asked: self._list(asked, self.starts),
            ("POST", "flow_starts"): self._start,
            ("GET", "definitions"): self._export,
        }
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> "ApiV2":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.server_port}/api/v2"

    def close(self) -> None:
        """Stop listening, once what runs has ended."""
        self.is_closed.set()
        self.shutdown()
        self.server_close()
        for thread in self._runs:
            thread.join(30)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""

    def wait_until(self, condition: Callable[[], Any], seconds: float = 30) -> Any:
        """Wait until something has become of requests or starts, and return it."""
        with self.changed:
            found = self.changed.wait_for(condition, seconds)
        assert found, f"not within {seconds:.0f} s; asked at last: {self.requests[-5:]}, started: {self.starts[-5:]}"
        return found

    def fail(self, fault: Fault, *, method: str = "", path: str = "", times: int = 0) -> None:
        """Let such requests go wrong from now on, the first ``times`` of them, if that is given."""
        turns = iter(range(times)) if times else itertools.count()

        def find(asked: Asked) -> Fault | None:
            is_meant = method in ("", asked.method) and path in ("", asked.path)
            return fault if is_meant and next(turns, None) is not None else None

        self.faults = find

    # What a start does

    def run(self, start: Start) -> list[Ticket]:
        """Let the flow run for each contact of a start: it says its texts and opens a ticket; return the tickets.

        As in the real one, that of an archived flow does nothing though it was taken, and a blocked contact's runs.
        """
        texts = [line(one["text"], "outgoing") for one in start.flow.messages if one["text"]]
        before = [one for other in self.starts if other.number < start.number for one in other.reached_by(start.flow)]
        for person in start.reached_by(start.flow, before):
            if self.engine is None:
                break
            try:
                ticket = self.engine.open(self.ticketer, person, history=texts, flow_uuid=start.flow.uuid)
            except NotOpened as error:
                self._note(start.refused, str(error))
            else:
                self._note(start.tickets, ticket)
        with self.changed:
            start.status = "completed"
            self.changed.notify_all()
        return start.tickets

    def _note(self, where: list[Any], what: Any) -> None:
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def _run_later(self, start: Start, seconds: float) -> None:
        if not self.is_closed.wait(seconds):
            self.on_start(start)

    # What is answered

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Return status and body: a text is a page."""
        name = asked.path.removesuffix(".json")
        is_known = name in {known for _method, known in self._routes}
        if not is_known or (name == "definitions" and not self.has_definitions):
            return 404, _HTML.format("Page not found")
        if name == asked.path:
            return 200, _HTML.format(f"{name} - documentation")
        try:
            # The real one tries sessions first: no WWW-Authenticate, and so 403 instead of 401.
            scheme, _, token = asked.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "token" or not token.strip():
                raise Refused(403, {"detail": "Authentication credentials were not provided."})
            if token.strip() != self.token:
                raise Refused(403, {"detail": "Invalid token"})
            if (asked.method, name) not in self._routes:
                raise Refused(405, {"detail": f'Method "{asked.method}" not allowed.'})
            return self._routes[asked.method, name](asked)
        except Refused as refused:
            return refused.status, refused.body

    def _list(self, asked: Asked, rows: Sequence[Flow | Person | Start]) -> tuple[int, Any]:
        """Return a page, newest first; cursors say where it is, so that what is new meanwhile shifts nothing."""
        if wanted := asked.query.get("uuid"):
            try:
                rows = [one for one in rows if one.uuid == str(uuid.UUID(wanted))]
            except ValueError as error:
                raise Refused(400, {"detail": f"Param 'uuid': {wanted} is not a valid UUID."}) from error
        rows = sorted(rows, key=lambda one: -one.number)
        try:
            cursor = dict(parse_qsl(base64.b64decode(asked.query.get("cursor", ""), validate=True).decode()))
            at = int(cursor.get("p", "0"))
        except ValueError as error:
            raise Refused(404, {"detail": "Invalid cursor"}) from error
        if "r" in cursor:
            found = [one for one in rows if one.number > at][-self.page :]
        else:
            found = [one for one in rows if not at or one.number < at][: self.page]
        is_last, is_first = (not found or rows[end] is found[end] for end in (-1, 0))
        return 200, {
            "next": None if is_last else self._link(asked, p=found[-1].number),
            "previous": None if is_first else self._link(asked, r=1, p=found[0].number),
            "results": [one.as_json() for one in found],
        }

    def _link(self, asked: Asked, **cursor: int) -> str:
        text = base64.b64encode(urlencode(cursor).encode()).decode()
        host = asked.headers.get("host", f"127.0.0.1:{self.server_port}")
        return f"http://{host}/api/v2/{asked.path}?{urlencode({**asked.query, 'cursor': text})}"

    def _export(self, asked: Asked) -> tuple[int, Any]:
        wanted = parse_qs(urlsplit(asked.target).query).get("flow", [])
        found = [flow.definition() for flow in self.flows if flow.uuid in wanted]
        nothing: dict[str, Any] = {name: [] for name in ("campaigns", "triggers", "fields", "groups")}
        return 200, {"version": "13", "site": self.url.removesuffix("/api/v2"), "flows": found, **nothing}

    def _start(self, asked: Asked) -> tuple[int, Any]:
        """Take a start; that is known before it is answered."""
        with self.changed:
            start = self.read_start(asked.body)
            self.starts.append(start)
            self.changed.notify_all()
        if self.run_after == 0:
            self.on_start(start)
        elif self.run_after is not None:
            self._runs.append(threading.Thread(target=self._run_later, args=(start, self.run_after), daemon=True))
            self._runs[-1].start()
        return 201, start.as_json()


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30.0
    server: ApiV2

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            self.command,
            parts.path.removeprefix("/api/v2/"),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", "0"))),
            self.path,
        )
        api = self.server
        with api.changed:
            api.requests.append(asked)
            asked.fault = api.faults(asked)
            api.changed.notify_all()
        match asked.fault:
            case Fault.ERROR:
                self._answer(asked, 500, "Server Error. Site administrators have been notified.")
            case Fault.THROTTLE:
                wait = f"Request was throttled. Expected available in {api.retry_after} seconds."
                self._answer(asked, 429, {"detail": wait}, {"Retry-After": str(api.retry_after)})
            case Fault.HTML:
                self._answer(asked, 200, _HTML.format("Sign in"))
            case Fault.HUGE:
                self._pour()
            case Fault.HANG | Fault.DROP_BEFORE:
                self._drop(asked)
            case _:
                status, body = api.answer(asked)
                if asked.fault is None:
                    self._answer(asked, status, body)
                else:
                    self._drop(asked)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _answer(self, asked: Asked, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        is_page = isinstance(body, str)
        text = body if is_page else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        # A test may want halves of characters in it, which only an escape can carry.
        content = text.encode() if text.isprintable() or is_page else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        with self.server.changed:
            asked.status = status
            self.server.changed.notify_all()

    def _pour(self) -> None:
        """Answer with valid JSON that doesn't say how long it is."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b'{"next":null,"previous":null,"results":[],"padding":"')
            for _ in range(self.server.huge // _CHUNK):
                self.wfile.write(b"x" * _CHUNK)
            self.wfile.write(b'"}')

    def _drop(self, asked: Asked) -> None:
        if asked.fault in {Fault.HANG, Fault.HANG_AFTER}:
            self.server.is_closed.wait(self.server.hang)
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""
