"""The rules of what the flow sends."""

import datetime
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0013_intake'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('urn__contains', '?'), _negated=True), models.Q(('urn__contains', '#'), _negated=True)), name='contact_urn_without_query'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('history_key', ''), _negated=True), fields=('ticket', 'history_key'), name='message_history_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_history', False), ('is_late', False)), models.Q(('history_key', ''), _negated=True), _connector='OR'), name='message_history_has_key'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('created_on__gte', datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('created_on__lte', django.db.models.expressions.CombinedExpression(models.F('stored_at'), '+', models.Value(datetime.timedelta(days=1))))), name='message_time_is_possible'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'auto'), models.Q(('kind__in', ['contact', 'bot']), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('text'), 65536)), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('text'), 10000), _connector='OR'), name='message_text_fits'),
        ),
        migrations.AddConstraint(
            model_name='intakecorrection',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 1)), name='intake_correction_counts_something'),
        ),
        migrations.AddConstraint(
            model_name='replacedticketuuid',
            constraint=models.UniqueConstraint(fields=('project', 'ticket_uuid'), name='replaced_ticket_uuid_once'),
        ),
    ]
