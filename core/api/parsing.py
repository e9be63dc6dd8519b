"""Parse JSON request bodies: the result can be stored in Postgres, or a clear error is returned."""

import codecs
import json
import math
from collections.abc import Callable, Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from .errors import TooLarge

#: Maximum nesting depth.
MAX_NESTED = 40


class StoredJSONParser(BaseParser):
    """JSON in UTF-8, up to the size limit.

    Handles what Postgres can't store, once for all fields: NUL characters and lone surrogates are dropped; numbers
    beyond double precision, NaN and excessive nesting are rejected.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body; None if it is empty. Raises ParseError, TooLarge."""
        limit = getattr((parser_context or {}).get("view"), "max_body", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        raw = raw.removeprefix(codecs.BOM_UTF8)
        if not raw.strip():
            return None
        try:
            return self.storable(self.decode(raw))
        except UnicodeDecodeError as error:
            raise ParseError(_("The request is not UTF-8.")) from error
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The request is not valid JSON: %(why)s") % {"why": error}) from error

    def decode(self, raw: bytes) -> str:
        """Return the body as text. Raises UnicodeDecodeError."""
        return raw.decode()

    def storable(self, text: str) -> Any:
        """Return the parsed text, made storable. Raises ValueError, RecursionError."""
        return storable(json.loads(text, parse_float=_number, parse_constant=_no_constant))


class LenientJSONParser(StoredJSONParser):
    """The same for programs that don't send twice what is refused.

    Instead of rejecting numbers out of range and what is nested too deeply, it keeps them as text; what is not UTF-8
    is read as Windows-1252.
    """

    def decode(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")

    def storable(self, text: str) -> Any:
        value = json.loads(text, parse_float=_number_or_text, parse_int=_integer_or_text, parse_constant=str)
        return storable(value, deeper=json.dumps)


#: Digits of the largest integer kept as one: beyond, no program reads it as a number.
_MAX_DIGITS = 300


def _number_or_text(text: str) -> float | str:
    return text if math.isinf(value := float(text)) else value


def _integer_or_text(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_DIGITS else text


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"number out of range: {text[:40]}")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _too_deep(_value: Any) -> NoReturn:
    raise ValueError("nested too deeply")


def storable(value: Any, depth: int = 0, *, deeper: Callable[[Any], Any] = _too_deep) -> Any:
    """Return the value with all text made storable in Postgres.

    ``deeper`` is called with what is nested beyond the maximum and returns what to keep of it, or raises ValueError.
    """
    if isinstance(value, str):
        return _clean(value)
    if depth > MAX_NESTED and isinstance(value, dict | list):
        return _clean(deeper(value))
    if isinstance(value, dict):
        return {_clean(k): storable(v, depth + 1, deeper=deeper) for k, v in value.items()}
    if isinstance(value, list):
        return [storable(item, depth + 1, deeper=deeper) for item in value]
    return value


def _clean(text: str) -> str:
    text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-8", "ignore").decode()


class AlwaysJson(BaseContentNegotiation):
    """Content negotiation that always responds with JSON: a readable response is better than a 406."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the parser for the body's content type; without one, JSON is assumed."""
        kind = (request.content_type or "application/json").split(";")[0].strip().lower()
        fits = kind == "application/json" or kind.endswith("+json")
        return parsers[0] if parsers and fits else None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return JSONRenderer(), "application/json"
