"""An engine of the type *generic*: its client, and its server of callbacks, over real HTTP.

It does as the public one does. The client sends a request with an ``Idempotency-Key`` again if it gets no answer or
a status above 501, or is asked to wait no longer than it would anyway; it throws a refusal away, except that a 409 at
an opening names the ticket it then has, and one at a closing says that there is nothing to do. It stores its ticket
when it has the answer. The server finds a ticket by ticketer and external id alone (the first of several), checks the
signature over the raw body and a timestamp within five minutes, fetches files of up to 10 MB before it answers, and
closes a ticket only after telling the service so.
"""

import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

#: Seconds that a timestamp may differ from the engine's clock.
WINDOW = 300
MAX_BODY = 1024 * 1024
MAX_FILE = 10 * 1024 * 1024


def now() -> str:
    """Return the time as the engine writes it, with nanoseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"


class Refused(Exception):
    """The service answered with an error that the client gives up on."""

    def __init__(self, answer: httpx.Response) -> None:
        body = answer.json()
        super().__init__(f"{answer.status_code} {body}")
        self.status, self.body = answer.status_code, body


@dataclass
class EngineTicket:
    """A ticket as the engine stores it."""

    uuid: str
    external_id: str
    contact: dict[str, Any]
    status: str = "open"
    closed_for: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Sent:
    """A message that the engine has sent to a contact."""

    ticket: str
    text: str
    files: list[bytes]
    raw: dict[str, Any]


class Client:
    """Calls the service at a base URL with a token."""

    def __init__(self, base_url: str, token: str, pauses: tuple[float, ...] = (0.2, 0.4)) -> None:
        self.base_url, self.token, self.pauses = base_url.rstrip("/"), token, pauses
        self.http = httpx.Client(timeout=30)
        #: Requests whose answer is thrown away once it has come: the line broke at that moment.
        self.lose_answers = 0
        self.tries: list[tuple[str, int | None]] = []

    def post(self, path: str, body: Any, key: str = "") -> httpx.Response:
        """Send a request, again where the engine would. Raises the last transport error."""
        raw = json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "X-API-Version": "1",
            "X-Request-Id": str(uuid.uuid4()),
            "Accept-Encoding": "gzip",
            **({"Idempotency-Key": key} if key else {}),
        }
        for pause in (*self.pauses, None):
            try:
                answer = self._try(path, raw, headers)
            except httpx.TransportError:
                if pause is None or not key:
                    raise
            else:
                if pause is None or not self._again(answer, bool(key), pause):
                    return answer
            time.sleep(pause)
        raise AssertionError("there is a last try")

    def _try(self, path: str, raw: bytes, headers: dict[str, str]) -> httpx.Response:
        answer = self.http.post(self.base_url + path, content=raw, headers=headers)
        if self.lose_answers:
            self.lose_answers -= 1
            self.tries.append((path, None))
            raise httpx.ReadError("the connection broke before the answer was read")
        self.tries.append((path, answer.status_code))
        return answer

    @staticmethod
    def _again(answer: httpx.Response, has_key: bool, pause: float) -> bool:
        asked = answer.headers.get("Retry-After", "")
        if asked.isdigit() and 0 < int(asked) <= pause:
            return True
        return has_key and answer.status_code > 501


class GenericEngine(ThreadingHTTPServer):
    """One ticketer of the engine: its tickets, its client, its server of callbacks."""

    daemon_threads = True

    def __init__(self, base_url: str, token: str, secret: str, *, project: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.client, self.secret, self.project = Client(base_url, token), secret, project
        self.ticketer = str(uuid.uuid4())
        self.tickets: list[EngineTicket] = []
        self.sent: list[Sent] = []
        #: Statuses answered to callbacks, in order: path and status.
        self.answered: list[tuple[str, int]] = []
        #: Says what a callback is answered instead; None: as the engine does.
        self.instead: Callable[[str], int | None] = lambda _path: None
        #: Seconds between the service's answer and the stored ticket.
        self.storing = 0.5
        self.change = threading.Condition()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self.client.http.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up is no news."""

    @property
    def callbacks(self) -> str:
        """The address of the ticketer's callbacks, as the engine tells it."""
        return f"http://127.0.0.1:{self.server_port}/mr/tickets/types/generic/event_callback/{self.ticketer}"

    # What the engine does by itself

    def open(self, contact: dict[str, Any] | None = None, **values: Any) -> EngineTicket:
        """Open a ticket for a contact. Raises Refused."""
        contact = contact or self.contact()
        ticket_id = str(uuid.uuid4())
        body = {
            "ticket_id": ticket_id,
            "contact": contact,
            "body": "The contact asks for a person.",
            "metadata": {
                "project_uuid": self.project,
                "flow": {"uuid": str(uuid.uuid4()), "name": "Welcome"},
                "channel": {"uuid": str(uuid.uuid4()), "name": "WhatsApp", "address": "+551188888888"},
                "webhook_base_url": self.callbacks,
            },
            "opened_at": now(),
            **values,
        }
        answer = self.client.post("/v1/tickets", body, f"open-{ticket_id}")
        if answer.status_code >= 400:
            external_id = (answer.json().get("details") or {}).get("external_id") or ""
            if answer.status_code != 409 or not external_id:
                raise Refused(answer)
        else:
            external_id = answer.json()["external_id"]
        time.sleep(self.storing)
        ticket = EngineTicket(ticket_id, external_id, contact)
        with self.change:
            self.tickets.append(ticket)
            self.change.notify_all()
        return ticket

    @staticmethod
    def contact() -> dict[str, Any]:
        """Return a new contact as it is sent."""
        made = uuid.uuid4()
        address = f"55119{made.int % 10**8:08d}"
        return {
            "uuid": str(made),
            "name": "A contact",
            "urn": f"whatsapp:{address}?id=7&priority=1000",
            "urns": [f"whatsapp:{address}?id=7&priority=1000"],
            "language": "por",
        }

    def say(self, contact: dict[str, Any], text: str = "", *attachments: tuple[str, str]) -> list[str]:
        """Forward a message of the contact to each of their open tickets; return the errors, which it only logs."""
        message, errors = str(uuid.uuid4()), []
        for ticket in [t for t in self.tickets if t.contact is contact and t.status == "open"]:
            body = {
                "ticket_id": ticket.uuid,
                "external_id": ticket.external_id,
                "message_id": message,
                "direction": "incoming",
                "sender": {"type": "contact", "id": contact["uuid"], "name": contact["name"]},
                "sent_at": now(),
                **({"text": text} if text.strip() else {}),
                **({"attachments": [{"content_type": k, "url": u} for k, u in attachments]} if attachments else {}),
            }
            answer = self.client.post(f"/v1/tickets/{ticket.external_id}/messages", body, f"forward-{message}")
            if answer.status_code >= 400:
                errors.append(str(Refused(answer)))
        return errors

    def send_history(self, ticket: EngineTicket, messages: list[dict[str, Any]]) -> None:
        """Send what was said before, 50 at a time, and stop at the first error. Raises Refused."""
        for start in range(0, len(messages), 50):
            body = {
                "ticket_id": ticket.uuid,
                "external_id": ticket.external_id,
                "contact": ticket.contact,
                "messages": messages[start : start + 50],
            }
            key = f"history-{ticket.uuid}-{start}"
            answer = self.client.post(f"/v1/tickets/{ticket.external_id}/history", body, key)
            if answer.status_code >= 400:
                raise Refused(answer)

    def close(self, ticket: EngineTicket) -> int:
        """Close a ticket; return what the service answered. Raises Refused, and then the ticket stays as it is."""
        answer = self._change(ticket, "close", "closed")
        if answer.status_code >= 400 and answer.status_code != 409:
            raise Refused(answer)
        with self.change:
            ticket.status = "closed"
            self.change.notify_all()
        return answer.status_code

    def reopen(self, ticket: EngineTicket) -> dict[str, Any]:
        """Reopen a ticket. Raises Refused, and then the ticket stays as it is."""
        answer = self._change(ticket, "reopen", "reopened")
        if answer.status_code >= 400:
            raise Refused(answer)
        with self.change:
            ticket.status = "open"
            self.change.notify_all()
        return answer.json()

    def _change(self, ticket: EngineTicket, path: str, done: str) -> httpx.Response:
        body = {
            "ticket_id": ticket.uuid,
            "external_id": ticket.external_id,
            f"{done}_by": {"type": "platform", "id": "system"},
            f"{done}_at": now(),
        }
        key = f"{path}-{ticket.uuid}-{time.time_ns()}"
        return self.client.post(f"/v1/tickets/{ticket.external_id}/{path}", body, key)

    def wait_for(self, wanted: Callable[[], Any], seconds: float = 60) -> Any:
        """Return what ``wanted`` returns once that is true."""
        with self.change:
            found = self.change.wait_for(wanted, seconds)
        assert found, f"it did not come; answered: {self.answered}, sent: {[s.text for s in self.sent]}"
        return found

    @contextmanager
    def answering(self, status: int) -> Any:
        """Answer callbacks with a status meanwhile, and do nothing."""
        self.instead = lambda _path: status
        yield
        self.instead = lambda _path: None

    # What it does when it is called

    def handle(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer a callback."""
        base = f"/mr/tickets/types/generic/event_callback/{self.ticketer}"
        events = {"/messages": self._message, "/tickets/close": self._closed, "/tickets/reopen": self._reopened}
        event = next((event for end, event in events.items() if path == base + end), None)
        if event is None:
            return 404, {"error": f"not found: {path}"}
        if (status := self.instead(path)) is not None:
            return status, {"error": "as the test says", "message": ""}
        if len(body) > MAX_BODY:
            return 413, {"error": "payload_too_large", "message": "request body exceeds limit"}
        if not self._is_signed(body, headers.get("X-Webhook-Signature", "")):
            return 401, {"error": "invalid_signature", "message": "HMAC verification failed"}
        stamp = headers.get("X-Webhook-Timestamp", "")
        if stamp and not _is_fresh(stamp):
            return 401, {"error": "expired_request", "message": "X-Webhook-Timestamp outside the accepted window"}
        try:
            payload = json.loads(body)
            called = payload["external_id"]
        except (ValueError, KeyError, TypeError) as error:
            return 400, {"error": "invalid_payload", "message": str(error)}
        with self.change:
            ticket = next((t for t in self.tickets if t.external_id == called), None)
        return event(payload, ticket)

    def _is_signed(self, body: bytes, given: str) -> bool:
        expected = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, given.removeprefix("sha256=").strip().lower())

    def _message(self, payload: dict[str, Any], ticket: EngineTicket | None) -> tuple[int, dict[str, Any]]:
        if not payload.get("text", "").strip() and not payload.get("attachments"):
            return 400, {"error": "empty_message", "message": "text or attachments are required"}
        if ticket is None:
            return 404, {"error": "ticket_not_found", "message": "no such ticket for the given external_id"}
        files = []
        for attachment in payload["attachments"]:
            answer = httpx.get(attachment["url"], timeout=30)
            if answer.status_code // 100 != 2 or len(answer.content) > MAX_FILE:
                return 502, {"error": "attachment_fetch_failed", "message": f"failed fetching {attachment['url']}"}
            files.append(answer.content)
        with self.change:
            self.sent.append(Sent(ticket.uuid, payload["text"], files, payload))
            self.change.notify_all()
        return 200, {"status": "sent", "ticket_uuid": ticket.uuid, "message_uuid": str(uuid.uuid4())}

    def _closed(self, payload: dict[str, Any], ticket: EngineTicket | None) -> tuple[int, dict[str, Any]]:
        if ticket is None:
            return 404, {"error": "ticket_not_found", "message": "no such ticket for the given external_id"}
        if ticket.status != "closed":
            try:
                self.close(ticket)
            except (Refused, httpx.TransportError) as error:
                return 500, {"error": "close_failed", "message": str(error)}
            ticket.closed_for.append(payload)
        return 200, {"status": "closed", "ticket_uuid": ticket.uuid}

    def _reopened(self, _payload: dict[str, Any], ticket: EngineTicket | None) -> tuple[int, dict[str, Any]]:
        if ticket is None:
            return 404, {"error": "ticket_not_found", "message": "no such ticket for the given external_id"}
        if ticket.status != "open":
            try:
                self.reopen(ticket)
            except (Refused, httpx.TransportError) as error:
                return 500, {"error": "reopen_failed", "message": str(error)}
        return 200, {"status": "open", "ticket_uuid": ticket.uuid}


def _is_fresh(stamp: str) -> bool:
    try:
        at = datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        if not stamp.isdigit() or int(stamp) == 0:
            return False
        at = float(stamp)
    return abs(time.time() - at) <= WINDOW


class _Handler(BaseHTTPRequestHandler):
    server: GenericEngine

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, said = self.server.handle(self.path, self.headers, body)
        with self.server.change:
            self.server.answered.append((self.path.rpartition(self.server.ticketer)[2], status))
            self.server.change.notify_all()
        raw = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None:
        """Nothing on the terminal."""
