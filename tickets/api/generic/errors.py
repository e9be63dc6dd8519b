"""Errors as an engine of the type *generic* reads them: ``{error, message, details}``."""

from typing import Any

from core.api.errors import SHAPES, ErrorShape

PREFIX = "/v1/generic"

#: Codes that the engine has a word of its own for.
_CODES = {
    "already_open": "ticket_already_open",
    "bad_request": "invalid_payload",
    "invalid": "invalid_payload",
    "parse_error": "invalid_payload",
    "room_closed": "ticket_already_closed",
    "too_large": "payload_too_large",
}
_SCHEMA = {
    "type": "object",
    "description": "What every refusal says to an engine of the type generic.",
    "properties": {
        "error": {"type": "string", "description": "Stable, for programs."},
        "message": {"type": "string", "description": "A sentence for people."},
        "details": {"type": "object", "description": "What else there is to say.", "additionalProperties": {}},
    },
    "required": ["error", "message"],
}


def shaped(body: dict[str, Any]) -> dict[str, Any]:
    """Return an error of ours in the engine's shape."""
    details = {name: value for name, value in body.items() if name not in {"detail", "code"}}
    shown = {"error": _CODES.get(body["code"], body["code"]), "message": body["detail"]}
    return {**shown, "details": details} if details else shown


def register() -> None:
    """Let errors under the prefix have this shape."""
    SHAPES[PREFIX] = ErrorShape(PREFIX, shaped, "GenericError", _SCHEMA)
