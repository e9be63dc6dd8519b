"""Benchmark of the back office (docs/admin.md): `python -m bench.admin [TICKETS]`; 1,000,000 by default,
2,000 or more, which is what lists count up to.

Each list is asked for with the filters, searches and dates that its page offers. The baseline is a plain read of the
newest 50 tickets with what the list of tickets shows of them, in the same run.
"""

import sys
import time
from functools import partial
from statistics import median
from typing import Any

from bench.place import database, machine

ROUNDS = 5
SPREAD = "UPDATE tickets_ticket SET opened_at = opened_at - interval '700 days' * random() WHERE status = 'closed'"
DELIVERIES = """
INSERT INTO tickets_delivery
SELECT (jsonb_populate_record(d, jsonb_build_object(
         'id', gen_random_uuid(), 'ticket_id', t.id, 'created_at', t.opened_at))).*
  FROM tickets_delivery d, tickets_ticket t WHERE d.id = %s AND t.id <> d.ticket_id
"""
AUDIT = """
INSERT INTO orgs_auditentry
SELECT (jsonb_populate_record(e, jsonb_build_object(
         'id', gen_random_uuid(), 'at', e.at - interval '700 days' * n / %s))).*
  FROM orgs_auditentry e, generate_series(1, %s) n WHERE e.id = %s
"""
BARE = """
SELECT t.*, c.name, p.name, s.name, q.name, u.email
  FROM tickets_ticket t JOIN tickets_contact c ON c.id = t.contact_id JOIN orgs_project p ON p.id = t.project_id
  JOIN sectors_sector s ON s.id = t.sector_id JOIN queues_queue q ON q.id = t.queue_id
  LEFT JOIN orgs_user u ON u.id = t.agent_id
 ORDER BY t.id DESC LIMIT 50
"""


def fill(tickets: int) -> Any:
    """Make so many closed tickets, as many deliveries and entries of the audit log; returns the ticket they copy."""
    from django.db import connection, transaction

    from bench.filling import analyze, clone
    from orgs.models import AuditEntry
    from tests.builders import Desk
    from tickets.models import Delivery, Ticket

    desk = Desk.set_up()
    desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flow.example.org/")
    desk.reply(ticket, ticket.agent)
    desk.close(ticket, by=ticket.agent, tags=desk.tags[:1])
    ticket = Ticket.objects.get(pk=ticket.pk)
    delivery, entry = Delivery.objects.filter(message=None)[0], AuditEntry.objects.all()[0]
    with transaction.atomic(), connection.cursor() as cursor:
        # What is cloned was checked once: no trigger and no reference is asked again for each row.
        cursor.execute("SET LOCAL session_replication_role = replica")
        clone(ticket, tickets, "past", with_history=False)
        cursor.execute(SPREAD)
        cursor.execute(DELIVERIES, [delivery.pk])
        cursor.execute(AUDIT, [tickets, tickets, entry.pk])
    analyze()
    return ticket


def pages(ticket: Any) -> dict[str, str]:
    """Return the addresses to measure, by what they are."""
    from django.urls import reverse

    tickets = reverse("admin:tickets_ticket_changelist")
    deliveries = reverse("admin:tickets_delivery_changelist")
    audit = reverse("admin:orgs_auditentry_changelist")
    day = f"__year={ticket.opened_at:%Y}&{{0}}__month={ticket.opened_at.month}&{{0}}__day={ticket.opened_at.day}"
    return {
        "tickets": tickets,
        "tickets, last page counted": f"{tickets}?p=40",
        "tickets of a status": f"{tickets}?status__exact=active",
        "tickets by protocol": f"{tickets}?q={ticket.protocol}",
        "tickets, nothing found": f"{tickets}?q=nothing",
        "tickets of an agent": f"{tickets}?agent={ticket.agent_id}",
        "tickets of a year": f"{tickets}?opened_at__year={ticket.opened_at:%Y}",
        "tickets of a day": f"{tickets}?opened_at{day.format('opened_at')}",
        "a ticket": reverse("admin:tickets_ticket_change", args=[ticket.pk]),
        "deliveries": deliveries,
        "deliveries that failed": f"{deliveries}?state__exact=failed",
        "deliveries by protocol": f"{deliveries}?q={ticket.protocol}",
        "deliveries of a day": f"{deliveries}?created_at{day.format('created_at')}",
        "audit log": audit,
        "audit log, searched": f"{audit}?q=nobody",
        "audit log of a year": f"{audit}?at__year={ticket.opened_at:%Y}",
        "people": reverse("admin:orgs_user_changelist"),
    }


def main(tickets: int) -> None:
    """Fill, measure, print."""
    with database():
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext, override_settings

        from tests.builders import person

        ticket = fill(tickets)
        operator = person("operator")
        operator.is_staff = operator.is_superuser = True
        operator.save()
        client = Client()
        client.force_login(operator)
        print(f"{tickets:,} tickets, deliveries and entries of the audit log; {machine()}")
        floor = median(_seconds(_bare) for _ in range(ROUNDS))
        print(f"  floor: the newest 50 tickets in plain SQL, {floor * 1000:.1f} ms")
        with override_settings(ALLOWED_HOSTS=["*"]):
            for what, url in pages(ticket).items():
                answer = client.get(url)
                assert answer.status_code == 200, (what, answer.status_code)
                taken = median(_seconds(partial(client.get, url)) for _ in range(ROUNDS))
                with CaptureQueriesContext(connection) as queries:
                    client.get(url)
                slowest = max(queries.captured_queries, key=lambda one: float(one["time"]))
                print(
                    f"  {what:<30} {taken * 1000:9.1f} ms  × {taken / floor:7.1f}   {len(queries):2} statements,"
                    f" slowest {float(slowest['time']) * 1000:7.0f} ms {_short(slowest)}"
                )


def _short(query: dict[str, str]) -> str:
    sql = query["sql"]
    return sql if len(sql) < 160 else f"{sql[:60]} … {sql[-90:]}"


def _seconds(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _bare() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE)
        cursor.fetchall()


if __name__ == "__main__":
    main(max(2_000, int(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
