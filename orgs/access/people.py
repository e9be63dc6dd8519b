"""Permissions as querysets: what ``Member`` answers for one person, for all people of a project."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from orgs.models import OrganizationMembership, Project, ProjectMembership, User
from orgs.querysets import PeopleQuerySet, by_person

from .members import Member
from .roles import ADMINISTERING, project_roles


def people_with_chats(project: Project) -> PeopleQuerySet:
    """Return the active users with access to Chats in the project: those who may be agents or managers."""
    by_role = ProjectMembership.objects.filter(project=project, role__in=project_roles("uses_chats")).values("user")
    by_office = OrganizationMembership.objects.filter(
        organization_id=project.organization_id, role__in=ADMINISTERING
    ).values("user")
    return User.objects.filter(is_active=True, pk__in=by_role.union(by_office)).order_by(*by_person())


def seeing_whole_project(project: Project) -> Q:
    """Return the condition for users who see every ticket of the project (``Member.sees_whole_project``)."""
    by_role = ProjectMembership.objects.filter(
        project=project, user=OuterRef("pk"), role__in=project_roles("configures")
    )
    by_office = OrganizationMembership.objects.filter(
        organization=project.organization_id, user=OuterRef("pk"), role__in=ADMINISTERING
    )
    return Q(Exists(by_office)) | Q(Exists(by_role))


def helpers_of(member: Member) -> list[User]:
    """Return up to three other people who may put the member on a queue: those who configure the project."""
    people = people_with_chats(member.project).filter(seeing_whole_project(member.project))
    return list(people.exclude(pk=member.user.pk)[:3])


def places_without_chats(project: Project) -> QuerySet[ProjectMembership]:
    """Return the memberships of a project whose role gives no access to Chats."""
    return ProjectMembership.objects.filter(project=project).exclude(role__in=project_roles("uses_chats"))
