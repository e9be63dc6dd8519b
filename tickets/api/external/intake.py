"""Mapping the flow engine's requests to operations."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from core.errors import Conflict, Invalid
from core.validation import max_length
from orgs.access import Actor, projects_reached_by
from orgs.api.base import checked
from orgs.models import ApiToken, Project, User
from queues.models import Queue
from sectors.models import Sector
from tickets import errors, operations
from tickets.intake import Intake, Urn
from tickets.models import FlowType, Message, QueueStay, Ticket

#: A late hand-over still counts from its own time, up to this long ago.
_LATEST = timedelta(days=1)


def kept(kind: type[BaseSerializer], data: Any) -> dict[str, Any]:
    """Return what a request says, made fit to keep and the corrections counted.

    Raises ValidationError where it is meaningless.
    """
    intake = Intake()
    found = checked(kind, data, lenient=True, context={"intake": intake})
    operations.count_corrections(intake.corrections)
    return found


def kept_history(data: Any) -> list[operations.HistoryLine]:
    """Return the lines of a batch, made fit to keep and the corrections counted. Raises Invalid if it is no batch."""
    if data is not None and not isinstance(data, list | dict):
        raise Invalid(_("Send a JSON list."))
    intake = Intake()
    found = intake.history(data)
    operations.count_corrections(intake.corrections)
    return found


def key_of_repeats(request: Request) -> str:
    """Return the external id for a message that has none: from its ``Idempotency-Key``; empty without one."""
    key = request.headers.get("Idempotency-Key", "").strip()
    return Intake().identifier(f"idempotency-key:{key}", max_length(Message, "external_id")) if key else ""


def sectors_in_reach(token: ApiToken) -> QuerySet[Sector]:
    """Return the sectors of a token: its own, or those of its projects (archived ones too)."""
    sectors = Sector.objects.filter(project__in=projects_reached_by(token))
    return sectors.filter(pk=token.sector_id) if token.sector_id else sectors


def queues_in_reach(token: ApiToken) -> QuerySet[Queue]:
    """Return the queues of the sectors in reach (archived ones too)."""
    return Queue.objects.filter(sector__in=sectors_in_reach(token))


def rooms_in_reach(token: ApiToken) -> QuerySet[Ticket]:
    """Return the tickets of a token.

    A sector's token keeps access to tickets that passed through the sector's queues and were transferred elsewhere:
    their contacts keep writing through it.
    """
    rooms = Ticket.objects.filter(project__in=projects_reached_by(token))
    if token.sector_id is None:
        return rooms
    came_through = QueueStay.objects.filter(ticket=OuterRef("pk"), queue__sector=token.sector_id)
    return rooms.filter(Q(sector=token.sector_id) | Exists(came_through))


def place_in_reach(
    token: ApiToken, sector_id: UUID | None, queue_id: UUID | None
) -> tuple[Project, UUID | None, UUID | None]:
    """Return the project determined by the given sector or queue, and both ids; optional for a sector's token.

    Raises UnknownPlace if it is out of reach, Invalid if neither is given.
    """
    if token.sector_id and sector_id is None and queue_id is None:
        sector_id = token.sector_id
    project = None
    if queue_id is not None:
        queue = queues_in_reach(token).select_related("sector__project").filter(pk=queue_id).first()
        if queue is None:
            raise errors.UnknownPlace(field="queue_uuid")
        project = queue.sector.project
    if sector_id is not None:
        sector = sectors_in_reach(token).select_related("project").filter(pk=sector_id).first()
        if sector is None:
            raise errors.UnknownPlace(field="sector_uuid")
        project = project or sector.project
    if project is None:
        raise Invalid(_("Name a sector or a queue."), code="place_required", field="sector_uuid")
    return project, sector_id, queue_id


@transaction.atomic
def open_room(
    token: ApiToken, data: dict[str, Any], *, by: Actor, flow_type: str = FlowType.WENICHATS
) -> tuple[UUID, bool]:
    """Open a room from validated data, including history; return its id and whether it is new.

    Raises what ``operations.open_ticket`` raises, Conflict if the contact's open room is out of reach.
    """
    project, sector_id, queue_id = place_in_reach(token, data.get("sector_uuid"), data.get("queue_uuid"))
    handed_over = _handed_over(data.get("created_on"))
    opened: dict[str, Any] = {"opened_at": handed_over} if handed_over else {}
    if data.get("is_anon") is not None:
        opened["is_anon"] = data["is_anon"]
    # Don't pass ``now``: the ticket's time is the one at which it gets the sector's lock.
    ticket, created = operations.open_ticket(
        project,
        _contact(data["contact"]),
        by=by,
        sector_id=sector_id,
        queue_id=queue_id,
        wanted_agent=_wanted(data.get("user_email")),
        ticket_uuid=data.get("ticket_uuid") or None,
        protocol=data.get("protocol") or "",
        callback_url=data.get("callback_url") or "",
        flow_type=flow_type,
        flow_uuid=data.get("flow_uuid") or "",
        custom_fields=data.get("custom_fields") or {},
        **opened,
    )
    if not created and not rooms_in_reach(token).filter(pk=ticket.pk).exists():
        raise Conflict(_("This contact has an open ticket already."), code="already_open")
    if data.get("history"):
        operations.add_history(ticket.pk, data["history"], at_opening=created)
    return ticket.pk, created


def _contact(data: dict[str, Any]) -> operations.ContactFacts:
    urn = data.get("urn") or Urn()
    return operations.ContactFacts(
        external_id=data["external_id"],
        name=data.get("name") or "",
        urn=urn.address,
        urn_display=urn.display,
        channel=urn.channel,
        email=data.get("email") or "",
        phone=data.get("phone") or "",
        custom_fields=data.get("custom_fields") or {},
        groups=data.get("groups") or [],
    )


def _wanted(email: str | None) -> User | None:
    """Return the agent the flow asks for; None for an unknown e-mail address."""
    if not email:
        return None
    return User.objects.filter(email=email, is_active=True).first()


def _handed_over(created_on: datetime | None) -> datetime | None:
    """Return the flow engine's time of the hand-over; None if it is missing, in the future or over a day old."""
    now = timezone.now()
    return created_on if created_on is not None and now - _LATEST <= created_on <= now else None
