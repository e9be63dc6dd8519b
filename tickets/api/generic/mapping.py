"""Mapping the engine's requests of the type *generic* to operations."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.ids import uuid7
from core.validation import max_length
from orgs.access import Actor
from orgs.models import ApiToken, User
from tickets import errors, operations
from tickets.api.external import intake
from tickets.intake import Intake, Urn
from tickets.models import FlowType, Message, ReplacedTicketUuid, Ticket

#: The engine's clock and ours may differ by so much: what the contact wrote just before the hand-over counts as live.
_JUST_BEFORE = timedelta(minutes=1)


class UnknownTicket(DomainError):
    """No ticket of the token's reach has this external id."""

    code = "ticket_not_found"
    status = 404
    sentence = _("There is no such ticket, or it is out of reach.")


class AlreadyClosed(DomainError):
    """The ticket is closed, or the conversation goes on for another ticket of the engine."""

    code = "ticket_already_closed"
    status = 409
    sentence = _("This ticket is closed already.")


class ReopenNotSupported(DomainError):
    """The conversation has gone on for another ticket of the engine."""

    code = "reopen_not_supported"
    status = 422
    sentence = _("This ticket can’t be reopened: its conversation went on for another one.")


@dataclass(frozen=True)
class Named:
    """The ticket that an external id names; ``replaced``: the engine has handed the contact over again since."""

    ticket: Ticket
    external_id: UUID
    replaced: bool = False

    @property
    def is_open(self) -> bool:
        return self.ticket.is_open and not self.replaced


@dataclass(frozen=True)
class Opened:
    """A ticket that was asked for; ``present``: the contact's open one, taken over for the engine's new ticket."""

    named: Named
    present: bool = False


def check_place(token: ApiToken, place: UUID) -> None:
    """Raise UnknownPlace if the sector or queue of the ticketer's base URL is out of reach."""
    if not intake.sectors_in_reach(token).filter(Q(pk=place) | Q(queues=place)).exists():
        raise errors.UnknownPlace


def ticket_named(token: ApiToken, place: UUID, external_id: UUID) -> Named:
    """Return the ticket: of those that continue one another, the last. Raises UnknownPlace, UnknownTicket."""
    check_place(token, place)
    rooms = intake.rooms_in_reach(token).select_related("contact")
    if ticket := rooms.filter(external_id=external_id).order_by("-pk").first():
        return Named(ticket, external_id)
    replaced = ReplacedTicketUuid.objects.filter(external_id=external_id).values("ticket")
    if ticket := rooms.filter(pk__in=replaced).first():
        return Named(ticket, external_id, replaced=True)
    raise UnknownTicket(external_id=str(external_id))


@transaction.atomic
def open_ticket(token: ApiToken, place: UUID, data: dict[str, Any], *, by: Actor) -> Opened:
    """Open a ticket at a place, or take over the contact's open one.

    Raises what ``intake.open_room`` and ``intake.place_in_reach`` raise.
    """
    ticket_uuid = data.get("ticket_id") or f"generic:{uuid7()}"
    where = _place(token, place, data.get("topic") or {})
    project, *_ids = intake.place_in_reach(token, where.get("sector_uuid"), where.get("queue_uuid"))
    if seen := Ticket.objects.filter(project=project, ticket_uuid=ticket_uuid, external_id__isnull=False).first():
        return Opened(Named(seen, _external_id(seen)))
    replaced = ReplacedTicketUuid.objects.filter(project=project, ticket_uuid=ticket_uuid, external_id__isnull=False)
    if row := replaced.select_related("ticket").first():
        return Opened(Named(row.ticket, row.external_id or row.pk, replaced=True))
    asked = {**_asked(data), **where, "ticket_uuid": ticket_uuid}
    pk, created = intake.open_room(token, asked, by=by, flow_type=FlowType.GENERIC)
    ticket = Ticket.objects.get(pk=pk)
    return Opened(Named(ticket, _external_id(ticket)), present=not created)


