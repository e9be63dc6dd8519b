"""Membership of organizations and projects: joining, roles, removal."""

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.constraints import check_deferred
from core.errors import Conflict, Invalid, rules_of_database
from orgs import audit
from orgs.access import Actor, Member
from orgs.access.locks import lock_people
from orgs.models import (
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    User,
)
from orgs.signals import access_ended, rights_changed


def checked_role(role: str, roles: type[OrganizationRole] | type[ProjectRole]) -> str:
    """Return the role if it is one of ``roles``. Raises Invalid."""
    if role not in roles.values:
        raise Invalid(_("Choose one of the roles."), field="role")
    return role


@transaction.atomic
def add_to_organization(organization: Organization, user: User, role: str, *, by: Actor) -> OrganizationMembership:
    """Make a user a member of the organization. Raises DomainError already_member, Invalid."""
    checked_role(role, OrganizationRole)
    with rules_of_database():
        membership = OrganizationMembership.objects.create(organization=organization, user=user, role=role)
    audit.record(by, "organization_member.added", user, organization=organization, after={"role": role})
    return membership


@transaction.atomic
def add_to_project(project: Project, user: User, role: str, *, by: Actor) -> ProjectMembership:
    """Make a member of the organization a member of one of its projects.

    Raises DomainError not_in_organization, already_member, Invalid.
    """
    checked_role(role, ProjectRole)
    with rules_of_database():
        membership = ProjectMembership.objects.create(
            organization_id=project.organization_id, project=project, user=user, role=role
        )
    audit.record(by, "project_member.added", user, project=project, after={"role": role})
    return membership


@transaction.atomic
def change_organization_role(membership: OrganizationMembership, role: str, *, by: Actor) -> OrganizationMembership:
    """Change a member's role in the organization.

    Raises DomainError last_administrator (enforced by a deferred trigger, which is run here), Invalid, Conflict.
    """
    checked_role(role, OrganizationRole)
    _lock(membership)
    projects = _projects_with_chats(membership.user, membership.organization)
    before, after = audit.changes(membership, {"role": role})
    if after:
        with rules_of_database():
            membership.save(update_fields=["role"])
            check_deferred("organization_keeps_administrator")
        audit.record(
            by,
            "organization_member.role_changed",
            membership.user,
            organization=membership.organization,
            before=before,
            after=after,
        )
        _end_lost_access(membership.user, projects, by)
    return membership


@transaction.atomic
def change_project_role(membership: ProjectMembership, role: str, *, by: Actor) -> ProjectMembership:
    """Change a member's role in the project. If the new role has no access to Chats, their access ends at once.

    Raises Invalid, Conflict.
    """
    checked_role(role, ProjectRole)
    _lock(membership)
    before, after = audit.changes(membership, {"role": role})
    if after:
        membership.save(update_fields=["role"])
        audit.record(
            by, "project_member.role_changed", membership.user, project=membership.project, before=before, after=after
        )
        _end_lost_access(membership.user, [membership.project], by)
    return membership


@transaction.atomic
def remove_from_project(membership: ProjectMembership, *, by: Actor) -> None:
    """Remove a member from the project: access ends at once, active tickets return to their queues.

    Raises Conflict.
    """
    user, project = membership.user, membership.project
    _lock(membership)
    membership.delete()
    audit.record(by, "project_member.removed", user, project=project, before={"role": membership.role})
    _end_lost_access(user, [project], by)


@transaction.atomic
def remove_from_organization(membership: OrganizationMembership, *, by: Actor) -> None:
    """Remove a member from the organization and from all its projects.

    Raises DomainError last_administrator, Conflict.
    """
    user, organization = membership.user, membership.organization
    _lock(membership)
    projects = _projects_with_chats(user, organization)
    places = list(ProjectMembership.objects.filter(user=user, organization=organization).select_related("project"))
    ProjectMembership.objects.filter(user=user, organization=organization).delete()
    with rules_of_database():
        membership.delete()
        check_deferred("organization_keeps_administrator")
    for place in places:
        audit.record(by, "project_member.removed", user, project=place.project, before={"role": place.role})
    audit.record(by, "organization_member.removed", user, organization=organization, before={"role": membership.role})
    _end_lost_access(user, projects, by)


def _lock(membership: OrganizationMembership | ProjectMembership) -> None:
    """Lock the person and re-read the role, which may have changed or ended meanwhile.

    Raises Conflict if the membership no longer exists.
    """
    lock_people([membership.user_id])
    try:
        membership.refresh_from_db(fields=["role"])
    except ObjectDoesNotExist as error:
        raise Conflict from error


def _projects_with_chats(user: User, organization: Organization) -> list[Project]:
    """Return the live projects in which the person currently has access to Chats. Always three queries."""
    place = OrganizationMembership.objects.filter(organization=organization, user=user).first()
    if place is None or not user.is_active:
        return []
    own = dict(
        ProjectMembership.objects.filter(organization=organization, user=user).values_list("project_id", "role")
    )
    live = Project.objects.live().filter(organization=organization).select_related("organization").order_by("pk")
    return [project for project in live if Member(user, project, place.role, own.get(project.pk, "")).has_chats]


def _end_lost_access(user: User, projects: list[Project], by: Actor) -> None:
    stays = {project.pk for project in _projects_with_chats(user, projects[0].organization)} if projects else set()
    for project in projects:
        if project.pk not in stays:
            access_ended.send(sender=User, user=user, project=project, actor=by)
    rights_changed.send(sender=User, user_ids=[user.pk])
