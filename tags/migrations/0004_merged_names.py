"""The name of a merged tag can be used again."""

from django.db import migrations, models

import core.text


class Migration(migrations.Migration):
    dependencies = [("tags", "0003_fold")]

    operations = [
        migrations.RemoveConstraint("tag", "tag_name_once_per_sector"),
        migrations.AddConstraint(
            "tag",
            models.UniqueConstraint(
                models.F("sector"),
                core.text.Fold("name"),
                condition=models.Q(merged_into__isnull=True),
                name="tag_name_once_per_sector",
            ),
        ),
    ]
