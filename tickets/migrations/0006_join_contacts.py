"""Join the stored contacts that are the same person, in bounded batches; may be run again after a failure."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import django.db.models.deletion
from django.db import migrations, models, transaction

from tickets.contact_keys import contact_keys

_BATCH = 2_000

# A contact is anonymous if its latest ticket is.
_WITHOUT_MAIN = """
SELECT c.id, c.urn, c.phone, coalesce((
         SELECT t.is_anon FROM tickets_ticket t WHERE t.contact_id = c.id ORDER BY t.opened_at DESC LIMIT 1), false)
  FROM tickets_contact c WHERE c.main_id IS NULL ORDER BY c.id LIMIT %s
"""
_WRITE_KEYS = """
UPDATE tickets_contact c SET main_id = c.id, address_key = v.address, number_key = v.number
  FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, address text, number text) WHERE c.id = v.id
"""
# Contacts with a key in common, the earliest first.
_SHARED = """
SELECT c.id, c.main_id, c.address_key, c.number_key, EXISTS (
         SELECT 1 FROM tickets_ticket t WHERE t.contact_id = c.id AND t.status <> 'closed')
  FROM (SELECT o.*, count(*) OVER (PARTITION BY address_key) AS same_address,
               count(*) OVER (PARTITION BY number_key) AS same_number
          FROM tickets_contact o WHERE project_id = %s) AS c
 WHERE (c.address_key <> '' AND c.same_address > 1) OR (c.number_key <> '' AND c.same_number > 1)
 ORDER BY c.created_at, c.id
"""
_WRITE_JOINS = """
UPDATE tickets_contact c SET main_id = v.main, joined_at = now(), joined_for = v.reason
  FROM jsonb_to_recordset(%s::jsonb) AS v(id uuid, main uuid, reason text) WHERE c.id = v.id
"""
_WRITE_PENDING = "UPDATE tickets_contact SET join_pending = true WHERE id = ANY(%s)"
_WRITE_TICKETS = """
UPDATE tickets_ticket t SET main_contact_id = c.main_id
  FROM tickets_contact c
 WHERE c.id = t.contact_id AND t.id IN (
         SELECT id FROM tickets_ticket WHERE main_contact_id IS NULL AND id > %s ORDER BY id LIMIT %s)
RETURNING t.id
"""


def join(apps, schema_editor):
    cursor = schema_editor.connection.cursor()
    while rows := _all(cursor, _WITHOUT_MAIN, [_BATCH]):
        found = [(pk, contact_keys(urn, phone, hidden=anon)) for pk, urn, phone, anon in rows]
        values = [{"id": str(pk), "address": keys.address, "number": keys.number} for pk, keys in found]
        with transaction.atomic():
            cursor.execute(_WRITE_KEYS, [json.dumps(values)])
    for (project,) in _all(cursor, "SELECT id FROM orgs_project ORDER BY id"):
        joins, pending = _same_people(_all(cursor, _SHARED, [project]))
        for i in range(0, len(joins), _BATCH):
            with transaction.atomic():
                cursor.execute(_WRITE_JOINS, [json.dumps(joins[i : i + _BATCH])])
        with transaction.atomic():
            cursor.execute(_WRITE_PENDING, [pending])
    last = "00000000-0000-0000-0000-000000000000"
    while True:
        with transaction.atomic():
            written = _all(cursor, _WRITE_TICKETS, [last, _BATCH])
        if not written:
            return
        last = max(pk for (pk,) in written)


def _all(cursor, query, values=()):
    cursor.execute(query, values)
    return cursor.fetchall()


def _same_people(rows):
    """Return which contacts to join, each with its main, and those left apart since both have an open ticket."""
    people, joins, pending = {}, {}, []
    by_key = defaultdict(set)
    for rank, (pk, main, address, number, is_open) in enumerate(rows):
        keys = [(reason, key) for reason, key in (("address", address), ("number", number)) if key]
        # An earlier run may have joined it.
        person = people.setdefault(main, _Person(main, rank))
        person.contacts.append(pk)
        person.keys |= {*keys}
        person.is_open |= is_open
        for key in keys:
            for other in sorted((people[one] for one in by_key[key] - {person.main}), key=lambda p: p.rank):
                if person.is_open and other.is_open:
                    pending.append(pk)
                    continue
                person, later = sorted([person, other], key=lambda p: p.rank)
                reason = key[0]
                for one in later.contacts:
                    known = joins.get(one, {"id": str(one), "reason": reason})
                    joins[one] = known | {"main": str(person.main)}
                person.take(later)
                del people[later.main]
                for its in later.keys:
                    by_key[its] = by_key[its] - {later.main} | {person.main}
        for key in keys:
            by_key[key].add(person.main)
    return list(joins.values()), pending


@dataclass
class _Person:
    main: UUID
    rank: int
    contacts: list = field(default_factory=list)
    keys: set = field(default_factory=set)
    is_open: bool = False

    def take(self, other):
        self.contacts += other.contacts
        self.keys |= other.keys
        self.is_open |= other.is_open


class Migration(migrations.Migration):
    # Each batch is a transaction of its own.
    atomic = False

    dependencies = [("tickets", "0005_contacts")]

    operations = [
        migrations.RunPython(join, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="contact",
            name="main",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="joined", to="tickets.contact"
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="main_contact",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="person_tickets",
                to="tickets.contact",
            ),
        ),
        migrations.RemoveConstraint(model_name="ticket", name="ticket_one_open_per_contact"),
    ]
