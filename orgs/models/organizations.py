"""Organizations, projects, and memberships with roles."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.errors import register_constraint
from core.models import UUIDModel
from core.text import Fold
from orgs.querysets import MembershipQuerySet

NAME_LENGTH = 80


class OrganizationRole(models.TextChoices):
    """Roles in an organization (docs/rules.md, Roles of an organization)."""

    ADMINISTRATOR = "administrator", _("Administrator")
    CONTRIBUTOR = "contributor", _("Contributor")
    VIEWER = "viewer", _("Viewer")
    FINANCIAL = "financial", _("Financial")


class ProjectRole(models.TextChoices):
    """Roles in a project (docs/rules.md, Roles of a project)."""

    MODERATOR = "moderator", _("Moderator")
    CONTRIBUTOR = "contributor", _("Contributor")
    ATTENDANT = "attendant", _("Human attendance")
    VIEWER = "viewer", _("Viewer")


class ArchivableQuerySet(models.QuerySet):
    """Queries on rows that are archived rather than deleted."""

    def live(self) -> Self:
        return self.filter(archived_at__isnull=True)

    def archived(self) -> Self:
        return self.filter(archived_at__isnull=False)


class Organization(UUIDModel):
    """A customer of the platform: owns projects and has members."""

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    requires_two_factors = models.BooleanField(_("members need two factors to sign in"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="organization_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Project(UUIDModel):
    """One bot and its service desk: the boundary that no data crosses."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="projects")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    slug = models.SlugField(max_length=90)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="project_slug_once"),
            models.UniqueConstraint(fields=["organization", "id"], name="project_in_organization"),
            models.CheckConstraint(condition=~Q(name=""), name="project_has_name"),
        ]
        # For the list of an organization's projects.
        indexes: ClassVar = [
            models.Index("organization", Fold("name"), "name", "id", name="project_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganizationMembership(UUIDModel):
    """A person's membership of an organization; required for membership of its projects."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="organization_memberships")
    role = models.CharField(_("role"), max_length=20, choices=OrganizationRole.choices)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user"], name="organization_member_once"),
            models.CheckConstraint(condition=Q(role__in=OrganizationRole.values), name="organization_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ProjectMembership(UUIDModel):
    """A person's membership of a project; only for members of its organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="project_memberships")
    role = models.CharField(_("role"), max_length=20, choices=ProjectRole.choices)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="project_member_once"),
            models.CheckConstraint(condition=Q(role__in=ProjectRole.values), name="project_role_known"),
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
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


register_constraint(
    "organization_member_once", "already_member", _("This person is already a member."), field="email"
)
register_constraint("project_member_once", "already_member", _("This person is already a member."), field="email")
register_constraint(
    "organization_has_live_projects",
    "organization_has_live_projects",
    _("The organization has projects that are not archived. Archive them first."),
)
register_constraint(
    "project_in_live_organization",
    "organization_archived",
    _("The organization is archived. Restore it first."),
)
register_constraint(
    "project_member_is_in_organization",
    "not_in_organization",
    _("Add this person to the organization first."),
)
register_constraint(
    "organization_keeps_administrator",
    "last_administrator",
    _("This is the last Administrator of the organization. Make someone else Administrator first."),
)
register_constraint(
    "account_of_last_administrator",
    "last_administrator",
    _("This is the last Administrator of an organization. Make someone else Administrator first."),
)
