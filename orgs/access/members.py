"""Members and actors, and what each may do (docs/rules.md, Access).

A ``Member`` is a person in a project, built once per request. Its ``may_…`` methods decide about actions; querysets
take the member and filter rows by it, for pages, APIs and live events alike.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from core.http import client_address
from core.text import by_name
from orgs import hooks
from orgs.models import (
    ApiToken,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    TokenScope,
    User,
)

from .roles import ADMINISTERING, in_organization, in_project


@dataclass(frozen=True)
class OrganizationMember:
    """A person in an organization with their role there, or an API token (``token``) that covers the whole
    organization."""

    user: User
    organization: Organization
    role: str
    token: ApiToken | None = None

    @property
    def administers(self) -> bool:
        """Administers the organization, and is therefore Moderator of each of its projects."""
        return in_organization(self.role).administers

    def may_see(self) -> bool:
        """See that the organization and its projects exist: every member."""
        return True

    def may_manage_members(self) -> bool:
        """Invite, change and remove members; change settings."""
        return self.administers

    def may_create_projects(self) -> bool:
        """Create projects."""
        return in_organization(self.role).creates_projects

    def may_change_settings(self) -> bool:
        """Rename and archive the organization and its projects, require two-factor sign-in."""
        return self.administers

    def may_see_audit_log(self) -> bool:
        """Read the audit log of the organization."""
        return self.administers

    def may_manage_tokens(self) -> bool:
        """Create and revoke tokens of the organization and its projects."""
        return self.administers

    def may_see_usage(self) -> bool:
        """Open the billing area. Read tokens may too: they are made to read the whole organization."""
        return self.token is not None or in_organization(self.role).sees_usage


@dataclass(frozen=True, eq=False)
class Member:
    """A person in a project.

    ``project_role`` is empty for an organization Administrator without a role of their own in the project: they count
    as Moderator.
    """

    user: User
    project: Project
    organization_role: str
    project_role: str

    @property
    def organization(self) -> Organization:
        return self.project.organization

    @property
    def is_administrator(self) -> bool:
        """Administrator of Chats: Moderator of the project, or Administrator of the organization."""
        return in_project(self.project_role).administers or in_organization(self.organization_role).administers

    @property
    def administers_organization(self) -> bool:
        """May also change the members of the project's organization."""
        return in_organization(self.organization_role).administers

    @property
    def configures(self) -> bool:
        """Configures the whole desk: administrators, and Contributors of the project."""
        return self.is_administrator or in_project(self.project_role).configures

    @property
    def has_chats(self) -> bool:
        """Has access to Chats at all; a project's Viewer has none."""
        return self.configures or in_project(self.project_role).uses_chats

    @property
    def sees_whole_project(self) -> bool:
        """Sees every ticket of the project."""
        return self.configures

    @cached_property
    def managed_sector_ids(self) -> frozenset[UUID]:
        """Ids of the sectors this member manages (empty without access to Chats)."""
        if not self.has_chats:
            return frozenset()
        return frozenset(hooks.managed_sectors(self.user, self.project))

    @cached_property
    def queue_ids(self) -> frozenset[UUID]:
        """Ids of the live queues this member is an agent of (empty without access to Chats)."""
        if not self.has_chats:
            return frozenset()
        return frozenset(hooks.queues_of_agent(self.user, self.project))

    @property
    def is_agent(self) -> bool:
        """Is an agent of at least one queue."""
        return bool(self.queue_ids)

    @property
    def is_manager(self) -> bool:
        """Manages at least one sector."""
        return bool(self.managed_sector_ids)

    @cached_property
    def _sector_ids(self) -> frozenset[UUID]:
        return frozenset(hooks.sectors_of(self.project))

    def is_in_project(self, sector_id: UUID) -> bool:
        """Whether the sector belongs to the member's project: no right reaches beyond it."""
        # Look up a sector created since the first query.
        return sector_id in self._sector_ids or sector_id in hooks.sectors_of(self.project)

    def manages(self, sector_id: UUID) -> bool:
        """Whether the member manages the sector: appointed to it, or configuring the whole project."""
        if sector_id in self.managed_sector_ids:
            return True
        return self.configures and self.is_in_project(sector_id)

    # Permissions. They take no arguments, so that a decorator can name them.

    def may_see_project(self) -> bool:
        """See that the project exists."""
        return True

    def may_use_chats(self) -> bool:
        """Open the desk, the history of one's own tickets, one's own figures."""
        return self.has_chats

    def may_manage_members(self) -> bool:
        """Add, change and remove members of the project."""
        return self.is_administrator

    def may_create_sectors(self) -> bool:
        """Create sectors, appoint managers, see the set-up checklist."""
        return self.configures

    def may_archive_sectors(self) -> bool:
        """Archive and restore sectors."""
        return self.is_administrator

    def may_configure_some_sector(self) -> bool:
        """Open the list of sectors: those who configure the project or manage a sector."""
        return self.configures or self.is_manager

    def may_connect_flow(self) -> bool:
        """Create tokens, open test tickets, set up integrations."""
        return self.is_administrator

    def may_merge_contacts(self) -> bool:
        """See which contacts are the same person, merge them and tell them apart."""
        return self.is_administrator

    def may_see_audit_log(self) -> bool:
        """Read the audit log."""
        return self.is_administrator

    def may_change_settings(self) -> bool:
        """Rename and archive the project."""
        return self.is_administrator

    def may_watch(self) -> bool:
        """Supervise queues and other agents' tickets: administrators and sector managers."""
        return self.sees_whole_project or self.is_manager

    # Permissions on one sector.

    def may_configure_sector(self, sector_id: UUID) -> bool:
        """Edit the sector, its hours, queues, agents and tags."""
        return self.manages(sector_id)

    def may_direct_tickets_of(self, sector_id: UUID) -> bool:
        """Watch, take over, transfer and close any ticket of the sector, and assign above the limit."""
        return self.manages(sector_id)


