"""Strict serializer fields: no coercion of numbers to text or words to booleans."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

#: Maximum size of a free-form value as JSON.
MAX_BYTES = 64 * 1024


class Text(serializers.CharField):
    """Text without trimming. ``null`` is accepted if ``allow_null`` is set, and stored as the empty string."""

    default_error_messages = {"invalid": _("Send text.")}

    def to_internal_value(self, data: Any) -> str:
        """Reject anything but strings."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def optional_text(length: int, help_text: str = "") -> Text:
    """Return a field for text that may be missing, null or empty, of at most ``length`` characters."""
    return Text(required=False, allow_null=True, allow_blank=True, max_length=length, help_text=help_text or None)


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
        if not isinstance(value, str) or "T" not in value.upper() or len(value) > 40:
            self.fail("invalid", format="RFC 3339")
        return super().to_internal_value(value.upper())

    def enforce_timezone(self, value: datetime) -> datetime:
        """Reject times without an offset."""
        if value.tzinfo is None:
            self.fail("naive")
        return super().enforce_timezone(value)


def expected_version() -> Instant:
    """Return a field for the version of a row that a change is based on (docs/rules.md, Editing): validated, it is
    the operation's argument ``expected_version``."""
    return Instant(
        source="expected_version",
        required=False,
        help_text="The `modified_at` that you read: where somebody else has saved since, nothing is saved and the "
        "answer is 409, `changed_meanwhile`. Left out: not asked.",
    )


@extend_schema_field({"description": "Any JSON."})
class FreeForm(serializers.JSONField):
    """Any JSON up to a size; ``null`` counts as missing."""

    default_error_messages = {
        "kind": _("Send a JSON object."),
        "size": _("This holds at most {limit} bytes as JSON."),
    }
    kind: type = object

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, self.kind):
            self.fail("kind")
        if len(json.dumps(data)) > MAX_BYTES:
            self.fail("size", limit=MAX_BYTES)
        return data


@extend_schema_field({"type": "object", "additionalProperties": {}, "nullable": True})
class FreeObject(FreeForm):
    """Any JSON object."""

    kind = dict


@extend_schema_field({"type": "array", "items": {}, "nullable": True})
class FreeList(FreeForm):
    """Any JSON list."""

    default_error_messages = {"kind": _("Send a JSON list.")}
    kind = list


def check_address(value: str) -> str:
    """Validator for http(s) URLs. Which hosts are allowed is decided when connecting."""
    wrong = serializers.ValidationError(_("Send an address that starts with http:// or https://."))
    if any(c.isspace() or ord(c) < 32 for c in value):
        raise wrong
    try:
        parts = urlsplit(value)
        _port = parts.port
        httpx.URL(value)
    except (ValueError, httpx.InvalidURL) as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise wrong
    return value
