"""REST API of API tokens: list, create (the only response with the secret), revoke."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import DayOrInstant
from core.api.schema import PageQuery, listed
from core.timezones import start_of_day
from core.validation import max_length
from orgs import hooks, operations
from orgs.access import Member, OrganizationMember
from orgs.lookups import tokens_of
from orgs.models import ApiToken, Organization, Project, TokenScope

from .base import OrganizationScopedViewSet, ProjectScopedViewSet, RestViewSet, checked
from .serializers import project_named


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
    expires_at = DayOrInstant(
        required=False,
        allow_null=True,
        help_text="Without it, never. A date alone: at the end of that day, in the time zone of most sectors.",
    )


class ProjectTokenNew(_TokenNew):
    """A new token of a project."""

    sector = serializers.UUIDField(required=False, allow_null=True, help_text="Only this sector of the project.")


class OrganizationTokenNew(_TokenNew):
    """A new token of an organization."""

    project = serializers.UUIDField(required=False, allow_null=True, help_text="Only this project.")


def _end(expires_at: date | None, place: Organization | Project) -> datetime | None:
    """Return when a token expires: at a time, or at the end of a date."""
    if expires_at is None or isinstance(expires_at, datetime):
        return expires_at
    return start_of_day(expires_at + timedelta(days=1), hooks.zone_of(place))


class _TokenViewSet(RestViewSet):
    serializer_class = TokenSerializer
    lookup_url_kwarg = "token"

    def listed(self) -> Response:
        """Return a page of the tokens that match the query."""
        ended = self.asked.get("ended")
        tokens: Any = self.get_queryset()
        return self.page(tokens.ended() if ended else tokens.usable(), ("-created_at", "-id"))

    def made(self, data: dict[str, Any], **reach: Any) -> Response:
        """Create a token and return the response with its secret."""
        expires_at = _end(data.get("expires_at"), reach.get("project") or reach["organization"])
        token, secret = operations.create_token(
            data["name"],
            by=self.actor,
            scopes=data["scopes"],
            expires_at=expires_at,
            **reach,
        )
        token.secret = secret  # type: ignore[attr-defined]
        return Response(TokenMadeSerializer(token).data, 201, headers={"Cache-Control": "no-store"})

    def revoked(self) -> Response:
        return self.answer(operations.revoke_token(self.get_object(), by=self.actor))


_ACTIONS = ("list", "create", "revoke")
_PAGE = listed(TokenSerializer)


@extend_schema(tags=["tokens"])
class ProjectTokenViewSet(_TokenViewSet, ProjectScopedViewSet):
    """The tokens of a project."""

    queries: ClassVar = {"list": TokensQuery}
    rules: ClassVar = dict.fromkeys(_ACTIONS, Member.may_connect_flow)

    def get_queryset(self) -> QuerySet[ApiToken]:
        return tokens_of(self.member.project)

    @extend_schema(operation_id="tokens_list", responses=_PAGE)
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the tokens of a project, newest first."""
        return self.listed()

    @extend_schema(operation_id="tokens_create", request=ProjectTokenNew, responses={201: TokenMadeSerializer})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Make a token. A token makes none that may, reaches or lasts more than itself."""
        data = checked(ProjectTokenNew, request.data)
        return self.made(data, project=self.member.project, sector_id=data.get("sector"))

    @extend_schema(operation_id="tokens_revoke", request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: Any) -> Response:
        """Revoke a token at once and for good. Twice is once."""
        return self.revoked()


@extend_schema(tags=["tokens"])
class OrganizationTokenViewSet(_TokenViewSet, OrganizationScopedViewSet):
    """The tokens of an organization and of its projects."""

    queries: ClassVar = {"list": TokensQuery}
    rules: ClassVar = dict.fromkeys(_ACTIONS, OrganizationMember.may_manage_tokens)

    def get_queryset(self) -> QuerySet[ApiToken]:
        return tokens_of(self.member.organization)

    @extend_schema(operation_id="organizations_tokens_list", responses=_PAGE)
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the tokens of an organization and of its projects, newest first."""
        return self.listed()

    @extend_schema(
        operation_id="organizations_tokens_create",
        request=OrganizationTokenNew,
        responses={201: TokenMadeSerializer},
    )
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Make a token of the organization, or of one of its projects."""
        data = checked(OrganizationTokenNew, request.data)
        if data.get("project") is None:
            return self.made(data, organization=self.member.organization)
        return self.made(data, project=project_named(self.member.organization, data["project"]))

    @extend_schema(operation_id="organizations_tokens_revoke", request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: Any) -> Response:
        """Revoke a token at once and for good. Twice is once."""
        return self.revoked()
