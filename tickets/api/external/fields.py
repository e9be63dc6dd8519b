"""Fields of what the flow sends: they never refuse, but let ``tickets.intake`` make each value fit to keep."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tickets.intake import Intake, Urn
from tickets.operations import HistoryLine, Media


class Kept(serializers.Field):
    """A value that may be missing, null, or of any kind."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **options})

    @property
    def intake(self) -> Intake:
        """The intake of the request."""
        found: Intake = self.context["intake"]
        return found

    def to_representation(self, value: Any) -> Any:
        """Return it as it is: these fields describe requests."""
        return value


@extend_schema_field({"type": "string", "nullable": True})
class KeptText(Kept):
    """What was said."""

    def to_internal_value(self, data: Any) -> str:
        return self.intake.text(data)


@extend_schema_field({"type": "string", "nullable": True})
class KeptLine(Kept):
    """A name or address of at most ``length`` characters."""

    def __init__(self, length: int, **options: Any) -> None:
        super().__init__(**options)
        self.length = length

    def to_internal_value(self, data: Any) -> str:
        return self.intake.line(data, self.length)


@extend_schema_field({"type": "string", "nullable": True})
class KeptId(KeptLine):
    """A foreign id."""

    def to_internal_value(self, data: Any) -> str:
        return self.intake.identifier(data, self.length)


@extend_schema_field({"type": "string"})
class ContactId(KeptId):
    """The one id without which nobody knows whom a request is about."""

    def __init__(self, length: int, **options: Any) -> None:
        super().__init__(length, required=True, allow_null=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the id. Raises ValidationError if there is none."""
        found = super().to_internal_value(data)
        if not found:
            self.fail("required")
        return found


@extend_schema_field({"type": "string", "nullable": True})
class KeptUrn(Kept):
    """A URN, without its query."""

    def to_internal_value(self, data: Any) -> Urn:
        return self.intake.urn(data)


@extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
class KeptInstant(Kept):
    """A time."""

    def to_internal_value(self, data: Any) -> datetime | None:
        return self.intake.instant(data)


@extend_schema_field({"type": "string", "enum": ["incoming", "outgoing"]})
class Direction(Kept):
    """Whose words they are; True if the contact's."""

    def to_internal_value(self, data: Any) -> bool:
        return self.intake.is_incoming(data)


@extend_schema_field({"type": "boolean", "nullable": True})
class KeptTruth(Kept):
    """Yes or no."""

    def to_internal_value(self, data: Any) -> bool:
        return self.intake.truth(data)


@extend_schema_field({"type": "string", "nullable": True})
class CallbackAddress(Kept):
    """Where answers go."""

    def to_internal_value(self, data: Any) -> str:
        return self.intake.callback_address(data)


@extend_schema_field({"type": "object", "additionalProperties": {}, "nullable": True})
class KeptFields(Kept):
    """Free-form fields by name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return self.intake.fields(data)


@extend_schema_field({"type": "array", "items": {}, "nullable": True})
class KeptGroups(Kept):
    """Groups of a contact."""

    def to_internal_value(self, data: Any) -> list[Any]:
        return self.intake.groups(data)


@extend_schema_field({"description": "Any JSON."})
class KeptAnything(Kept):
    """Any JSON."""

    def to_internal_value(self, data: Any) -> Any:
        return self.intake.free(data)


_ATTACHMENT = {
    "type": "object",
    "properties": {"content_type": {"type": "string"}, "url": {"type": "string"}},
}


@extend_schema_field({"type": "array", "items": _ATTACHMENT, "nullable": True})
class KeptAttachments(Kept):
    """Files of a message."""

    def to_internal_value(self, data: Any) -> list[Media]:
        return self.intake.attachments(data)


HISTORY = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "text": {"type": "string", "nullable": True},
            "direction": {"type": "string", "enum": ["incoming", "outgoing"]},
            "created_on": {"type": "string", "format": "date-time"},
            "attachments": {"type": "array", "items": _ATTACHMENT, "nullable": True},
        },
    },
    "nullable": True,
}


@extend_schema_field(HISTORY)
class KeptHistory(Kept):
    """Lines of the conversation so far."""

    def to_internal_value(self, data: Any) -> list[HistoryLine]:
        return self.intake.history(data)


@extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
class OptionalUuid(Kept, serializers.UUIDField):
    """An id of ours; empty counts as missing."""

    default_error_messages = serializers.UUIDField.default_error_messages

    def to_internal_value(self, data: Any) -> UUID | None:
        """Return the id. Raises ValidationError for what is none."""
        return None if data == "" else super(Kept, self).to_internal_value(data)
