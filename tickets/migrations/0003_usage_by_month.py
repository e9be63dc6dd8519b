"""Find who attended in a month without reading all segments (docs/reports.md, Usage)."""

from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.lookups import GreaterThanOrEqual


class Migration(migrations.Migration):
    """Two indexes; the first takes the place of the foreign key's own."""

    dependencies = [("tickets", "0002_rules")]

    operations = [
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["sector", "agent", "started_at"], name="assignment_of_sector"),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="sector",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sectors.sector",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=Q(GreaterThanOrEqual(F("ended_at") - F("started_at"), Value(timedelta(days=28)))),
                fields=["sector", "agent", "started_at"],
                name="assignment_long",
            ),
        ),
    ]
