"""What only triggers can hold (``queues.triggers``)."""

from django.db import migrations

from queues import triggers


class Migration(migrations.Migration):
    dependencies = [("queues", "0001_initial")]

    operations = [
        triggers.SECTOR_KEEPS_QUEUE.install(),
    ]
