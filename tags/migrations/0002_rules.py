"""What only triggers can hold (``tags.triggers``)."""

from django.db import migrations

from tags import triggers


class Migration(migrations.Migration):
    dependencies = [("tags", "0001_initial")]

    operations = [
        triggers.SECTOR_KEEPS_TAG.install(),
        triggers.TAG_MERGED_DIRECTLY.install(),
    ]
