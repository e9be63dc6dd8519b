"""The engine's web server: takes callbacks over real HTTP, and does wrong on demand."""

import enum
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

#: Seconds that a request may take to arrive, and its answer from then on: a later one is cut off.
READ_TIMEOUT = WRITE_TIMEOUT = 30.0
#: Seconds before a file is fetched for the second and third time.
FETCH_PAUSES = (5.0, 10.0)
_MB = 1024 * 1024
#: Bytes that a file may have.
FILE_LIMIT = 100 * _MB
LIMITS = {
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * _MB),
    **dict.fromkeys(("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "video/mp4", "video/3gp"), 16 * _MB),
}
_PATH = re.compile(r"/mr/tickets/types/wenichats/event_callback/([a-f0-9-]+)/([a-f0-9-]+)")


@dataclass
class Ticket:
    """A ticket of the engine's; ``is_open`` until somebody closes it."""

    uuid: str
    room: str
    contact: str
    ticketer: str
    is_open: bool = True


@dataclass(frozen=True)
class Sent:
    """One message sent to a contact: a text, or a file. ``message`` is the uuid that the callback gave."""

    ticket: str
    contact: str
    text: str = ""
    file: bytes | None = None
    content_type: str = ""
    message: str = ""
    at: float = field(default_factory=time.monotonic)


class Fault(enum.Enum):
    """What the server does instead of what it should."""

    ERROR = "answers 500"
    HANG = "hangs, and takes nothing"
    DROP_BEFORE = "drops the connection before taking it"
    DROP_AFTER = "drops the connection after taking it"
    HANG_AFTER = "takes it, and hangs"


@dataclass
class Callback:
    """One request, and what became of it: the status answered, or the fault, or neither if the sender was gone."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    fault: Fault | None = None
    error: str = ""

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        return json.loads(self.body)


class Refused(Exception):
    """A callback that the engine doesn't take."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


Route = Callable[[re.Match[str], Callback], None]


class Handler(ThreadingHTTPServer):
    """Keeps the engine's tickets and what it sent to contacts; it does not look whether it sent the same before.

    ``faults`` is asked for each callback whether something goes wrong with it. ``routes`` are the paths that it takes
    POST requests at; their functions take the callback or raise Refused.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, hang: float = 40.0, fetch_pauses: tuple[float, ...] = FETCH_PAUSES) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.tickets: dict[str, Ticket] = {}
        self.sent: list[Sent] = []
        self.callbacks: list[Callback] = []
        self.faults: Callable[[Callback], Fault | None] = lambda _callback: None
        self.routes: list[tuple[re.Pattern[str], Route]] = [(_PATH, self._take)]
        self.hang, self.fetch_pauses = hang, fetch_pauses
        self.changed = threading.Condition()
        self._is_closed = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def callback_url(self, ticketer: str, ticket: str) -> str:
        """Return where a ticket's callbacks go."""
        return f"{self.origin}/mr/tickets/types/wenichats/event_callback/{ticketer}/{ticket}"

    def store(self, ticket: Ticket) -> None:
        """Store a ticket: callbacks of others are not found."""
        with self.changed:
            self.tickets[ticket.uuid] = ticket
            self.changed.notify_all()

    def wait_until(self, condition: Callable[[], Any], seconds: float = 90) -> Any:
        """Wait until something has become of callbacks, and return it."""
        with self.changed:
            found = self.changed.wait_for(condition, seconds)
        assert found, f"not within {seconds:.0f} s; the last callbacks: {self.callbacks[-5:]}"
        return found

    def sent_to(self, contact: str) -> list[str]:
        """Return the texts that a contact got, in order."""
        return [one.text for one in self.sent if one.contact == contact and one.file is None]

    def close(self) -> None:
        """Stop listening; what hangs goes on."""
        self._is_closed.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up is no news."""

    def take(self, callback: Callback) -> None:
        """Do what a callback asks for. Raises Refused."""
        for pattern, route in self.routes:
            if found := pattern.fullmatch(callback.path.partition("?")[0]):
                route(found, callback)
                return
        raise Refused(404, f"not found: {callback.path}")

    def wait_hanging(self) -> None:
        """Be silent for a while."""
        self._is_closed.wait(self.hang)

    def deliver(self, sent: Sent) -> None:
        """Send a message to a contact."""
        with self.changed:
            self.sent.append(sent)
            self.changed.notify_all()

    def _take(self, found: re.Match[str], callback: Callback) -> None:
        ticket = self.tickets.get(found[2])
        if ticket is None:
            raise Refused(404, f"no such ticket {found[2]}")
        try:
            body = json.loads(callback.body)
        except ValueError as error:
            raise Refused(400, str(error)) from error
        kind = body.get("type") if isinstance(body, dict) else None
        if not isinstance(kind, str):
            raise Refused(400, "Key path not found")
        if kind == "msg.create":
            self._send(ticket, _content(body))
        elif kind == "room.update":
            _content(body)
            with self.changed:
                ticket.is_open = False
                self.changed.notify_all()
        else:
            raise Refused(400, "invalid event type")

    def _send(self, ticket: Ticket, content: dict[str, Any]) -> None:
        """Send each file and the text as messages of their own; what fails leaves those before it sent."""
        message = content.get("uuid") or ""
        for media in content.get("media") or ():
            kind = media.get("content_type") or ""
            file = self._fetch(media.get("url") or "")
            limit = LIMITS.get(kind, FILE_LIMIT)
            if len(file) > limit:
                raise Refused(400, f"unable to send media type {kind}: exceeds {limit} bytes limit")
            self.deliver(Sent(ticket.uuid, ticket.contact, file=file, content_type=kind, message=message))
        text = content.get("text") or ""
        if text.strip():
            self.deliver(Sent(ticket.uuid, ticket.contact, text=text, message=message))

    def _fetch(self, url: str) -> bytes:
        for pause in (*self.fetch_pauses, None):
            try:
                answer = httpx.get(url, follow_redirects=True, timeout=60)
            except httpx.InvalidURL as error:
                raise Refused(500, f"error fetching ticket file '{url}'") from error
            except httpx.HTTPError:
                answer = None
            if pause is None or (answer is not None and answer.status_code <= 501):
                break
            time.sleep(pause)
        if answer is None or not answer.is_success or len(answer.content) > FILE_LIMIT:
            raise Refused(500, f"error fetching ticket file '{url}'")
        return answer.content


def _content(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a callback is about; members of another type than the engine's are refused, as by its decoder."""
    content = body.get("content")
    if not isinstance(content, dict | None):
        raise Refused(500, "cannot unmarshal content")
    content = content or {}
    contact = content.get("contact")
    _check(content, str, "uuid", "room", "text", "created_on")
    _check(content, bool, "seen")
    _check(content, list, "media")
    _check(content, dict, "contact")
    for media in content.get("media") or ():
        if not isinstance(media, dict):
            raise Refused(500, "cannot unmarshal media")
        _check(media, str, "content_type", "url")
    if contact:
        _check(contact, str, "uuid", "name", "email", "status", "phone", "created_on")
        _check(contact, dict, "custom_fields")
        if (created := contact.get("created_on")) is not None:
            try:
                datetime.fromisoformat(created)
            except ValueError as error:
                raise Refused(500, f"parsing time {created!r}") from error
    return content


def _check(values: dict[str, Any], kind: type, *names: str) -> None:
    for name in names:
        if not isinstance(values.get(name), kind | None):
            raise Refused(500, f"cannot unmarshal {name}")


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = READ_TIMEOUT
    server: Handler

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        callback = Callback(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with self.server.changed:
            self.server.callbacks.append(callback)
        callback.fault = self.server.faults(callback)
        match callback.fault:
            case Fault.DROP_BEFORE:
                self._drop()
            case Fault.HANG:
                self.server.wait_hanging()
                self._drop()
            case Fault.ERROR:
                self._answer(callback, 500, {"error": "on demand"})
            case _:
                self._take(callback)

    def _take(self, callback: Callback) -> None:
        begun = time.monotonic()
        try:
            self.server.take(callback)
            status, body = 200, {"status": "handled"}
        except Refused as refused:
            callback.error = str(refused)
            status, body = refused.status, {"error": str(refused)}
        if callback.fault is Fault.HANG_AFTER:
            self.server.wait_hanging()
        if callback.fault in {Fault.DROP_AFTER, Fault.HANG_AFTER} or time.monotonic() - begun > WRITE_TIMEOUT:
            self._drop()
        else:
            self._answer(callback, status, body)

    def _answer(self, callback: Callback, status: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        with self.server.changed:
            callback.status = status
            self.server.changed.notify_all()

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _not_allowed(self) -> None:
        self.send_error(405)

    do_GET = do_PUT = do_PATCH = do_DELETE = _not_allowed

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""
