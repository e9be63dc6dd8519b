"""Tickets: list, read, close; the operations and scopes of the pages, as JSON."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Window
from django.db.models.functions import RowNumber
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param

from core.api.paging import page
from core.api.schema import listed
from orgs.access import Member
from orgs.api.base import ProjectView, checked
from tickets import operations
from tickets.conversation import transcript
from tickets.models import Ticket, TicketTag
from tickets.models.querysets import TicketQuerySet

from .serializers import (
    CloseRequest,
    HistoryQuery,
    LineSerializer,
    LinesQuery,
    LinesSerializer,
    TagsChange,
    TicketSerializer,
    TicketsQuery,
    TicketWithLinesSerializer,
)

_PLAIN = {
    "sector": "sector",
    "queue": "queue",
    "agent": "agent",
    "contact": "contact__external_id",
    "protocol": "protocol",
    "opened_from": "opened_at__gte",
    "opened_before": "opened_at__lt",
    "closed_from": "closed_at__gte",
    "closed_before": "closed_at__lt",
}
#: The order of a list by the state asked for: each has an index.
_ORDER = {"closed": ("-closed_at", "-id"), "waiting": ("queued_at", "id")}


def tickets_of(member: Member) -> TicketQuerySet:
    """Return the tickets the member sees, with what lists show."""
    return Ticket.objects.visible_to(member).for_lists().prefetch_related("tags")


def ticket_of(member: Member, pk: UUID) -> Ticket:
    """Return one ticket the member sees. Raises Http404."""
    found = tickets_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def filtered(tickets: TicketQuerySet, asked: dict[str, Any]) -> TicketQuerySet:
    """Return the tickets that fit all that is asked for (checked by ``TicketsQuery``)."""
    if status := asked.get("status"):
        tickets = tickets.open() if status == "open" else tickets.filter(status=status)
    if tags := asked.get("tag"):
        tickets = tickets.filter(pk__in=TicketTag.objects.filter(tag__in=tags).values("ticket"))
    return tickets.filter(**{_PLAIN[name]: value for name, value in asked.items() if name in _PLAIN})


def add_positions(tickets: list[Ticket]) -> None:
    """Give tickets their ``position``: the place in the line of those that wait, in one query for all lines."""
    waiting = [ticket for ticket in tickets if ticket.is_waiting]
    places: dict[UUID, int] = {}
    if waiting:
        numbered = (
            Ticket.objects.waiting()
            .filter(queue__in={ticket.queue_id for ticket in waiting})
            .annotate(place=Window(RowNumber(), partition_by="queue_id", order_by=["queued_at", "id"]))
            .filter(pk__in=[ticket.pk for ticket in waiting])
        )
        places = dict(numbered.values_list("pk", "place"))
    for ticket in tickets:
        ticket.position = places.get(ticket.pk)  # type: ignore[attr-defined]


class Tickets(ProjectView):
    """The tickets of a project."""

    rules: ClassVar = {"GET": Member.may_use_chats}

    @extend_schema(
        operation_id="tickets_list",
        tags=["tickets"],
        parameters=[TicketsQuery],
        responses=listed(TicketSerializer),
    )
    def get(self, request: Request, project: UUID) -> Response:
        """List the tickets you see, newest opening first; closed ones by their closing, a line in its order."""
        asked = checked(TicketsQuery, request.query_params)
        order = _ORDER.get(asked.get("status", ""), ("-id",))
        rows = filtered(tickets_of(self.member), asked)
        return page(self, rows, TicketSerializer, order, prepare=add_positions)


class OneTicket(ProjectView):
    """One ticket."""

    rules: ClassVar = {"GET": Member.may_use_chats, "PATCH": Member.may_use_chats}

    @extend_schema(operation_id="tickets_read", tags=["tickets"], responses=TicketWithLinesSerializer)
    def get(self, request: Request, project: UUID, ticket: UUID) -> Response:
        """Read a ticket with its newest lines."""
        found = ticket_of(self.member, ticket)
        add_positions([found])
        lines = lines_page(request, found, transcript.page_before(found))
        return Response({**TicketSerializer(found).data, "lines": lines})

    @extend_schema(operation_id="tickets_change", tags=["tickets"], request=TagsChange, responses=TicketSerializer)
    def patch(self, request: Request, project: UUID, ticket: UUID) -> Response:
        """Change the tags of a closed ticket: its agent while the sector lets them, who directs the sector always."""
        found = ticket_of(self.member, ticket)
        operations.retag(found.pk, by=self.actor, tag_ids=checked(TagsChange, request.data)["tags"])
        done = ticket_of(self.member, ticket)
        add_positions([done])
        return Response(TicketSerializer(done).data)


class TicketLines(ProjectView):
    """The lines of a ticket."""

    rules: ClassVar = {"GET": Member.may_use_chats}

    @extend_schema(operation_id="tickets_lines", tags=["tickets"], parameters=[LinesQuery], responses=LinesSerializer)
    def get(self, request: Request, project: UUID, ticket: UUID) -> Response:
        """Read the lines below or above a number, in reading order."""
        found = ticket_of(self.member, ticket)
        asked = checked(LinesQuery, request.query_params)
        if "after" in asked:
            lines = transcript.lines_after(found, asked["after"])
            return Response({"earlier": None, "results": LineSerializer(lines, many=True).data})
        return Response(lines_page(request, found, transcript.page_before(found, asked.get("before"))))


def lines_page(request: Request, ticket: Ticket, found: transcript.Page) -> dict[str, Any]:
    """Return a page of lines with the address of the one before."""
    earlier = None
    if found.earlier and found.first is not None:
        url = reverse("rest:ticket_lines", args=[ticket.project_id, ticket.pk], request=request)
        earlier = replace_query_param(url, "before", str(found.first.number))
    return {"earlier": earlier, "results": LineSerializer(found.lines, many=True).data}


class TicketHistory(ProjectView):
    """What contact and bot said before the hand-over."""

    rules: ClassVar = {"GET": Member.may_use_chats}

    @extend_schema(
        operation_id="tickets_history", tags=["tickets"], parameters=[HistoryQuery], responses=LinesSerializer
    )
    def get(self, request: Request, project: UUID, ticket: UUID) -> Response:
        """Read the bot conversation from before the hand-over, its newest part first, each page in reading order."""
        found = ticket_of(self.member, ticket)
        asked = checked(HistoryQuery, request.query_params)
        lines = transcript.history_before(found, _history_key(asked.get("before", "")))
        earlier = None
        if lines.earlier and lines.first is not None:
            key = f"{lines.first.at.isoformat()},{lines.first.pk}"
            earlier = replace_query_param(request.build_absolute_uri(), "before", key)
        return Response({"earlier": earlier, "results": LineSerializer(lines.lines, many=True).data})


def _history_key(text: str) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    at, _comma, pk = text.partition(",")
    try:
        when = parse_datetime(at)
        if when is None or when.tzinfo is None:
            raise ValueError
        return when, UUID(pk)
    except (ValueError, OverflowError) as error:
        raise ValidationError({"before": [_("Follow `earlier` as it was given.")]}) from error


class TicketClose(ProjectView):
    """The end of a ticket."""

    rules: ClassVar = {"POST": Member.may_use_chats}

    @extend_schema(operation_id="tickets_close", tags=["tickets"], request=CloseRequest, responses=TicketSerializer)
    def post(self, request: Request, project: UUID, ticket: UUID) -> Response:
        """Close a ticket with at least one tag of its sector. A closed one is answered as it is."""
        found = ticket_of(self.member, ticket)
        data = checked(CloseRequest, request.data)
        operations.close(found.pk, by=self.actor, tag_ids=data["tags"])
        # Who closes a ticket may lose sight of it by that; the answer is theirs all the same.
        done = Ticket.objects.for_lists().prefetch_related("tags").get(pk=found.pk)
        add_positions([done])
        return Response(TicketSerializer(done).data)
