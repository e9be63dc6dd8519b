"""Permissions as querysets: what ``Member`` answers for one person, for all people of a project."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.email_addresses import canonical
from orgs import hooks
from orgs.models import OrganizationMembership, Project, ProjectMembership, User
from orgs.querysets import PeopleQuerySet, by_person

from .impact import named
from .members import Member, OrganizationMember, projects_of
from .roles import ADMINISTERING, ProjectRight, project_roles

#: People named who can put somebody on a queue; the others are counted.
HELPERS = 6


def people_with_chats(project: Project) -> PeopleQuerySet:
    """Return the active users with access to Chats in the project: those who may be agents or managers."""
    by_role = ProjectMembership.objects.filter(project=project, role__in=project_roles("uses_chats")).values("user")
    by_office = OrganizationMembership.objects.filter(
        organization_id=project.organization_id, role__in=ADMINISTERING
    ).values("user")
    return User.objects.filter(is_active=True, pk__in=by_role.union(by_office)).order_by(*by_person())


def seeing_whole_project(project: Project) -> Q:
    """Return the condition for users who see every ticket of the project (``Member.sees_whole_project``)."""
    return having_right(project, "configures")


def having_right(project: Project, right: ProjectRight) -> Q:
    """Return the condition for users whose role in the project, or in its organization, gives a right in it."""
    by_role = ProjectMembership.objects.filter(project=project, user=OuterRef("pk"), role__in=project_roles(right))
    by_office = OrganizationMembership.objects.filter(
        organization=project.organization_id, user=OuterRef("pk"), role__in=ADMINISTERING
    )
    return Q(Exists(by_office)) | Q(Exists(by_role))


def known_to(member: Member | OrganizationMember, *, person: str = "", address: str = "") -> Q:
    """Return the condition for people of the organization whose name and address a member may see.

    Administrators of the organization, and programs that cover it, see everybody; others see those with whom they
    share a live project. An organization's Administrators are in each of them. Anyone who knows somebody's whole
    ``address`` finds them by it.

    ``person``: the lookup path from the rows to the user, with its underscores.
    """
    organization = member.organization
    inside = OrganizationMembership.objects.filter(organization=organization)
    if _administers(member):
        return Q(**{f"{person}pk__in": inside.values("user")})
    shared = [*projects_of(member.user).filter(organization=organization).order_by().values_list("pk", flat=True)]
    if isinstance(member, Member):
        shared.append(member.project.pk)
    in_shared = ProjectMembership.objects.filter(project__in=shared).values("user")
    by_office = inside.filter(role__in=ADMINISTERING).values("user")
    known = Q(**{f"{person}pk__in": in_shared.union(by_office)})
    if whole := canonical(address):
        known |= Q(**{f"{person}email": whole, f"{person}pk__in": inside.values("user")})
    return known


def _administers(member: Member | OrganizationMember) -> bool:
    return member.administers_organization if isinstance(member, Member) else member.administers


@dataclass(frozen=True)
class Helper:
    """Somebody who can put a member on a queue: what makes them able to, and their address if it may be seen."""

    user: User
    office: str
    address: str


def helpers_of(member: Member, *, with_role: bool = False) -> tuple[list[Helper], int]:
    """Return a few people who may put the member on a queue, and how many others there are.

    Managers of the project's sectors come first, then those who configure the project. ``with_role``: those who may
    give the member another role instead, its administrators.
    """
    project = member.project
    managed = {} if with_role else hooks.managers_of(project)
    right: ProjectRight = "administers" if with_role else "configures"
    able = people_with_chats(project).filter(having_right(project, right) | Q(pk__in=managed))
    people = list(able.exclude(pk=member.user.pk))
    # Stable: by name among themselves.
    people.sort(key=lambda user: user.pk not in managed)
    shown = people[:HELPERS]
    keys = [user.pk for user in shown]
    seen = set(User.objects.filter(known_to(member), pk__in=keys).values_list("pk", flat=True))
    offices = _offices(project, keys)
    return [
        Helper(user, _manager_of(managed[user.pk]) if user.pk in managed else offices.get(user.pk, ""), address)
        for user in shown
        for address in [user.email if user.pk in seen else ""]
    ], len(people) - len(shown)


def _manager_of(sectors: list[str]) -> str:
    return _("Manager of %(sectors)s") % {"sectors": named(sectors)}


def _offices(project: Project, users: list[UUID]) -> dict[UUID, str]:
    """Return the name of each user's role: that in the organization where it counts in all its projects."""
    own = ProjectMembership.objects.filter(project=project, user__in=users)
    above = OrganizationMembership.objects.filter(
        organization=project.organization_id, user__in=users, role__in=ADMINISTERING
    )
    return {row.user_id: str(row.get_role_display()) for row in (*own, *above)}


def places_without_chats(project: Project) -> QuerySet[ProjectMembership]:
    """Return the memberships of a project whose role gives no access to Chats."""
    return ProjectMembership.objects.filter(project=project).exclude(role__in=project_roles("uses_chats"))
