"""Requests and answers of the type *generic*. Nothing is refused that can be kept (``tickets.intake``)."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.validation import max_length
from tickets.api.external.fields import (
    ContactId,
    Direction,
    Kept,
    KeptAnything,
    KeptAttachments,
    KeptId,
    KeptInstant,
    KeptLine,
    KeptText,
    KeptUrn,
)
from tickets.models import Contact, Message, Ticket
from tickets.operations import HistoryLine
from tickets.webhooks.payloads import FlowInstant


def _object(**properties: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": said} for name, said in properties.items()},
        "additionalProperties": {},
        "nullable": True,
    }


class _KeptObject(Kept):
    """An object, empty if it is of another kind."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return self.intake.fields(data)


@extend_schema_field(_object(uuid="", name="", queue_uuid="A queue of ours: the ticket goes there."))
class KeptTopic(_KeptObject):
    """What the ticket is about."""


@extend_schema_field(_object(email="The agent wanted: gets it if eligible, else normal routing.", name=""))
class KeptAssignee(_KeptObject):
    """Who should get the ticket."""


@extend_schema_field(
    _object(
        type="`contact`, `bot`, `agent` or `system`: only what the contact says counts as theirs.", id="", name=""
    )
)
class KeptSender(_KeptObject):
    """Whose words they are."""


@extend_schema_field(_object(webhook_base_url="Where answers of agents go: the address of the ticketer's callbacks."))
class KeptMetadata(_KeptObject):
    """What the engine adds: channel, flow, priority, the address of its callbacks."""


@extend_schema_field({"type": "array", "items": {"type": "string"}, "nullable": True})
class KeptUrns(Kept):
    """Further URNs, each without its query."""

    def to_internal_value(self, data: Any) -> list[str]:
        return [self.intake.urn(item).address for item in data[:20]] if isinstance(data, list) else []


_MESSAGE = {
    "type": "object",
    "properties": {
        "message_id": {"type": "string"},
        "direction": {"type": "string", "enum": ["incoming", "outgoing"]},
        "sender": _object(type="", id="", name=""),
        "text": {"type": "string"},
        "attachments": {"type": "array", "items": _object(url="", content_type="")},
        "sent_at": {"type": "string", "format": "date-time"},
    },
}


@extend_schema_field({"type": "array", "items": _MESSAGE, "nullable": True})
class KeptMessages(Kept):
    """Lines of the conversation so far."""

    def to_internal_value(self, data: Any) -> list[HistoryLine]:
        given = data if isinstance(data, list) else [data]
        return self.intake.history(
            [{**line, "created_on": line.get("sent_at")} if isinstance(line, dict) else line for line in given]
        )


class GenericContactRequest(serializers.Serializer):
    """The contact, as the engine knows them. What is empty leaves what is known."""

    uuid = ContactId(max_length(Contact, "external_id"), help_text="The engine's id of the contact.")
    name = KeptLine(max_length(Contact, "name"))
    urn = KeptUrn(help_text="`scheme:path`, such as `whatsapp:+5511…`; the query is not stored.")
    urns = KeptUrns(help_text="All of them: the first `tel:` is the phone number.")
    language = KeptLine(32, help_text="Kept among the contact's custom fields.")


class GenericOpenRequest(serializers.Serializer):
    """What it takes to open a ticket."""

    ticket_id = KeptId(max_length(Ticket, "ticket_uuid"), help_text="The engine's id of the ticket.")
    topic = KeptTopic()
    contact = GenericContactRequest()
    body = KeptText(help_text="Shown to the agent among the custom fields.")
    assignee = KeptAssignee()
    metadata = KeptMetadata()
    opened_at = KeptInstant(help_text="The hand-over, if it was less than a day ago.")


class GenericOpenAnswer(serializers.Serializer):
    """The ticket, as the engine stores it."""

    external_id = serializers.UUIDField(help_text="Names the ticket in all further calls.")
    status = serializers.CharField(help_text="`open` or `closed`.")
    created_at = FlowInstant()


class GenericMessageRequest(serializers.Serializer):
    """A message of the contact, or one shown as the bot's."""

    message_id = KeptId(
        max_length(Message, "external_id"), help_text="A second message with it is answered as the first."
    )
    direction = Direction()
    sender = KeptSender()
    text = KeptText(help_text="May be empty where there is an attachment or metadata.")
    attachments = KeptAttachments(help_text="Of any type, at any address.")
    metadata = KeptAnything(help_text="Kept with the message.")
    sent_at = KeptInstant(help_text="What was said before the hand-over is shown there.")


class GenericMessageAnswer(serializers.Serializer):
    """What became of a message."""

    message_external_id = serializers.CharField()
    status = serializers.CharField(help_text="`received`.")


class GenericHistoryRequest(serializers.Serializer):
    """A batch of the conversation so far."""

    messages = KeptMessages()


class GenericHistoryAnswer(serializers.Serializer):
    """What became of a batch."""

    status = serializers.CharField(help_text="`history_received`.")
    messages_received = serializers.IntegerField()


class GenericStatusAnswer(serializers.Serializer):
    """The state of the ticket."""

    status = serializers.CharField(help_text="`open` or `closed`.")


class _NamedContact(serializers.Serializer):
    name = serializers.CharField()


class GenericTicketAnswer(GenericOpenAnswer):
    """The ticket."""

    contact = _NamedContact()
    updated_at = FlowInstant()
