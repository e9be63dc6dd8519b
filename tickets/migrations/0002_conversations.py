"""What is said and done in tickets, what must reach the flow engine, and what sectors expect of attending."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import MD5, Length, Upper
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from core.constraints import CompositeForeignKey
from core.ids import uuid7


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contact", "Contact"),
                            ("agent", "Agent"),
                            ("bot", "Bot"),
                            ("note", "Internal note"),
                            ("auto", "Automatic message"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=10000)),
                ("external_id", models.CharField(blank=True, max_length=255)),
                ("metadata", models.JSONField(blank=True, default=dict)),
                ("is_history", models.BooleanField(default=False)),
                ("created_on", models.DateTimeField()),
                ("stored_at", models.DateTimeField(default=timezone.now)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "delivery",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not sent"), ("sending", "Sending"), ("sent", "Sent"), ("failed", "Failed")],
                        max_length=8,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="messages", to="tickets.ticket")),
                ("sent_key", models.UUIDField(blank=True, editable=False, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["ticket", "number"], name="message_number_once"),
                    models.CheckConstraint(
                        condition=Q(is_history=True, number__isnull=True) | Q(is_history=False, number__isnull=False),
                        name="message_numbered_unless_history",
                    ),
                    models.CheckConstraint(
                        condition=Q(kind__in=["agent", "note"], user__isnull=False)
                        | Q(kind__in=["contact", "bot", "auto"], user__isnull=True)
                        | Q(is_history=True),
                        name="message_person_only_if_theirs",
                    ),
                    models.CheckConstraint(
                        condition=Q(kind="auto") | Q(LessThanOrEqual(Length("text"), 10000)), name="message_text_fits"
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["ticket", "created_on"], condition=Q(is_history=True), name="message_before_handover"
                    ),
                    GinIndex(
                        OpClass(Upper("text"), name="gin_trgm_ops"),
                        condition=~Q(kind="auto"),
                        name="message_text_search",
                    ),
                ],
            },
        ),
        # Of two of these that a row breaks, the older one refuses it: they are made in this order.
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=["ticket", "external_id"], condition=~Q(external_id=""), name="message_external_id_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                "ticket", "kind", "created_on", MD5("text"), condition=Q(is_history=True), name="message_history_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=["ticket", "sent_key"], condition=Q(sent_key__isnull=False), name="message_sent_once"
            ),
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("content_type", models.CharField(max_length=127)),
                ("url", models.CharField(blank=True, max_length=2048)),
                ("file", models.FileField(blank=True, max_length=255, upload_to="attachments/%Y/%m/")),
                ("name", models.CharField(blank=True, max_length=255)),
                ("size", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "message",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="attachments", to="tickets.message"),
                ),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("origin", models.CharField(blank=True, max_length=255)),
                ("thumbnail", models.FileField(blank=True, max_length=255, upload_to="attachments/%Y/%m/")),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(url="") | ~Q(file=""), name="attachment_is_somewhere"),
                    models.CheckConstraint(
                        condition=Q(file="") | Q(size__gte=1, size__isnull=False), name="attachment_stored_has_bytes"
                    ),
                    models.CheckConstraint(
                        condition=Q(thumbnail="") | ~Q(file=""), name="attachment_thumbnail_of_stored"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("content_type", models.CharField(max_length=127)),
                ("file", models.FileField(max_length=255, upload_to="")),
                ("name", models.CharField(max_length=255)),
                ("size", models.PositiveBigIntegerField()),
                ("thumbnail", models.FileField(blank=True, max_length=255, upload_to="")),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("origin", models.CharField(blank=True, max_length=255)),
                ("ready", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="uploads", to="tickets.ticket")),
                ("user", models.ForeignKey(on_delete=models.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(file="") & Q(size__gte=1), name="upload_has_bytes"),
                    models.UniqueConstraint(fields=["file"], name="upload_file_once"),
                ],
                "indexes": [
                    models.Index(fields=["created_at"], name="upload_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketEvent",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("assigned", "Assigned"),
                            ("transferred", "Transferred"),
                            ("taken", "Taken"),
                            ("returned", "Returned to the line"),
                            ("given_back", "Went back unanswered"),
                            ("retagged", "Tags changed"),
                            ("closed", "Closed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("data", models.JSONField(blank=True, default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="events", to="tickets.ticket")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["ticket", "number"], name="event_number_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(choices=[("msg.create", "Message"), ("room.update", "Update")], max_length=12),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("", "Not sent"), ("sending", "Sending"), ("sent", "Sent"), ("failed", "Failed")],
                        default="sending",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("next_attempt_at", models.DateTimeField(default=timezone.now)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                (
                    "message",
                    models.OneToOneField(
                        blank=True, null=True, on_delete=models.CASCADE, related_name="outbox", to="tickets.message"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="deliveries", to="tickets.ticket"),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=["ticket", "number"], name="delivery_number_once"),
                ],
                "indexes": [
                    models.Index(fields=["next_attempt_at"], condition=Q(state="sending"), name="delivery_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AttendanceRules",
            fields=[
                (
                    "sector",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="attendance_rules",
                        serialize=False,
                        to="sectors.sector",
                    ),
                ),
                (
                    "give_back_after",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(10080)],
                        verbose_name="minutes until an unanswered ticket goes back",
                    ),
                ),
                (
                    "warn_after",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(10080)],
                        verbose_name="minutes of silence until the contact is warned",
                    ),
                ),
                ("warn_text", models.TextField(blank=True, max_length=4000, verbose_name="text of the warning")),
                (
                    "close_after",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(10080)],
                        verbose_name="minutes of silence until the ticket is closed",
                    ),
                ),
                (
                    "waiting_target",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(10080)],
                        verbose_name="minutes that nobody should wait longer",
                    ),
                ),
                (
                    "retag_for",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(10080)],
                        verbose_name="minutes after closing in which tags may be changed",
                    ),
                ),
                ("modified_at", models.DateTimeField(auto_now=True)),
                (
                    "close_tag",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="tags.tag"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(give_back_after__isnull=True)
                        | Q(give_back_after__gte=1, give_back_after__lte=10080),
                        name="attendance_give_back_after_in_range",
                    ),
                    models.CheckConstraint(
                        condition=Q(warn_after__isnull=True) | Q(warn_after__gte=1, warn_after__lte=10080),
                        name="attendance_warn_after_in_range",
                    ),
                    models.CheckConstraint(
                        condition=Q(close_after__isnull=True) | Q(close_after__gte=1, close_after__lte=10080),
                        name="attendance_close_after_in_range",
                    ),
                    models.CheckConstraint(
                        condition=Q(waiting_target__isnull=True)
                        | Q(waiting_target__gte=1, waiting_target__lte=10080),
                        name="attendance_waiting_target_in_range",
                    ),
                    models.CheckConstraint(
                        condition=Q(retag_for__isnull=True) | Q(retag_for__gte=1, retag_for__lte=10080),
                        name="attendance_retag_for_in_range",
                    ),
                    models.CheckConstraint(
                        condition=Q(close_after__isnull=True, close_tag__isnull=True)
                        | Q(close_after__isnull=False, close_tag__isnull=False),
                        name="attendance_closes_with_tag",
                    ),
                    models.CheckConstraint(
                        condition=Q(warn_after__isnull=True) | ~Q(warn_text=""), name="attendance_warns_with_text"
                    ),
                    models.CheckConstraint(
                        condition=LessThanOrEqual(Length("warn_text"), 4000), name="attendance_warn_text_fits"
                    ),
                    models.CheckConstraint(
                        condition=Q(warn_after__isnull=True)
                        | Q(close_after__isnull=True)
                        | Q(warn_after__lt=F("close_after")),
                        name="attendance_warns_before_closing",
                    ),
                    CompositeForeignKey(
                        fields=["sector", "close_tag"],
                        to="tags.Tag",
                        to_fields=["sector", "id"],
                        name="attendance_tag_of_sector",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "message",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="mentions", to="tickets.message"),
                ),
                ("ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="mentions", to="tickets.ticket")),
                (
                    "user",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="mentions", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["message", "user"], name="mention_once"),
                ],
                "indexes": [
                    models.Index(
                        fields=["user", "-created_at"], condition=Q(seen_at__isnull=True), name="mention_unseen"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField(default=timezone.now)),
                ("typing_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ticket",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="presences", to="tickets.ticket"),
                ),
                ("user", models.ForeignKey(on_delete=models.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["ticket", "user"], name="presence_once"),
                ],
                "indexes": [
                    models.Index(fields=["seen_at"], name="presence_age"),
                ],
            },
        ),
    ]
