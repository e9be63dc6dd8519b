"""Tickets of agents who are offline move on, where a sector says after how long."""

from typing import ClassVar

import django.core.validators
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tickets", "0021_own_secrets")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="attendancerules",
            name="move_on_after",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1440),
                ],
                verbose_name="minutes offline until a ticket whose contact waits moves on",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendancerules",
            constraint=models.CheckConstraint(
                condition=Q(move_on_after__isnull=True) | Q(move_on_after__gte=1, move_on_after__lte=1440),
                name="attendance_move_on_after_in_range",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=Q(status="active", unanswered_since__isnull=False),
                fields=["sector", "unanswered_since"],
                name="ticket_asked",
            ),
        ),
    ]
