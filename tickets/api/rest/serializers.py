"""Tickets and their lines in the REST API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import DayOrInstant
from core.api.schema import PageQuery
from core.validation import max_length
from orgs.api.serializers import PersonSerializer
from tickets.files.kinds import Kind, classified
from tickets.files.links import address_for_programs, address_of
from tickets.models import (
    TEXT_LENGTH,
    Attachment,
    Contact,
    DeliveryState,
    EventKind,
    FetchError,
    FetchState,
    MessageKind,
    Ticket,
    TicketStatus,
)
from tickets.operations import MAX_AT_ONCE

LINE_KINDS = [*MessageKind.choices, ("event", "Event")]


class NamedSerializer(serializers.Serializer):
    """Something by its id and name."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ContactSerializer(serializers.Serializer):
    """A contact. Of an anonymous one, neither URN nor telephone is shown."""

    id = serializers.UUIDField()
    external_id = serializers.CharField(help_text="The flow engine's id.")
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    urn = serializers.CharField()
    custom_fields = serializers.DictField()


class TicketSerializer(serializers.Serializer):
    """A ticket."""

    id = serializers.UUIDField()
    protocol = serializers.CharField()
    status = serializers.ChoiceField(TicketStatus.choices)
    position = serializers.IntegerField(allow_null=True, help_text="In the queue, from 1; null unless it waits.")
    contact = serializers.SerializerMethodField()
    sector = NamedSerializer()
    queue = NamedSerializer()
    agent = PersonSerializer(allow_null=True)
    tags = NamedSerializer(many=True)
    source = serializers.CharField()  # type: ignore[assignment]
    is_anon = serializers.BooleanField()
    custom_fields = serializers.DictField()
    opened_at = serializers.DateTimeField()
    queued_at = serializers.DateTimeField()
    assigned_at = serializers.DateTimeField(allow_null=True)
    first_response_at = serializers.DateTimeField(allow_null=True)
    last_message_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by_flow = serializers.BooleanField()
    transfer_count = serializers.IntegerField()
    unread_count = serializers.IntegerField()

    @extend_schema_field(ContactSerializer)
    def get_contact(self, row: Ticket) -> dict[str, Any]:
        """The contact, as far as the flow lets them be shown."""
        shown: dict[str, Any] = dict(ContactSerializer(row.contact).data)
        return {**shown, "urn": "", "phone": "", "email": row.email_to_show} if row.is_anon else shown


class PlaceSerializer(serializers.Serializer):
    """A point on earth, in degrees (WGS 84)."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()


class FileSerializer(serializers.Serializer):
    """A file of a message, or something else that the contact sent."""

    kind = serializers.SerializerMethodField(help_text="By its bytes if they are stored, else as the channel says.")
    content_type = serializers.CharField(
        help_text="As the channel says, which may be any text; of a file sent from here, as found in the bytes."
    )
    url = serializers.SerializerMethodField(
        help_text="As the channel says, which may be any text; of a file sent from here, as `stored_url`."
    )
    state = serializers.ChoiceField(FetchState.choices, help_text="Empty if there is nothing to fetch.")
    error = serializers.ChoiceField([("", "None"), *FetchError.choices], help_text="Why it could not be fetched.")
    stored_type = serializers.SerializerMethodField(help_text="As found in the bytes; empty unless they are stored.")
    stored_url = serializers.SerializerMethodField(
        help_text="Where to get the stored bytes, for some days; null unless they are."
    )
    location = serializers.SerializerMethodField(help_text="The place, if that is what was sent.")
    name = serializers.CharField()
    size = serializers.IntegerField(allow_null=True, help_text="In bytes; null unless they are stored.")

    @extend_schema_field(serializers.ChoiceField(Kind.choices))
    def get_kind(self, row: Attachment) -> str:
        """What it is to people."""
        return str(classified(row).kind)

    def get_url(self, row: Attachment) -> str:
        """The channel's address, or ours."""
        return address_of(row)

    def get_stored_type(self, row: Attachment) -> str:
        """The content type of the stored bytes."""
        return row.served_type if row.state == FetchState.STORED else ""

    def get_stored_url(self, row: Attachment) -> str | None:
        """Our address."""
        return address_for_programs(row) if row.state == FetchState.STORED else None

    @extend_schema_field(PlaceSerializer(allow_null=True))
    def get_location(self, row: Attachment) -> dict[str, Any] | None:
        """The place of a location."""
        place = classified(row).place
        return dict(PlaceSerializer(place).data) if place else None


