"""REST API of the organizations and projects the caller has access to."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo
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

from .base import MayReadAtAll, OrganizationScopedViewSet, PeopleOnly, ProjectScopedViewSet, actor_of, checked
from .serializers import OrganizationSerializer, ProjectSerializer


class OrganizationChange(serializers.Serializer):
    """What may change in an organization; what is not named stays."""

    name = Text(required=False, max_length=1000)
    requires_two_factors = YesNo(required=False, help_text="Whether its members need two factors to reach it.")


class NameGiven(serializers.Serializer):
    """A name."""

    name = Text(max_length=1000)


class ProjectsQuery(PageQuery):
    """Parameters of the list of projects."""

    organization = serializers.UUIDField(required=False, help_text="Only projects of this organization.")


@extend_schema(tags=["organizations"])
class OrganizationViewSet(OrganizationScopedViewSet):
    """The organizations within the caller's reach."""

    queries: ClassVar = {"list": PageQuery}
    rules: ClassVar = {
        "list": MayReadAtAll,
        "create": PeopleOnly,
        "retrieve": MayReadAtAll,
        "partial_update": OrganizationMember.may_change_settings,
        "archive": OrganizationMember.may_change_settings,
        "restore": MayReadAtAll,
    }
    serializer_class = OrganizationSerializer
    lookup_url_kwarg = "organization"

    def get_queryset(self) -> QuerySet[Organization]:
        """Return the caller's organizations; for a token its own, or all; none for a project's token."""
        token = self.request.auth
        if isinstance(token, ApiToken):
            return organizations_reached_by(token)
        return Organization.objects.filter(archived_at=None, memberships__user=cast(User, self.request.user))

    @extend_schema(operation_id="organizations_list", responses=listed(OrganizationSerializer))
    def list(self, request: Request) -> Response:
        """List the organizations you are in."""
        return self.page(self.get_queryset())

    @extend_schema(operation_id="organizations_create", request=NameGiven)
    def create(self, request: Request) -> Response:
        """Create an organization and be its first Administrator; for people."""
        name = checked(NameGiven, request.data)["name"]
        return self.answer(operations.create_organization(name, by=actor_of(request)), 201)

    @extend_schema(operation_id="organizations_read")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Read an organization."""
        return self.answer(self.get_object())

    @extend_schema(operation_id="organizations_change", request=OrganizationChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Rename an organization, ask its members for two factors, or both."""
        data = checked(OrganizationChange, request.data)
        row = self.member.organization
        with transaction.atomic():
            if "name" in data:
                row = operations.rename_organization(row, data["name"], by=self.actor)
            if "requires_two_factors" in data:
                row = operations.require_two_factors(row, data["requires_two_factors"], by=self.actor)
        return self.answer(row)

    @extend_schema(operation_id="organizations_archive", request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, **kwargs: Any) -> Response:
        """Archive an organization whose projects are archived: nobody reaches it until it is restored."""
        return self.answer(operations.archive_organization(self.member.organization, by=self.actor))

    @extend_schema(operation_id="organizations_restore", request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, organization: str) -> Response:
        """Bring an archived organization back. Only its Administrators can; its projects stay archived."""
        # Tokens of an archived organization are not usable.
        person = request.user if isinstance(request.user, User) else None
        member = archived_organization_member(person, UUID(organization)) if person else None
        if member is None:
            raise Http404
        by = Actor.in_organization(member, request._request)
        return self.answer(operations.restore_organization(member.organization, by=by))


@extend_schema(tags=["projects"])
class ProjectViewSet(ProjectScopedViewSet):
    """The projects within the caller's reach."""

    queries: ClassVar = {"list": ProjectsQuery}
    rules: ClassVar = {
        "list": MayReadAtAll,
        "retrieve": MayReadAtAll,
        "partial_update": Member.may_change_settings,
        "archive": Member.may_change_settings,
    }
    serializer_class = ProjectSerializer
    lookup_url_kwarg = "project"

    def get_queryset(self) -> QuerySet[Project]:
        """Return the live projects the caller has access to."""
        token = self.request.auth
        if isinstance(token, ApiToken):
            return projects_reached_by(token).select_related("organization")
        return projects_of(cast(User, self.request.user))

    @extend_schema(operation_id="projects_list", responses=listed(ProjectSerializer))
    def list(self, request: Request) -> Response:
        """List the projects you are in, of one organization if named."""
        projects = self.get_queryset()
        if organization := self.asked.get("organization"):
            projects = projects.filter(organization=organization)
        return self.page(projects)

    @extend_schema(operation_id="projects_read")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Read a project."""
        return self.answer(self.get_object())

    @extend_schema(operation_id="projects_change", request=NameGiven)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Rename a project."""
        name = checked(NameGiven, request.data)["name"]
        return self.answer(operations.rename_project(self.member.project, name, by=self.actor))

    @extend_schema(operation_id="projects_archive", request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, **kwargs: Any) -> Response:
        """Archive a project without open tickets: nobody reaches it until it is restored, its tokens included."""
        return self.answer(operations.archive_project(self.member.project, by=self.actor))


@extend_schema(tags=["projects"])
class OrganizationProjectViewSet(OrganizationScopedViewSet):
    """What an organization does with its projects."""

    rules: ClassVar = {
        "create": OrganizationMember.may_create_projects,
        "restore": OrganizationMember.may_change_settings,
    }
    serializer_class = ProjectSerializer
    lookup_url_kwarg = "project"

    def get_queryset(self) -> QuerySet[Project]:
        """Return the organization's projects, including archived ones."""
        return Project.objects.filter(organization=self.member.organization)

    @extend_schema(operation_id="projects_create", request=NameGiven)
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Create a project."""
        name = checked(NameGiven, request.data)["name"]
        return self.answer(operations.create_project(self.member.organization, name, by=self.actor), 201)

    @extend_schema(operation_id="projects_restore", request=None)
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Bring an archived project of the organization back."""
        return self.answer(operations.restore_project(self.get_object(), by=self.actor))
