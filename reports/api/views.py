"""REST API of the usage figures."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.access import OrganizationMember
from orgs.api.base import OrganizationScopedViewSet
from reports import usage


class UsageQuery(serializers.Serializer):
    """Parameters."""

    year = serializers.IntegerField(
        required=False, min_value=2000, max_value=9999, help_text="Its months up to now; else the last twelve months."
    )


class FiguresSerializer(serializers.Serializer):
    """What was used."""

    opened = serializers.IntegerField(help_text="Tickets opened.")
    closed = serializers.IntegerField(help_text="Tickets closed.")
    agents = serializers.IntegerField(help_text="People who attended at least one ticket, each counted once.")


class MonthSerializer(FiguresSerializer):
    """The figures of a month."""

    month = serializers.CharField(help_text="YYYY-MM; months are UTC's.")


class ProjectUsageSerializer(serializers.Serializer):
    """The figures of a project."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField()
    archived = serializers.BooleanField()
    months = MonthSerializer(many=True)
    total = FiguresSerializer()


class UsageSerializer(serializers.Serializer):
    """The figures of an organization."""

    projects = ProjectUsageSerializer(many=True)
    months = MonthSerializer(many=True, source="totals", help_text="Over all projects.")
    total = FiguresSerializer()


@extend_schema(tags=["organizations"])
class UsageViewSet(OrganizationScopedViewSet):
    """What an organization used."""

    queries: ClassVar = {"retrieve": UsageQuery}
    rules: ClassVar = {"retrieve": OrganizationMember.may_see_usage}
    serializer_class = UsageSerializer

    @extend_schema(operation_id="organizations_usage")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Read tickets and active agents by month and project, as the page Usage shows them."""
        today = usage.this_day()
        year = self.asked.get("year")
        if year is not None and year > today.year:
            raise serializers.ValidationError({"year": [_("This year has not begun.")]})
        months = usage.last_months(today) if year is None else usage.months_of(year, today)
        return self.answer(usage.usage_of(self.member.organization, months))
