"""Addresses in one form: those that are stored are brought into it, and no other can be stored."""

from django.db import migrations, models

from core.email_addresses import CANONICAL, CanonicalEmailField, canonical

ADDRESSES = f"""
ALTER TABLE account_emailaddress ADD CONSTRAINT emailaddress_canonical CHECK (email ~ '{CANONICAL}')
"""
ANY_ADDRESSES = "ALTER TABLE account_emailaddress DROP CONSTRAINT emailaddress_canonical"


def bring_into_form(apps, schema_editor):
    """Bring the addresses into the form. Two accounts whose addresses are one then are for a person to sort out."""
    invitations = apps.get_model("orgs", "Invitation").objects
    for invitation in _others(invitations):
        email = canonical(invitation.email)
        waiting = invitations.filter(organization=invitation.organization_id, email=email)
        if waiting.filter(accepted_at=None, revoked_at=None).exclude(pk=invitation.pk).exists():
            invitation.revoked_at = invitation.revoked_at or invitation.created_at
        invitation.email = email
        invitation.save(update_fields=["email", "revoked_at"])
    users = apps.get_model("orgs", "User").objects
    for user in _others(users):
        email = canonical(user.email)
        twin = users.filter(email=email).exclude(pk=user.pk).first()
        if twin is not None:
            raise RuntimeError(
                f"The accounts {user.pk} and {twin.pk} have the same address, written in two ways ({email})."
                " Change the address of one of them in the database (orgs_user.email), and migrate again."
            )
        user.email = email
        user.save(update_fields=["email"])
    for address in _others(apps.get_model("account", "EmailAddress").objects):
        address.email = canonical(address.email)
        address.save(update_fields=["email"])


def _others(rows):
    return rows.exclude(email__regex=CANONICAL).iterator()


def leave(apps, schema_editor):
    """Addresses stay as they are."""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_invited_projects"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [
        migrations.RunPython(bring_into_form, leave),
        migrations.AlterField("invitation", "email", CanonicalEmailField(max_length=254)),
        migrations.AlterField(
            "user", "email", CanonicalEmailField(max_length=254, unique=True, verbose_name="e-mail address")
        ),
        migrations.AddConstraint(
            "invitation",
            models.CheckConstraint(condition=models.Q(email__regex=CANONICAL), name="invitation_email_canonical"),
        ),
        migrations.AddConstraint(
            "user", models.CheckConstraint(condition=models.Q(email__regex=CANONICAL), name="user_email_canonical")
        ),
        # Addresses in one form need no index over another one.
        migrations.RemoveConstraint("user", "user_email_once"),
        migrations.RemoveConstraint("invitation", "invitation_one_open_per_address"),
        migrations.AddConstraint(
            "invitation",
            models.UniqueConstraint(
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                fields=("organization", "email"),
                name="invitation_one_open_per_address",
            ),
        ),
        migrations.RunSQL(ADDRESSES, ANY_ADDRESSES),
    ]
