"""Requests and responses of the flow engine's API (rooms and messages: ``tickets.webhooks.payloads``)."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.validation import max_length
from orgs.models import User
from tickets.models import Contact, Message, Ticket
from tickets.webhooks.payloads import FlowInstant

from .fields import (
    CallbackAddress,
    ContactId,
    Direction,
    KeptAnything,
    KeptAttachments,
    KeptFields,
    KeptGroups,
    KeptHistory,
    KeptId,
    KeptInstant,
    KeptLine,
    KeptText,
    KeptTruth,
    KeptUrn,
    OptionalUuid,
)


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


class ListPage(serializers.Serializer):
    """One page of a list."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


@extend_schema_serializer(many=False)
class QueueList(ListPage):
    """A page of queues."""

    results = ListedQueueSerializer(many=True)


@extend_schema_serializer(many=False)
class SectorList(ListPage):
    """A page of sectors."""

    results = ListedSectorSerializer(many=True)


class ListQuery(serializers.Serializer):
    """Parameters of both lists."""

    name = serializers.CharField(required=False, help_text="Only those with this in their name.")
    limit = serializers.IntegerField(required=False, min_value=1, help_text="Rows of a page, at most 100.")
    offset = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="Rows to skip; `after` misses and repeats none when rows come or go.",
    )
    after = serializers.UUIDField(required=False, help_text="Go on after this one (`next` has it).")
    before = serializers.UUIDField(required=False, help_text="Go back before this one (`previous` has it).")


class QueueListQuery(ListQuery):
    """Parameters of the list of queues."""

    sector = serializers.UUIDField(required=False, help_text="Only queues of this sector.")


class MessageRequest(serializers.Serializer):
    """A message of the contact, or one shown as the bot's."""

    room = serializers.UUIDField()
    text = KeptText(help_text="May be empty where there is an attachment or metadata.")
    direction = Direction(help_text="`incoming` from the contact, `outgoing` shown as the bot's.")
    attachments = KeptAttachments(help_text="Of any type, at any address.")
    created_on = KeptInstant(help_text="The channel's time; now, if missing.")
    metadata = KeptAnything(help_text="Kept with the message.")
    external_id = KeptId(
        max_length(Message, "external_id"),
        help_text="The channel's id: a second message with it answers the first.",
    )


class ContactRequest(serializers.Serializer):
    """The contact, as the flow engine knows them. What is empty leaves what is known."""

    external_id = ContactId(max_length(Contact, "external_id"), help_text="The flow engine's id of the contact.")
    name = KeptLine(max_length(Contact, "name"))
    email = KeptLine(max_length(Contact, "email"))
    phone = KeptLine(max_length(Contact, "phone"))
    urn = KeptUrn(help_text="`scheme:path`, such as `whatsapp:5511…`; the query is not stored.")
    custom_fields = KeptFields()
    groups = KeptGroups(help_text="Objects with `uuid` and `name`.")


class RoomRequest(serializers.Serializer):
    """What it takes to open a room."""

    ticket_uuid = KeptId(
        max_length(Ticket, "ticket_uuid"), help_text="The flow engine's id: sent again, it answers the same room."
    )
    queue_uuid = OptionalUuid(help_text="This queue; or:")
    sector_uuid = OptionalUuid(help_text="The first queue of this sector. One of both is needed.")
    user_email = KeptLine(
        max_length(User, "email"), help_text="The agent wanted: gets it if eligible, else normal routing."
    )
    contact = ContactRequest()
    custom_fields = KeptFields(help_text="Shown to the agent.")
    callback_url = CallbackAddress(help_text="Where answers of agents go.")
    flow_uuid = KeptId(max_length(Ticket, "flow_uuid"))
    is_anon = KeptTruth(help_text="The contact's URN is shown to nobody.")
    history = KeptHistory(help_text="The conversation so far.")
    protocol = KeptLine(max_length(Ticket, "protocol"), help_text="Made here if empty.")
    created_on = KeptInstant(help_text="The hand-over, if it was less than a day ago.")


class RoomChangeRequest(serializers.Serializer):
    """What may change in an open room; what is not named or empty stays."""

    callback_url = CallbackAddress(help_text="Where answers of agents go from now on.")
    custom_fields = KeptFields(help_text="Merged with what is there, by name.")
