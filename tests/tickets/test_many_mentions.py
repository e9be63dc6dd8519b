"""Seeing tickets by mentions stays cheap with many tickets and many mentions: all of it is found by indexes."""

from collections.abc import Iterator

import pytest
from django.db import connection

from orgs.models import User
from tests.builders import Desk
from tickets import operations
from tickets.models import Mention, Message, Ticket
from tickets.models.visibility import mentioned_who_see

MANY = 20_000


@pytest.fixture
def mentioned(desk: Desk) -> Iterator[User]:
    """Somebody mentioned in eight hundred of twenty thousand tickets and in ten open ones; a colleague in others."""
    ana, bruno, carla = desk.agent_online(limit=20), desk.agent(), desk.agent()
    past = desk.closed_ticket(by=ana)
    for _ in range(10):
        operations.add_note(desk.open_ticket().pk, "Look", by=desk.by(ana), mentions=[bruno.pk])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_ticket
            SELECT (jsonb_populate_record(t, jsonb_build_object(
                'id', gen_random_uuid(), 'protocol', 'P' || n, 'external_id', NULL,
                'opened_at', t.opened_at - n * interval '1 minute', 'closed_at', t.closed_at - n * interval '1 minute'
            ))).* FROM tickets_ticket t, generate_series(1, %s) n WHERE t.id = %s
            """,
            [MANY, past.pk],
        )
        cursor.execute(
            """
            WITH note AS (
                INSERT INTO tickets_message (id, ticket_id, number, kind, user_id, text, external_id, metadata,
                    is_history, is_late, history_key, created_on, stored_at, delivery)
                SELECT gen_random_uuid(), id, 1000, 'note', %s, 'Look', '', '{}', false, false, '', now(), now(), ''
                  FROM tickets_ticket WHERE protocol LIKE 'P%%' RETURNING id, ticket_id
            )
            INSERT INTO tickets_mention (id, message_id, ticket_id, user_id, created_at)
            SELECT gen_random_uuid(), note.id, ticket_id,
                CASE WHEN length(protocol) = 4 AND protocol < 'P900' THEN %s::uuid ELSE %s::uuid END, now()
              FROM note JOIN tickets_ticket t ON t.id = ticket_id
            """,
            [ana.pk, bruno.pk, carla.pk],
        )
        for table in ("ticket", "mention", "message"):
            cursor.execute(f"ANALYZE tickets_{table}")
    yield bruno
    for model, of in ((Mention, "ticket__"), (Message, "ticket__"), (Ticket, "")):
        rows = model.objects.filter(**{f"{of}protocol__startswith": "P"}).exclude(
            **{f"{of}pk": past.pk} if of else {"pk": past.pk}
        )
        model.objects.filter(pk__in=rows)._raw_delete("default")


def test_tickets_seen_by_mentions_are_found_by_indexes(desk: Desk, mentioned: User) -> None:
    member = desk.member(mentioned)
    visible, by_mention = Ticket.objects.visible_to(member), Ticket.objects.only_by_mention(member)
    assert by_mention.count() == 810
    some = Ticket.objects.get(protocol="P777")
    unseen = Mention.objects.filter(user=mentioned, seen_at=None, ticket__in=visible)
    for what, rows in {
        "the group of the desk": by_mention.open(),
        "one ticket": visible.filter(pk=some.pk),
        "the newest of a list": visible.order_by("-opened_at", "-id")[:50],
        "unseen mentions": unseen.order_by("-created_at", "-id")[:31],
        "who hears of a line": mentioned_who_see(some),
    }.items():
        plan = rows.explain(analyze=True)
        for table in ("tickets_mention", "tickets_ticket"):
            assert f"Seq Scan on {table}" not in plan, (what, plan)
    # None of others' nineteen thousand mentions is read.
    assert "rows=19" not in visible.filter(pk=some.pk).explain(analyze=True)
