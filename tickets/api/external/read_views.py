"""Endpoints for scripts: what goes on and what went on. A token of the scope *read* reads; *open* acts."""

from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.schema import ERROR
from core.errors import Invalid
from orgs.access import people_with_chats, token_member
from orgs.api.base import MayOpen, MayReadAtAll, actor_of, checked
from orgs.models import TokenScope, User
from tickets import errors, operations
from tickets.intake import Intake
from tickets.models import Ticket

from . import intake, reading
from . import read_serializers as shapes
from .lists import BY_ID
from .views import FlowViewSet


class ReadViewSet(FlowViewSet):
    """Calls that only read: a token of the scope *read*."""

    rules: ClassVar = {"list": MayReadAtAll, "retrieve": MayReadAtAll, "count": MayReadAtAll}

    @cached_property
    def query(self) -> reading.Query:
        """The call's parameters."""
        return reading.Query(self.request, self.token)


class ListedRoomViewSet(ReadViewSet):
    """``/list_rooms/``"""

    serializer_class = shapes.ListedRoomSerializer

    @extend_schema(operation_id="flow_list_rooms", parameters=[shapes.RoomQuery], responses=shapes.ListedRoomPage)
    def list(self, request: Request) -> Response:
        """List rooms, open and closed, the newest first, or the last ended first if chosen by their end."""
        rows, order = self.query.rooms()
        return Response(shapes.ListedRoomPage(self.query.page(reading.with_tags(rows), order)).data)

    @extend_schema(
        operation_id="flow_list_rooms_count", parameters=[shapes.RoomFilters], responses=shapes.RoomCountSerializer
    )
    @action(detail=False)
    def count(self, request: Request) -> Response:
        """Count the open rooms that wait and those that somebody has."""
        rows, _order = self.query.rooms()
        found = rows.open().aggregate(  # type: ignore[attr-defined]
            waiting=Count("pk", filter=Q(status="waiting")), in_service=Count("pk", filter=Q(status="active"))
        )
        return Response(shapes.RoomCountSerializer(found).data)


