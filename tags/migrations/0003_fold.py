"""Names are compared and sorted by what ``weni_fold`` has become."""

from typing import ClassVar

from django.db import migrations

from core.text import Fold, refold


class Migration(migrations.Migration):
    """Rows whose names have become equal are told apart first."""

    dependencies: ClassVar = [("orgs", "0004_fold"), ("tags", "0002_rules")]

    operations: ClassVar = [
        *refold("tags_tag", "name", "tag_name_once_per_sector", within="sector_id", most=60),
        migrations.AlterModelOptions(name="tag", options={"ordering": ["position", Fold("name"), "name"]}),
    ]
