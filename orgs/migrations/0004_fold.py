"""What names are compared by knows all forms of Unicode; the audit log is searched by it, projects are listed by it."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from core.text import FOLD, Fold


class Migration(migrations.Migration):
    """The function, and the indexes that are built on it; its unique indexes are the other apps'."""

    dependencies: ClassVar = [("orgs", "0003_days")]

    operations: ClassVar = [
        migrations.RunSQL(FOLD.create_sql, migrations.RunSQL.noop),
        migrations.RunSQL("REINDEX INDEX user_search;", migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="auditentry", name="audit_actor_search"),
        migrations.RemoveIndex(model_name="auditentry", name="audit_target_search"),
        migrations.AddIndex(
            model_name="auditentry",
            index=GinIndex(OpClass(Fold("actor_name"), name="gin_trgm_ops"), name="audit_actor_words"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=GinIndex(OpClass(Fold("target_name"), name="gin_trgm_ops"), name="audit_target_words"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index("organization", Fold("name"), "name", "id", name="project_by_name"),
        ),
    ]
