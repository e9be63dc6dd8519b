"""What each role grants (docs/rules.md, Access); no other module interprets roles.

To add a role, add a value to the enumeration and an entry to its table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orgs.models import OrganizationRole, ProjectRole


@dataclass(frozen=True)
class OrganizationRights:
    """Rights of an organization role: members, settings, tokens and all projects (``administers``); creating
    projects, with the creator's role in them; the billing area (``sees_usage``)."""

    administers: bool = False
    creates_projects: bool = False
    role_in_new_projects: str = ""
    sees_usage: bool = False


@dataclass(frozen=True)
class ProjectRights:
    """Rights of a project role: the desk and one's own tickets (``uses_chats``), every sector and all tickets
    (``configures``), members, tokens, archiving (``administers``). Each includes the ones before it."""

    uses_chats: bool = False
    configures: bool = False
    administers: bool = False


ORGANIZATION_ROLES: Mapping[str, OrganizationRights] = {
    OrganizationRole.ADMINISTRATOR: OrganizationRights(administers=True, creates_projects=True, sees_usage=True),
    OrganizationRole.CONTRIBUTOR: OrganizationRights(
        creates_projects=True, role_in_new_projects=ProjectRole.CONTRIBUTOR
    ),
    OrganizationRole.VIEWER: OrganizationRights(),
    OrganizationRole.FINANCIAL: OrganizationRights(sees_usage=True),
}

PROJECT_ROLES: Mapping[str, ProjectRights] = {
    ProjectRole.MODERATOR: ProjectRights(uses_chats=True, configures=True, administers=True),
    ProjectRole.CONTRIBUTOR: ProjectRights(uses_chats=True, configures=True),
    ProjectRole.ATTENDANT: ProjectRights(uses_chats=True),
    ProjectRole.VIEWER: ProjectRights(),
}

#: For people without a role.
_NOTHING = ProjectRights()


def in_organization(role: str) -> OrganizationRights:
    """Return the rights of an organization role; an empty role has none."""
    return ORGANIZATION_ROLES[role] if role else OrganizationRights()


def in_project(role: str | None) -> ProjectRights:
    """Return the rights of a project role; an empty role has none."""
    return PROJECT_ROLES[role] if role else _NOTHING


#: Organization roles that administer the organization and all its projects.
ADMINISTERING = tuple(role for role, rights in ORGANIZATION_ROLES.items() if rights.administers)


ProjectRight = Literal["uses_chats", "configures", "administers"]


def project_roles(right: ProjectRight) -> tuple[str, ...]:
    """Return the project roles with the given right."""
    return tuple(role for role, rights in PROJECT_ROLES.items() if getattr(rights, right))
