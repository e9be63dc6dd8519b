"""Many rows at once, cloned in the database from one that the program made."""

from django.db import connection, transaction

from queues.models import Queue
from tickets.models import Ticket

_CONTACTS = """
INSERT INTO tickets_contact
SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'external_id', %(word)s || '-' || n))).*
  FROM tickets_contact c, generate_series(1, %(count)s) n WHERE c.id = %(contact)s
"""
_TICKETS = """
INSERT INTO tickets_ticket
SELECT (jsonb_populate_record(t, jsonb_build_object(
         'id', gen_random_uuid(), 'contact_id', c.id, 'protocol', c.external_id, 'queued_at',
         t.queued_at + split_part(c.external_id, '-', 2)::int * interval '1 ms'))).*
  FROM tickets_ticket t, tickets_contact c
 WHERE t.id = %(ticket)s AND c.external_id LIKE %(word)s || '-%%' AND c.project_id = t.project_id
"""
_REST = {
    "tickets_queuestay": "",
    "tickets_ticketevent": "",
    "tickets_tickettag": "",
    "tickets_assignment": ", 'agent_id', (%(agents)s::uuid[])[1 + n %% cardinality(%(agents)s::uuid[])]",
}
_CLONE = """
INSERT INTO {table}
SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'ticket_id', t.id {more}))).*
  FROM {table} r, (SELECT id, row_number() OVER () AS n FROM tickets_ticket
                    WHERE protocol LIKE %(word)s || '-%%') t
 WHERE r.ticket_id = %(ticket)s
"""


def clone(ticket: Ticket, count: int, word: str, agents: list | None = None) -> None:
    """Add so many tickets like the given one, a waiting or a closed one, each of a contact of its own; those of
    closed ones were attended by ``agents`` in turn."""
    facts = {
        "word": word,
        "count": count,
        "contact": ticket.contact_id,
        "ticket": ticket.pk,
        "agents": [user.pk for user in agents or ()],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CONTACTS, facts)
        cursor.execute(_TICKETS, facts)
        for table, more in _REST.items():
            cursor.execute(_CLONE.format(table=table, more=more if agents else ""), facts)


def analyze() -> None:
    """Let the planner know what there is, as autovacuum does in time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def waiting(queue: Queue) -> int:
    """How many wait in a line."""
    return Ticket.objects.waiting().filter(queue=queue).count()