def _external_id(ticket: Ticket) -> UUID:
    return ticket.external_id or ticket.pk


def _place(token: ApiToken, place: UUID, topic: dict[str, Any]) -> dict[str, UUID]:
    """Return the topic's queue if it takes tickets, else the queue or sector of the ticketer's base URL."""
    queues = intake.queues_in_reach(token)
    wanted = _uuid(topic.get("queue_uuid"))
    live = queues.filter(archived_at=None, sector__archived_at=None)
    if wanted and live.filter(pk=wanted).exists():
        return {"queue_uuid": wanted}
    if queues.filter(pk=place).exists():
        return {"queue_uuid": place}
    return {"sector_uuid": place}


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def _asked(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the request says, as the other type says it."""
    clean, contact, metadata = Intake(), data["contact"], data.get("metadata") or {}
    urn: Urn = contact.get("urn") or Urn()
    channel = clean.identifier(_inside(metadata, "channel").get("uuid"), 64)
    body = clean.text(data.get("body"))
    phone = next((urn[4:] for urn in contact.get("urns") or () if urn.startswith("tel:")), "")
    asked = {
        "contact": {
            "external_id": contact["uuid"],
            "name": contact.get("name"),
            "urn": Urn(urn.address, urn.display, channel or urn.channel),
            "phone": phone,
            "custom_fields": _some(language=contact.get("language")),
        },
        "user_email": clean.line((data.get("assignee") or {}).get("email"), max_length(User, "email")),
        "callback_url": clean.callback_address(metadata.get("webhook_base_url")),
        "flow_uuid": clean.identifier(_inside(metadata, "flow").get("uuid"), 64),
        "custom_fields": clean.fields({**_fields_of(body), **_some(priority=metadata.get("priority"))}),
        "created_on": data.get("opened_at"),
    }
    operations.count_corrections(clean.corrections)
    return asked


def _some(**values: Any) -> dict[str, Any]:
    """Return the values that say something."""
    return {name: value for name, value in values.items() if value}


def _inside(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _fields_of(body: str) -> dict[str, Any]:
    """Return the custom fields that the body of a ticket is: an object with some, or a text."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return _inside(found, "custom_fields")
    return {"body": body} if body else {}


def receive(named: Named, data: dict[str, Any]) -> Message | None:
    """Store a message; None if it was said before the hand-over, and stands in the conversation there.

    Raises Invalid (it says nothing), AlreadyClosed.
    """
    sender = (data.get("sender") or {}).get("type")
    incoming = data.get("direction") is not False and sender not in {"bot", "system", "agent"}
    sent_at, media = data.get("sent_at"), data.get("attachments") or ()
    handed_over = named.ticket.opened_at - (_JUST_BEFORE if incoming else timedelta())
    if sent_at is not None and sent_at < handed_over and (data.get("text") or media):
        line = operations.HistoryLine(incoming, sent_at, data.get("text") or "", media)
        operations.add_history(named.ticket.pk, [line])
        return None
    try:
        message, _created = operations.receive(
            named.ticket.pk,
            data.get("text") or "",
            incoming=incoming,
            media=media,
            created_on=sent_at,
            external_id=data.get("message_id") or "",
            metadata=data.get("metadata"),
        )
    except errors.TicketClosed as error:
        raise AlreadyClosed(external_id=str(named.external_id)) from error
    return message


def close(named: Named, *, by: Actor) -> None:
    """Close the ticket for the engine. Raises AlreadyClosed."""
    if not named.is_open:
        raise AlreadyClosed(external_id=str(named.external_id))
    operations.close_by_flow(named.ticket.pk, by=by)


def reopen(named: Named, *, by: Actor) -> Ticket:
    """Return the ticket in which the conversation goes on: a new one if this one is closed.

    Raises ReopenNotSupported and what ``operations.reopen_ticket`` raises.
    """
    if named.replaced:
        raise ReopenNotSupported(external_id=str(named.external_id))
    return operations.reopen_ticket(named.ticket.pk, by=by)
