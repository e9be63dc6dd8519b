"""Requests and responses of the flow engine's API (rooms and messages: ``tickets.webhooks.payloads``)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.api.fields import FreeForm, FreeList, FreeObject, Instant, Text, YesNo, check_address, optional_text
from core.validation import max_length
from orgs.models import User
from tickets.models import TEXT_LENGTH, Attachment, Contact, Message, Ticket
from tickets.webhooks.payloads import FlowInstant


class HistoryStoredSerializer(serializers.Serializer):
    """What became of a batch."""

    received = serializers.IntegerField()
    stored = serializers.IntegerField(help_text="Those not stored before.")


class FlowPlaceSerializer(serializers.Serializer):
    """A sector or queue of a list."""

    uuid = serializers.UUIDField(source="pk")
    name = serializers.CharField()
    created_on = FlowInstant(source="created_at")
    modified_on = FlowInstant(source="modified_at")


class ListedQueueSerializer(FlowPlaceSerializer):
    """A queue that takes tickets."""

    sector = serializers.UUIDField(source="sector_id")


class ListedSectorSerializer(FlowPlaceSerializer):
    """A sector."""

    project = serializers.UUIDField(source="project_id")
    timezone = serializers.CharField()


class _ListPage(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


@extend_schema_serializer(many=False)
class QueueList(_ListPage):
    """A page of queues."""

    results = ListedQueueSerializer(many=True)


@extend_schema_serializer(many=False)
class SectorList(_ListPage):
    """A page of sectors."""

    results = ListedSectorSerializer(many=True)


class ListQuery(serializers.Serializer):
    """Parameters of both lists."""

    limit = serializers.IntegerField(required=False, min_value=1, help_text="Rows of a page, at most 100.")
    after = serializers.UUIDField(required=False, help_text="Go on after this one (`next` has it).")
    before = serializers.UUIDField(required=False, help_text="Go back before this one (`previous` has it).")


class QueueListQuery(ListQuery):
    """Parameters of the list of queues."""

    sector = serializers.UUIDField(required=False, help_text="Only queues of this sector.")


#: Messages of the bot conversation per call.
MAX_HISTORY = 50
MAX_ATTACHMENTS = 20

INCOMING, OUTGOING = "incoming", "outgoing"


def _address(help_text: str, *, required: bool) -> Text:
    options: dict[str, Any] = {"max_length": max_length(Ticket, "callback_url"), "help_text": help_text}
    if not required:
        options |= {"required": False, "allow_null": True, "allow_blank": True}
    return Text(validators=[_check_if_any], **options)


def _check_if_any(value: str) -> None:
    if value:
        check_address(value)


class AttachmentRequest(serializers.Serializer):
    """A file at an address of the channel."""

    content_type = optional_text(max_length(Attachment, "content_type"), "Like `image/jpeg`.")
    url = _address("http or https.", required=True)


class _Said(serializers.Serializer):
    """Text, files, or both."""

    text = optional_text(TEXT_LENGTH, "May be empty where there is an attachment.")
    direction = serializers.ChoiceField(
        [INCOMING, OUTGOING], help_text="`incoming` from the contact, `outgoing` shown as the bot's."
    )
    attachments = serializers.ListField(
        child=AttachmentRequest(), required=False, allow_null=True, max_length=MAX_ATTACHMENTS
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
    created_on = Instant(required=False, allow_null=True, help_text="The channel's time; now, if missing.")
    metadata = FreeForm(help_text="Kept with the message.")
    external_id = optional_text(
        max_length(Message, "external_id"), "The channel's id: a second message with it answers the first."
    )


class ContactRequest(serializers.Serializer):
    """The contact, as the flow engine knows them."""

    external_id = Text(
        max_length=max_length(Contact, "external_id"), help_text="The flow engine's id of the contact."
    )
    name = optional_text(max_length(Contact, "name"))
    email = optional_text(max_length(Contact, "email"))
    phone = optional_text(max_length(Contact, "phone"))
    urn = optional_text(max_length(Contact, "urn"), "`scheme:path`, such as `whatsapp:5511…`.")
    custom_fields = FreeObject()
    groups = FreeList(help_text="Objects with `uuid` and `name`.")


class RoomRequest(serializers.Serializer):
    """What it takes to open a room."""

    ticket_uuid = optional_text(
        max_length(Ticket, "ticket_uuid"), "The flow engine's id: sent again, it answers the same room."
    )
    queue_uuid = serializers.UUIDField(required=False, allow_null=True, help_text="This queue; or:")
    sector_uuid = serializers.UUIDField(
        required=False, allow_null=True, help_text="The first queue of this sector. One of both is needed."
    )
    user_email = optional_text(
        max_length(User, "email"), "The agent wanted: gets it if eligible, else normal routing."
    )
    contact = ContactRequest()
    custom_fields = FreeObject(help_text="Shown to the agent.")
    callback_url = _address("Where answers of agents go.", required=False)
    flow_uuid = optional_text(max_length(Ticket, "flow_uuid"))
    is_anon = YesNo(required=False, allow_null=True, help_text="The contact's URN is shown to nobody.")
    history = serializers.ListField(
        child=HistoryMessageRequest(),
        required=False,
        allow_null=True,
        max_length=MAX_HISTORY,
        help_text="The bot conversation so far.",
    )
    protocol = optional_text(max_length(Ticket, "protocol"), "Made here if empty.")
    created_on = Instant(required=False, allow_null=True, help_text="The hand-over, if it was less than a day ago.")


class RoomChangeRequest(serializers.Serializer):
    """What may change in an open room; what is not named stays."""

    callback_url = _address("Where answers of agents go from now on.", required=False)
    custom_fields = FreeObject(help_text="Merged with what is there, by name.")
