"""The shapes of rooms and messages, for the description of the API (``tickets.wire`` makes them)."""

from rest_framework import serializers


class FlowAgentSerializer(serializers.Serializer):
    """The agent who attends."""

    first_name = serializers.CharField()
    last_name = serializers.CharField()
    email = serializers.EmailField()


class FlowContactSerializer(serializers.Serializer):
    """The contact."""

    uuid = serializers.UUIDField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    status = serializers.ChoiceField(["online", "offline"])
    phone = serializers.CharField()
    custom_fields = serializers.DictField()
    created_on = serializers.DateTimeField()


class FlowQueueSerializer(serializers.Serializer):
    """The queue the room is in."""

    uuid = serializers.UUIDField()
    created_on = serializers.DateTimeField()
    modified_on = serializers.DateTimeField()
    name = serializers.CharField()
    sector = serializers.UUIDField()


class RoomSerializer(serializers.Serializer):
    """A room: a ticket, in the words of the flow engine."""

    uuid = serializers.UUIDField()
    user = FlowAgentSerializer(allow_null=True, help_text="null while it waits.")
    contact = FlowContactSerializer()
    queue = FlowQueueSerializer()
    created_on = serializers.DateTimeField()
    modified_on = serializers.DateTimeField()
    is_active = serializers.BooleanField(help_text="false once it is closed.")
    custom_fields = serializers.DictField()
    callback_url = serializers.CharField()
    protocol = serializers.CharField()
    position = serializers.IntegerField(allow_null=True, help_text="In the line, from 1; null once assigned.")
    ended_at = serializers.DateTimeField(allow_null=True)


class MediaSerializer(serializers.Serializer):
    """A file of a message."""

    content_type = serializers.CharField()
    url = serializers.URLField()


class MessageSerializer(serializers.Serializer):
    """A message of a room."""

    uuid = serializers.UUIDField()
    user = FlowAgentSerializer(allow_null=True, help_text="Who wrote it, if an agent did.")
    room = serializers.UUIDField()
    contact = FlowContactSerializer(allow_null=True, help_text="Who wrote it, if the contact did.")
    text = serializers.CharField()
    seen = serializers.BooleanField()
    media = MediaSerializer(many=True)
    created_on = serializers.DateTimeField()


class HistoryStoredSerializer(serializers.Serializer):
    """What became of a batch."""

    received = serializers.IntegerField()
    stored = serializers.IntegerField(help_text="Those not stored before.")


class FlowPlaceSerializer(serializers.Serializer):
    """A sector or queue of a list."""

    uuid = serializers.UUIDField()
    name = serializers.CharField()
    created_on = serializers.DateTimeField()
    modified_on = serializers.DateTimeField()


class ListedQueueSerializer(FlowPlaceSerializer):
    """A queue that takes tickets."""

    sector = serializers.UUIDField()


class ListedSectorSerializer(FlowPlaceSerializer):
    """A sector."""

    project = serializers.UUIDField()
    timezone = serializers.CharField()


class QueueList(serializers.Serializer):
    """A page of queues."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ListedQueueSerializer(many=True)


class SectorList(serializers.Serializer):
    """A page of sectors."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ListedSectorSerializer(many=True)


class ListQuery(serializers.Serializer):
    """Parameters of both lists."""

    limit = serializers.IntegerField(required=False, min_value=1, help_text="Rows of a page, at most 100.")
    after = serializers.UUIDField(required=False, help_text="Go on after this one (`next` has it).")
    before = serializers.UUIDField(required=False, help_text="Go back before this one (`previous` has it).")


class QueueListQuery(ListQuery):
    """Parameters of the list of queues."""

    sector = serializers.UUIDField(required=False, help_text="Only queues of this sector.")
