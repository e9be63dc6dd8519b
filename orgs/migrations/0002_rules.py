"""What only triggers can hold (``orgs.triggers``)."""

from django.db import migrations

from orgs import triggers


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_initial")]

    operations = [
        triggers.ORGANIZATION_KEEPS_ADMINISTRATOR.install(),
        triggers.ACCOUNT_OF_LAST_ADMINISTRATOR.install(),
        triggers.AUDIT_APPEND_ONLY.install(),
        triggers.TOKEN_FIXED.install(),
        triggers.ORGANIZATION_HAS_LIVE_PROJECTS.install(),
        triggers.PROJECT_IN_LIVE_ORGANIZATION.install(),
    ]
