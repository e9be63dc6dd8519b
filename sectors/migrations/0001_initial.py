"""Sectors, their managers and limits, work hours, quick and automatic messages."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import F, Func, Q
from django.db.models.functions import ExtractDay, ExtractMonth, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from core.ids import uuid7
from core.text import Fold
from core.timezones import known_timezone
from sectors.db_functions import RANGES_IN_ORDER, RangesInOrder


def minutes_of_week(shift):
    return Func(
        F("weekday") * 1440 + F("opens") + shift,
        F("weekday") * 1440 + F("closes") + shift,
        function="int4range",
        output_field=IntegerRangeField(),
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [("orgs", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        RANGES_IN_ORDER.install(),
        migrations.CreateModel(
            name="Sector",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "timezone",
                    models.CharField(
                        default="UTC", max_length=64, validators=[known_timezone], verbose_name="time zone"
                    ),
                ),
                (
                    "ticket_limit",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[MinValueValidator(1), MaxValueValidator(100)],
                        verbose_name="limit of simultaneous tickets per agent",
                    ),
                ),
                ("active_messages", models.BooleanField(default=False, verbose_name="active messages")),
                ("always_open", models.BooleanField(default=False, verbose_name="open around the clock")),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("project", models.ForeignKey(on_delete=models.PROTECT, related_name="sectors", to="orgs.project")),
                (
                    "waiting_every",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(1440)],
                        verbose_name="minutes between two messages while waiting",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(ticket_limit__gte=1, ticket_limit__lte=100), name="sector_limit_in_range"
                    ),
                    models.CheckConstraint(condition=~Q(name=""), name="sector_has_name"),
                    models.CheckConstraint(
                        condition=Q(waiting_every__isnull=True) | Q(waiting_every__gte=1, waiting_every__lte=1440),
                        name="sector_waiting_every_in_range",
                    ),
                ],
            },
        ),
        # Of two of these that a row breaks, the older one refuses it: they are made in this order.
        migrations.AddConstraint(
            model_name="sector",
            constraint=models.UniqueConstraint("project", Fold("name"), name="sector_name_once_per_project"),
        ),
        migrations.AddConstraint(
            model_name="sector",
            constraint=models.UniqueConstraint(fields=["project", "id"], name="sector_in_project"),
        ),
        migrations.CreateModel(
            name="SectorManager",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                (
                    "sector",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="appointments", to="sectors.sector"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="sector_appointments", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["sector", "user"], name="sector_manager_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="sector",
            name="managers",
            field=models.ManyToManyField(
                related_name="managed_sectors", through="sectors.SectorManager", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="AgentLimit",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "ticket_limit",
                    models.PositiveSmallIntegerField(
                        validators=[MinValueValidator(1), MaxValueValidator(100)],
                        verbose_name="limit of simultaneous tickets",
                    ),
                ),
                ("created_at", models.DateTimeField(default=timezone.now)),
                (
                    "sector",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="agent_limits", to="sectors.sector"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="agent_limits", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["sector", "user"], name="agent_limit_once"),
                    models.CheckConstraint(
                        condition=Q(ticket_limit__gte=1, ticket_limit__lte=100), name="agent_limit_in_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkRange",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("weekday", models.PositiveSmallIntegerField()),
                ("opens", models.PositiveSmallIntegerField()),
                ("closes", models.PositiveSmallIntegerField()),
                ("sector", models.ForeignKey(on_delete=models.CASCADE, related_name="ranges", to="sectors.sector")),
            ],
            options={
                "ordering": ["weekday", "opens"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(
                            closes__gt=F("opens"), closes__lte=F("opens") + 1440, opens__lt=1440, weekday__lte=6
                        ),
                        name="work_range_in_order",
                    ),
                    ExclusionConstraint(
                        name="work_ranges_apart",
                        expressions=[
                            (F("sector"), "="),
                            (
                                # Twice, a week apart: what passes midnight on Sunday reaches into Monday.
                                Func(
                                    minutes_of_week(0),
                                    minutes_of_week(-7 * 1440),
                                    function="int4multirange",
                                    output_field=IntegerRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkException",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("date", models.DateField(verbose_name="date")),
                ("yearly", models.BooleanField(default=False, verbose_name="every year")),
                ("label", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("ranges", models.JSONField(blank=True, default=list)),
                (
                    "sector",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="exceptions", to="sectors.sector"),
                ),
                ("modified_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["date"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["sector", "date"], condition=Q(yearly=False), name="work_exception_once_per_date"
                    ),
                    models.UniqueConstraint(
                        "sector",
                        ExtractMonth("date"),
                        ExtractDay("date"),
                        condition=Q(yearly=True),
                        name="work_exception_once_per_year",
                    ),
                    models.CheckConstraint(condition=RangesInOrder("ranges"), name="work_exception_ranges_in_order"),
                    models.CheckConstraint(
                        condition=Q(date__year__gte=1970, date__year__lte=2200), name="work_exception_date_in_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuickMessage",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("shortcut", models.CharField(max_length=40, verbose_name="shortcut")),
                ("text", models.TextField(max_length=4000, verbose_name="text")),
                ("created_at", models.DateTimeField(default=timezone.now)),
                (
                    "project",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="quick_messages", to="orgs.project"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="quick_messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="quick_messages",
                        to="sectors.sector",
                    ),
                ),
                ("modified_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["shortcut"],
                "constraints": [
                    models.UniqueConstraint(
                        "sector",
                        Fold("shortcut"),
                        condition=Q(sector__isnull=False),
                        name="quick_message_once_per_sector",
                    ),
                    models.UniqueConstraint(
                        "project",
                        "user",
                        Fold("shortcut"),
                        condition=Q(user__isnull=False),
                        name="quick_message_once_per_person",
                    ),
                    models.CheckConstraint(
                        condition=Q(sector__isnull=False, user__isnull=True)
                        | Q(sector__isnull=True, user__isnull=False),
                        name="quick_message_of_sector_or_person",
                    ),
                    models.CheckConstraint(
                        condition=LessThanOrEqual(Length("text"), 4000), name="quick_message_text_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AutomaticMessage",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("opening", "On opening"),
                            ("waiting", "While waiting"),
                            ("assignment", "On assignment"),
                            ("closing", "On closing"),
                            ("closed", "When the sector closes"),
                        ],
                        max_length=12,
                    ),
                ),
                ("text", models.TextField(max_length=4000, verbose_name="text")),
                (
                    "sector",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="automatic_messages", to="sectors.sector"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["sector", "moment"], name="automatic_message_once"),
                    models.CheckConstraint(
                        condition=Q(moment__in=["opening", "waiting", "assignment", "closing", "closed"]),
                        name="automatic_message_moment_known",
                    ),
                    models.CheckConstraint(condition=~Q(text=""), name="automatic_message_has_text"),
                    models.CheckConstraint(
                        condition=LessThanOrEqual(Length("text"), 4000), name="automatic_message_text_fits"
                    ),
                ],
            },
        ),
    ]
