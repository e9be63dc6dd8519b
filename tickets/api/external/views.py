"""Endpoints for the flow engine. Each parses, calls one operation and responds."""

from typing import Any, ClassVar, cast

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parsing import LenientJSONParser
from orgs.api.authentication import TokenAuthentication
from orgs.api.base import ApiViewSet, MayOpen, MayReadAtAll, actor_of
from orgs.models import ApiToken
from queues.models import Queue
from sectors.models import Sector
from tickets import errors, operations
from tickets.models import Message, Ticket
from tickets.webhooks.payloads import MessageSerializer, RoomSerializer, room_now, set_positions

from . import intake, reading
from .fields import HISTORY
from .lists import FlowList
from .read_serializers import MessagePage, MessageQuery, ReadRoomSerializer, RoomPage, RoomQuery
from .serializers import (
    HistoryStoredSerializer,
    ListedQueueSerializer,
    ListedSectorSerializer,
    ListQuery,
    MessageRequest,
    QueueList,
    QueueListQuery,
    RoomChangeRequest,
    RoomRequest,
    SectorList,
)


@extend_schema(tags=["flow"])
class FlowViewSet(ApiViewSet):
    """Calls of the flow engine: a token of the scope *open*, and nobody's session."""

    authentication_classes = (TokenAuthentication,)
    parser_classes = (LenientJSONParser,)
    #: Maximum size of a body in bytes.
    max_body = 1024 * 1024

    @property
    def token(self) -> ApiToken:
        """The caller's token."""
        return cast(ApiToken, self.request.auth)


