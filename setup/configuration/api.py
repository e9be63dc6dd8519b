"""REST API of a project's configuration file (docs/configuration.md)."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from setup.configuration.apply import apply_configuration, difference_of
from setup.configuration.dump import configuration_of
from setup.configuration.yaml_reader import MAX_BYTES
from setup.configuration.yaml_writer import as_yaml


class ConfigurationFile(serializers.Serializer):
    """A configuration file."""

    content = Text(max_length=MAX_BYTES, trim_whitespace=False, help_text="The YAML.")


class ConfigurationToApply(ConfigurationFile):
    """A configuration file whose difference was looked at."""

    fingerprint = Text(max_length=100, help_text="As the difference gave it.")


class ProblemSerializer(serializers.Serializer):
    """Something that keeps a file from being taken over."""

    path = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField(source="sentence")


class FieldChangeSerializer(serializers.Serializer):
    """A field before and after; before is null where it is new."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ThingChange(serializers.Serializer):
    """What happens to something: added, changed, restored, archived or removed."""

    kind = serializers.CharField()
    name = serializers.CharField()
    fields = FieldChangeSerializer(many=True)  # type: ignore[assignment]


class PartChange(serializers.Serializer):
    """What happens in a list: changes, and the names in their new order where that is another."""

    changes = ThingChange(many=True)
    order = serializers.ListField(child=serializers.CharField())


class SectorDifference(ThingChange):
    """What happens to a sector and in it."""

    queues = PartChange()
    tags = PartChange()
    special_days = PartChange(source="days")
    quick_messages = PartChange(source="quick")


class ConfigurationDifference(serializers.Serializer):
    """What a file changes."""

    empty = serializers.BooleanField(help_text="Whether it changes nothing.")
    fingerprint = serializers.CharField(help_text="Of what is there; to be sent along in order to apply.")
    counts = serializers.DictField(child=serializers.IntegerField())
    problems = ProblemSerializer(many=True)
    problems_left_out = serializers.IntegerField(
        source="problems.left_out", help_text="How many problems more there are."
    )
    sectors = SectorDifference(many=True)
    order = serializers.ListField(child=serializers.CharField())


@extend_schema(tags=["configuration"])
class ConfigurationViewSet(ProjectScopedViewSet):
    """A project's configuration."""

    rules: ClassVar = dict.fromkeys(("retrieve", "difference", "apply"), Member.may_create_sectors)
    serializer_class = ConfigurationDifference

    @extend_schema(operation_id="configuration_export", responses={(200, "application/yaml"): OpenApiTypes.STR})
    def retrieve(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Export all sectors with their hours, queues, tags and messages as YAML."""
        text = as_yaml(configuration_of(self.member.project))
        return HttpResponse(text, content_type="application/yaml; charset=utf-8")

    @extend_schema(operation_id="configuration_difference", request=ConfigurationFile)
    def difference(self, request: Request, **kwargs: Any) -> Response:
        """Show what a file would change, with everything that is wrong with it; nothing is changed."""
        content = checked(ConfigurationFile, request.data)["content"]
        return self.answer(difference_of(self.member.project, content, by=self.actor))

    @extend_schema(operation_id="configuration_apply", request=ConfigurationToApply)
    def apply(self, request: Request, **kwargs: Any) -> Response:
        """Do all that the difference showed, or nothing: refused with code changed_meanwhile where the project has
        changed since, with configuration_refused and the problems where the file has any."""
        data = checked(ConfigurationToApply, request.data)
        return self.answer(
            apply_configuration(self.member.project, data["content"], by=self.actor, fingerprint=data["fingerprint"])
        )
