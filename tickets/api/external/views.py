"""The calls of the flow engine. Each parses, calls one operation, answers."""

from typing import ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.api.authentication import TokenAuthentication
from orgs.api.base import ApiView, MayOpen, actor_of, checked
from orgs.models import ApiToken
from tickets import errors, operations
from tickets.models import Message
from tickets.webhooks import payloads

from . import intake
from .lists import ListByKey
from .serializers import (
    INCOMING,
    MOST_HISTORY,
    HistoryMessageRequest,
    HistoryStoredSerializer,
    ListQuery,
    MessageRequest,
    MessageSerializer,
    QueueList,
    QueueListQuery,
    RoomChangeRequest,
    RoomRequest,
    RoomSerializer,
    SectorList,
)


class FlowView(ApiView):
    """A call of the flow engine: a token of the scope *open*, and nobody's session."""

    authentication_classes = (TokenAuthentication,)

    @property
    def token(self) -> ApiToken:
        """The caller's token."""
        return cast(ApiToken, self.request.auth)


class Rooms(FlowView):
    """``POST /rooms/``"""

    rules: ClassVar = {"POST": MayOpen}

    @extend_schema(
        operation_id="flow_rooms_open",
        tags=["flow"],
        request=RoomRequest,
        responses={201: RoomSerializer, 200: RoomSerializer},
    )
    def post(self, request: Request) -> Response:
        """Open a room, or answer with the one that is open."""
        data = checked(RoomRequest, request.data)
        room, created = intake.open_room(self.token, data, by=actor_of(request))
        return Response(payloads.room_now(room), 201 if created else 200)


class Room(FlowView):
    """``PATCH /rooms/{uuid}/``"""

    rules: ClassVar = {"PATCH": MayOpen}

    @extend_schema(
        operation_id="flow_rooms_change", tags=["flow"], request=RoomChangeRequest, responses=RoomSerializer
    )
    def patch(self, request: Request, room: UUID) -> Response:
        """Change where callbacks go, and custom fields by name; null and what is not named stay."""
        ticket = intake.room_in_reach(self.token, room)
        data = checked(RoomChangeRequest, request.data)
        if ticket.is_closed:
            raise errors.TicketClosed
        operations.update_ticket(
            ticket, callback_url=data.get("callback_url"), custom_fields=data.get("custom_fields")
        )
        return Response(payloads.room_now(ticket.pk))


class RoomClose(FlowView):
    """``PATCH /rooms/{uuid}/close/``"""

    rules: ClassVar = {"PATCH": MayOpen}

    @extend_schema(operation_id="flow_rooms_close", tags=["flow"], request=None, responses=RoomSerializer)
    def patch(self, request: Request, room: UUID) -> Response:
        """Close a room for the flow; the body says nothing and is not looked at."""
        ticket = intake.room_in_reach(self.token, room)
        operations.close_by_flow(ticket.pk, by=actor_of(request))
        return Response(payloads.room_now(ticket.pk))


class RoomHistory(FlowView):
    """``POST /rooms/{uuid}/history/``"""

    rules: ClassVar = {"POST": MayOpen}

    @extend_schema(
        operation_id="flow_rooms_history",
        tags=["flow"],
        request=HistoryMessageRequest(many=True),
        responses={201: HistoryStoredSerializer},
    )
    def post(self, request: Request, room: UUID) -> Response:
        """Store the bot conversation from before the hand-over."""
        ticket = intake.room_in_reach(self.token, room)
        rows = checked(
            HistoryMessageRequest,
            request.data,
            many=True,
            allow_empty=True,
            max_length=MOST_HISTORY,
        )
        new = operations.add_history(ticket.pk, intake.history_rows(rows))  # type: ignore[arg-type]
        return Response({"received": len(rows), "stored": new}, 201)


class Messages(FlowView):
    """``POST /msgs/``"""

    rules: ClassVar = {"POST": MayOpen}

    @extend_schema(
        operation_id="flow_msgs_create",
        tags=["flow"],
        request=MessageRequest,
        responses={201: MessageSerializer, 200: MessageSerializer},
    )
    def post(self, request: Request) -> Response:
        """Store a message of the contact or of the bot."""
        data = checked(MessageRequest, request.data)
        ticket = intake.rooms_in_reach(self.token).filter(pk=data["room"]).first()
        if ticket is None:
            raise NotFound
        message, created = operations.receive(
            ticket.pk,
            data.get("text") or "",
            incoming=data["direction"] == INCOMING,
            media=intake.media_of(data.get("attachments")),
            created_on=data.get("created_on"),
            external_id=data.get("external_id") or "",
            metadata=data.get("metadata"),
        )
        row = (
            Message.objects.select_related("user", "ticket__contact")
            .prefetch_related("attachments")
            .get(pk=message.pk)
        )
        return Response(payloads.message(row, row.ticket), 201 if created else 200)


class Queues(FlowView):
    """``GET /queues/``"""

    rules: ClassVar = {"GET": MayOpen}

    @extend_schema(operation_id="flow_queues_list", tags=["flow"], parameters=[QueueListQuery], responses=QueueList)
    def get(self, request: Request) -> Response:
        """List the queues in reach that take tickets, of one sector if named."""
        return ListByKey(request).queues(self.token)


class Sectors(FlowView):
    """``GET /sectors/``"""

    rules: ClassVar = {"GET": MayOpen}

    @extend_schema(operation_id="flow_sectors_list", tags=["flow"], parameters=[ListQuery], responses=SectorList)
    def get(self, request: Request) -> Response:
        """List the sectors in reach that are not archived."""
        return ListByKey(request).sectors(self.token)
