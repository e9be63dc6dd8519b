"""Mass data, cloned in the database from one row that the application created."""

from django.db import connection, transaction

from queues.models import Queue
from tickets.models import Ticket

_CONTACTS = """
INSERT INTO tickets_contact
SELECT (jsonb_populate_record(c, jsonb_build_object(
         'id', new.id, 'main_id', new.id, 'address_key', '', 'number_key', '',
         'external_id', %(word)s || '-' || n))).*
  FROM tickets_contact c,
       (SELECT n, gen_random_uuid() AS id FROM generate_series(1, %(count)s) n) AS new
 WHERE c.id = %(contact)s
"""
_TICKETS = """
INSERT INTO tickets_ticket
SELECT (jsonb_populate_record(t, jsonb_build_object(
         'id', gen_random_uuid(), 'contact_id', c.id, 'main_contact_id', c.id, 'protocol', c.external_id, 'queued_at',
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


def clone(ticket: Ticket, count: int, word: str, agents: list | None = None, *, with_history: bool = True) -> None:
    """Add copies of a waiting or closed ticket, each with its own contact; ``agents`` take turns with closed ones.

    ``with_history``: with its stays, assignments, events and tags as well.
    """
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
        for table, more in _REST.items() if with_history else ():
            cursor.execute(_CLONE.format(table=table, more=more if agents else ""), facts)


def analyze() -> None:
    """Update planner statistics, as autovacuum would eventually."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def waiting(queue: Queue) -> int:
    """Return how many tickets wait in a queue."""
    return Ticket.objects.waiting().filter(queue=queue).count()