class RoomFiguresViewSet(ReadViewSet):
    """``/rooms_metrics/``"""

    serializer_class = shapes.RoomFiguresSerializer

    @extend_schema(
        operation_id="flow_rooms_metrics",
        parameters=[shapes.RoomFilters],
        responses=shapes.RoomFiguresSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """List the times of rooms, all at once; more than 5,000 are refused: narrow the period."""
        rows, order = self.query.rooms()
        return Response(
            shapes.RoomFiguresSerializer(self.query.whole(reading.with_tags(rows), order), many=True).data
        )


class RoomFiguresV2ViewSet(ReadViewSet):
    """``/v2/external/rooms_metrics/``"""

    serializer_class = shapes.RoomFiguresV2Serializer

    @extend_schema(
        operation_id="flow_rooms_metrics_v2", parameters=[shapes.RoomQuery], responses=shapes.RoomFiguresPage
    )
    def list(self, request: Request) -> Response:
        """List the times of rooms."""
        rows, order = self.query.rooms()
        return Response(
            shapes.RoomFiguresPage(self.query.page(reading.with_firsts(reading.with_tags(rows)), order)).data
        )


class RoomMessageViewSet(ReadViewSet):
    """``/room_messages/``"""

    serializer_class = shapes.RoomMessageSerializer

    @extend_schema(
        operation_id="flow_room_messages",
        parameters=[shapes.MessageQuery],
        responses={200: shapes.RoomMessagePage, 404: OpenApiResponse(ERROR, "Not there, or out of reach")},
    )
    def list(self, request: Request) -> Response:
        """List what was said in a room, open or closed, in the order of its times. No internal notes."""
        if (room := self.query.uuid("room")) is not None:
            get_object_or_404(intake.rooms_in_reach(self.token), pk=room)
        page = self.query.page(self.query.messages(), reading.IN_TIME)
        reading.add_replied(page["results"])
        return Response(shapes.RoomMessagePage(page).data)


class _AgentsViewSet(ReadViewSet):
    lookup_url_kwarg = "agent"

    def get_queryset(self) -> QuerySet[User]:
        """Return the people with access to Chats in the project to read from."""
        return self.query.agents()

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the context, with the time at which it is answered."""
        return {**super().get_serializer_context(), "now": timezone.now()}


class AgentViewSet(_AgentsViewSet):
    """``/agents/``"""

    serializer_class = shapes.ListedAgentSerializer

    @extend_schema(operation_id="flow_agents", parameters=[shapes.AgentQuery], responses=shapes.AgentPage)
    def list(self, request: Request) -> Response:
        """List the people with access to Chats, of one queue or sector if named."""
        page = self.query.page(self.get_queryset(), BY_ID)
        return Response(shapes.AgentPage(page, context=self.get_serializer_context()).data)

    @extend_schema(operation_id="flow_agents_one", parameters=[shapes.PlaceNames])
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Return somebody with access to Chats."""
        return self.answer(self.get_object())


class AgentStatusViewSet(_AgentsViewSet):
    """``/agents_status/``"""

    serializer_class = shapes.ListedAgentStatusSerializer

    @extend_schema(
        operation_id="flow_agents_status", parameters=[shapes.AgentStatusQuery], responses=shapes.AgentStatusPage
    )
    def list(self, request: Request) -> Response:
        """List what the people with access to Chats do now, and how long they were online on some days."""
        page = self.query.page(self.get_queryset(), BY_ID)
        reading.add_statuses(self.query.project, page["results"], self.query.days())
        return Response(shapes.AgentStatusPage(page, context=self.get_serializer_context()).data)

    @extend_schema(operation_id="flow_agents_status_one", parameters=[shapes.OneAgentStatusQuery])
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Return what somebody with access to Chats does now, and how long they were online on some days."""
        person = self.get_object()
        reading.add_statuses(self.query.project, [person], self.query.days())
        return self.answer(person)


class RoomAgentViewSet(FlowViewSet):
    """``/room_agent/{ticket}/``"""

    rules: ClassVar = {"partial_update": MayOpen}
    lookup_url_kwarg = "ticket_uuid"
    lookup_value_regex = "[^/]+"

    @extend_schema(operation_id="flow_room_agent", request=shapes.AgentOfRoomRequest, responses=shapes.DoneSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Give a waiting room, named by the flow engine's id of its ticket, to an agent who is eligible.

        A token that may also administer gives it to anybody with access to Chats, even over the limit, as a manager
        does.
        """
        rooms = intake.rooms_in_reach(self.token).open()  # type: ignore[attr-defined]
        named = kwargs["ticket_uuid"]
        ticket: Ticket = get_object_or_404(rooms.order_by("-id"), ticket_uuid=named)
        if ticket.is_active:
            raise errors.RoomHasAgent
        email = checked(shapes.AgentOfRoomRequest, request.data, lenient=True)["agent"]
        agent = people_with_chats(ticket.project).filter(email=email).first()
        if agent is None:
            raise Http404
        if TokenScope.ADMINISTER in self.token.scopes:
            by = actor_of(request, token_member(self.token, ticket.project_id))
            operations.assign(ticket.pk, agent, by=by, only_waiting=True)
        else:
            operations.transfer_to_agent(ticket.pk, agent, by=actor_of(request), only_waiting=True)
        return Response(shapes.DoneSerializer({"Detail": _("The room was given to the agent.")}).data)


class CustomFieldViewSet(FlowViewSet):
    """``/custom_field/{contact}/``"""

    rules: ClassVar = {"partial_update": MayOpen}
    lookup_url_kwarg = "contact_external_id"
    lookup_value_regex = "[^/]+"

    @extend_schema(
        operation_id="flow_custom_field",
        request={"application/json": {"type": "object", "additionalProperties": {}}},
        responses=shapes.DoneSerializer,
    )
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change custom fields of the open room of a contact, named by the flow engine's id, by name."""
        rooms = intake.rooms_in_reach(self.token).open()  # type: ignore[attr-defined]
        ticket: Ticket = get_object_or_404(rooms, contact__external_id=kwargs["contact_external_id"])
        clean = Intake()
        fields = clean.fields(request.data if isinstance(request.data, dict) else None)
        if not fields:
            raise Invalid(_("Name a custom field."), field="fields")
        operations.count_corrections(clean.corrections)
        operations.update_ticket(ticket, custom_fields=fields)
        return Response(shapes.DoneSerializer({"Detail": _("The custom fields were changed.")}).data)
