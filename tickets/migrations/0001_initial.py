"""Contacts, tickets, and where each was and with whom."""

from datetime import timedelta

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from core.constraints import CompositeForeignKey
from core.ids import uuid7


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("queues", "0001_initial"),
        ("tags", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("external_id", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("email", models.CharField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=64)),
                ("urn", models.CharField(blank=True, max_length=255, verbose_name="URN")),
                ("custom_fields", models.JSONField(blank=True, default=dict)),
                ("groups", models.JSONField(blank=True, default=list)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                ("project", models.ForeignKey(on_delete=models.PROTECT, related_name="contacts", to="orgs.project")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["project", "external_id"], name="contact_once_per_project"),
                    models.UniqueConstraint(fields=["project", "id"], name="contact_in_project"),
                    models.CheckConstraint(condition=~Q(external_id=""), name="contact_has_external_id"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("active", "Active"), ("closed", "Closed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("seat", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("protocol", models.CharField(max_length=64, verbose_name="protocol")),
                (
                    "source",
                    models.CharField(
                        choices=[("flow", "Flow"), ("agent", "Active message"), ("test", "Test")],
                        default="flow",
                        max_length=10,
                    ),
                ),
                ("ticket_uuid", models.CharField(blank=True, max_length=64, null=True)),
                ("flow_uuid", models.CharField(blank=True, max_length=64)),
                ("callback_url", models.CharField(blank=True, max_length=2048)),
                ("custom_fields", models.JSONField(blank=True, default=dict)),
                ("is_anon", models.BooleanField(default=False)),
                ("opened_at", models.DateTimeField(default=timezone.now)),
                ("queued_at", models.DateTimeField(default=timezone.now)),
                ("assigned_at", models.DateTimeField(blank=True, null=True)),
                ("first_response_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_by_flow", models.BooleanField(default=False)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                ("line_count", models.PositiveIntegerField(default=0)),
                ("unread_count", models.PositiveIntegerField(default=0)),
                ("last_message_at", models.DateTimeField(blank=True, null=True)),
                ("last_message_text", models.CharField(blank=True, max_length=160)),
                ("unanswered_since", models.DateTimeField(blank=True, null=True)),
                ("transfer_count", models.PositiveSmallIntegerField(default=0)),
                ("waiting_seconds", models.FloatField(blank=True, null=True)),
                ("waiting_open_seconds", models.FloatField(blank=True, null=True)),
                ("first_response_seconds", models.FloatField(blank=True, null=True)),
                ("first_response_open_seconds", models.FloatField(blank=True, null=True)),
                ("response_seconds", models.FloatField(blank=True, null=True)),
                ("response_open_seconds", models.FloatField(blank=True, null=True)),
                ("handling_seconds", models.FloatField(blank=True, null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="tickets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="tickets", to="tickets.contact"),
                ),
                ("project", models.ForeignKey(on_delete=models.PROTECT, related_name="tickets", to="orgs.project")),
                ("queue", models.ForeignKey(on_delete=models.PROTECT, related_name="tickets", to="queues.queue")),
                ("sector", models.ForeignKey(on_delete=models.PROTECT, related_name="tickets", to="sectors.sector")),
                ("closed_told_at", models.DateTimeField(blank=True, null=True)),
                ("waiting_told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "given_back_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("silent_since", models.DateTimeField(blank=True, null=True)),
                ("target_missed_at", models.DateTimeField(blank=True, null=True)),
                ("warned_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(status__in=["waiting", "active", "closed"]), name="ticket_status_known"
                    ),
                    models.CheckConstraint(
                        condition=~Q(status="active") | Q(agent__isnull=False, seat__gte=1, seat__isnull=False),
                        name="ticket_active_has_agent_and_seat",
                    ),
                    models.CheckConstraint(
                        condition=~Q(status="waiting") | Q(agent__isnull=True, seat__isnull=True),
                        name="ticket_waiting_has_no_agent",
                    ),
                    models.CheckConstraint(
                        condition=Q(closed_at__isnull=False, seat__isnull=True, status="closed")
                        | (~Q(status="closed") & Q(closed_at__isnull=True)),
                        name="ticket_closed_has_time_and_no_seat",
                    ),
                    CompositeForeignKey(
                        fields=["project", "contact"],
                        to="tickets.Contact",
                        to_fields=["project", "id"],
                        name="ticket_contact_of_project",
                    ),
                    CompositeForeignKey(
                        fields=["project", "sector"],
                        to="sectors.Sector",
                        to_fields=["project", "id"],
                        name="ticket_sector_of_project",
                    ),
                    CompositeForeignKey(
                        fields=["sector", "queue"],
                        to="queues.Queue",
                        to_fields=["sector", "id"],
                        name="ticket_queue_of_sector",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["queue", "queued_at", "id"], condition=Q(status="waiting"), name="ticket_line"
                    ),
                    models.Index(
                        fields=["project", "queued_at", "id"], condition=Q(status="waiting"), name="ticket_waiting"
                    ),
                    models.Index(fields=["sector", "agent"], condition=Q(status="active"), name="ticket_attended"),
                    models.Index(
                        fields=["project", "unanswered_since", "id"],
                        condition=Q(status="active"),
                        name="ticket_unanswered",
                    ),
                    models.Index(
                        fields=["project", "-closed_at", "-id"], condition=Q(status="closed"), name="ticket_history"
                    ),
                    models.Index(
                        fields=["sector", "-closed_at", "-id"],
                        condition=Q(status="closed"),
                        name="ticket_history_sector",
                    ),
                    models.Index(
                        fields=["queue", "-closed_at", "-id"],
                        condition=Q(status="closed"),
                        name="ticket_history_queue",
                    ),
                    models.Index(
                        fields=["agent", "-closed_at", "-id"],
                        condition=Q(status="closed"),
                        name="ticket_history_agent",
                    ),
                    models.Index(
                        fields=["closed_by", "sector", "-closed_at"],
                        condition=Q(status="closed"),
                        name="ticket_closed_by",
                    ),
                    models.Index(fields=["contact", "-opened_at"], name="ticket_of_contact"),
                    models.Index(fields=["sector", "opened_at"], name="ticket_opened"),
                    models.Index(fields=["project", "protocol"], name="ticket_protocol"),
                    models.Index(
                        fields=["sector", "silent_since"],
                        condition=Q(silent_since__isnull=False, status="active"),
                        name="ticket_silent",
                    ),
                    models.Index(
                        fields=["sector", "waiting_told_at"], condition=Q(status="waiting"), name="ticket_told_place"
                    ),
                    models.Index(
                        fields=["sector", "closed_told_at"], condition=Q(status="waiting"), name="ticket_told_closed"
                    ),
                    models.Index(
                        fields=["sector", "queued_at"],
                        condition=Q(status="waiting", target_missed_at__isnull=True),
                        name="ticket_target",
                    ),
                ],
            },
        ),
        # Of two of these that a row breaks, the older one refuses it: they are made in this order.
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=["project", "contact"], condition=~Q(status="closed"), name="ticket_one_open_per_contact"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=["agent", "sector", "seat"], condition=Q(status="active"), name="ticket_seat_taken_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=["project", "ticket_uuid"], name="ticket_uuid_once_per_project"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket", constraint=models.UniqueConstraint(fields=["id", "sector"], name="ticket_in_sector")
        ),
        migrations.CreateModel(
            name="TicketTag",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("closed_at", models.DateTimeField()),
                ("sector", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="sectors.sector")),
                ("tag", models.ForeignKey(on_delete=models.PROTECT, related_name="ticket_tags", to="tags.tag")),
                (
                    "ticket",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="ticket_tags", to="tickets.ticket"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["ticket", "tag"], name="ticket_tag_once"),
                    CompositeForeignKey(
                        fields=["sector", "tag"],
                        to="tags.Tag",
                        to_fields=["sector", "id"],
                        name="ticket_tag_of_sector",
                    ),
                    CompositeForeignKey(
                        fields=["ticket", "sector"],
                        to="tickets.Ticket",
                        to_fields=["id", "sector"],
                        name="ticket_tag_with_ticket",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["tag", "-closed_at", "-ticket"], name="ticket_tag_history"),
                ],
            },
        ),
        migrations.AddField(
            model_name="ticket",
            name="tags",
            field=models.ManyToManyField(related_name="tickets", through="tickets.TicketTag", to="tags.tag"),
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("seat", models.PositiveSmallIntegerField()),
                ("over_limit", models.BooleanField(default=False)),
                ("reason", models.JSONField(blank=True, default=dict)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("closed", "Closed"),
                            ("transferred", "Transferred"),
                            ("taken_over", "Taken over"),
                            ("returned", "Returned to the line"),
                            ("given_back", "Went back unanswered"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="assignments", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("queue", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="queues.queue")),
                (
                    "sector",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="sectors.sector"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="assignments", to="tickets.ticket"),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["started_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["ticket"], condition=Q(ended_at__isnull=True), name="assignment_one_open"
                    ),
                    models.CheckConstraint(
                        condition=Q(ended="", ended_at__isnull=True) | (Q(ended_at__isnull=False) & ~Q(ended="")),
                        name="assignment_end_has_reason",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["agent", "sector", "-started_at"], name="assignment_of_agent"),
                    models.Index(fields=["agent", "sector", "-ended_at"], name="assignment_ended"),
                    models.Index(fields=["ticket", "started_at"], name="assignment_of_ticket"),
                    models.Index(fields=["sector", "agent", "started_at"], name="assignment_of_sector"),
                    models.Index(
                        fields=["sector", "started_at"],
                        condition=Q(answered_at__isnull=True, ended_at__isnull=True),
                        name="assignment_unanswered",
                    ),
                    models.Index(
                        fields=["sector", "agent", "started_at"],
                        condition=Q(GreaterThanOrEqual(F("ended_at") - F("started_at"), Value(timedelta(days=28)))),
                        name="assignment_long",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueStay",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("entered_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "left",
                    models.CharField(
                        blank=True,
                        choices=[("assigned", "Assigned"), ("transferred", "Transferred"), ("closed", "Closed")],
                        max_length=12,
                    ),
                ),
                ("queue", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="queues.queue")),
                ("ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="stays", to="tickets.ticket")),
            ],
            options={
                "ordering": ["entered_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["ticket"], condition=Q(left_at__isnull=True), name="stay_one_open"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["ticket", "entered_at"], name="stay_of_ticket"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SweepCatch",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("found_at", models.DateTimeField(default=timezone.now)),
                ("agent", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("queue", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="queues.queue")),
                ("sector", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="sectors.sector")),
                ("ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="+", to="tickets.ticket")),
            ],
            options={
                "ordering": ["found_at"],
            },
        ),
    ]
