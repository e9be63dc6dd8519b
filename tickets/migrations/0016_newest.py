"""Rooms of a project, the newest first, for programs that read them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("tickets", "0015_generic")]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["project", "-opened_at", "-id"], name="ticket_newest"),
        ),
    ]