@dataclass(frozen=True, eq=False)
class TokenMember(Member):
    """An API token in a project it covers (docs/rules.md, Tokens), with the interface of a ``Member``, so that
    operations and querysets need not distinguish.

    *Read* sees, *administer* sees and changes: the whole project, or the token's one sector. ``user`` is an unsaved
    placeholder that no row refers to, so a token never owns anything.
    """

    token: ApiToken

    @classmethod
    def of(cls, token: ApiToken, project: Project) -> "TokenMember":
        """Return the token's membership of a project; the caller has checked that the token covers it."""
        return cls(User(pk=token.pk, email=token.name), project, "", "", token)

    @property
    def is_administrator(self) -> bool:
        """Administers the whole project."""
        return TokenScope.ADMINISTER in self.token.scopes and self.token.sector_id is None

    @property
    def administers_organization(self) -> bool:
        """Administers, and covers the whole organization."""
        return self.is_administrator and self.token.project_id is None

    @property
    def configures(self) -> bool:
        """Same as ``is_administrator``."""
        return self.is_administrator

    @property
    def has_chats(self) -> bool:
        """May read at all: a token that only opens tickets may not."""
        return bool({TokenScope.READ, TokenScope.ADMINISTER} & set(self.token.scopes))

    @property
    def sees_whole_project(self) -> bool:
        """Sees every ticket of the project."""
        return self.has_chats and self.token.sector_id is None

    @cached_property
    def managed_sector_ids(self) -> frozenset[UUID]:
        """The sector of a sector token."""
        sector = self.token.sector_id
        return frozenset([sector]) if sector and self.has_chats else frozenset()

    @cached_property
    def queue_ids(self) -> frozenset[UUID]:
        """Empty: a token is never an agent."""
        return frozenset()

    def manages(self, sector_id: UUID) -> bool:
        """Whether the token administers the sector."""
        return TokenScope.ADMINISTER in self.token.scopes and super().manages(sector_id)

    def may_configure_some_sector(self) -> bool:
        """Administers the project or one of its sectors."""
        return TokenScope.ADMINISTER in self.token.scopes


@dataclass(frozen=True)
class Actor:
    """Who does something: a person (``member``), an API token (``token_name``), the system, or an operator of the
    installation (``is_operator``), who is no member but may do what each organization's Administrators may."""

    member: Member | None = None
    user: User | None = None
    token_name: str = ""
    token: ApiToken | None = None
    address: str | None = None
    request_id: str = ""
    is_operator: bool = False

    @property
    def name(self) -> str:
        """The name for logs."""
        if self.user:
            return self.user.email
        return self.token_name or "system"

    @classmethod
    def of(cls, member: Member, request: HttpRequest | None = None) -> "Actor":
        """Return the person or token of a project request."""
        token = member.token if isinstance(member, TokenMember) else None
        return cls.from_request(request, member.user, token, member=member)

    @classmethod
    def person(cls, user: User, request: HttpRequest) -> "Actor":
        """Return the signed-in person of a request outside any project or organization."""
        return cls.from_request(request, user)

    @classmethod
    def operator(cls, request: HttpRequest) -> "Actor":
        """Return the signed-in operator; the audit log names them like any person. For the admin, which admits
        nobody else."""
        user: Any = request.user
        return cls.from_request(request, user, is_operator=True)

    @classmethod
    def in_organization(cls, member: OrganizationMember, request: HttpRequest) -> "Actor":
        """Return the person or token of an organization request."""
        return cls.from_request(request, member.user, member.token)

    @classmethod
    def from_request(
        cls, request: HttpRequest | None, user: User | None, token: ApiToken | None = None, **more: Any
    ) -> "Actor":
        """Return the token of a request as the actor, else the person; with the client's address."""
        return cls(
            user=None if token else user,
            token_name=token.name if token else "",
            token=token,
            address=client_address(request) if request else None,
            request_id=getattr(request, "request_id", ""),
            **more,
        )


