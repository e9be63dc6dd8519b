"""What scripts read with a token (docs/flow.md, Reading): field names are those of the calls' first service."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from orgs.access import photo_address
from orgs.models import User
from queues.models import Status
from tickets.models import Message, MessageKind, Ticket
from tickets.webhooks.payloads import (
    FlowAgentSerializer,
    FlowInstant,
    MediaSerializer,
    MessageSerializer,
    RoomSerializer,
)

from .serializers import ListPage


class ReadPage(ListPage):
    """One page of a list that may be long."""

    count = serializers.IntegerField(help_text="Up to 10,000.")


class PageQuery(serializers.Serializer):
    """Parameters of every list."""

    limit = serializers.IntegerField(required=False, min_value=1, help_text="Rows of a page, at most 100.")
    page_size = serializers.IntegerField(required=False, min_value=1, help_text="The same.")
    offset = serializers.IntegerField(required=False, min_value=0, help_text="Rows to skip.")
    after = serializers.CharField(required=False, help_text="Go on from here (`next` has it).")
    before = serializers.CharField(required=False, help_text="Go back from here (`previous` has it).")


class PlaceNames(serializers.Serializer):
    """Parameters that say where."""

    project = serializers.UUIDField(required=False, help_text="For tokens that reach several projects.")
    sector = serializers.UUIDField(required=False)
    queue = serializers.UUIDField(required=False)


class PlaceQuery(PageQuery, PlaceNames):
    """Parameters of a list in a place."""


class RoomFilters(PlaceNames):
    """Filters of rooms, and their order."""

    sector = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="Its id, or a part of its name."
    )
    search = serializers.CharField(
        required=False,
        help_text="Words; each is in the contact's name, external id or URN, or the agent's e-mail address.",
    )
    ordering = serializers.CharField(
        required=False, help_text="`created_on`, `-created_on`, `ended_at` or `-ended_at`; any other is ignored."
    )
    urn = serializers.CharField(required=False)
    external_ids = serializers.CharField(required=False, help_text="Ids of contacts, separated by commas.")
    is_active = serializers.BooleanField(required=False)
    created_on__gte = serializers.DateTimeField(required=False)
    created_on__lte = serializers.DateTimeField(required=False)
    ended_at__gte = serializers.DateTimeField(required=False)
    ended_at__lte = serializers.DateTimeField(required=False)


class RoomQuery(PageQuery, RoomFilters):
    """Parameters of a list of rooms."""


class MessageQuery(PageQuery):
    """Filters of messages; a room or a contact is needed."""

    room = serializers.UUIDField(required=False)
    contact = serializers.UUIDField(required=False)
    is_active = serializers.BooleanField(required=False, help_text="Of open or of closed rooms only.")


class AgentQuery(PlaceQuery):
    """Filters of agents."""

    user = serializers.CharField(required=False, help_text="An e-mail address.")


class DayQuery(serializers.Serializer):
    """The days of which the time online is told."""

    start_date = serializers.DateField(required=False, help_text="The first day, in UTC; else today.")
    end_date = serializers.DateField(required=False, help_text="The last day, in UTC; else today.")


class AgentStatusQuery(DayQuery, AgentQuery):
    """Filters of agents, and the days of which their time online is told."""


class OneAgentStatusQuery(DayQuery, PlaceNames):
    """Where an agent is looked up, and the days of which their time online is told."""


def _seconds(value: float | None) -> int | None:
    return None if value is None else int(value)


class _Named(serializers.Serializer):
    uuid = serializers.UUIDField(source="pk")
    name = serializers.CharField()


class _Measured(serializers.Serializer):
    """A room's figures: the definitions are those of reports (docs/reports.md), in whole seconds."""

    interaction_time = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_interaction_time(self, ticket: Ticket) -> int | None:
        """Return the handling time; of a room that nobody had, None."""
        return _seconds(ticket.handling_seconds if ticket.assigned_at else None)


def _unless_anonymous(shown: dict[str, Any], ticket: Ticket) -> dict[str, Any]:
    """Return what is shown, of an anonymous contact without phone number and e-mail."""
    if ticket.is_anon and shown["contact"]:
        shown["contact"] = {**shown["contact"], "phone": "", "email": ""}
    return shown


