"""What the flow engine may send: each field with its type and bound; members not named here are ignored."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from orgs.api.fields import FreeForm, Instant, Text, YesNo, check_address, optional_text
from tickets.models import TEXT_LENGTH

#: Messages of the bot conversation in one call.
MOST_HISTORY = 50
MOST_ATTACHMENTS = 20

INCOMING, OUTGOING = "incoming", "outgoing"


def _address(*, required: bool) -> Text:
    options: dict[str, Any] = {"max_length": 2048}
    if not required:
        options |= {"required": False, "allow_null": True, "allow_blank": True}
    return Text(validators=[_check_if_any], **options)


def _check_if_any(value: str) -> None:
    if value:
        check_address(value)


class AttachmentRequest(serializers.Serializer):
    """A file at an address of the channel."""

    content_type = optional_text(127)
    url = _address(required=True)


class _Said(serializers.Serializer):
    """Text, files, or both."""

    text = optional_text(TEXT_LENGTH)
    direction = serializers.ChoiceField([INCOMING, OUTGOING])
    attachments = serializers.ListField(
        child=AttachmentRequest(), required=False, allow_null=True, max_length=MOST_ATTACHMENTS
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a message that says nothing."""
        if not (attrs.get("text") or "").strip() and not attrs.get("attachments"):
            raise serializers.ValidationError(_("Send a text, an attachment, or both."), code="empty_message")
        return attrs


class HistoryMessageRequest(_Said):
    """A message of the bot conversation from before the hand-over."""

    created_on = Instant()


class MessageRequest(_Said):
    """A message of the contact, or one shown as the bot's."""

    room = serializers.UUIDField()
    created_on = Instant(required=False, allow_null=True)
    metadata = FreeForm()
    external_id = optional_text(255)


class ContactRequest(serializers.Serializer):
    """The contact, as the flow engine knows them."""

    external_id = Text(max_length=64)
    name = optional_text(255)
    email = optional_text(254)
    phone = optional_text(64)
    urn = optional_text(255)
    custom_fields = FreeForm(dict)
    groups = FreeForm(list)


class HistoryField(serializers.ListField):
    """Messages of the bot conversation."""

    child = HistoryMessageRequest()


class RoomRequest(serializers.Serializer):
    """What it takes to open a room."""

    ticket_uuid = optional_text(64)
    queue_uuid = serializers.UUIDField(required=False, allow_null=True)
    sector_uuid = serializers.UUIDField(required=False, allow_null=True)
    user_email = optional_text(254)
    contact = ContactRequest()
    custom_fields = FreeForm(dict)
    callback_url = _address(required=False)
    flow_uuid = optional_text(64)
    is_anon = YesNo(required=False, allow_null=True)
    history = HistoryField(required=False, allow_null=True, max_length=MOST_HISTORY)
    protocol = optional_text(64)
    created_on = Instant(required=False, allow_null=True)


class RoomChangeRequest(serializers.Serializer):
    """What may change in an open room; what is not named stays."""

    callback_url = _address(required=False)
    custom_fields = FreeForm(dict)
