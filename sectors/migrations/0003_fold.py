"""Names are compared and sorted by what ``weni_fold`` has become."""

from typing import ClassVar

from django.db import migrations

from core.text import Fold, refold


class Migration(migrations.Migration):
    """Rows whose names have become equal are told apart first."""

    dependencies: ClassVar = [("orgs", "0004_fold"), ("sectors", "0002_token_sector")]

    operations: ClassVar = [
        *refold("sectors_sector", "name", "sector_name_once_per_project", within="project_id", most=80),
        *refold(
            "sectors_quickmessage",
            "shortcut",
            "quick_message_once_per_sector",
            within="sector_id, project_id, user_id",
            most=40,
        ),
        *refold(
            "sectors_quickmessage",
            "shortcut",
            "quick_message_once_per_person",
            within="sector_id, project_id, user_id",
            most=40,
        ),
        migrations.AlterModelOptions(name="quickmessage", options={"ordering": [Fold("shortcut"), "shortcut"]}),
        migrations.AlterModelOptions(name="sector", options={"ordering": ["position", Fold("name"), "name"]}),
    ]
