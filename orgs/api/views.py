"""Organizations and projects within the caller's reach."""

from typing import ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.access import organizations_reached_by, projects_of, projects_reached_by
from orgs.models import ApiToken, Organization, Project, User

from .base import MayReadAtAll, RestView, checked
from .paging import page
from .schema import PageQuery, listed
from .serializers import OrganizationSerializer, ProjectSerializer


def organizations_of(request: Request) -> QuerySet[Organization]:
    """Return the organizations the caller is in; of a token: its own, or all; none of a token of a project."""
    token = request.auth
    if isinstance(token, ApiToken):
        return organizations_reached_by(token)
    return Organization.objects.filter(archived_at=None, memberships__user=cast(User, request.user))


def projects_for(request: Request) -> QuerySet[Project]:
    """Return the live projects the caller is in or reaches."""
    token = request.auth
    if isinstance(token, ApiToken):
        return projects_reached_by(token).select_related("organization")
    return projects_of(cast(User, request.user))


class Organizations(RestView):
    """All organizations."""

    rules: ClassVar = {"GET": MayReadAtAll}

    @extend_schema(
        operation_id="organizations_list",
        tags=["organizations"],
        parameters=[PageQuery],
        responses=listed(OrganizationSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the organizations you are in."""
        return page(self, organizations_of(request), OrganizationSerializer, ("id",))


class OneOrganization(RestView):
    """One organization."""

    rules: ClassVar = {"GET": MayReadAtAll}

    @extend_schema(operation_id="organizations_read", tags=["organizations"], responses=OrganizationSerializer)
    def get(self, request: Request, organization: UUID) -> Response:
        """Read an organization."""
        found = organizations_of(request).filter(pk=organization).first()
        if found is None:
            raise Http404
        return Response(OrganizationSerializer(found).data)


class ProjectsQuery(PageQuery):
    """Parameters of the list of projects."""

    organization = serializers.UUIDField(required=False, help_text="Only projects of this organization.")


class Projects(RestView):
    """All projects."""

    rules: ClassVar = {"GET": MayReadAtAll}

    @extend_schema(
        operation_id="projects_list",
        tags=["projects"],
        parameters=[ProjectsQuery],
        responses=listed(ProjectSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the projects you are in, of one organization if named."""
        asked = checked(ProjectsQuery, request.query_params)
        projects = projects_for(request)
        if organization := asked.get("organization"):
            projects = projects.filter(organization=organization)
        return page(self, projects, ProjectSerializer, ("id",))


class OneProject(RestView):
    """One project."""

    rules: ClassVar = {"GET": MayReadAtAll}

    @extend_schema(operation_id="projects_read", tags=["projects"], responses=ProjectSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        """Read a project."""
        found = projects_for(request).filter(pk=project).first()
        if found is None:
            raise Http404
        return Response(ProjectSerializer(found).data)
