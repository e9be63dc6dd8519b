"""Rooms and messages as the flow engine reads them, in responses of ``/v1/external`` and in callbacks."""

from collections.abc import Collection
from datetime import UTC
from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from tickets.files.links import address_of
from tickets.models import Attachment, Delivery, Message, MessageKind, Ticket
from tickets.models.querysets import line_positions

from . import generic

#: In place of what is not shown.
HIDDEN = "…"
_PERSONAL = ("external_id", "name", "email", "phone", "custom_fields")


class FlowInstant(serializers.DateTimeField):
    """A time as RFC 3339 in UTC with microseconds."""

    def to_representation(self, value: Any) -> str:
        """Return it as text."""
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class FlowAgentSerializer(serializers.Serializer):
    """The agent who attends."""

    first_name = serializers.CharField()
    last_name = serializers.CharField()
    email = serializers.EmailField()


class _Status(serializers.ChoiceField):
    def to_representation(self, value: Any) -> str:
        return "online" if value else "offline"


class FlowContactSerializer(serializers.Serializer):
    """The contact."""

    uuid = serializers.UUIDField(source="contact.pk")
    external_id = serializers.CharField(source="contact.external_id")
    name = serializers.CharField(source="contact.name")
    email = serializers.CharField(source="contact.email")
    status = _Status(["online", "offline"], source="is_open")
    phone = serializers.CharField(source="contact.phone")
    custom_fields = serializers.DictField(source="contact.custom_fields")
    created_on = FlowInstant(source="contact.created_at")

    def get_attribute(self, instance: Ticket | Message) -> Ticket | None:
        """Return the ticket: its contact, and whether a conversation with them is open. Of a message that is not
        the contact's, None."""
        if isinstance(instance, Ticket):
            return instance
        return instance.ticket if instance.kind == MessageKind.CONTACT else None


class FlowQueueSerializer(serializers.Serializer):
    """The queue the room is in."""

    uuid = serializers.UUIDField(source="pk")
    created_on = FlowInstant(source="created_at")
    modified_on = FlowInstant(source="modified_at")
    name = serializers.CharField()
    sector = serializers.UUIDField(source="sector_id")


class RoomSerializer(serializers.Serializer):
    """A room: a ticket, in the words of the flow engine."""

    uuid = serializers.UUIDField(source="pk")
    user = FlowAgentSerializer(source="agent", allow_null=True, help_text="null while it waits.")
    contact = FlowContactSerializer()
    queue = FlowQueueSerializer()
    created_on = FlowInstant(source="opened_at")
    modified_on = FlowInstant(source="modified_at")
    is_active = serializers.BooleanField(source="is_open", help_text="false once it is closed.")
    custom_fields = serializers.DictField()
    callback_url = serializers.CharField()
    protocol = serializers.CharField()
    position = serializers.IntegerField(allow_null=True, help_text="In the queue, from 1; null once assigned.")
    ended_at = FlowInstant(source="closed_at", allow_null=True)


class _Address(serializers.URLField):
    def to_representation(self, value: Any) -> str:
        return address_of(value)


class MediaSerializer(serializers.Serializer):
    """A file of a message."""

    content_type = serializers.CharField()
    #: The channel's address, or for a while one of ours (docs/rules.md, Files).
    url = _Address(source="*")


class MessageSerializer(serializers.Serializer):
    """A message of a room."""

    uuid = serializers.UUIDField(source="pk")
    user = FlowAgentSerializer(allow_null=True, help_text="Who wrote it, if an agent did.")
    room = serializers.UUIDField(source="ticket_id")
    contact = FlowContactSerializer(allow_null=True, help_text="Who wrote it, if the contact did.")
    text = serializers.CharField(source="words")
    seen = serializers.BooleanField(source="is_seen")
    media = MediaSerializer(many=True, source="attachments")
    created_on = FlowInstant()

    def to_representation(self, instance: Message) -> dict[str, Any]:
        """Return the message; of an automatic one ``metadata`` says for what it is."""
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.kind == MessageKind.AUTOMATIC:
            shown["metadata"] = instance.metadata
        return shown


def set_positions(tickets: Collection[Any]) -> None:
    """Set ``position``, as a room shows it: in the line, None unless it waits. One query for all."""
    positions = line_positions([ticket.pk for ticket in tickets if ticket.is_waiting])
    for ticket in tickets:
        ticket.position = positions.get(ticket.pk)


def room_now(ticket_id: Any) -> Ticket:
    """Return the ticket's current state from the database, with ``position``, as ``room`` needs it."""
    ticket: Any = Ticket.objects.for_lists().with_position().get(pk=ticket_id)
    ticket.position = ticket.line_position if ticket.is_waiting else None
    found: Ticket = ticket
    return found


def room(ticket: Any, position: int | None) -> dict[str, Any]:
    """Return a ticket as a room.

    Its contact, queue and agent should be loaded; ``position`` is its position in the queue, None if it is in none.
    """
    ticket.position = position
    return RoomSerializer(ticket).data


def room_left(ticket: Ticket, delivery: Delivery) -> dict[str, Any]:
    """Return a ticket as a room for an address that it has left: closed, for there it is."""
    ended = FlowInstant().to_representation(delivery.created_at)
    return {**room(ticket, None), "is_active": False, "callback_url": delivery.url, "ended_at": ended}


def message(row: Message, ticket: Ticket) -> dict[str, Any]:
    """Return a message of the ticket: from an agent (``user``), the contact (``contact``), or neither."""
    row.ticket = ticket
    return MessageSerializer(row).data


def part(delivery: Delivery, ticket: Ticket) -> dict[str, Any]:
    """Return what the callback for one part of a message carries: the message with one file alone, or its text."""
    file = Attachment.objects.filter(deliveries=delivery)
    rows = Message.objects.select_related("user").prefetch_related(Prefetch("attachments", file))
    shown = message(rows.get(deliveries=delivery), ticket)
    return {**shown, "text": ""} if delivery.attachment_id else shown


def body_of(delivery: Delivery, ticket: Ticket) -> dict[str, Any]:
    """Return what a callback carries, as the engine that listens expects it."""
    if generic.listens(delivery, ticket):
        return generic.body_of(delivery, ticket)
    if delivery.kind != Delivery.Kind.UPDATE:
        content = part(delivery, ticket)
    elif delivery.url:
        content = room_left(ticket, delivery)
    else:
        content = room(ticket, None)
    return {"type": delivery.kind, "content": content}


def payload_to_show(delivery: Delivery) -> dict[str, Any]:
    """Return a callback as it is sent, to be read by people who may not see its ticket.

    Addresses that open what they name are left out, and who the contact of an anonymous ticket is.
    """
    ticket = Ticket.objects.for_lists().get(pk=delivery.ticket_id)
    body = body_of(delivery, ticket)
    content = body.get("content", body)
    if "callback_url" in content:
        content["callback_url"] = HIDDEN
    for media in (*content.get("media", ()), *content.get("attachments", ())):
        media["url"] = HIDDEN
    if ticket.is_anon and content.get("contact"):
        content["contact"] = {**content["contact"], **dict.fromkeys(_PERSONAL, HIDDEN)}
    return body
