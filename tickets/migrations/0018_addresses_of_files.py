"""Files are linked to at the installation's own address, not at the one by which the uploader reached it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0017_erased_contacts")]

    operations = [
        migrations.RemoveField("attachment", "origin"),
        migrations.RemoveField("upload", "origin"),
    ]