class ReadRoomSerializer(RoomSerializer):
    """A room of a list; of an anonymous contact neither phone number nor e-mail."""

    def to_representation(self, instance: Ticket) -> dict[str, Any]:
        return _unless_anonymous(super().to_representation(instance), instance)


class ReadMessageSerializer(MessageSerializer):
    """A message of a list; of an anonymous contact neither phone number nor e-mail."""

    def to_representation(self, instance: Message) -> dict[str, Any]:
        return _unless_anonymous(super().to_representation(instance), instance.ticket)


class ListedRoomSerializer(_Measured):
    """A room in few words."""

    uuid = serializers.UUIDField(source="pk")
    user = serializers.EmailField(source="agent.email", default=None, allow_null=True)
    contact = serializers.CharField(source="contact.name")
    contact_external_id = serializers.CharField(source="contact.external_id")
    urn = serializers.CharField(source="urn_to_show")
    is_active = serializers.BooleanField(source="is_open")
    ended_at = FlowInstant(source="closed_at", allow_null=True)
    created_on = FlowInstant(source="opened_at")
    waiting_time = serializers.SerializerMethodField()
    tags = _Named(many=True)

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_waiting_time(self, ticket: Ticket) -> int | None:
        """Return the waiting time over all stays in queues; None while it is not known."""
        return _seconds(ticket.waiting_seconds)


class RoomFiguresSerializer(_Measured):
    """A room's times."""

    created_on = FlowInstant(source="opened_at")
    ended_at = FlowInstant(source="closed_at", allow_null=True)
    contact_external_id = serializers.CharField(source="contact.external_id")
    user = serializers.EmailField(source="agent.email", default=None, allow_null=True)
    user_name = serializers.CharField(source="agent.name", default=None, allow_null=True)
    user_assigned_at = FlowInstant(source="assigned_at", allow_null=True)
    first_user_message = FlowInstant(source="first_response_at", allow_null=True)
    tags = _Named(many=True)


class _KnownContact(_Named):
    external_id = serializers.CharField()


class _NamedUser(serializers.Serializer):
    name = serializers.CharField()
    email = serializers.EmailField()


class RoomFiguresV2Serializer(_Measured):
    """A room's times and whereabouts."""

    uuid = serializers.UUIDField(source="pk")
    created_on = FlowInstant(source="opened_at")
    ended_at = FlowInstant(source="closed_at", allow_null=True)
    urn = serializers.CharField(source="urn_to_show")
    contact = _KnownContact()
    user = _NamedUser(source="agent", allow_null=True)
    user_assigned_at = FlowInstant(source="assigned_at", allow_null=True)
    first_user_assigned_at = FlowInstant(source="first_assigned_at", allow_null=True)
    first_user_message_sent_at = FlowInstant(source="first_response_at", allow_null=True)
    automatic_message_sent_at = FlowInstant(source="told_assignment_at", allow_null=True)
    time_to_send_automatic_message = serializers.SerializerMethodField()
    tags = _Named(many=True)
    protocol = serializers.CharField()
    sector = _Named()
    custom_fields = serializers.DictField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_time_to_send_automatic_message(self, ticket: Any) -> int | None:
        """Return the seconds from the first assignment to the automatic message that tells of it."""
        if ticket.told_assignment_at is None or ticket.first_assigned_at is None:
            return None
        return max(int((ticket.told_assignment_at - ticket.first_assigned_at).total_seconds()), 0)


class RoomCountSerializer(serializers.Serializer):
    """How many open rooms there are."""

    waiting = serializers.IntegerField()
    in_service = serializers.IntegerField()


class _FileOfMessage(MediaSerializer):
    created_on = FlowInstant(source="message.created_on")


class _Replied(serializers.Serializer):
    uuid = serializers.UUIDField(source="pk")
    text = serializers.CharField(source="words")


