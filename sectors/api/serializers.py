"""Serializers of sectors."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import Text, WholeNumber, YesNo, expected_version
from core.ordering import STEPS
from core.validation import max_length
from orgs.api.serializers import PersonSerializer
from sectors.hours.schedule import DAY, Range
from sectors.models import MAX_LIMIT, Moment, Sector
from sectors.operations.automatic_messages import texts_of
from sectors.readiness import codes_of

_PAIR = {"type": "array", "items": {"type": "string", "example": "09:00"}, "minItems": 2, "maxItems": 2}
DAY_SCHEMA = {"type": "array", "items": _PAIR}
_WEEK = {"type": "array", "items": DAY_SCHEMA, "minItems": 7, "maxItems": 7,
         "description": "Seven days, Monday first, each with ranges [opens, closes]; one that closes before it "
         "opens passes midnight."}  # fmt: skip


def minutes(text: Any) -> int:
    """Parse ``HH:MM`` into minutes after midnight, up to 24:00. Raises ValueError."""
    if not isinstance(text, str) or len(text) != 5 or text[2] != ":" or not (text[:2] + text[3:]).isdecimal():
        raise ValueError
    value = int(text[:2]) * 60 + int(text[3:])
    if int(text[3:]) > 59 or value > DAY:
        raise ValueError
    return value


def clock(value: int) -> str:
    """Format minutes after midnight as ``HH:MM``; the end of the day is 24:00."""
    value = value if value <= DAY else value - DAY
    return f"{value // 60:02d}:{value % 60:02d}"


def range_of(pair: Any) -> Range:
    """Parse a range, ``["22:00", "06:00"]``, into minutes; one that closes before it opens passes midnight.

    Raises ValueError, TypeError.
    """
    opens, closes = (minutes(text) for text in pair)
    return opens, closes if closes > opens else closes + DAY


def as_written(ranges: Any) -> list[list[str]]:
    """Format a day's ranges."""
    return [[clock(opens), clock(closes)] for opens, closes in ranges]


@extend_schema_field(_WEEK)
class WeekField(serializers.Field):
    """Work hours of a week."""

    default_error_messages = {"invalid": _('Send seven lists of ranges like ["09:00", "18:00"], Monday first.')}

    def to_internal_value(self, data: Any) -> list[list[Range]]:
        """Return ranges in minutes, as operations take them; the operation rejects overlaps."""
        if not isinstance(data, list) or len(data) != 7 or not all(isinstance(day, list) for day in data):
            self.fail("invalid")
        try:
            return [[range_of(pair) for pair in day] for day in data]
        except (ValueError, TypeError):
            self.fail("invalid")

    def to_representation(self, value: list[list[Range]]) -> list[list[list[str]]]:
        """Format the week's ranges."""
        return [as_written(day) for day in value]


class ExceptionSerializer(serializers.Serializer):
    """A date with other hours than its weekday; no ranges: closed."""

    date = serializers.DateField()
    yearly = serializers.BooleanField()
    label = serializers.CharField()  # type: ignore[assignment]
    ranges = serializers.SerializerMethodField()

    @extend_schema_field(DAY_SCHEMA)
    def get_ranges(self, row: Any) -> list[list[str]]:
        """The hours of that date."""
        return as_written(row.ranges)


class HoursSerializer(serializers.Serializer):
    """When tickets can be opened."""

    timezone = serializers.CharField()
    always_open = serializers.BooleanField()
    week = WeekField()
    exceptions = ExceptionSerializer(many=True)
    open_now = serializers.BooleanField()
    changes_at = serializers.DateTimeField(
        allow_null=True, help_text="When it opens or closes next; null where it stays as it is."
    )


