"""Queues and their agents, statuses and reasons for pausing."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

from core.ids import uuid7
from core.text import Fold


class Migration(migrations.Migration):
    initial = True

    dependencies = [("sectors", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Queue",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("sector", models.ForeignKey(on_delete=models.PROTECT, related_name="queues", to="sectors.sector")),
                (
                    "max_waiting",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[MaxValueValidator(10000)],
                        verbose_name="maximum number waiting",
                    ),
                ),
                ("on_hold", models.BooleanField(default=False, verbose_name="on hold")),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(name=""), name="queue_has_name"),
                    models.CheckConstraint(
                        condition=Q(max_waiting__isnull=True) | Q(max_waiting__gte=0, max_waiting__lte=10000),
                        name="queue_max_waiting_in_range",
                    ),
                ],
            },
        ),
        # Of two of these that a row breaks, the older one refuses it: they are made in this order.
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.UniqueConstraint("sector", Fold("name"), name="queue_name_once_per_sector"),
        ),
        migrations.AddConstraint(
            model_name="queue", constraint=models.UniqueConstraint(fields=["sector", "id"], name="queue_in_sector")
        ),
        migrations.CreateModel(
            name="QueueAgent",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("queue", models.ForeignKey(on_delete=models.CASCADE, related_name="places", to="queues.queue")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="queue_places", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["queue", "user"], name="queue_agent_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="queue",
            name="agents",
            field=models.ManyToManyField(
                related_name="queues", through="queues.QueueAgent", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="PauseReason",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "daily_minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes a day"),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "project",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="pause_reasons", to="orgs.project"),
                ),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.UniqueConstraint("project", Fold("name"), name="pause_reason_once_per_project"),
                    models.CheckConstraint(condition=~Q(name=""), name="pause_reason_has_name"),
                    models.CheckConstraint(
                        condition=Q(daily_minutes__isnull=True) | Q(daily_minutes__gte=1, daily_minutes__lte=1440),
                        name="pause_reason_minutes_in_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgentStatus",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("online", "Online"), ("paused", "Paused"), ("offline", "Offline")],
                        default="offline",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=80, verbose_name="reason")),
                ("since", models.DateTimeField(default=timezone.now)),
                ("seen_at", models.DateTimeField(default=timezone.now)),
                ("kept", models.BooleanField(default=False)),
                (
                    "project",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="agent_statuses", to="orgs.project"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="agent_statuses", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("then_pause", models.BooleanField(default=False)),
                ("then_reason", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["project", "user"], name="agent_status_once"),
                    models.CheckConstraint(
                        condition=Q(status__in=["online", "paused", "offline"]), name="agent_status_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(then_pause=False, then_reason="") | Q(status="online", then_pause=True),
                        name="agent_status_pauses_from_online",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["seen_at"], condition=~Q(status="offline"), name="agent_seen"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("online", "Online"), ("paused", "Paused"), ("offline", "Offline")], max_length=10
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=80)),
                ("started_at", models.DateTimeField(default=timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "project",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="status_changes", to="orgs.project"),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="status_changes", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["project", "user"], condition=Q(ended_at__isnull=True), name="status_change_one_open"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["project", "user", "-started_at"], name="status_log"),
                ],
            },
        ),
    ]
