"""Organizations and projects within the caller's reach."""

from typing import ClassVar, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo
from core.api.paging import page
from core.api.schema import PageQuery, listed
from orgs import operations
from orgs.access import (
    Actor,
    Member,
    OrganizationMember,
    archived_organization_member,
    organizations_reached_by,
    projects_of,
    projects_reached_by,
)
from orgs.models import ApiToken, Organization, Project, User

from .base import MayReadAtAll, OrganizationView, PeopleOnly, ProjectView, RestView, actor_of, checked
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


class OrganizationChange(serializers.Serializer):
    """What may change in an organization; what is not named stays."""

    name = Text(required=False, max_length=1000)
    requires_two_factors = YesNo(required=False, help_text="Whether its members need two factors to reach it.")


class NameGiven(serializers.Serializer):
    """A name."""

    name = Text(max_length=1000)


class Organizations(RestView):
    """All organizations."""

    rules: ClassVar = {"GET": MayReadAtAll, "POST": PeopleOnly}

    @extend_schema(
        operation_id="organizations_create",
        tags=["organizations"],
        request=NameGiven,
        responses={201: OrganizationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create an organization and be its first Administrator; for people."""
        name = checked(NameGiven, request.data)["name"]
        return Response(OrganizationSerializer(operations.create_organization(name, by=actor_of(request))).data, 201)

    @extend_schema(
        operation_id="organizations_list",
        tags=["organizations"],
        parameters=[PageQuery],
        responses=listed(OrganizationSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the organizations you are in."""
        return page(self, organizations_of(request), OrganizationSerializer, ("id",))


class OneOrganization(OrganizationView):
    """One organization."""

    rules: ClassVar = {"GET": MayReadAtAll, "PATCH": OrganizationMember.may_change_settings}

    @extend_schema(
        operation_id="organizations_change",
        tags=["organizations"],
        request=OrganizationChange,
        responses=OrganizationSerializer,
    )
    def patch(self, request: Request, organization: UUID) -> Response:
        """Rename an organization, ask its members for two factors, or both."""
        data = checked(OrganizationChange, request.data)
        row = self.member.organization
        with transaction.atomic():
            if "name" in data:
                row = operations.rename_organization(row, data["name"], by=self.actor)
            if "requires_two_factors" in data:
                row = operations.require_two_factors(row, data["requires_two_factors"], by=self.actor)
        return Response(OrganizationSerializer(row).data)

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


class OneProject(ProjectView):
    """One project."""

    rules: ClassVar = {"GET": MayReadAtAll, "PATCH": Member.may_change_settings}

    @extend_schema(operation_id="projects_change", tags=["projects"], request=NameGiven, responses=ProjectSerializer)
    def patch(self, request: Request, project: UUID) -> Response:
        """Rename a project."""
        name = checked(NameGiven, request.data)["name"]
        return Response(ProjectSerializer(operations.rename_project(self.member.project, name, by=self.actor)).data)

    @extend_schema(operation_id="projects_read", tags=["projects"], responses=ProjectSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        """Read a project."""
        found = projects_for(request).filter(pk=project).first()
        if found is None:
            raise Http404
        return Response(ProjectSerializer(found).data)


class ProjectsOfOrganization(OrganizationView):
    """New projects of an organization."""

    rules: ClassVar = {"POST": OrganizationMember.may_create_projects}

    @extend_schema(
        operation_id="projects_create", tags=["projects"], request=NameGiven, responses={201: ProjectSerializer}
    )
    def post(self, request: Request, organization: UUID) -> Response:
        """Create a project."""
        name = checked(NameGiven, request.data)["name"]
        made = operations.create_project(self.member.organization, name, by=self.actor)
        return Response(ProjectSerializer(made).data, 201)


class OrganizationArchive(OrganizationView):
    """The end of an organization."""

    rules: ClassVar = {"POST": OrganizationMember.may_change_settings}

    @extend_schema(
        operation_id="organizations_archive", tags=["organizations"], request=None, responses=OrganizationSerializer
    )
    def post(self, request: Request, organization: UUID) -> Response:
        """Archive an organization whose projects are archived: nobody reaches it until it is restored."""
        row = operations.archive_organization(self.member.organization, by=self.actor)
        return Response(OrganizationSerializer(row).data)


class OrganizationRestore(RestView):
    """Its return."""

    rules: ClassVar = {"POST": MayReadAtAll}

    @extend_schema(
        operation_id="organizations_restore", tags=["organizations"], request=None, responses=OrganizationSerializer
    )
    def post(self, request: Request, organization: UUID) -> Response:
        """Bring an archived organization back. Only its Administrators can; its projects stay archived."""
        # A token does not outlive its organization.
        person = request.user if isinstance(request.user, User) else None
        member = archived_organization_member(person, UUID(str(organization))) if person else None
        if member is None:
            raise Http404
        by = Actor.in_organization(member, request._request)
        return Response(OrganizationSerializer(operations.restore_organization(member.organization, by=by)).data)


class ProjectArchive(ProjectView):
    """The end of a project."""

    rules: ClassVar = {"POST": Member.may_change_settings}

    @extend_schema(operation_id="projects_archive", tags=["projects"], request=None, responses=ProjectSerializer)
    def post(self, request: Request, project: UUID) -> Response:
        """Archive a project without open tickets: nobody reaches it until it is restored, its tokens included."""
        return Response(ProjectSerializer(operations.archive_project(self.member.project, by=self.actor)).data)


class ProjectRestore(OrganizationView):
    """Its return."""

    rules: ClassVar = {"POST": OrganizationMember.may_change_settings}

    @extend_schema(operation_id="projects_restore", tags=["projects"], request=None, responses=ProjectSerializer)
    def post(self, request: Request, organization: UUID, project: UUID) -> Response:
        """Bring an archived project of the organization back."""
        row = Project.objects.filter(organization=self.member.organization, pk=project).first()
        if row is None:
            raise Http404
        return Response(ProjectSerializer(operations.restore_project(row, by=self.actor)).data)
