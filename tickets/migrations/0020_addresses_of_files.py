"""Files are linked to at the installation's own address, not at the one by which the uploader reached it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0019_contact_names")]

    operations = [
        migrations.RemoveField("attachment", "origin"),
        migrations.RemoveField("upload", "origin"),
    ]
