"""Parse JSON request bodies: the result can be stored in Postgres, or a clear error is returned."""

import codecs
import json
import math
from collections.abc import Mapping
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

    Handles what Postgres can't store, once for all fields: NUL characters are dropped, lone surrogates replaced;
    numbers beyond double precision, NaN and excessive nesting are rejected.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body; None if it is empty. Raises ParseError, TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        raw = raw.removeprefix(codecs.BOM_UTF8)
        if not raw.strip():
            return None
        try:
            value = json.loads(raw.decode(), parse_float=_number, parse_constant=_no_constant)
            return storable(value)
        except UnicodeDecodeError as error:
            raise ParseError(_("The request is not UTF-8.")) from error
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The request is not valid JSON: %(why)s") % {"why": error}) from error


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"number out of range: {text[:40]}")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def storable(value: Any, depth: int = 0) -> Any:
    """Return the value with all text made storable in Postgres. Raises ValueError for excessive nesting."""
    if isinstance(value, str):
        return _clean(value)
    if depth > MAX_NESTED:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {_clean(k): storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    return value


def _clean(text: str) -> str:
    text = text.replace("\x00", "")
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


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
