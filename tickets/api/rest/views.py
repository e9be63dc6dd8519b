"""Tickets in the REST API: list, read, close, transfer, with the same operations and rights as the pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param

from core.addresses import of_call
from core.api.schema import PageQuery, listed
from core.instants import parse_instant
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from orgs.models import Project
from queues.models import Queue
from sectors.models import Sector
from tickets import operations
from tickets.conversation import transcript
from tickets.desk.transfer_targets import find_target
from tickets.models import Ticket, TicketTag
from tickets.models.querysets import TicketQuerySet, line_positions

from .serializers import (
    CloseManyRequest,
    CloseRequest,
    HandManyRequest,
    HistoryQuery,
    LinesQuery,
    LinesSerializer,
    TagsChange,
    TicketOutcomesSerializer,
    TicketSerializer,
    TicketsQuery,
    TicketWithLinesSerializer,
)

#: The order of a list by state; each has an index.
_ORDER = {"closed": ("-closed_at", "-id"), "waiting": ("queued_at", "id")}


def tickets_of(member: Member) -> TicketQuerySet:
    """Return the tickets the member sees, with what lists show."""
    return Ticket.objects.visible_to(member).for_lists().prefetch_related("tags")


def filtered(project: Project, tickets: TicketQuerySet, asked: dict[str, Any]) -> TicketQuerySet:
    """Return the tickets of a project that match all filters (validated by ``TicketsQuery``)."""
    days = {f"{what}_{end}" for what in ("opened", "closed") for end in ("from", "before")}
    other = {"status", "tag", *days, *PageQuery().fields}
    lookups = {name: value for name, value in asked.items() if name not in other}
    if days & set(asked):
        zones = Sector.objects.filter(project=project).zones()
        for what in ("opened", "closed"):
            start, before = asked.get(f"{what}_from"), asked.get(f"{what}_before")
            tickets = tickets.within_days(f"{what}_at", zones, start=start, before=before)
    if status := asked.get("status"):
        tickets = tickets.open() if status == "open" else tickets.filter(status=status)
    if tags := asked.get("tag"):
        tickets = tickets.filter(pk__in=TicketTag.objects.filter(tag__in=tags).values("ticket"))
    return tickets.filter(**lookups)


def add_positions(tickets: list[Ticket]) -> None:
    """Set ``position`` on tickets, their position in the queue if they wait. One query for all."""
    places = line_positions([ticket.pk for ticket in tickets if ticket.is_waiting])
    for ticket in tickets:
        ticket.position = places.get(ticket.pk)  # type: ignore[attr-defined]


def read_ticket(member: Member, pk: UUID) -> Ticket:
    """Return a ticket the member sees, with its position. Raises Http404."""
    found = get_object_or_404(tickets_of(member), pk=pk)
    add_positions([found])
    return found


def lines_page(request: Request, ticket: Ticket, found: transcript.Page) -> dict[str, Any]:
    """Return a page of lines with the URL of the previous one."""
    earlier = None
    if found.earlier and found.first is not None:
        url = reverse("rest:ticket_lines", args=[ticket.project_id, ticket.pk], request=request)
        earlier = replace_query_param(url, "before", str(found.first.number))
    return {"earlier": earlier, "results": found.lines}


def _history_key(text: str) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    at, _comma, pk = text.partition(",")
    try:
        when, line = parse_instant(at), UUID(pk)
        if when is None:
            raise ValueError
        return when, line
    except ValueError as error:
        raise ValidationError({"before": [_("Follow `earlier` as it was given.")]}) from error


def _on_many(name: str) -> Callable[[Callable[..., Response]], Any]:
    """Declare an action on several tickets, which answers with an outcome for each."""
    return action(
        detail=False, methods=["post"], url_path=name, url_name=name, serializer_class=TicketOutcomesSerializer
    )


@extend_schema(tags=["tickets"])
class TicketViewSet(ProjectScopedViewSet):
    """The tickets of a project. Several at once: a result for each (docs/rules.md, Many at once)."""

    queries: ClassVar = {"list": TicketsQuery, "lines": LinesQuery, "history": HistoryQuery}
    rules: ClassVar = dict.fromkeys(
        ("list", "retrieve", "partial_update", "lines", "history", "close", "close_many", "transfer_many"),
        Member.may_use_chats,
    )
    serializer_class = TicketSerializer
    lookup_url_kwarg = "ticket"

    def get_queryset(self) -> TicketQuerySet:
        """Return the tickets the member sees, with what lists show."""
        return tickets_of(self.member)

    @extend_schema(operation_id="tickets_list", responses=listed(TicketSerializer))
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the tickets you see, newest opening first; closed ones by their closing, a line in its order."""
        asked = self.asked
        order = _ORDER.get(asked.get("status", ""), ("-id",))
        return self.page(filtered(self.member.project, self.get_queryset(), asked), order, prepare=add_positions)

    @extend_schema(operation_id="tickets_read", responses=TicketWithLinesSerializer)
    def retrieve(self, request: Request, ticket: UUID, **kwargs: Any) -> Response:
        """Read a ticket with its newest lines."""
        found: Any = read_ticket(self.member, ticket)
        found.lines = lines_page(request, found, transcript.page_before(found))
        return Response(TicketWithLinesSerializer(found).data)

    @extend_schema(operation_id="tickets_change", request=TagsChange)
    def partial_update(self, request: Request, ticket: UUID, **kwargs: Any) -> Response:
        """Change the tags of a closed ticket: its agent while the sector lets them, who directs the sector always."""
        found = self.get_object()
        operations.retag(found.pk, by=self.actor, tag_ids=checked(TagsChange, request.data)["tags"])
        return self.answer(read_ticket(self.member, ticket))

    @extend_schema(operation_id="tickets_lines")
    @action(detail=True, serializer_class=LinesSerializer)
    def lines(self, request: Request, **kwargs: Any) -> Response:
        """Read the lines below or above a number, in reading order."""
        found = self.get_object()
        asked = self.asked
        if "after" in asked:
            return self.answer({"earlier": None, "results": transcript.lines_after(found, asked["after"])})
        return self.answer(lines_page(request, found, transcript.page_before(found, asked.get("before"))))

    @extend_schema(operation_id="tickets_history")
    @action(detail=True, serializer_class=LinesSerializer)
    def history(self, request: Request, **kwargs: Any) -> Response:
        """Read the bot conversation from before the hand-over, its newest part first, each page in reading order."""
        found = self.get_object()
        asked = self.asked
        lines = transcript.history_before(found, _history_key(asked.get("before", "")))
        earlier = None
        if lines.earlier and lines.first is not None:
            key = f"{lines.first.at.isoformat()},{lines.first.pk}"
            earlier = replace_query_param(of_call(request), "before", key)
        return self.answer({"earlier": earlier, "results": lines.lines})

    @extend_schema(operation_id="tickets_close", request=CloseRequest)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **kwargs: Any) -> Response:
        """Close a ticket with at least one tag of its sector. A closed one is answered as it is."""
        found = self.get_object()
        operations.close(found.pk, by=self.actor, tag_ids=checked(CloseRequest, request.data)["tags"])
        # Closing a ticket may make it invisible to the member; they get the response all the same.
        done = Ticket.objects.for_lists().prefetch_related("tags").get(pk=found.pk)
        add_positions([done])
        return self.answer(done)

    @extend_schema(operation_id="tickets_close_many", request=CloseManyRequest)
    @_on_many("close")
    def close_many(self, request: Request, **kwargs: Any) -> Response:
        """Close tickets by the rules for one, each by itself: the answer says of each whether it is done."""
        data = checked(CloseManyRequest, request.data)
        return self.outcomes(operations.close_many(data["tickets"], by=self.actor, tag_ids=data["tags"]))

    @extend_schema(operation_id="tickets_transfer_many", request=HandManyRequest)
    @_on_many("transfer")
    def transfer_many(self, request: Request, **kwargs: Any) -> Response:
        """Move tickets to a queue or give them to an agent, each by itself: the answer says of each whether it is
        done."""
        data = checked(HandManyRequest, request.data)
        kind = "queue" if "queue" in data else "agent"
        target = find_target(self.member.project, kind, data[kind], field=kind)
        note = data["note"].strip()
        if isinstance(target, Queue):
            return self.outcomes(operations.transfer_many(data["tickets"], target, by=self.actor, note=note))
        return self.outcomes(operations.assign_many(data["tickets"], target, by=self.actor, note=note))

    def outcomes(self, outcomes: Sequence[operations.Outcome]) -> Response:
        """Return what became of each."""
        return self.answer({"done": sum(outcome.done for outcome in outcomes), "results": outcomes})
