"""Conversations that were answered before assignments said so: they don't go back as unanswered."""

from django.db import migrations

ANSWERED = """
UPDATE tickets_assignment a
   SET answered_at = m.first
  FROM (SELECT a.id, min(m.stored_at) AS first
          FROM tickets_assignment a
          JOIN tickets_message m ON m.ticket_id = a.ticket_id AND m.kind = 'agent' AND m.user_id = a.agent_id
           AND m.stored_at >= a.started_at
         WHERE a.ended_at IS NULL AND a.answered_at IS NULL
         GROUP BY a.id) m
 WHERE m.id = a.id;
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0011_told_indexes")]

    operations = [migrations.RunSQL(ANSWERED, migrations.RunSQL.noop)]
