"""Strict serializer fields: no coercion of numbers to text or words to booleans."""

from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.instants import parse_day, parse_instant


class Text(serializers.CharField):
    """Text without trimming. ``null`` is accepted if ``allow_null`` is set, and stored as the empty string."""

    default_error_messages = {"invalid": _("Send text.")}

    def to_internal_value(self, data: Any) -> str:
        """Reject anything but strings."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class YesNo(serializers.BooleanField):
    """A boolean."""

    default_error_messages = {"invalid": _("Send true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """Reject anything but true and false."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class WholeNumber(serializers.IntegerField):
    """An integer."""

    default_error_messages = {"invalid": _("Send a whole number.")}

    def to_internal_value(self, data: Any) -> int:
        """Reject strings and fractions."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """A time in RFC 3339 with an offset; up to nanoseconds are accepted, microseconds stored."""

    default_error_messages = {
        "invalid": _("Send a time like 2030-01-31T09:30:00.123456-03:00."),
        "naive": _("Send the time with its offset, like 2030-01-31T09:30:00-03:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the time in UTC. Rejects times without an offset."""
        if not isinstance(value, str) or "T" not in value.upper() or len(value) > 40:
            self.fail("invalid", format="RFC 3339")
        found = parse_instant(value)
        if found is None:
            self.fail("naive" if parse_instant(value, naive=UTC) else "invalid")
        return found


@extend_schema_field({"oneOf": [{"type": "string", "format": kind} for kind in ("date-time", "date")]})
class DayOrInstant(serializers.Field):
    """A date (YYYY-MM-DD), or a time in RFC 3339 with an offset, which becomes UTC."""

    default_error_messages = {
        "invalid": _("Send a date like 2030-01-31, or a time with its offset like 2030-01-31T09:30:00-03:00.")
    }

    def to_internal_value(self, value: Any) -> date:
        """Return a date, or a datetime with a time zone."""
        found = parse_day(value) or parse_instant(value)
        if found is None:
            self.fail("invalid")
        return found


def expected_version() -> Instant:
    """Return a field for the version of a row that a change is based on (docs/rules.md, Editing): validated, it is
    the operation's argument ``expected_version``."""
    return Instant(
        source="expected_version",
        required=False,
        help_text="The `modified_at` that you read: where somebody else has saved since, nothing is saved and the "
        "answer is 409, `changed_meanwhile`. Left out: not asked.",
    )
