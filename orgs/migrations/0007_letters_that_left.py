"""An invitation says when its letter left; of those there are, all count as mailed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orgs", "0006_members_searched_and_administrators_kept")]

    operations = [
        migrations.AddField("invitation", "mailed_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL("UPDATE orgs_invitation SET mailed_at = created_at", migrations.RunSQL.noop),
    ]
