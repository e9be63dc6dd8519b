"""A project's signing secret is its own, stored encrypted. Existing projects keep the secret that their flow knows."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from core.encryption import encrypt


def _derived(project_id: Any, generation: int) -> str:
    value = f"{project_id.hex}:{generation}" if generation else project_id.hex
    return encrypt(salted_hmac("tickets.callbacks", value, algorithm="sha256").digest().hex())


def store_derived(apps: Any, _schema_editor: Any) -> None:
    """Store what was derived from SECRET_KEY until now."""
    Project, SigningSecret = apps.get_model("orgs", "Project"), apps.get_model("tickets", "SigningSecret")
    for row in SigningSecret.objects.iterator():
        row.encrypted = _derived(row.project_id, row.generation)
        row.encrypted_before = _derived(row.project_id, row.generation - 1)
        row.save(update_fields=["encrypted", "encrypted_before"])
    rest = Project.objects.exclude(pk__in=SigningSecret.objects.values("project")).values_list("pk", flat=True)
    made = (SigningSecret(project_id=pk, encrypted=_derived(pk, 0), generation=1) for pk in rest.iterator())
    SigningSecret.objects.bulk_create(made, batch_size=500)


def forget(apps: Any, _schema_editor: Any) -> None:
    """Remove the secrets on the way back: earlier releases derive theirs."""
    apps.get_model("tickets", "SigningSecret").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("tickets", "0020_addresses_of_files")]

    operations = [
        migrations.AddField("signingsecret", "encrypted", models.CharField(max_length=255, default="")),
        migrations.AddField("signingsecret", "encrypted_before", models.CharField(blank=True, default="", max_length=255)),
        migrations.AlterField("signingsecret", "rotated_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(store_derived, migrations.RunPython.noop, elidable=True),
        # The table can't be altered while a foreign key is still to be checked.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveConstraint("signingsecret", "signing_secret_rotated"),
        migrations.RemoveField("signingsecret", "generation"),
        migrations.RunPython(migrations.RunPython.noop, forget),
        migrations.AlterField("signingsecret", "encrypted", models.CharField(max_length=255)),
        migrations.AddConstraint(
            "signingsecret", models.CheckConstraint(condition=~Q(encrypted=""), name="signing_secret_given")
        ),
        migrations.AddConstraint(
            "signingsecret",
            models.CheckConstraint(
                condition=Q(encrypted_before="") | Q(rotated_at__isnull=False), name="signing_secret_rotated"
            ),
        ),
    ]
