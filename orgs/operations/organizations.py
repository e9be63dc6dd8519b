"""Creating, renaming and archiving organizations and projects."""

import secrets
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import ngettext

from core.errors import DomainError, rules_of_database
from core.validation import clean_name
from orgs import audit, hooks
from orgs.access import Actor
from orgs.access.roles import ADMINISTERING, in_organization
from orgs.models import (
    NAME_LENGTH,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    User,
)
from orgs.signals import rights_changed

from . import members


@transaction.atomic
def create_organization(name: str, *, by: Actor, administrator: User | None = None) -> Organization:
    """Create an organization; its creator (or ``administrator``) is its first Administrator.

    Raises Invalid for an empty or overlong name.
    """
    organization = Organization.objects.create(name=clean_name(name, limit=NAME_LENGTH))
    first = administrator or (None if by.is_operator else by.user)
    if first is not None:
        OrganizationMembership.objects.create(
            organization=organization, user=first, role=OrganizationRole.ADMINISTRATOR
        )
    audit.record(
        by, "organization.created", organization, organization=organization, after={"name": organization.name}
    )
    return organization


@transaction.atomic
def create_project(organization: Organization, name: str, *, by: Actor, slug: str = "") -> Project:
    """Create a project in the organization.

    ``slug`` identifies the project in commands; by default it is derived from the name. An organization Contributor
    who creates a project becomes its Contributor, as they would not be a member otherwise. Raises Invalid for a bad
    name.
    """
    name = clean_name(name, limit=NAME_LENGTH)
    base = slugify(slug or name)[:80] or "project"
    taken = Project.objects.filter(slug=base).exists()
    with rules_of_database():
        project = Project.objects.create(
            organization=organization,
            name=name,
            slug=f"{base}-{secrets.token_hex(3)}" if taken else base,
        )
    audit.record(by, "project.created", project, project=project, after={"name": name})
    if by.user is not None and not by.is_operator and (role := _role_in_new_projects(by.user, organization)):
        members.add_to_project(project, by.user, role, by=by)
    return project


def _role_in_new_projects(user: User, organization: Organization) -> str:
    place = OrganizationMembership.objects.filter(organization=organization, user=user).first()
    return in_organization(place.role).role_in_new_projects if place else ""


@transaction.atomic
def rename_organization(organization: Organization, name: str, *, by: Actor) -> Organization:
    """Rename an organization. Raises Invalid for a bad name."""
    before, after = _rename(organization, name)
    if after:
        audit.record(by, "organization.renamed", organization, organization=organization, before=before, after=after)
    return organization


@transaction.atomic
def rename_project(project: Project, name: str, *, by: Actor) -> Project:
    """Rename a project. Raises Invalid for a bad name."""
    before, after = _rename(project, name)
    if after:
        audit.record(by, "project.renamed", project, project=project, before=before, after=after)
    return project


def _rename(place: Organization | Project, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Save the name of the locked place; returns what changed."""
    locked: Any = type(place).objects.select_for_update(no_key=True)
    place.refresh_from_db(fields=["name"], from_queryset=locked)
    before, after = audit.changes(place, {"name": clean_name(name, limit=NAME_LENGTH)})
    if after:
        place.save(update_fields=["name"])
    return before, after


@transaction.atomic
def archive_project(project: Project, *, by: Actor) -> Project:
    """Archive a project: it becomes unreachable, live streams end, no data is deleted. Idempotent.

    Raises DomainError project_has_open_tickets, enforced by the database too (docs/rules.md, Archiving).
    """
    project = _locked(project)
    if project.archived_at is None:
        if count := hooks.open_tickets(project):
            raise DomainError(
                ngettext(
                    "The project has %(n)d open ticket. Close it first.",
                    "The project has %(n)d open tickets. Close them first.",
                    count,
                )
                % {"n": count},
                code="project_has_open_tickets",
                open_tickets=count,
            )
        project.archived_at = timezone.now()
        with rules_of_database():
            project.save(update_fields=["archived_at"])
        audit.record(by, "project.archived", project, project=project)
        rights_changed.send(sender=Project, user_ids=_people_of(project))
    return project


@transaction.atomic
def restore_project(project: Project, *, by: Actor) -> Project:
    """Restore an archived project with its members. Idempotent.

    Raises DomainError organization_archived.
    """
    project = _locked(project)
    if project.archived_at is not None:
        project.archived_at = None
        with rules_of_database():
            project.save(update_fields=["archived_at"])
        audit.record(by, "project.restored", project, project=project)
        rights_changed.send(sender=Project, user_ids=_people_of(project))
    return project


@transaction.atomic
def archive_organization(organization: Organization, *, by: Actor) -> Organization:
    """Archive an organization without live projects: only its Administrators can restore it. Idempotent.

    Raises DomainError organization_has_live_projects (docs/rules.md, Archiving).
    """
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if organization.archived_at is None:
        organization.archived_at = timezone.now()
        with rules_of_database():
            organization.save(update_fields=["archived_at"])
        audit.record(by, "organization.archived", organization, organization=organization)
    return organization


@transaction.atomic
def restore_organization(organization: Organization, *, by: Actor) -> Organization:
    """Restore an archived organization; its projects stay archived until each is restored. Idempotent."""
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if organization.archived_at is not None:
        organization.archived_at = None
        organization.save(update_fields=["archived_at"])
        audit.record(by, "organization.restored", organization, organization=organization)
    return organization


def _locked(project: Project) -> Project:
    """Lock a project's row and return it freshly read."""
    rows = Project.objects.select_for_update(no_key=True, of=("self",)).select_related("organization")
    return rows.get(pk=project.pk)


def _people_of(project: Project) -> set[UUID]:
    """Return the ids of all people in the project, by a role in it or as organization Administrators."""
    members = ProjectMembership.objects.filter(project=project).values_list("user", flat=True)
    office = OrganizationMembership.objects.filter(
        organization_id=project.organization_id, role__in=ADMINISTERING
    ).values_list("user", flat=True)
    return {*members, *office}
