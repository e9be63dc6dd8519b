"""Quick messages carry files."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import core.ids
from sectors.triggers import QUICK_MESSAGE_FILES_FIT, QUICK_MESSAGE_HAS_CONTENT


class Migration(migrations.Migration):
    """A message may have files without a text."""

    dependencies: ClassVar = [("sectors", "0003_fold")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="quickmessage",
            name="text",
            field=models.TextField(blank=True, max_length=4000, verbose_name="text"),
        ),
        migrations.CreateModel(
            name="QuickMessageFile",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("file", models.FileField(max_length=255, upload_to="")),
                ("name", models.CharField(max_length=255)),
                ("content_type", models.CharField(max_length=127)),
                ("size", models.PositiveBigIntegerField()),
                ("thumbnail", models.FileField(blank=True, max_length=255, upload_to="")),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="sectors.quickmessage"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(file="") & Q(size__gte=1), name="quick_message_file_has_bytes"),
                    models.UniqueConstraint(fields=("file",), name="quick_message_file_once"),
                    models.UniqueConstraint(
                        fields=("message", "position"), name="quick_message_file_position_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(position__lt=10), name="quick_message_file_position_in_range"
                    ),
                ],
            },
        ),
        QUICK_MESSAGE_HAS_CONTENT.install(),
        QUICK_MESSAGE_FILES_FIT.install(),
    ]
