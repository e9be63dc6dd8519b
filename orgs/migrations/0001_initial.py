"""People, organizations, who is in them, tokens and the audit log; what searching text needs for all apps."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone

from core.constraints import CompositeForeignKey
from core.ids import uuid7
from core.text import FOLD, FoldedTogether


class Migration(migrations.Migration):
    initial = True

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        FOLD.install(),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
                ("first_name", models.CharField(blank=True, max_length=80, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=80, verbose_name="last name")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")],
                        default="auto",
                        max_length=5,
                        verbose_name="theme",
                    ),
                ),
                ("sound", models.BooleanField(default=True, verbose_name="sound on a new ticket or message")),
                ("browser_notifications", models.BooleanField(default=True, verbose_name="browser notifications")),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("date_joined", models.DateTimeField(default=timezone.now)),
                ("photo", models.FileField(blank=True, upload_to="photos", verbose_name="photo")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(Lower("email"), name="user_email_once"),
                    models.CheckConstraint(condition=Q(theme__in=["auto", "light", "dark"]), name="user_theme_known"),
                ],
                "indexes": [
                    GinIndex(
                        OpClass(FoldedTogether("email", "first_name", "last_name"), name="gin_trgm_ops"),
                        name="user_search",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "requires_two_factors",
                    models.BooleanField(default=False, verbose_name="members need two factors to sign in"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(name=""), name="organization_has_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("slug", models.SlugField(max_length=90)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="projects", to="orgs.organization"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["slug"], name="project_slug_once"),
                    models.UniqueConstraint(fields=["organization", "id"], name="project_in_organization"),
                    models.CheckConstraint(condition=~Q(name=""), name="project_has_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganizationMembership",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("contributor", "Contributor"),
                            ("viewer", "Viewer"),
                            ("financial", "Financial"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField(default=timezone.now)),
                (
                    "organization",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="memberships", to="orgs.organization"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="organization_memberships", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["organization", "user"], name="organization_member_once"),
                    models.CheckConstraint(
                        condition=Q(role__in=["administrator", "contributor", "viewer", "financial"]),
                        name="organization_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectMembership",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("moderator", "Moderator"),
                            ("contributor", "Contributor"),
                            ("attendant", "Human attendance"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField(default=timezone.now)),
                (
                    "organization",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="+", to="orgs.organization"),
                ),
                (
                    "project",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="memberships", to="orgs.project"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="project_memberships", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["project", "user"], name="project_member_once"),
                    models.CheckConstraint(
                        condition=Q(role__in=["moderator", "contributor", "attendant", "viewer"]),
                        name="project_role_known",
                    ),
                    CompositeForeignKey(
                        fields=["organization", "user"],
                        to="orgs.OrganizationMembership",
                        to_fields=["organization", "user"],
                        name="project_member_is_in_organization",
                    ),
                    CompositeForeignKey(
                        fields=["organization", "project"],
                        to="orgs.Project",
                        to_fields=["organization", "id"],
                        name="project_member_of_its_organization",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                (
                    "organization_role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("contributor", "Contributor"),
                            ("viewer", "Viewer"),
                            ("financial", "Financial"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "project_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("moderator", "Moderator"),
                            ("contributor", "Contributor"),
                            ("attendant", "Human attendance"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=20,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True, on_delete=models.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="invitations", to="orgs.organization"),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.CASCADE, related_name="invitations", to="orgs.project"
                    ),
                ),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["token_hash"], name="invitation_token_once"),
                    models.UniqueConstraint(
                        Lower("email"),
                        "organization",
                        condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                        name="invitation_one_open_per_address",
                    ),
                    models.CheckConstraint(
                        condition=Q(project__isnull=True, project_role="")
                        | Q(
                            project__isnull=False,
                            project_role__in=["moderator", "contributor", "attendant", "viewer"],
                        ),
                        name="invitation_project_and_role_together",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["organization", "-created_at", "-id"],
                        condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                        name="invitation_open_of_place",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("sector_id", models.UUIDField(blank=True, null=True)),
                (
                    "scopes",
                    ArrayField(
                        base_field=models.CharField(
                            choices=[("open", "Open tickets"), ("read", "Read"), ("administer", "Administer")],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                ("hint", models.CharField(max_length=12)),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.CASCADE, related_name="tokens", to="orgs.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.CASCADE, related_name="tokens", to="orgs.project"
                    ),
                ),
                ("maker_name", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["token_hash"], name="token_hash_once"),
                    models.CheckConstraint(
                        condition=Q(project__isnull=True) | Q(organization__isnull=False),
                        name="token_project_has_organization",
                    ),
                    models.CheckConstraint(
                        condition=Q(sector_id__isnull=True) | Q(project__isnull=False),
                        name="token_sector_has_project",
                    ),
                    models.CheckConstraint(condition=~Q(name=""), name="token_has_name"),
                    models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_has_scope"),
                    models.CheckConstraint(
                        condition=Q(scopes__contained_by=["open", "read", "administer"]), name="token_scopes_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                        name="token_expires_after_made",
                    ),
                    models.CheckConstraint(
                        condition=Q(token_hash__regex="^[0-9a-f]{64}$"), name="token_stored_as_digest"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["project", "-created_at", "-id"], name="token_of_project"),
                    models.Index(fields=["organization", "-created_at", "-id"], name="token_of_organization"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=timezone.now)),
                ("actor_name", models.CharField(max_length=254)),
                ("action", models.CharField(max_length=60)),
                ("target_type", models.CharField(max_length=40)),
                ("target_id", models.UUIDField(null=True)),
                ("target_name", models.CharField(blank=True, max_length=254)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="orgs.organization"),
                ),
                (
                    "project",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="orgs.project"),
                ),
                ("token_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(actor_name=""), name="audit_names_actor"),
                    models.CheckConstraint(
                        condition=Q(action__regex="^[a-z]+(_[a-z]+)*\\.[a-z]+(_[a-z]+)*$"),
                        name="audit_action_well_formed",
                    ),
                    models.CheckConstraint(
                        condition=Q(project__isnull=True) | Q(organization__isnull=False),
                        name="audit_project_has_organization",
                    ),
                    CompositeForeignKey(
                        fields=["organization", "project"],
                        to="orgs.Project",
                        to_fields=["organization", "id"],
                        name="audit_project_of_organization",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "-at", "-id"], name="audit_of_organization"),
                    models.Index(fields=["project", "-at", "-id"], name="audit_of_project"),
                    models.Index(fields=["organization", "action", "-at", "-id"], name="audit_by_action"),
                    models.Index(fields=["project", "action", "-at", "-id"], name="audit_by_action_in_project"),
                    models.Index(fields=["actor", "-at", "-id"], name="audit_by_person"),
                    models.Index(fields=["target_id", "-at", "-id"], name="audit_by_target"),
                    GinIndex(OpClass(Upper("actor_name"), name="gin_trgm_ops"), name="audit_actor_search"),
                    GinIndex(OpClass(Upper("target_name"), name="gin_trgm_ops"), name="audit_target_search"),
                ],
            },
        ),
    ]
