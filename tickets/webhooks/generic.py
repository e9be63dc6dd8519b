"""Callbacks to an engine of the type *generic* (docs/flow.md, Type generic): addresses, bodies, headers."""

import hashlib
import hmac
import uuid
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch

from tickets.files.links import address_of
from tickets.models import Attachment, Delivery, Message, MessageKind, Ticket

MESSAGES, CLOSE = "/messages", "/tickets/close"
SIGNATURE_HEADER = "X-Webhook-Signature"
TIMESTAMP_HEADER = "X-Webhook-Timestamp"


def listens(delivery: Delivery, ticket: Ticket) -> bool:
    """Return whether an engine of this type gets a delivery of the ticket."""
    return delivery.external_id is not None if delivery.url else ticket.is_generic


def url_of(delivery: Delivery, base: str) -> str:
    """Return the address of a delivery, below the ticketer's."""
    return base.rstrip("/") + (CLOSE if delivery.kind == Delivery.Kind.UPDATE else MESSAGES)


def body_of(delivery: Delivery, ticket: Ticket) -> dict[str, Any]:
    """Return what a delivery says: a part of a message, or that the ticket is closed."""
    called = str(delivery.external_id or ticket.external_id)
    if delivery.kind == Delivery.Kind.UPDATE:
        return {"external_id": called, **_closing(delivery, ticket)}
    file = Attachment.objects.filter(deliveries=delivery)
    rows = Message.objects.select_related("user").prefetch_related(Prefetch("attachments", file))
    message = rows.get(deliveries=delivery)
    return {
        "external_id": called,
        "message_external_id": str(delivery.attachment_id or message.pk),
        "direction": "outgoing",
        "sender": _sender(message),
        "text": "" if delivery.attachment_id else message.text,
        "attachments": [_attachment(file) for file in message.attachments.all()],
        "metadata": message.metadata if message.kind == MessageKind.AUTOMATIC else {},
        "sent_at": _instant(message.created_on),
    }


def _sender(message: Message) -> dict[str, str]:
    if message.user is None:
        return {"type": "system"}
    return {"type": "agent", "id": str(message.user.pk), "name": message.user.name, "email": message.user.email}


def _attachment(file: Attachment) -> dict[str, Any]:
    return {
        "id": str(file.pk),
        "url": address_of(file),
        "content_type": file.content_type,
        "filename": file.name,
        "size": file.size,
    }


def _closing(delivery: Delivery, ticket: Ticket) -> dict[str, Any]:
    if delivery.url:
        # The conversation goes on, for another ticket of the engine.
        return {"closed_by": {"type": "system"}, "reason": "transferred", "closed_at": _instant(delivery.created_at)}
    by = ticket.closed_by
    return {
        "closed_by": {"type": "agent", "id": str(by.pk), "name": by.name} if by else {"type": "system"},
        "reason": "resolved" if by else "other",
        "closed_at": _instant(ticket.closed_at or delivery.created_at),
    }


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def headers_for(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a body that is sent ``now`` (aware); the engine refuses a timestamp of 5 minutes ago."""
    return {
        SIGNATURE_HEADER: "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        TIMESTAMP_HEADER: now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "X-Request-Id": str(uuid.uuid4()),
    }
