"""Names are compared and sorted by what ``weni_fold`` has become."""

from typing import ClassVar

from django.db import migrations

from core.text import Fold, refold


class Migration(migrations.Migration):
    """Rows whose names have become equal are told apart first."""

    dependencies: ClassVar = [("orgs", "0004_fold"), ("queues", "0002_rules")]

    operations: ClassVar = [
        *refold("queues_queue", "name", "queue_name_once_per_sector", within="sector_id", most=80),
        *refold("queues_pausereason", "name", "pause_reason_once_per_project", within="project_id", most=60),
        migrations.AlterModelOptions(name="pausereason", options={"ordering": ["position", Fold("name"), "name"]}),
        migrations.AlterModelOptions(name="queue", options={"ordering": ["position", Fold("name"), "name"]}),
    ]