SYSTEM = Actor()


def organization_member(user: User, organization_id: UUID) -> OrganizationMember | None:
    """Return the person's membership of a live organization, or None."""
    return _place_in(user, organization_id, archived=False)


def _place_in(user: User, organization_id: UUID, *, archived: bool) -> OrganizationMember | None:
    rows = OrganizationMembership.objects.filter(
        user=user, organization_id=organization_id, organization__archived_at__isnull=not archived
    )
    row = rows.select_related("organization").first()
    return OrganizationMember(user, row.organization, row.role) if row and user.is_active else None


def archived_organization_member(user: User, organization_id: UUID) -> OrganizationMember | None:
    """Return the person's membership of an archived organization if they may restore it, else None: to everybody
    else it does not exist."""
    member = _place_in(user, organization_id, archived=True)
    return member if member and member.may_change_settings() else None


def member_of(user: User, project_id: UUID) -> Member | None:
    """Return the person's membership of a live project, or None for a person outside it."""
    project = (
        Project.objects.select_related("organization")
        .filter(pk=project_id, archived_at=None, organization__archived_at=None)
        .first()
    )
    if project is None or not user.is_active:
        return None
    organization_role = (
        OrganizationMembership.objects.filter(user=user, organization_id=project.organization_id)
        .values_list("role", flat=True)
        .first()
    )
    if organization_role is None:
        return None
    project_role = (
        ProjectMembership.objects.filter(user=user, project=project).values_list("role", flat=True).first()
    ) or ""
    if not project_role and not in_organization(organization_role).administers:
        return None
    return Member(user, project, organization_role, project_role)


def projects_reached_by(token: ApiToken) -> Any:
    """Return the live projects a token covers: its own, its organization's, or all."""
    live = Project.objects.filter(archived_at=None, organization__archived_at=None)
    if token.project_id:
        return live.filter(pk=token.project_id)
    if token.organization_id:
        return live.filter(organization=token.organization_id)
    return live


def token_member(token: ApiToken, project_id: UUID) -> TokenMember | None:
    """Return the token's membership of a live project, or None if the token does not cover it."""
    project = projects_reached_by(token).select_related("organization").filter(pk=project_id).first()
    return TokenMember.of(token, project) if project else None


def organization_token_member(token: ApiToken, organization_id: UUID) -> OrganizationMember | None:
    """Return the token's membership of a live organization, or None if the token does not cover all of it.

    *Administer* may do what an Administrator may, *read* what a Viewer may.
    """
    if token.project_id or token.organization_id not in {None, organization_id}:
        return None
    organization = Organization.objects.filter(pk=organization_id, archived_at=None).first()
    administers = TokenScope.ADMINISTER in token.scopes
    if organization is None or not (administers or TokenScope.READ in token.scopes):
        return None
    role = OrganizationRole.ADMINISTRATOR if administers else OrganizationRole.VIEWER
    return OrganizationMember(User(pk=token.pk, email=token.name), organization, role, token)


def organizations_reached_by(token: ApiToken) -> Any:
    """Return the live organizations a token covers as a whole: its own, or all; none for a project's token."""
    live = Organization.objects.filter(archived_at=None)
    if token.project_id:
        return live.none()
    return live.filter(pk=token.organization_id) if token.organization_id else live


def projects_of(user: User) -> Any:
    """Return the live projects of a person, ordered by organization and name."""
    live = Project.objects.filter(archived_at=None, organization__archived_at=None)
    by_role = live.filter(memberships__user=user)
    by_office = live.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=ADMINISTERING,
    )
    return (
        live.filter(pk__in=by_role.values("pk").union(by_office.values("pk")))
        .select_related("organization")
        .order_by(*by_name("organization__name"), *by_name())
    )


def may_see_person(user: User, other_id: UUID) -> bool:
    """Return whether the person may see the other's photo: their own, or that of somebody who currently shares a
    live organization with them."""
    if user.pk == other_id:
        return True
    mine = OrganizationMembership.objects.filter(user=user, organization__archived_at=None)
    return OrganizationMembership.objects.filter(user=other_id, organization__in=mine.values("organization")).exists()
