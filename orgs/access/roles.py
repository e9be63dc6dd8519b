"""What each role gives (docs/rules.md, Access): written once; whoever asks about roles asks here.

A new role is a value of the enumeration and a line of its table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orgs.models import OrganizationRole, ProjectRole


@dataclass(frozen=True)
class OrganizationRights:
    """What a role in an organization gives: members, settings, tokens and all its projects (``administers``), new
    projects, with the role its holder gets in them, and the billing area (``sees_usage``)."""

    administers: bool = False
    creates_projects: bool = False
    role_in_new_projects: str = ""
    sees_usage: bool = False


@dataclass(frozen=True)
class ProjectRights:
    """What a role in a project gives: the desk and own tickets (``uses_chats``), every sector and all tickets
    (``configures``), members, tokens, archiving (``administers``). Each comes with those before it."""

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

#: Whoever has no role of their own.
_NOTHING = ProjectRights()


def in_organization(role: str) -> OrganizationRights:
    """Return what a role in an organization gives; none gives nothing."""
    return ORGANIZATION_ROLES[role] if role else OrganizationRights()


def in_project(role: str | None) -> ProjectRights:
    """Return what a role in a project gives; none gives nothing."""
    return PROJECT_ROLES[role] if role else _NOTHING


#: The roles in an organization that administer it, and by that all its projects.
ADMINISTERING = tuple(role for role, rights in ORGANIZATION_ROLES.items() if rights.administers)


def project_roles(right: Literal["uses_chats", "configures", "administers"]) -> tuple[str, ...]:
    """Return the roles in a project that give a right."""
    return tuple(role for role, rights in PROJECT_ROLES.items() if getattr(rights, right))
