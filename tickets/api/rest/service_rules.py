"""A sector's service rules in the REST API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, WholeNumber
from core.validation import NumberRange
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from sectors.api.sectors import configured
from tickets import operations
from tickets.models import MINUTES, OFFLINE_MINUTES


def _minutes(what: str, accepted: NumberRange = MINUTES) -> WholeNumber:
    return WholeNumber(required=False, allow_null=True, **accepted.bounds, help_text=f"{what} Null: off.")


class AttendanceRulesSerializer(serializers.Serializer):
    """What a sector expects of attending, in minutes, and allows; what is not named stays."""

    give_back_after = _minutes("An agent who has not answered by then loses the ticket.")
    move_on_after = _minutes(
        "An agent offline for so long loses a ticket whose contact waits for an answer.", OFFLINE_MINUTES
    )
    warn_after = _minutes("A contact silent for so long is sent `warn_text`.")
    warn_text = Text(required=False, allow_blank=True, trim_whitespace=False, max_length=8000)
    close_after = _minutes("The ticket of a contact silent for so long is closed with `close_tag`.")
    close_tag = serializers.UUIDField(
        required=False, allow_null=True, source="close_tag_id", help_text="A tag of the sector that can be chosen."
    )
    waiting_target = _minutes("Nobody should wait longer.")
    retag_for = _minutes("So long after closing its agent may change a ticket's tags.")
    agents_read_earlier = serializers.BooleanField(
        required=False,
        help_text="Agents of the sector read its closed tickets of a contact whose open ticket they see.",
    )


@extend_schema(tags=["sectors"])
class AttendanceRulesViewSet(ProjectScopedViewSet):
    """The rules of attending of a sector."""

    rules: ClassVar = {
        "retrieve": Member.may_configure_some_sector,
        "partial_update": Member.may_configure_some_sector,
    }
    serializer_class = AttendanceRulesSerializer

    @extend_schema(operation_id="sectors_attending_read")
    def retrieve(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Read what a sector expects of attending."""
        return self.answer(operations.attendance_rules(configured(self.member, sector)))

    @extend_schema(operation_id="sectors_attending_change")
    def partial_update(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Change what a sector expects of attending. Without `close_after` there is no `close_tag`."""
        found = configured(self.member, sector)
        data = checked(AttendanceRulesSerializer, request.data)
        if "close_tag_id" in data:
            data["close_tag"] = data.pop("close_tag_id")
        return self.answer(operations.set_service_rules(found, by=self.actor, **data))
