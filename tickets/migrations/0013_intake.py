"""Room for what the flow sends, whatever its form; what is stored already is made fit to keep."""

import core.ids
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# As tickets.operations.HistoryLine.key makes them, so that a batch sent again is known.
KEYS = r"""
UPDATE tickets_message AS m
   SET history_key = md5(concat_ws(E'\x1f', m.kind,
         to_char(m.created_on AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), m.text,
         (SELECT string_agg(a.url, E'\x1f' ORDER BY a.id) FROM tickets_attachment a WHERE a.message_id = m.id)))
 WHERE m.is_history
"""

TIMES = """
UPDATE tickets_message
   SET created_on = stored_at
 WHERE created_on < '2000-01-01T00:00:00Z' OR created_on > stored_at + interval '1 day'
"""

# A contact is anonymous if its latest ticket is.
HIDDEN = """
UPDATE tickets_contact AS c
   SET is_hidden = true
  FROM (SELECT DISTINCT ON (contact_id) contact_id, is_anon FROM tickets_ticket ORDER BY contact_id, opened_at DESC) AS t
 WHERE t.contact_id = c.id AND t.is_anon
"""

CONTACTS = r"""
UPDATE tickets_contact
   SET channel = coalesce(substring(urn FROM '[?&]channel=([A-Za-z0-9_:-]{1,64})'), ''),
       urn_display = coalesce(substring(urn FROM '#(.*)$'), ''),
       urn = regexp_replace(urn, '[?#].*$', '')
 WHERE urn ~ '[?#]';

UPDATE tickets_contact
   SET name = btrim(regexp_replace(name, E'[\x01-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069 ]+', ' ', 'g'))
 WHERE name ~ E'[\x01-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]';
"""  # noqa: E501


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0003_days'),
        ('tickets', '0012_media'),
    ]

    operations = [
        migrations.CreateModel(
            name='IntakeCorrection',
            fields=[
                ('id', models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('cut', 'Cut'), ('hashed', 'Id hashed'), ('time', 'Time replaced'), ('kind', 'Of the wrong kind'), ('left_out', 'Left out')], max_length=12)),
                ('amount', models.PositiveBigIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='ReplacedTicketUuid',
            fields=[
                ('id', models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('ticket_uuid', models.CharField(max_length=64)),
                ('replaced_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='message',
            name='message_text_fits',
        ),
        migrations.RemoveConstraint(
            model_name='message',
            name='message_history_once',
        ),
        migrations.AddField(
            model_name='contact',
            name='channel',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='contact',
            name='urn_display',
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name='message',
            name='history_key',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='message',
            name='is_late',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='attachment',
            name='url',
            field=models.CharField(blank=True, max_length=8192),
        ),
        migrations.AlterField(
            model_name='ticketevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'Opened'), ('assigned', 'Assigned'), ('transferred', 'Transferred'), ('taken', 'Taken'), ('returned', 'Returned to the line'), ('given_back', 'Went back unanswered'), ('retagged', 'Tags changed'), ('closed', 'Closed'), ('opened_again', 'Opened again by the flow')], max_length=12),
        ),
        migrations.AddField(
            model_name='replacedticketuuid',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orgs.project'),
        ),
        migrations.AddField(
            model_name='replacedticketuuid',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replaced_uuids', to='tickets.ticket'),
        ),
        migrations.AddField(
            model_name='contact',
            name='is_hidden',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(HIDDEN, migrations.RunSQL.noop),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(TIMES, migrations.RunSQL.noop),
        migrations.RunSQL(CONTACTS, migrations.RunSQL.noop),
    ]
