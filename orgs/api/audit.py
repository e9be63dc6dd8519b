"""REST API of the audit log, with the filters of the page."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.schema import PageQuery, listed
from orgs.access import Member, OrganizationMember
from orgs.audit import descriptions as words
from orgs.audit import search
from orgs.models import AuditEntry

from .base import OrganizationScopedViewSet, ProjectScopedViewSet


class AuditQuery(PageQuery):
    """Parameters: as the page's filters."""

    who = serializers.CharField(required=False, help_text="Part of an address, a member's or a token's name.")
    what = serializers.CharField(
        required=False, help_text="An action (`sector.changed`) or a group (members, places, tokens, sectors, …)."
    )
    thing = serializers.CharField(required=False, help_text="Part of the name of what was changed, or its id.")
    zone = serializers.CharField(required=False, help_text="Time zone of the dates (UTC).")

    def get_fields(self) -> Any:
        """Add the field ``from``, a Python keyword."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(required=False, help_text="First day.")
        fields["to"] = serializers.DateField(required=False, help_text="Last day.")
        return fields


class TargetSerializer(serializers.Serializer):
    """What was changed."""

    type = serializers.CharField(source="target_type")
    id = serializers.UUIDField(source="target_id", allow_null=True)
    name = serializers.CharField(source="target_name")


class AuditEntrySerializer(serializers.Serializer):
    """One change."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    project = serializers.UUIDField(source="project_id", allow_null=True)
    actor = serializers.CharField(source="actor_name", help_text="An address, a token's name, or system.")
    actor_id = serializers.UUIDField(allow_null=True, help_text="Of a person.")
    token_id = serializers.UUIDField(allow_null=True, help_text="Of a program.")
    address = serializers.CharField(allow_null=True, help_text="IP address.")
    request_id = serializers.CharField()
    action = serializers.CharField()
    sentence = serializers.SerializerMethodField(help_text="What happened, in the language asked for.")
    target = TargetSerializer(source="*")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)

    def get_sentence(self, entry: AuditEntry) -> str:
        """Say it in words."""
        return words.sentence_of(entry)


_PAGE = listed(AuditEntrySerializer)


def _asked(request: Request) -> search.AuditFilter:
    """Return the filters of a request. Raises ValidationError."""
    # The order is fixed here: the cursor stands for it.
    query = request.query_params.copy()
    query.pop("order", None)
    asked, form = search.read(query, zone="UTC")
    if asked is None:
        errors: dict[str, Any] = {name: list(sentences) for name, sentences in form.errors.items()}
        raise ValidationError(errors)
    return asked


@extend_schema(tags=["audit"])
class ProjectAuditViewSet(ProjectScopedViewSet):
    """The audit log of a project."""

    queries: ClassVar = {"list": AuditQuery}
    rules: ClassVar = {"list": Member.may_see_audit_log}
    serializer_class = AuditEntrySerializer

    @extend_schema(operation_id="audit_list", responses=_PAGE)
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the changes in a project, newest first."""
        return self.page(search.matching_entries(self.member.project, _asked(request)), ("-at", "-id"))


@extend_schema(tags=["audit"])
class OrganizationAuditViewSet(OrganizationScopedViewSet):
    """The audit log of an organization."""

    queries: ClassVar = {"list": AuditQuery}
    rules: ClassVar = {"list": OrganizationMember.may_see_audit_log}
    serializer_class = AuditEntrySerializer

    @extend_schema(operation_id="organizations_audit_list", responses=_PAGE)
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the changes in an organization and all its projects, newest first."""
        return self.page(search.matching_entries(self.member.organization, _asked(request)), ("-at", "-id"))
