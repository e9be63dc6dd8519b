"""Look-ups shared by the pages and the API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from .models import ApiToken, Organization, OrganizationMembership, Project, ProjectMembership
from .querysets import MembershipQuerySet


def tokens_of(place: Organization | Project) -> QuerySet[ApiToken]:
    """Return the tokens of a project, or of an organization including those of its projects."""
    tokens = ApiToken.objects.select_related("project", "organization")
    return tokens.filter(project=place) if isinstance(place, Project) else tokens.filter(organization=place)


def memberships_of(place: Organization | Project) -> MembershipQuerySet:
    """Return the memberships of an organization, or of a project, with the people and the place."""
    if isinstance(place, Project):
        return ProjectMembership.objects.filter(project=place).select_related("user", "project__organization")
    return OrganizationMembership.objects.filter(organization=place).select_related("user", "organization")


def membership_of(place: Organization | Project, user: UUID) -> Any:
    """Return a user's membership of an organization, or of a project. Raises Http404."""
    return get_object_or_404(memberships_of(place), user=user)
