"""API tokens, for programs: list, make (the secret is in that answer alone), revoke."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.paging import page
from core.api.schema import PageQuery, listed
from core.errors import Invalid
from core.validation import max_length
from orgs import operations
from orgs.access import Actor, Member, OrganizationMember
from orgs.models import ApiToken, Organization, Project, TokenScope
from orgs.views.tokens import tokens_of

from .base import OrganizationView, ProjectView, checked


class TokenSerializer(serializers.Serializer):
    """A token; its secret is shown nowhere."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    hint = serializers.CharField(help_text="The first letters of the secret.")
    scopes = serializers.ListField(child=serializers.ChoiceField(TokenScope.choices))
    project = serializers.UUIDField(source="project_id", allow_null=True, help_text="None: the whole organization.")
    sector = serializers.UUIDField(source="sector_id", allow_null=True, help_text="None: the whole project.")
    made_by = serializers.CharField(source="maker_name", help_text="An address, a token's name, or system.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    usable = serializers.BooleanField(source="is_usable", help_text="Neither revoked nor expired.")


class TokenMadeSerializer(TokenSerializer):
    """A new token, with its secret: this once."""

    secret = serializers.CharField()


class TokensQuery(PageQuery):
    """Parameters of the list."""

    ended = serializers.BooleanField(
        required=False, help_text="Only expired and revoked ones; else only usable ones."
    )


class _TokenNew(serializers.Serializer):
    name = serializers.CharField(max_length=max_length(ApiToken, "name"), trim_whitespace=False)
    scopes = serializers.ListField(child=serializers.ChoiceField(TokenScope.choices), allow_empty=False, max_length=3)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Without it, never.")


class ProjectTokenNew(_TokenNew):
    """A new token of a project."""

    sector = serializers.UUIDField(required=False, allow_null=True, help_text="Only this sector of the project.")


class OrganizationTokenNew(_TokenNew):
    """A new token of an organization."""

    project = serializers.UUIDField(required=False, allow_null=True, help_text="Only this project.")


_PAGE = listed(TokenSerializer)


def _listed(view: ProjectView | OrganizationView, request: Request, place: Organization | Project) -> Response:
    ended = checked(TokensQuery, request.query_params).get("ended")
    tokens: Any = tokens_of(place)
    return page(view, tokens.ended() if ended else tokens.usable(), TokenSerializer, ("-created_at", "-id"))


def _made(data: dict[str, Any], by: Actor, **reach: Any) -> Response:
    token, secret = operations.create_token(
        data["name"], by=by, scopes=data["scopes"], expires_at=data.get("expires_at"), **reach
    )
    token.secret = secret  # type: ignore[attr-defined]
    return Response(TokenMadeSerializer(token).data, 201, headers={"Cache-Control": "no-store"})


def _revoked(place: Organization | Project, pk: UUID, by: Actor) -> Response:
    token = tokens_of(place).select_related("project", "organization").filter(pk=pk).first()
    if token is None:
        raise Http404
    return Response(TokenSerializer(operations.revoke_token(token, by=by)).data)


class ProjectTokens(ProjectView):
    """The tokens of a project."""

    rules: ClassVar = {"GET": Member.may_connect_flow, "POST": Member.may_connect_flow}

    @extend_schema(operation_id="tokens_list", tags=["tokens"], parameters=[TokensQuery], responses=_PAGE)
    def get(self, request: Request, project: UUID) -> Response:
        """List the tokens of a project, newest first."""
        return _listed(self, request, self.member.project)

    @extend_schema(
        operation_id="tokens_create", tags=["tokens"], request=ProjectTokenNew, responses={201: TokenMadeSerializer}
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Make a token. A token makes none that may, reaches or lasts more than itself."""
        data = checked(ProjectTokenNew, request.data)
        return _made(data, self.actor, project=self.member.project, sector_id=data.get("sector"))


class ProjectTokenRevoke(ProjectView):
    """The end of a project's token."""

    rules: ClassVar = {"POST": Member.may_connect_flow}

    @extend_schema(operation_id="tokens_revoke", tags=["tokens"], request=None, responses=TokenSerializer)
    def post(self, request: Request, project: UUID, token: UUID) -> Response:
        """Revoke a token at once and for good. Twice is once."""
        return _revoked(self.member.project, token, self.actor)


class OrganizationTokens(OrganizationView):
    """The tokens of an organization and of its projects."""

    rules: ClassVar = {"GET": OrganizationMember.may_manage_tokens, "POST": OrganizationMember.may_manage_tokens}

    @extend_schema(
        operation_id="organizations_tokens_list",
        tags=["tokens"],
        parameters=[TokensQuery],
        responses=_PAGE,
    )
    def get(self, request: Request, organization: UUID) -> Response:
        """List the tokens of an organization and of its projects, newest first."""
        return _listed(self, request, self.member.organization)

    @extend_schema(
        operation_id="organizations_tokens_create",
        tags=["tokens"],
        request=OrganizationTokenNew,
        responses={201: TokenMadeSerializer},
    )
    def post(self, request: Request, organization: UUID) -> Response:
        """Make a token of the organization, or of one of its projects."""
        data = checked(OrganizationTokenNew, request.data)
        if data.get("project") is None:
            return _made(data, self.actor, organization=self.member.organization)
        live = Project.objects.filter(organization=organization, archived_at=None).select_related("organization")
        project = live.filter(pk=data["project"]).first()
        if project is None:
            raise Invalid(_("There is no such project in the organization."), code="not_found", field="project")
        return _made(data, self.actor, project=project)


class OrganizationTokenRevoke(OrganizationView):
    """The end of an organization's token."""

    rules: ClassVar = {"POST": OrganizationMember.may_manage_tokens}

    @extend_schema(
        operation_id="organizations_tokens_revoke", tags=["tokens"], request=None, responses=TokenSerializer
    )
    def post(self, request: Request, organization: UUID, token: UUID) -> Response:
        """Revoke a token at once and for good. Twice is once."""
        return _revoked(self.member.organization, token, self.actor)
