"""Quick messages: the operations of the pages, as JSON."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo, version_seen
from core.api.paging import page
from core.api.schema import PageQuery, listed
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import ProjectView, checked
from sectors import operations
from sectors.models import QuickMessage, Sector
from sectors.operations import QuickText
from sectors.operations.quick_messages import MOST


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
    modified_at = version_seen()


class QuickNew(serializers.Serializer):
    """A quick message to add."""

    shortcut = Text(max_length=200)
    text = Text(max_length=10_000, trim_whitespace=False)


class QuickNews(serializers.Serializer):
    """Quick messages to add, all or none."""

    sector = serializers.UUIDField(required=False, help_text="Left out: your own, which programs have none of.")
    messages = serializers.ListField(child=QuickNew(), allow_empty=False, max_length=MOST)
    replace = YesNo(required=False, help_text="Give shortcuts that are there already the new text.")


class QuickAdded(serializers.Serializer):
    """The quick messages that were added or replaced."""

    results = QuickSerializer(many=True)


def messages_of(member: Member) -> QuerySet[QuickMessage]:
    """Return the quick messages a member sees: those of the sectors seen, and their own."""
    sectors = Sector.objects.visible_to(member).values("pk")
    return QuickMessage.objects.filter(Q(sector__in=sectors) | Q(user=member.user.pk), project=member.project)


def message_of(member: Member, pk: UUID) -> QuickMessage:
    """Return one quick message the member sees. Raises Http404."""
    rows = messages_of(member).select_related("project__organization", "sector", "user")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class QuickMessages(ProjectView):
    """The quick messages of a project."""

    rules: ClassVar = {"GET": Member.may_use_chats, "POST": Member.may_use_chats}

    @extend_schema(
        operation_id="quick_messages_list",
        tags=["quick messages"],
        parameters=[QuickQuery],
        responses=listed(QuickSerializer),
    )
    def get(self, request: Request, project: UUID) -> Response:
        """List the quick messages you may insert or edit: your own, and those of the sectors you see."""
        asked = checked(QuickQuery, request.query_params)
        rows = messages_of(self.member)
        if sector := asked.get("sector"):
            rows = rows.filter(sector=sector)
        return page(self, rows, QuickSerializer, ("id",))

    @extend_schema(
        operation_id="quick_messages_add",
        tags=["quick messages"],
        request=QuickNews,
        responses={201: QuickAdded},
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Add quick messages to a sector or to your own, all or none."""
        data = checked(QuickNews, request.data)
        owner: dict[str, Any] = {}
        if sector := data.get("sector"):
            owner["sector"] = Sector.objects.visible_to(self.member).filter(pk=sector).first()
            if owner["sector"] is None:
                raise Invalid(_("There is no such sector in this project."), code="not_found", field="sector")
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
        return Response({"results": QuickSerializer(made, many=True).data}, 201)


class OneQuickMessage(ProjectView):
    """One quick message."""

    rules: ClassVar = {"PATCH": Member.may_use_chats, "DELETE": Member.may_use_chats}

    @extend_schema(
        operation_id="quick_messages_change",
        tags=["quick messages"],
        request=QuickChange,
        responses=QuickSerializer,
    )
    def patch(self, request: Request, project: UUID, quick: UUID) -> Response:
        """Change a quick message."""
        row = message_of(self.member, quick)
        data = checked(QuickChange, request.data)
        to = QuickText(data.get("shortcut", row.shortcut), data.get("text", row.text))
        # What is not named comes from the row as it was read: nobody may have saved since.
        seen = data.get("modified_at", row.modified_at)
        return Response(QuickSerializer(operations.change_quick_message(row, to, by=self.actor, seen=seen)).data)

    @extend_schema(operation_id="quick_messages_remove", tags=["quick messages"], responses={200: QuickSerializer})
    def delete(self, request: Request, project: UUID, quick: UUID) -> Response:
        """Remove a quick message. Answers with what it was."""
        row = message_of(self.member, quick)
        was = QuickSerializer(row).data
        operations.remove_quick_message(row, by=self.actor)
        return Response(was)
