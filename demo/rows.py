"""Rows of closed tickets in Postgres' COPY text format, collected by table."""

import json
from collections.abc import Iterable
from functools import lru_cache
from hashlib import md5

from tickets.contact_keys import contact_keys

from .clock import Ms, stamp
from .simulation import Stretch
from .world import Contact, Ids, Line, Ticket

#: Columns of each table, in the order of writing: referenced rows come first.
COLUMNS = {
    "tickets_contact": "id project_id external_id name email phone urn urn_display channel custom_fields groups "
    "main_id address_key number_key joined_for is_hidden join_pending created_at modified_at",
    "tickets_ticket": "id project_id contact_id main_contact_id sector_id queue_id status agent_id protocol source "
    "flow_uuid callback_url flow_type custom_fields is_anon opened_at queued_at assigned_at first_response_at "
    "closed_at closed_by_id closed_by_flow modified_at line_count unread_count last_message_at last_message_text "
    "transfer_count waiting_seconds waiting_open_seconds first_response_seconds first_response_open_seconds "
    "response_seconds response_open_seconds handling_seconds",
    "tickets_tickettag": "id ticket_id tag_id sector_id closed_at",
    "tickets_assignment": "id ticket_id sector_id queue_id agent_id seat over_limit reason started_at ended_at ended",
    "tickets_queuestay": "id ticket_id queue_id entered_at left_at left",
    "tickets_message": "id ticket_id number kind user_id text external_id metadata is_history is_late "
    "history_key created_on stored_at seen_at delivery",
    "tickets_ticketevent": "id ticket_id number kind at actor_id data",
    "queues_statuschange": "id project_id user_id status reason started_at ended_at",
}
MESSAGES = frozenset({"contact", "bot", "agent", "note"})
NULL = "\\N"


@lru_cache(maxsize=50_000)
def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")


def _seconds(ms: float | None) -> str:
    return NULL if ms is None else repr(ms / 1000)


