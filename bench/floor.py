"""The baseline for routing: the same rows written by bare prepared SQL.

No decisions, no checks, no notifications.
"""

import time
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from django.db.models import JSONField, Model
from django.utils import timezone
from psycopg.types.json import Jsonb

from core.ids import uuid7
from tickets.models import Assignment, Contact, QueueStay, Ticket, TicketEvent

MODELS = (Contact, Ticket, TicketEvent, QueueStay, Assignment)


def connect() -> psycopg.Connection:
    """Open a separate plain psycopg connection."""
    wanted = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    given = connection.settings_dict
    return psycopg.connect(**{key: given[name] for key, name in wanted.items() if given[name]}, prepare_threshold=1)


def _row(instance: Model) -> dict[str, Any]:
    fields = instance._meta.concrete_fields
    values = {f: getattr(instance, f.attname) for f in fields}
    return {f.column: Jsonb(v) if isinstance(f, JSONField) else v for f, v in values.items()}


def _insert(cursor: psycopg.Cursor, model: type[Model], row: dict[str, Any]) -> None:
    columns = ", ".join(f'"{column}"' for column in row)
    marks = ", ".join(["%s"] * len(row))
    cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})', list(row.values()))


class Opening:
    """Rows of a contact and an assigned ticket with their history, taken from a ticket the application created."""

    def __init__(self, ticket: Ticket) -> None:
        self.sector = ticket.sector_id
        self.rows = [(Contact, _row(ticket.contact)), (Ticket, _row(ticket))]
        for model in (TicketEvent, QueueStay, Assignment):
            self.rows += [(model, _row(one)) for one in model.objects.filter(ticket=ticket)]

    def times(self, count: int) -> list[float]:
        """Return the seconds of each opening, in its own transaction under the sector's lock."""
        found = []
        with connect() as bare, bare.cursor() as cursor:
            for seat in range(count):
                start = time.perf_counter()
                cursor.execute("SELECT 1 FROM sectors_sector WHERE id = %s FOR NO KEY UPDATE", [self.sector])
                contact, ticket = uuid7(), uuid7()
                for model, row in self.rows:
                    new = row | {"id": uuid7(), "ticket_id": ticket}
                    if model is Contact:
                        new = row | {"id": contact, "main_id": contact, "external_id": str(contact)}
                    elif model is Ticket:
                        person = {"contact_id": contact, "main_contact_id": contact}
                        new = row | person | {"id": ticket, "seat": 10_000 + seat}
                    _insert(cursor, model, new)
                bare.commit()
                found.append(time.perf_counter() - start)
        return found


_FIRST = """
SELECT id, line_count FROM tickets_ticket WHERE queue_id = %s AND status = 'waiting'
 ORDER BY queued_at, id LIMIT %s
"""
_UPDATE = """
UPDATE tickets_ticket
   SET status = 'active', agent_id = %s, seat = %s, assigned_at = now(), line_count = line_count + 1
 WHERE id = %s
"""
_LEAVE = (
    "UPDATE tickets_queuestay SET left_at = now(), \"left\" = 'assigned' WHERE ticket_id = %s AND left_at IS NULL"
)


def step(sector: UUID, queue: UUID, agent: UUID, count: int) -> list[float]:
    """Return the seconds of single steps, each assigning the first in the queue to an agent; rolled back."""
    found = []
    with connect() as bare, bare.cursor() as cursor:
        for _ in range(count):
            start = time.perf_counter()
            cursor.execute("SELECT 1 FROM sectors_sector WHERE id = %s FOR NO KEY UPDATE", [sector])
            place(cursor, sector, queue, agent, 1)
            found.append(time.perf_counter() - start)
            bare.rollback()
    return found


def place(cursor: psycopg.Cursor, sector: UUID, queue: UUID, agent: UUID, tickets: int) -> None:
    """Assign the first tickets in the queue to an agent."""
    rows = cursor.execute(_FIRST, [queue, tickets]).fetchall()
    for seat, (ticket, lines) in enumerate(rows, 1):
        cursor.execute(_UPDATE, [agent, seat, ticket])
        cursor.execute(_LEAVE, [ticket])
        segment = Assignment(ticket_id=ticket, sector_id=sector, queue_id=queue, agent_id=agent, seat=seat)
        _insert(cursor, Assignment, _row(segment) | {"started_at": timezone.now(), "reason": Jsonb({"load": 0})})
        event = TicketEvent(ticket_id=ticket, number=lines + 1, kind="assigned", at=timezone.now())
        _insert(cursor, TicketEvent, _row(event))


def drain(sector: UUID, queue: UUID, agents: list[UUID], each: int) -> float:
    """Return the seconds it takes to assign each agent that many tickets, one transaction per ticket."""
    with connect() as bare, bare.cursor() as cursor:
        start = time.perf_counter()
        for agent in agents:
            with bare.transaction():
                cursor.execute("SELECT 1 FROM sectors_sector WHERE id = %s FOR NO KEY UPDATE", [sector])
                cursor.execute(
                    "UPDATE queues_agentstatus SET status = 'online', since = now() WHERE user_id = %s", [agent]
                )
                place(cursor, sector, queue, agent, each)
        return time.perf_counter() - start
