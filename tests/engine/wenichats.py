"""Type *wenichats*: one base URL and one token for all organizations of the engine."""

import json
import threading
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from .handler import Handler, Ticket
from .http import Broken, Client

#: Lines of a history that are sent at once, and how often sending a late one is tried as a whole.
BATCH = 50
LATE_TRIES = 3


def now() -> str:
    """Return the time as the engine writes it, to the nanosecond."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"


@dataclass
class Contact:
    """Somebody who writes to the bot, of one organization of the engine."""

    name: str = ""
    urn: str = ""
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    groups: Sequence[Mapping[str, str]] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.urn = self.urn or f"whatsapp:55119{uuid.UUID(self.uuid).int % 10**8:08}"


@dataclass(frozen=True)
class Ticketer:
    """A connection of one organization of the engine to a sector."""

    sector: str
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Loss:
    """A message of a contact, or a part of a history, that nobody sends again."""

    what: str
    why: str
    room: str


class NotOpened(Exception):
    """The ticket was not opened; the flow goes on without it. The text is the answer's."""


def line(text: str, direction: str = "incoming", **values: Any) -> dict[str, Any]:
    """Return a line of a history; without files its attachments are null."""
    return {"text": text, "direction": direction, "attachments": None, "created_on": now(), **values}


class Engine:
    """An installation of the engine: its client, its tickets and its web server.

    Args:
        origin: of the program.
        token: the one that all organizations share.
        storing: seconds between the answer to an opening and the ticket's being stored.

    ``lost`` has what the program did not take; the engine itself forgets it.
    """

    def __init__(self, origin: str, token: str, *, storing: float = 0.3, handler: Handler | None = None) -> None:
        self.handler = handler or Handler()
        self.client = Client(f"{origin}/v1/external", token)
        self.storing = storing
        self.lost: list[Loss] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop it."""
        self.client.close()
        self.handler.close()

    # Tickets

    def open(
        self,
        ticketer: Ticketer,
        contact: Contact,
        *,
        history: Sequence[Mapping[str, Any]] = (),
        queue: str = "",
        protocol: str = "",
        flow_uuid: str = "",
        **values: Any,
    ) -> Ticket:
        """Open a ticket, with the history of the bot's conversation and the flow that does it. Raises NotOpened.

        The first batch goes with the opening, the others follow. The ticket is stored at last.
        """
        ticket = Ticket(str(uuid.uuid4()), "", contact.uuid, ticketer.uuid)
        batches = [history[at : at + BATCH] for at in range(0, len(history), BATCH)]
        request = {
            "ticket_uuid": ticket.uuid,
            "queue_uuid": queue,
            "sector_uuid": ticketer.sector,
            "contact": _filled(
                external_id=contact.uuid, name=contact.name, urn=contact.urn, groups=list(contact.groups)
            ),
            "custom_fields": dict(contact.fields),
            "callback_url": self.handler.callback_url(ticketer.uuid, ticket.uuid),
            "history": batches[0] if batches else [],
            "flow_uuid": flow_uuid,
            **values,
        }
        answer = self._call("POST", "/rooms/", {**_filled(**request), "protocol": protocol})
        if isinstance(answer, Broken) or answer.status_code >= 400:
            raise NotOpened(str(answer) if isinstance(answer, Broken) else answer.text)
        ticket.room = answer.json()["uuid"]
        self._send_batches(ticket, batches[1:])
        time.sleep(self.storing)
        self.handler.store(ticket)
        return ticket

    def send_history(self, ticket: Ticket, history: Sequence[Mapping[str, Any]]) -> bool:
        """Send a history later, as a task: whole, in batches, up to three times; return whether that succeeded."""
        batches = [history[at : at + BATCH] for at in range(0, len(history), BATCH)]
        return any(self._send_batches(ticket, batches, last=n == LATE_TRIES) for n in range(1, LATE_TRIES + 1))

    def _send_batches(
        self, ticket: Ticket, batches: Iterable[Sequence[Mapping[str, Any]]], *, last: bool = True
    ) -> bool:
        """Send batches until one is refused."""
        for number, batch in enumerate(batches):
            why = _refusal(self._call("POST", f"/rooms/{ticket.room}/history/", list(batch)))
            if why:
                if last:
                    self._lose(f"history from batch {number}", why, ticket)
                return False
        return True

    def close_ticket(self, ticket: Ticket) -> None:
        """Close a ticket from this side; the program is told once, whatever it answers."""
        with self.handler.changed:
            ticket.is_open = False
            self.handler.changed.notify_all()
        self._call("PATCH", f"/rooms/{ticket.room}/close/", None)

    # Messages

    def receive(self, contact: Contact, text: str = "", **values: Any) -> int:
        """A contact wrote: forward it to each of their open tickets; return to how many."""
        found = [one for one in self.handler.tickets.values() if one.contact == contact.uuid and one.is_open]
        for ticket in found:
            self.forward(ticket, text, **values)
        return len(found)

    def forward(
        self,
        ticket: Ticket,
        text: str = "",
        *,
        attachments: Sequence[Mapping[str, str]] = (),
        metadata: Any = None,
        external_id: str = "",
        created_on: str = "",
    ) -> bool:
        """Forward a message of the contact, once; return whether it was taken. Nobody looks at that: see ``lost``."""
        body = {
            "room": ticket.room,
            "text": text if text.strip() else "",
            "created_on": created_on or now(),
            "direction": "incoming",
            "attachments": list(attachments),
            **_filled(metadata=metadata, external_id=external_id),
        }
        why = _refusal(self._call("POST", "/msgs/", body))
        if why:
            self._lose(text, why, ticket)
        return not why

    # Requests

    def get(self, path: str) -> Any:
        """Return what the program answers to a question."""
        answer = self.client.send("GET", path)
        assert answer.is_success, answer.text
        return answer.json()

    def _call(self, method: str, path: str, body: Any) -> httpx.Response | Broken:
        # As the engine writes it: without blanks, text beyond ASCII as it is.
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        try:
            return self.client.send(method, path, content)
        except Broken as broken:
            return broken

    def _lose(self, what: str, why: str, ticket: Ticket) -> None:
        with self._lock:
            self.lost.append(Loss(what, why, ticket.room))


def _refusal(answer: httpx.Response | Broken) -> str:
    if isinstance(answer, Broken):
        return f"no answer: {answer}"
    return f"{answer.status_code}: {answer.text[:200]}" if answer.status_code >= 400 else ""


def _filled(**values: Any) -> dict[str, Any]:
    """Return the values without those that are empty, which the engine leaves out."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