class Rows:
    """Collects rows of tickets until they are written; ``tickets`` counts them."""

    def __init__(self, project_id: str, ids: Ids) -> None:
        self._project, self._ids = project_id, ids
        self.tables: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self.tickets = 0

    def clear(self) -> None:
        """Discard what has been written."""
        for rows in self.tables.values():
            rows.clear()
        self.tickets = 0

    def add(self, ticket: Ticket) -> None:
        """Add a closed ticket with all its related rows."""
        self.tickets += 1
        if not ticket.contact.stored:
            self._contact(ticket.contact)
        self._ticket(ticket)
        closed, new = stamp(ticket.closed), self._ids.new
        tags, sector = self.tables["tickets_tickettag"], ticket.sector.id
        for _name, tag in ticket.tags:
            tags.append(f"{new(ticket.closed)}\t{ticket.id}\t{tag}\t{sector}\t{closed}\n")
        for s in ticket.segments:
            self.tables["tickets_assignment"].append(
                f"{new(s.start)}\t{ticket.id}\t{s.sector.id}\t{s.queue.id}\t{s.agent.id}\t{s.seat}\tf\t"
                f"{_json(s.reason)}\t{stamp(s.start)}\t{stamp(s.end)}\t{s.ended}\n"
            )
        for stay in ticket.stays:
            self.tables["tickets_queuestay"].append(
                f"{new(stay.entered)}\t{ticket.id}\t{stay.queue.id}\t{stamp(stay.entered)}\t{stamp(stay.left)}\t"
                f"{stay.how}\n"
            )
        self._lines(ticket)

    def add_stretches(self, stretches: Iterable[Stretch]) -> None:
        """Add intervals of agent status."""
        rows = self.tables["queues_statuschange"]
        for agent, status, reason, start, end in stretches:
            rows.append(
                f"{self._ids.new(start)}\t{self._project}\t{agent.id}\t{status}\t{_escaped(reason)}\t{stamp(start)}\t"
                f"{stamp(end)}\n"
            )

    def _contact(self, contact: Contact) -> None:
        contact.stored = True
        created = stamp(contact.created)
        keys = contact_keys(contact.urn, "")
        self.tables["tickets_contact"].append(
            f"{contact.id}\t{self._project}\t{contact.external_id}\t{_escaped(contact.name)}\t\t\t{contact.urn}\t\t\t"
            f"{{}}\t[]\t{contact.id}\t{keys.address}\t{keys.number}\t\tf\tf\t{created}\t{created}\n"
        )

    def _ticket(self, t: Ticket) -> None:
        closed = stamp(t.closed)
        said = [line for line in t.lines if line.kind in ("contact", "agent")]
        last = said[-1] if said else None
        assigned = stamp(t.segments[-1].start) if t.segments else NULL
        first = next((line.at for line in said if line.kind == "agent"), None)
        stored = (
            t.id,
            self._project,
            t.contact.id,
            t.contact.id,
            t.sector.id,
            t.queue.id,
            "closed",
            t.agent.id if t.agent else NULL,
            f"{stamp(t.opened)[:10].replace('-', '')}-{t.id[-8:].upper()}",
            "flow",
            "",
            "",
            "wenichats",
            "{}",
            "t" if t.is_anon else "f",
            stamp(t.opened),
            stamp(t.queued),
            assigned,
            NULL if first is None else stamp(first),
            closed,
            t.closed_by.id if t.closed_by else NULL,
            "t" if t.by_flow else "f",
            closed,
            str(len(t.lines)),
            "0",
            stamp(last.at) if last else NULL,
            _escaped(last.text[:160]) if last else "",
            str(t.transfers),
            *figures(t, said, first),
        )
        self.tables["tickets_ticket"].append("\t".join(stored) + "\n")

    def _lines(self, t: Ticket) -> None:
        messages, events, new = self.tables["tickets_message"], self.tables["tickets_ticketevent"], self._ids.new
        for line in t.before:
            at = stamp(line.at)
            messages.append(
                f"{new(t.opened)}\t{t.id}\t\\N\t{line.kind}\t\\N\t{_escaped(line.text)}\t\t{{}}\tt\tf\t"
                f"{md5(f'{line.kind} {line.at} {line.text}'.encode(), usedforsecurity=False).hexdigest()}\t{at}\t"
                f"{stamp(t.opened)}\t\\N\t\n"
            )
        seen = NULL
        for number in range(len(t.lines), 0, -1):
            line = t.lines[number - 1]
            at = stamp(line.at)
            who = line.who.id if line.who else NULL
            if line.kind not in MESSAGES:
                events.append(f"{new(line.at)}\t{t.id}\t{number}\t{line.kind}\t{at}\t{who}\t{_json(line.facts)}\n")
                continue
            # An answer means that all messages before it were read.
            seen = at if line.kind == "agent" else seen
            messages.append(
                f"{new(line.at)}\t{t.id}\t{number}\t{line.kind}\t{who}\t{_escaped(line.text)}\t\t{{}}\tf\tf\t\t{at}\t"
                f"{at}\t"
                f"{seen if line.kind == 'contact' else NULL}\t\n"
            )


def figures(t: Ticket, said: list[Line], first: Ms | None) -> tuple[str, ...]:
    """Return the metrics that ``tickets.metrics`` stores at closing, in the order of the columns."""
    hours = t.sector.open_time
    waiting = sum(stay.left - stay.entered for stay in t.stays)
    waiting_open = sum(hours.between(stay.entered, stay.left) for stay in t.stays)
    exchanges = _exchanges(said)
    response = response_open = None
    if exchanges:
        response = sum(b - a for a, b in exchanges) / len(exchanges)
        response_open = sum(hours.between(a, b) for a, b in exchanges) / len(exchanges)
    return (
        _seconds(waiting),
        _seconds(waiting_open),
        _seconds(None if first is None else first - t.opened),
        _seconds(None if first is None else hours.between(t.opened, first)),
        _seconds(response),
        _seconds(response_open),
        _seconds(sum(s.end - s.start for s in t.segments)),
    )


def _exchanges(said: list[Line]) -> list[tuple[Ms, Ms]]:
    found, asked = [], None
    for line in said:
        if line.kind == "contact":
            asked = asked if asked is not None else line.at
        elif asked is not None:
            found.append((asked, line.at))
            asked = None
    return found
