"""Rooms and messages as the flow engine reads them: in answers of ``/v1/external`` and in callbacks alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orgs.models import User
from tickets.files.links import address_for_programs
from tickets.models import Attachment, Contact, Message, MessageKind, Ticket


def instant(value: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC with microseconds, or None."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def person(user: User | None) -> dict[str, Any] | None:
    """Return an agent as the flow engine shows them, or None while nobody attends."""
    if user is None:
        return None
    return {"first_name": user.first_name, "last_name": user.last_name, "email": user.email}


def contact(row: Contact, *, online: bool) -> dict[str, Any]:
    """Return a contact; ``status`` says whether a conversation with them is open."""
    return {
        "uuid": str(row.pk),
        "external_id": row.external_id,
        "name": row.name,
        "email": row.email,
        "status": "online" if online else "offline",
        "phone": row.phone,
        "custom_fields": row.custom_fields,
        "created_on": instant(row.created_at),
    }


def room(ticket: Ticket, position: int | None) -> dict[str, Any]:
    """Return a ticket as a room. Its contact, queue and agent should be loaded; ``position`` is its place in the
    line, None once it is out of it."""
    queue = ticket.queue
    return {
        "uuid": str(ticket.pk),
        "user": person(ticket.agent),
        "contact": contact(ticket.contact, online=not ticket.is_closed),
        "queue": {
            "uuid": str(queue.pk),
            "created_on": instant(queue.created_at),
            "modified_on": instant(queue.modified_at),
            "name": queue.name,
            "sector": str(queue.sector_id),
        },
        "created_on": instant(ticket.opened_at),
        "modified_on": instant(ticket.modified_at),
        "is_active": not ticket.is_closed,
        "custom_fields": ticket.custom_fields,
        "callback_url": ticket.callback_url,
        "protocol": ticket.protocol,
        "position": position,
        "ended_at": instant(ticket.closed_at),
    }


def room_now(ticket_id: Any) -> dict[str, Any]:
    """Return the room of a ticket as the database has it now."""
    ticket: Any = Ticket.objects.for_lists().with_position().get(pk=ticket_id)
    return room(ticket, ticket.line_position if ticket.is_waiting else None)


def media(attachment: Attachment) -> Mapping[str, str]:
    """Return a file of a message: at the channel's address, or for a while at one of ours (docs/rules.md, Files)."""
    return {"content_type": attachment.content_type, "url": attachment.url or address_for_programs(attachment)}


def message(row: Message, ticket: Ticket) -> dict[str, Any]:
    """Return a message of the ticket: of an agent (``user``), of the contact (``contact``), of the bot or automatic
    (neither; ``metadata`` then says for what)."""
    theirs = row.kind == MessageKind.CONTACT
    shown: dict[str, Any] = {
        "uuid": str(row.pk),
        "user": person(row.user),
        "room": str(ticket.pk),
        "contact": contact(ticket.contact, online=not ticket.is_closed) if theirs else None,
        "text": row.text,
        "seen": row.seen_at is not None,
        "media": [media(item) for item in row.attachments.all()],
        "created_on": instant(row.created_on),
    }
    if row.kind == MessageKind.AUTOMATIC:
        shown["metadata"] = row.metadata
    return shown