class LineSerializer(serializers.Serializer):
    """A line of a conversation: a message, a note, or something that happened (``kind`` is *event*)."""

    id = serializers.UUIDField(source="pk")
    number = serializers.IntegerField(
        allow_null=True, help_text="Orders the lines, without gaps; null before the hand-over."
    )
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(LINE_KINDS)
    event = serializers.ChoiceField([("", "None"), *EventKind.choices])
    author = serializers.CharField()
    text = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    attachments = FileSerializer(many=True)
    delivery = serializers.ChoiceField(DeliveryState.choices)


class LinesSerializer(serializers.Serializer):
    """Lines in reading order; ``earlier`` is the address of those before, null where there are none."""

    earlier = serializers.URLField(allow_null=True)
    results = LineSerializer(many=True)


class TicketWithLinesSerializer(TicketSerializer):
    """A ticket with its newest lines."""

    lines = LinesSerializer()


class TicketsQuery(PageQuery):
    """Parameters of the list of tickets; those given must all fit. Each is what a query looks for, by its source."""

    status = serializers.ChoiceField([*TicketStatus.choices, ("open", "Open")], required=False,
                                     help_text="`open` is waiting or active.")  # fmt: skip
    sector = serializers.UUIDField(required=False)
    queue = serializers.UUIDField(required=False)
    agent = serializers.UUIDField(required=False)
    tag = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=50, help_text="May be repeated: any of them."
    )
    contact = serializers.CharField(
        required=False,
        max_length=max_length(Contact, "external_id"),
        source="contact__external_id",
        help_text="The flow engine's id.",
    )
    protocol = serializers.CharField(required=False, max_length=max_length(Ticket, "protocol"))
    opened_from = DayOrInstant(required=False, help_text="A date alone: its beginning where the ticket's sector is.")
    opened_before = DayOrInstant(required=False)
    closed_from = DayOrInstant(required=False)
    closed_before = DayOrInstant(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Drop what is empty."""
        return {name: value for name, value in attrs.items() if value not in (None, "", [])}


class LinesQuery(serializers.Serializer):
    """Parameters of the lines of a ticket; one of them or none."""

    before = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="Lines below this number."
    )
    after = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="Lines above this number."
    )


class HistoryQuery(serializers.Serializer):
    """Parameters of the bot conversation before the hand-over."""

    before = serializers.CharField(required=False, max_length=120, help_text="As `earlier` gives it.")


class TagsChange(serializers.Serializer):
    """Other tags for a closed ticket."""

    tags = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=50,
        help_text="All of them: at least one, each a tag of the sector that can be chosen, or one the ticket has.",
    )


class CloseRequest(serializers.Serializer):
    """How a ticket ends."""

    tags = serializers.ListField(
        child=serializers.UUIDField(), max_length=50, help_text="At least one tag of the ticket's sector."
    )


def _tickets() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=MAX_AT_ONCE,
        help_text="Each is done or refused by itself, in this order.",
    )


class CloseManyRequest(serializers.Serializer):
    """How several tickets end."""

    tickets = _tickets()
    tags = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=200,
        help_text="Of several sectors, if need be; a ticket gets those of its own, and needs one.",
    )


class HandManyRequest(serializers.Serializer):
    """Where several tickets go: to a queue, or to an agent by hand."""

    tickets = _tickets()
    queue = serializers.UUIDField(required=False, help_text="To the end of its line.")
    agent = serializers.UUIDField(
        required=False, help_text="By hand, over the limit too; for who directs the sectors."
    )
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=TEXT_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError where neither or both of the places are given."""
        if ("queue" in attrs) == ("agent" in attrs):
            raise serializers.ValidationError({"queue": [_("Name a queue or an agent.")]})
        return attrs


class TicketOutcomeSerializer(serializers.Serializer):
    """What became of one of several tickets."""

    ticket = serializers.UUIDField(source="ticket_id")
    done = serializers.BooleanField()
    code = serializers.CharField(help_text="Why it was refused, for programs; empty where it is done.")
    message = serializers.CharField(source="sentence", help_text="The same for people.")


class TicketOutcomesSerializer(serializers.Serializer):
    """What became of each."""

    done = serializers.IntegerField(help_text="How many are done.")
    results = TicketOutcomeSerializer(many=True)