class SectorSerializer(serializers.Serializer):
    """A sector."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    ticket_limit = serializers.IntegerField(help_text="Simultaneous tickets per agent.")
    active_messages = serializers.BooleanField()
    managers = PersonSerializer(many=True)
    hours = serializers.SerializerMethodField()
    ready = serializers.SerializerMethodField(help_text="Whether somebody can work here.")
    missing = serializers.SerializerMethodField(help_text="What keeps it from being ready.")
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    modified_at = serializers.DateTimeField()

    @extend_schema_field(HoursSerializer)
    def get_hours(self, row: Sector) -> dict[str, Any]:
        """Work hours, and what they say of this moment."""
        hours, now = row.hours, timezone.now()
        return HoursSerializer(
            {
                "timezone": row.timezone,
                "always_open": row.always_open,
                "week": [list(day) for day in hours.week],
                "exceptions": row.exceptions.all(),
                "open_now": hours.is_open(now),
                "changes_at": hours.next_change(now),
            }
        ).data

    def get_ready(self, row: Sector) -> bool:
        """Whether nothing is missing."""
        return not self.get_missing(row)

    @extend_schema_field({"type": "array", "items": {"enum": ["queue", "agent", "tag", "hours"], "type": "string"}})
    def get_missing(self, row: Any) -> list[str]:
        """What is missing (the rows come with ``with_readiness``)."""
        return codes_of(row)


class SectorChange(serializers.Serializer):
    """What may change in a sector; what is not named stays."""

    name = Text(required=False, trim_whitespace=False, max_length=1000)
    timezone = Text(required=False, max_length=max_length(Sector, "timezone"), help_text="IANA name.")
    week = WeekField(required=False)
    always_open = YesNo(required=False)
    ticket_limit = WholeNumber(required=False, min_value=1, max_value=MAX_LIMIT)
    active_messages = YesNo(required=False)
    managers = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=200, help_text="Ids of people with access to Chats."
    )
    modified_at = expected_version()


class SectorNew(SectorChange):
    """A new sector, with its first queue and its tags."""

    modified_at = None  # type: ignore[assignment]
    name = Text(max_length=1000)
    queue = Text(max_length=1000, help_text="Name of the first queue.")
    agents = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=500, help_text="Agents of the first queue."
    )
    tags = serializers.ListField(
        child=Text(max_length=1000), required=False, max_length=100, help_text="Names; without any it gets one."
    )


class SectorMove(serializers.Serializer):
    """Where a sector goes in its project's list."""

    step = serializers.ChoiceField(STEPS)


class SectorEnd(serializers.Serializer):
    """Where a sector's open tickets go."""

    move_to = serializers.UUIDField(
        required=False, allow_null=True, help_text="A queue of another sector. Needed where tickets are open."
    )


class AgentLimitSerializer(serializers.Serializer):
    """An agent's own limit of simultaneous tickets."""

    user = serializers.UUIDField()
    ticket_limit = WholeNumber(min_value=1, max_value=MAX_LIMIT)


class AgentLimits(serializers.Serializer):
    """Who has a limit of their own."""

    limits = serializers.ListField(child=AgentLimitSerializer(), max_length=500)
    modified_at = expected_version()

    def to_representation(self, instance: Sector) -> dict[str, Any]:
        """Return the limits of a sector's agents, by e-mail address."""
        limits = instance.agent_limits.order_by("user__email").values("user", "ticket_limit")
        return super().to_representation({"limits": limits, "expected_version": instance.modified_at})


def _words(help_text: str) -> Text:
    return Text(required=False, allow_blank=True, max_length=10_000, trim_whitespace=False, help_text=help_text)


class AutomaticMessages(serializers.Serializer):
    """What a sector writes to contacts by itself, by moment; an empty text is not sent, what is not named stays."""

    opening = _words("When the flow hands over.")
    waiting = _words("To contacts who wait; knows `{{ticket.position}}`.")
    waiting_every = WholeNumber(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=DAY,
        help_text="Minutes after which the place is told again; null: told once.",
    )
    assignment = _words("When another agent has the ticket; knows `{{agent.name}}`.")
    closing = _words("When a person closes it; knows `{{agent.name}}`.")
    closed = _words("To contacts who still wait when the sector closes; empty: they just keep waiting.")
    modified_at = expected_version()

    def to_representation(self, instance: Sector) -> dict[str, Any]:
        """Return a sector's messages by moment, empty where there is none."""
        texts = dict.fromkeys(Moment.values, "") | texts_of(instance)
        values = {"waiting_every": instance.waiting_every, "expected_version": instance.modified_at}
        return super().to_representation(texts | values)
