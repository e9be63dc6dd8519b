"""Look-ups shared by the pages and the API."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from .access import Member, OrganizationMember
from .models import ApiToken, Organization, OrganizationMembership, Project, ProjectMembership


def tokens_of(place: Organization | Project) -> QuerySet[ApiToken]:
    """Return the tokens of a project, or of an organization including those of its projects."""
    if isinstance(place, Project):
        return ApiToken.objects.filter(project=place)
    return ApiToken.objects.filter(organization=place)


def organization_membership(member: OrganizationMember, user: UUID) -> OrganizationMembership:
    """Return a user's membership of the member's organization. Raises Http404."""
    found = (
        OrganizationMembership.objects.filter(organization=member.organization, user=user)
        .select_related("user", "organization")
        .first()
    )
    if found is None:
        raise Http404
    return found


def project_membership(member: Member, user: UUID) -> ProjectMembership:
    """Return a user's membership of the member's project. Raises Http404."""
    found = (
        ProjectMembership.objects.filter(project=member.project, user=user)
        .select_related("user", "project__organization")
        .first()
    )
    if found is None:
        raise Http404
    return found