class RoomViewSet(FlowViewSet):
    """``/rooms/``"""

    rules: ClassVar = {
        "create": MayOpen,
        "partial_update": MayOpen,
        "close": MayOpen,
        "history": MayOpen,
        "list": MayReadAtAll,
        "retrieve": MayReadAtAll,
    }
    serializer_class = RoomSerializer
    lookup_url_kwarg = "room"
    # Fifty lines of ten thousand characters, escaped, are three megabytes.
    max_body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    lookup_value_regex = "[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"

    def get_queryset(self) -> QuerySet[Ticket]:
        """Return the rooms in reach."""
        return intake.rooms_in_reach(self.token)

    @extend_schema(
        operation_id="flow_rooms_open", request=RoomRequest, responses={201: RoomSerializer, 200: RoomSerializer}
    )
    def create(self, request: Request) -> Response:
        """Open a room, or answer with the one that is open."""
        data = intake.kept(RoomRequest, request.data)
        room, created = intake.open_room(self.token, data, by=actor_of(request))
        return self.answer(room_now(room), 201 if created else 200)

    @extend_schema(operation_id="flow_rooms_list", parameters=[RoomQuery], responses=RoomPage)
    def list(self, request: Request) -> Response:
        """List rooms, open and closed, the newest first, or the last ended first if chosen by their end."""
        query = reading.Query(request, self.token)
        rows, order = query.rooms()
        page = query.page(rows.for_lists(), order)  # type: ignore[attr-defined]
        set_positions(page["results"])
        return Response(RoomPage(page).data)

    @extend_schema(operation_id="flow_rooms_one", responses=ReadRoomSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Return a room, open or closed."""
        return Response(ReadRoomSerializer(room_now(self.get_object().pk)).data)

    @extend_schema(operation_id="flow_rooms_change", request=RoomChangeRequest)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change where callbacks go, and custom fields by name; null and what is not named stay."""
        ticket = self.get_object()
        data = intake.kept(RoomChangeRequest, request.data)
        if ticket.is_closed:
            raise errors.TicketClosed
        operations.update_ticket(
            ticket, callback_url=data.get("callback_url"), custom_fields=data.get("custom_fields")
        )
        return self.answer(room_now(ticket.pk))

    @extend_schema(methods=["PATCH"], operation_id="flow_rooms_close", request=None)
    @extend_schema(methods=["PUT"], operation_id="flow_rooms_close_put", request=None)
    @action(detail=True, methods=["patch", "put"])
    def close(self, request: Request, **kwargs: Any) -> Response:
        """Close a room for the flow; the body says nothing and is not looked at."""
        ticket = self.get_object()
        operations.close_by_flow(ticket.pk, by=actor_of(request))
        return self.answer(room_now(ticket.pk))

    @extend_schema(
        operation_id="flow_rooms_history",
        request={"application/json": HISTORY},
        responses={201: HistoryStoredSerializer},
    )
    @action(detail=True, methods=["post"])
    def history(self, request: Request, **kwargs: Any) -> Response:
        """Store what was said before the hand-over, and what the live conversation lacks since."""
        ticket = self.get_object()
        found = intake.kept_history(request.data)
        new = operations.add_history(ticket.pk, found)
        return Response(HistoryStoredSerializer({"received": len(found), "stored": new}).data, 201)


class MessageViewSet(FlowViewSet):
    """``/msgs/``"""

    rules: ClassVar = {"create": MayOpen, "list": MayReadAtAll}
    serializer_class = MessageSerializer

    @extend_schema(operation_id="flow_msgs_list", parameters=[MessageQuery], responses=MessagePage)
    def list(self, request: Request) -> Response:
        """List the messages of a room, or of all rooms of a contact, in the order of their times."""
        query = reading.Query(request, self.token)
        return Response(MessagePage(query.page(query.messages(), reading.IN_TIME)).data)

    @extend_schema(
        operation_id="flow_msgs_create",
        request=MessageRequest,
        responses={201: MessageSerializer, 200: MessageSerializer},
    )
    def create(self, request: Request) -> Response:
        """Store a message of the contact or of the bot.

        A repeated ``external_id``, or without one a repeated ``Idempotency-Key``, answers with the first message.
        """
        data = intake.kept(MessageRequest, request.data)
        ticket = get_object_or_404(intake.rooms_in_reach(self.token), pk=data["room"])
        message, created = operations.receive(
            ticket.pk,
            data.get("text") or "",
            incoming=data.get("direction") is not False,
            media=data.get("attachments") or (),
            created_on=data.get("created_on"),
            external_id=data.get("external_id") or intake.key_of_repeats(request),
            metadata=data.get("metadata"),
        )
        rows = Message.objects.select_related("user", "ticket__contact").prefetch_related("attachments")
        return self.answer(rows.get(pk=message.pk), 201 if created else 200)


class QueueViewSet(FlowViewSet):
    """``/queues/``"""

    rules: ClassVar = {"list": MayOpen, "retrieve": MayOpen}
    serializer_class = ListedQueueSerializer
    lookup_url_kwarg = "queue"

    def get_queryset(self) -> QuerySet[Queue]:
        """Return the queues in reach."""
        return intake.queues_in_reach(self.token)

    @extend_schema(operation_id="flow_queues_list", parameters=[QueueListQuery], responses=QueueList)
    def list(self, request: Request) -> Response:
        """List the queues in reach that take tickets, of one sector if named."""
        return Response(QueueList(FlowList(request, self.token).queues()).data)

    @extend_schema(operation_id="flow_queues_one")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Return a queue in reach, archived or not."""
        return self.answer(self.get_object())


class SectorViewSet(FlowViewSet):
    """``/sectors/``"""

    rules: ClassVar = {"list": MayOpen, "retrieve": MayOpen}
    serializer_class = ListedSectorSerializer
    lookup_url_kwarg = "sector"

    def get_queryset(self) -> QuerySet[Sector]:
        """Return the sectors in reach."""
        return intake.sectors_in_reach(self.token)

    @extend_schema(operation_id="flow_sectors_list", parameters=[ListQuery], responses=SectorList)
    def list(self, request: Request) -> Response:
        """List the sectors in reach that are not archived."""
        return Response(SectorList(FlowList(request, self.token).sectors()).data)

    @extend_schema(operation_id="flow_sectors_one")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Return a sector in reach, archived or not."""
        return self.answer(self.get_object())
