"""Agents read earlier tickets of their contacts, unless their sector says otherwise."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tickets", "0022_offline_agents")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="attendancerules",
            name="agents_read_earlier",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="agents read earlier tickets of their contacts"
            ),
        ),
    ]
