"""Serializers of people, organizations and projects."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.errors import Invalid
from orgs.access import people_with_chats
from orgs.models import Organization, Project, User


class PersonSerializer(serializers.Serializer):
    """A person of the project."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()


class OrganizationSerializer(serializers.Serializer):
    """An organization."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    requires_two_factors = serializers.BooleanField(help_text="Whether its members need two factors to reach it.")
    created_at = serializers.DateTimeField()


class ProjectSerializer(serializers.Serializer):
    """A project."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField(help_text="Names the project to commands.")
    organization = OrganizationSerializer()
    created_at = serializers.DateTimeField()


def people_of(project: Project, ids: Collection[UUID], field: str) -> list[User]:
    """Return the people with access to Chats in the project.

    Raises Invalid for any other id, without revealing whether it exists elsewhere.
    """
    found = list(people_with_chats(project).filter(pk__in=set(ids)))
    if len(found) != len(set(ids)):
        known = {user.pk for user in found}
        unknown = next(pk for pk in ids if pk not in known)
        raise Invalid(
            _("%(id)s is nobody with access to Chats in this project.") % {"id": unknown},
            code="no_access_to_chats",
            field=field,
        )
    return found


def project_named(organization: Organization, pk: UUID) -> Project:
    """Return a live project of the organization by the id in a request body. Raises Invalid."""
    found = Project.objects.live().filter(organization=organization, pk=pk).select_related("organization").first()
    if found is None:
        raise Invalid(_("There is no such project in the organization."), code="not_found", field="project")
    return found
