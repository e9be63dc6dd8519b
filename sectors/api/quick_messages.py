"""REST API of quick messages, on the same operations as the pages."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo, expected_version
from core.api.schema import PageQuery, listed
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from sectors import operations
from sectors.models import QuickMessage, Sector
from sectors.operations import QuickText
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES

from .sectors import sector_named


class QuickSerializer(serializers.Serializer):
    """A quick message: of a sector, or (``sector`` null) one's own."""

    id = serializers.UUIDField()
    sector = serializers.UUIDField(source="sector_id", allow_null=True)
    shortcut = serializers.CharField()
    text = serializers.CharField()
    modified_at = serializers.DateTimeField()


class QuickQuery(PageQuery):
    """Parameters of the list of quick messages."""

    sector = serializers.UUIDField(required=False, help_text="Only those of this sector.")


class QuickChange(serializers.Serializer):
    """What may change in a quick message; what is not named stays."""

    shortcut = Text(required=False, max_length=200)
    text = Text(required=False, max_length=10_000, trim_whitespace=False)
    modified_at = expected_version()


class QuickNew(serializers.Serializer):
    """A quick message to add."""

    shortcut = Text(max_length=200)
    text = Text(max_length=10_000, trim_whitespace=False)


class QuickNews(serializers.Serializer):
    """Quick messages to add, all or none."""

    sector = serializers.UUIDField(required=False, help_text="Left out: your own, which programs have none of.")
    messages = serializers.ListField(child=QuickNew(), allow_empty=False, max_length=MAX_QUICK_MESSAGES)
    replace = YesNo(required=False, help_text="Give shortcuts that are there already the new text.")


class QuickAdded(serializers.Serializer):
    """The quick messages that were added or replaced."""

    results = QuickSerializer(many=True)


@extend_schema(tags=["quick messages"])
class QuickMessageViewSet(ProjectScopedViewSet):
    """The quick messages of a project."""

    queries: ClassVar = {"list": QuickQuery}
    rules: ClassVar = dict.fromkeys(("list", "create", "partial_update", "destroy"), Member.may_use_chats)
    serializer_class = QuickSerializer
    lookup_url_kwarg = "quick"

    def get_queryset(self) -> QuerySet[QuickMessage]:
        """Return the quick messages visible to the member: those of visible sectors, and their own."""
        member = self.member
        sectors = Sector.objects.visible_to(member).values("pk")
        rows = QuickMessage.objects.filter(Q(sector__in=sectors) | Q(user=member.user.pk), project=member.project)
        return rows.select_related("project__organization", "sector", "user")

    @extend_schema(operation_id="quick_messages_list", responses=listed(QuickSerializer))
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the quick messages you may insert or edit: your own, and those of the sectors you see."""
        rows = self.get_queryset()
        if sector := self.asked.get("sector"):
            rows = rows.filter(sector=sector)
        return self.page(rows)

    @extend_schema(operation_id="quick_messages_add", request=QuickNews, responses={201: QuickAdded})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add quick messages to a sector or to your own, all or none."""
        data = checked(QuickNews, request.data)
        owner: dict[str, Any] = {}
        if sector := data.get("sector"):
            owner["sector"] = sector_named(self.member, sector)
        elif self.actor.user is None:
            raise Invalid(_("Programs have no quick messages of their own. Name a sector."), field="sector")
        else:
            owner["user"] = self.actor.user
        made = operations.add_quick_messages(
            self.member.project,
            [QuickText(message["shortcut"], message["text"]) for message in data["messages"]],
            by=self.actor,
            replace=data.get("replace", False),
            **owner,
        )
        return Response(QuickAdded({"results": made}).data, 201)

    @extend_schema(operation_id="quick_messages_change", request=QuickChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change a quick message."""
        row = self.get_object()
        data = checked(QuickChange, request.data)
        to = QuickText(data.get("shortcut", row.shortcut), data.get("text", row.text))
        # Missing fields keep the values read: nobody may have saved since.
        version = data.get("expected_version", row.modified_at)
        return self.answer(operations.change_quick_message(row, to, by=self.actor, expected_version=version))

    @extend_schema(operation_id="quick_messages_remove", responses={200: QuickSerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove a quick message. Answers with what it was."""
        row = self.get_object()
        was = self.answer(row)
        operations.remove_quick_message(row, by=self.actor)
        return was
