"""Intervals of pauses know their reason, so that it keeps its minutes under another name."""

from django.db import migrations, models

# Minutes are counted of one day: older intervals need only the name they have.
_RECENT = """
UPDATE queues_statuschange AS change SET pause_reason_id = reason.id
  FROM queues_pausereason AS reason
 WHERE reason.project_id = change.project_id AND reason.name = change.reason AND change.status = 'paused'
   AND (change.ended_at IS NULL OR change.ended_at > now() - interval '2 days')
"""


class Migration(migrations.Migration):
    dependencies = [("queues", "0003_fold")]

    operations = [
        migrations.AddField(
            "statuschange",
            "pause_reason",
            models.ForeignKey(
                to="queues.pausereason",
                on_delete=models.SET_NULL,
                null=True,
                blank=True,
                related_name="+",
                db_index=False,
            ),
        ),
        migrations.RunSQL(_RECENT, migrations.RunSQL.noop),
    ]