class RoomMessageSerializer(serializers.Serializer):
    """A message of a conversation."""

    uuid = serializers.UUIDField(source="pk")
    user = _NamedUser(allow_null=True)
    contact = serializers.SerializerMethodField()
    text = serializers.CharField(source="words")
    created_on = FlowInstant()
    replied_message = _Replied(source="replied", allow_null=True)
    media = _FileOfMessage(many=True, source="attachments")
    is_automatic_message = serializers.SerializerMethodField()

    @extend_schema_field(_Named(allow_null=True))
    def get_contact(self, message: Message) -> dict[str, Any] | None:
        """Return who wrote it, if the contact did."""
        return _Named(message.ticket.contact).data if message.kind == MessageKind.CONTACT else None

    def get_is_automatic_message(self, message: Message) -> bool:
        """Whether a sector's automatic message."""
        return message.kind == MessageKind.AUTOMATIC


class _ShownAgentSerializer(FlowAgentSerializer):
    photo_url = serializers.SerializerMethodField(help_text="Where the photo is, for some days and for anyone.")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_photo_url(self, person: User) -> str | None:
        """Return a signed address of the photo, None without one."""
        return photo_address(person)


class ListedAgentSerializer(serializers.Serializer):
    """Somebody with access to Chats."""

    uuid = serializers.UUIDField(source="pk")
    user = _ShownAgentSerializer(source="*")


class _Pause(serializers.Serializer):
    name = serializers.CharField(source="reason")
    since = FlowInstant()


class ListedAgentStatusSerializer(_ShownAgentSerializer):
    """Somebody with access to Chats, and what they are doing now."""

    uuid = serializers.UUIDField(source="pk")
    status = serializers.SerializerMethodField()
    active_custom_status = serializers.SerializerMethodField()
    last_seen = FlowInstant(source="current.seen_at", default=None, allow_null=True)
    last_status_change = FlowInstant(source="current.since", default=None, allow_null=True)
    time_in_current_status = serializers.SerializerMethodField()
    online_time = serializers.SerializerMethodField(help_text="Minutes.")

    @extend_schema_field(serializers.ChoiceField(["ONLINE", "OFFLINE"]))
    def get_status(self, person: Any) -> str:
        """Return whether they get tickets."""
        return "ONLINE" if person.current and person.current.status == Status.ONLINE else "OFFLINE"

    @extend_schema_field(_Pause(allow_null=True))
    def get_active_custom_status(self, person: Any) -> dict[str, Any] | None:
        """Return the reason of the pause that they make."""
        is_paused = person.current and person.current.status == Status.PAUSED
        return _Pause(person.current).data if is_paused else None

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_time_in_current_status(self, person: Any) -> int | None:
        """Return the seconds since their status changed."""
        if person.current is None:
            return None
        return max(int((self.context["now"] - person.current.since).total_seconds()), 0)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_online_time(self, person: Any) -> float | None:
        """Return the minutes online in the days asked for; None if no status of theirs is known then."""
        return None if person.online is None else round(person.online.total_seconds() / 60, 2)


class AgentOfRoomRequest(serializers.Serializer):
    """Who gets a waiting room."""

    agent = serializers.EmailField(max_length=User._meta.get_field("email").max_length)


class DoneSerializer(serializers.Serializer):
    """That it was done, in words."""

    Detail = serializers.CharField()


@extend_schema_serializer(many=False)
class RoomPage(ReadPage):
    """A page of rooms."""

    results = ReadRoomSerializer(many=True)


@extend_schema_serializer(many=False)
class ListedRoomPage(ReadPage):
    """A page of rooms in few words."""

    results = ListedRoomSerializer(many=True)


@extend_schema_serializer(many=False)
class RoomFiguresPage(ReadPage):
    """A page of rooms' times."""

    results = RoomFiguresV2Serializer(many=True)


@extend_schema_serializer(many=False)
class MessagePage(ReadPage):
    """A page of messages."""

    results = ReadMessageSerializer(many=True)


@extend_schema_serializer(many=False)
class RoomMessagePage(ReadPage):
    """A page of a conversation."""

    results = RoomMessageSerializer(many=True)


@extend_schema_serializer(many=False)
class AgentPage(ReadPage):
    """A page of agents."""

    results = ListedAgentSerializer(many=True)


@extend_schema_serializer(many=False)
class AgentStatusPage(ReadPage):
    """A page of agents' statuses."""

    results = ListedAgentStatusSerializer(many=True)
