"""Tickets of the type generic: what the engine calls them, what they continue, answers kept for repeated requests."""

import core.ids
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0003_days'),
        ('queues', '0002_rules'),
        ('sectors', '0002_token_sector'),
        ('tags', '0002_rules'),
        ('tickets', '0014_intake_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotentAnswer',
            fields=[
                ('id', models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('answer', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name='delivery',
            name='external_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='replacedticketuuid',
            name='external_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ticket',
            name='continues',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='continued_by', to='tickets.ticket'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='external_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ticket',
            name='flow_type',
            field=models.CharField(choices=[('wenichats', 'wenichats'), ('generic', 'generic')], default='wenichats', max_length=10),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('external_id__isnull', False)), fields=['external_id', '-id'], name='ticket_external_id'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('external_id__isnull', True), models.Q(('url', ''), _negated=True), _connector='OR'), name='delivery_external_id_has_address'),
        ),
        migrations.AddConstraint(
            model_name='replacedticketuuid',
            constraint=models.UniqueConstraint(fields=('external_id',), name='replaced_external_id_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'closed'), _negated=True), fields=('external_id',), name='ticket_external_id_open_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('external_id__isnull', False), ('flow_type', 'generic')), models.Q(('external_id__isnull', True), ('flow_type', 'wenichats')), _connector='OR'), name='ticket_generic_has_external_id'),
        ),
        migrations.AddField(
            model_name='idempotentanswer',
            name='token',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orgs.apitoken'),
        ),
        migrations.AddIndex(
            model_name='idempotentanswer',
            index=models.Index(fields=['created_at'], name='idempotent_answer_age'),
        ),
        migrations.AddConstraint(
            model_name='idempotentanswer',
            constraint=models.UniqueConstraint(fields=('token', 'key'), name='idempotent_answer_once'),
        ),
        migrations.AddConstraint(
            model_name='idempotentanswer',
            constraint=models.CheckConstraint(condition=models.Q(('status__lt', 500)), name='idempotent_answer_is_final'),
        ),
    ]
