"""Tags."""

from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

from core.constraints import CompositeForeignKey
from core.ids import uuid7
from core.text import Fold


class Migration(migrations.Migration):
    initial = True

    dependencies = [("sectors", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("position", models.PositiveIntegerField(default=0)),
                ("closed_by_flow", models.BooleanField(default=False, editable=False)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("sector", models.ForeignKey(on_delete=models.PROTECT, related_name="tags", to="sectors.sector")),
                (
                    "color",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No colour"),
                            ("red", "Red"),
                            ("orange", "Orange"),
                            ("yellow", "Yellow"),
                            ("green", "Green"),
                            ("teal", "Teal"),
                            ("blue", "Blue"),
                            ("purple", "Purple"),
                            ("pink", "Pink"),
                            ("gray", "Grey"),
                        ],
                        max_length=12,
                        verbose_name="colour",
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=200, verbose_name="description")),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.PROTECT, related_name="merged", to="tags.tag"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.UniqueConstraint("sector", Fold("name"), name="tag_name_once_per_sector"),
                    models.UniqueConstraint(fields=["sector", "id"], name="tag_in_sector"),
                    models.UniqueConstraint(
                        fields=["sector"], condition=Q(closed_by_flow=True), name="tag_one_for_the_flow"
                    ),
                    models.CheckConstraint(condition=~Q(name=""), name="tag_has_name"),
                    models.CheckConstraint(
                        condition=Q(
                            color__in=[
                                "",
                                "red",
                                "orange",
                                "yellow",
                                "green",
                                "teal",
                                "blue",
                                "purple",
                                "pink",
                                "gray",
                            ]
                        ),
                        name="tag_color_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(merged_into__isnull=True)
                        | (Q(archived_at__isnull=False, closed_by_flow=False) & ~Q(merged_into=F("id"))),
                        name="tag_merged_is_archived",
                    ),
                    CompositeForeignKey(
                        fields=["sector", "merged_into"],
                        to="tags.Tag",
                        to_fields=["sector", "id"],
                        name="tag_merged_in_sector",
                    ),
                ],
            },
        ),
    ]
