"""An invitation opens any number of projects, and keeps the name that stood beside the address."""

import django.db.models.deletion
from django.db import migrations, models

import core.constraints
import core.ids

# gen_random_uuid: the order among one project is none.
COPY = """
INSERT INTO orgs_invitedproject (id, role, invitation_id, organization_id, project_id)
SELECT gen_random_uuid(), project_role, id, organization_id, project_id FROM orgs_invitation
 WHERE project_id IS NOT NULL
"""
# Invitations that open several keep one.
COPY_BACK = """
UPDATE orgs_invitation i SET project_id = p.project_id, project_role = p.role
  FROM (SELECT DISTINCT ON (invitation_id) * FROM orgs_invitedproject ORDER BY invitation_id, id) p
 WHERE p.invitation_id = i.id
"""
ROLES = [
    ("moderator", "Moderator"),
    ("contributor", "Contributor"),
    ("attendant", "Human attendance"),
    ("viewer", "Viewer"),
]
ROLE = models.CharField(choices=ROLES, max_length=20)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0004_fold")]

    operations = [
        migrations.AddField("invitation", "first_name", models.CharField(blank=True, max_length=80, default=""), False),
        migrations.AddField("invitation", "last_name", models.CharField(blank=True, max_length=80, default=""), False),
        migrations.AddField("invitation", "link_shown_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "invitation",
            models.UniqueConstraint(fields=("organization", "id"), name="invitation_in_organization"),
        ),
        migrations.CreateModel(
            "InvitedProject",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("role", ROLE),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="projects", to="orgs.invitation"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invited", to="orgs.project"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("invitation", "project"), name="invited_project_once"),
                    models.CheckConstraint(
                        condition=models.Q(role__in=[role for role, _label in ROLES]),
                        name="invited_project_role_known",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            "invitedproject",
            core.constraints.CompositeForeignKey(
                fields=("organization", "invitation"),
                name="invited_project_of_invitation",
                to="orgs.Invitation",
                to_fields=("organization", "id"),
            ),
        ),
        migrations.AddConstraint(
            "invitedproject",
            core.constraints.CompositeForeignKey(
                fields=("organization", "project"),
                name="invited_project_of_its_organization",
                to="orgs.Project",
                to_fields=("organization", "id"),
            ),
        ),
        migrations.RunSQL(
            # Foreign keys are checked at the end of the transaction, and a table with such checks can't be changed.
            [COPY, "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"],
            [COPY_BACK, "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"],
        ),
        migrations.RemoveConstraint("invitation", "invitation_project_and_role_together"),
        migrations.RemoveField("invitation", "project"),
        migrations.RemoveField("invitation", "project_role"),
    ]
