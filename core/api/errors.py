"""Error responses of the APIs: a JSON object with a sentence and a stable code.

``{"detail": sentence, "code": code, "errors": {field: [sentences]}, …}``; ``errors`` only if fields are at fault,
the first ones of many, with the number of ``errors_left_out``; further members only if the error carries details
(docs/rules.md, Errors). ``handle`` covers what views raise,
``JsonErrorsMiddleware`` what never reaches a view.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DatabaseError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.api.paths import is_api
from core.body_size import announced_length, max_files_body
from core.errors import DomainError, from_database

logger = logging.getLogger("api")

#: Maximum length of a field error. Longer ones quote the input, which may be a megabyte.
_MAX_LETTERS = 300
#: Maximum number of field errors; further ones are counted (``errors_left_out``): a list may be all wrong.
MAX_ERRORS = 10


@dataclass(frozen=True)
class ErrorShape:
    """How errors look under a prefix whose clients expect another shape.

    ``make`` turns a body of ours into one of theirs; ``name`` and ``schema`` describe it in the OpenAPI document.
    """

    prefix: str
    make: Callable[[dict[str, Any]], dict[str, Any]]
    name: str
    schema: dict[str, Any]


#: Shapes of errors, by prefix.
SHAPES: dict[str, ErrorShape] = {}


def shape_of(path: str) -> ErrorShape | None:
    """Return the shape of errors at a path, None for ours."""
    return next((s for prefix, s in SHAPES.items() if path == prefix or path.startswith(prefix + "/")), None)


_BY_STATUS = {
    400: ("bad_request", gettext_lazy("The request can't be understood.")),
    401: ("not_authenticated", gettext_lazy("Send a token: Authorization: Bearer …")),
    403: ("not_allowed", gettext_lazy("You may not do that.")),
    404: ("not_found", gettext_lazy("There is nothing at this address, or it is out of reach.")),
    405: ("method_not_allowed", gettext_lazy("This address does not take this method.")),
    413: ("too_large", gettext_lazy("The request is too large.")),
    415: ("unsupported_media_type", gettext_lazy("Send JSON: Content-Type: application/json.")),
    429: ("throttled", gettext_lazy("Too many requests. Try again later.")),
    500: ("server_error", gettext_lazy("Something went wrong here. Try again; if it stays, tell the operator.")),
    503: ("unavailable", gettext_lazy("The service can't answer now. Try again in a moment.")),
}


class TooLarge(exceptions.APIException):
    """The request body is over the limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code, default_detail = _BY_STATUS[413]


class ScopeRequired(exceptions.PermissionDenied):
    """The token lacks the scope for this."""

    default_code = "scope_required"
    default_detail = gettext_lazy("This token may not do that: it lacks the scope.")


#: Seconds after which a client may try again. The flow engine gives up on anything longer than its own first pause.
RETRY_AFTER = "2"


def body_of(status_code: int) -> dict[str, Any]:
    """Return the default body for a status, in the active language."""
    kind = status_code if status_code in _BY_STATUS else (500 if status_code >= 500 else 400)
    code, sentence = _BY_STATUS[kind]
    return {"detail": str(sentence), "code": code}


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: turn any exception into a response.

    ``context`` is DRF's. Unexpected exceptions are logged with their traceback and answered with 500.
    """
    set_rollback()
    request = context.get("request")
    answer = known(exc)
    if answer is None:
        answer = _unexpected(exc, request)
    return answer


def known(exc: Exception) -> Response | None:
    """Return the response to an exception that says something to the caller; None for any other."""
    if isinstance(exc, DatabaseError):
        return _from_database(exc)
    if isinstance(exc, DomainError):
        return _domain(exc)
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(exc)
    if isinstance(exc, ModelValidationError):
        return Response({"detail": " ".join(exc.messages), "code": "invalid"}, 400)
    if isinstance(exc, exceptions.APIException):
        return _from_framework(exc)
    if isinstance(exc, Http404 | ObjectDoesNotExist):
        return Response(body_of(404), 404)
    if isinstance(exc, PermissionDenied):
        return Response(body_of(403), 403)
    if isinstance(exc, RequestDataTooBig):
        return Response(body_of(413), 413)
    if isinstance(exc, SuspiciousOperation):
        return Response(body_of(400), 400)
    return None


def _domain(exc: DomainError) -> Response:
    body: dict[str, Any] = {**exc.extra, "detail": str(exc.sentence), "code": exc.code}
    if exc.field:
        body["errors"] = {exc.field: [str(exc.sentence)]}
    return Response(body, exc.status)


def _from_database(exc: DatabaseError) -> Response | None:
    if isinstance(exc, IntegrityError) and (known := from_database(exc)):
        return _domain(known)
    if isinstance(exc, OperationalError):
        # No connection, or a statement timeout: the client may retry.
        logger.error("database does not answer", exc_info=exc)
        return Response(body_of(503), 503, headers={"Retry-After": RETRY_AFTER})
    return None


def _invalid(exc: exceptions.ValidationError) -> Response:
    errors = flatten(exc.detail)
    general = errors.pop("", [])
    codes = {getattr(e, "code", "invalid") for e in _leaves(exc.detail)}
    if general:
        detail = str(general[0])
    else:
        field, sentences = next(iter(errors.items()))
        detail = f"{_short(field)}: {sentences[0]}"
    body: dict[str, Any] = {"detail": detail, "code": "invalid"}
    if len(codes) == 1 and general:
        body["code"] = codes.pop()
    if errors:
        body["errors"], left_out = _bounded(errors)
        if left_out:
            body["errors_left_out"] = left_out
    return Response(body, exc.status_code)


def _bounded(errors: Mapping[str, list[str]]) -> tuple[dict[str, list[str]], int]:
    """Return the first errors, and how many more there are. The name of a field may be the request's too."""
    each = [(_short(field), sentence) for field, sentences in errors.items() for sentence in sentences]
    kept: dict[str, list[str]] = {}
    for field, sentence in each[:MAX_ERRORS]:
        kept.setdefault(field, []).append(sentence)
    return kept, len(each) - len(each[:MAX_ERRORS])


def flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten nested field errors to ``{"contact.name": [sentences]}``; non-field errors get the key ""."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            below = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
            for name, sentences in flatten(value, below).items():
                found.setdefault(name, []).extend(sentences)
        return found
    if isinstance(detail, list | tuple):
        if all(not isinstance(item, Mapping | list | tuple) for item in detail):
            return {path: [_short(item) for item in detail]} if detail else {}
        found = {}
        for index, item in enumerate(detail):
            for name, sentences in flatten(item, f"{path}.{index}".lstrip(".")).items():
                found.setdefault(name, []).extend(sentences)
        return found
    return {path: [_short(detail)]}


def _short(sentence: Any) -> str:
    return Truncator(str(sentence)).chars(_MAX_LETTERS)


def _leaves(detail: Any) -> list[Any]:
    if isinstance(detail, Mapping):
        return [leaf for value in detail.values() for leaf in _leaves(value)]
    if isinstance(detail, list | tuple):
        return [leaf for value in detail for leaf in _leaves(value)]
    return [detail]


def _from_framework(exc: exceptions.APIException) -> Response:
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(exc.wait))  # type: ignore[attr-defined]
    code, sentence = exc.get_codes(), exc.detail
    body = {
        "detail": str(sentence) if not isinstance(sentence, dict | list) else body_of(exc.status_code)["detail"],
        "code": code if isinstance(code, str) else body_of(exc.status_code)["code"],
    }
    if str(sentence).startswith("CSRF Failed"):
        body["code"] = "csrf_failed"
    return Response(body, exc.status_code, headers=headers)


def _unexpected(exc: Exception, request: Any) -> Response:
    logger.error("unexpected error in the API", exc_info=exc)
    plain = getattr(request, "_request", request)
    # Error trackers (and the test client) rely on this signal.
    signals.got_request_exception.send(sender=handle, request=plain)
    body = {**body_of(500), "request_id": getattr(plain, "request_id", "")}
    return Response(body, 500)


class JsonErrorsMiddleware:
    """Responds with JSON under the APIs' prefixes even if no view was reached: unknown URLs, request bodies that
    are too large, disallowed hosts, failures of other middleware. Must be outermost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path_info):
            return self.get_response(request)
        response = self._json(request)
        shape = shape_of(request.path_info) if response.status_code >= 400 else None
        if shape is not None and isinstance(response, HttpResponse):
            response.content = json.dumps(shape.make(json.loads(response.content)), ensure_ascii=False).encode()
            if "Content-Length" in response.headers:
                response["Content-Length"] = str(len(response.content))
        return response

    def _json(self, request: HttpRequest) -> HttpResponseBase:
        if announced_length(request) > _largest(request):
            return self._answer(request, 413)
        if "\x00" in request.path_info:
            # Postgres has no text with it, so nothing is named by it.
            return self._answer(request, 404)
        response = self.get_response(request)
        if response.status_code < 400 or _is_json(response):
            return response
        return self._answer(request, response.status_code, response)

    def _answer(
        self, request: HttpRequest, status_code: int, instead_of: HttpResponseBase | None = None
    ) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            answer = JsonResponse(body_of(status_code), status=status_code)
        for name in ("Allow", "Cache-Control", "Retry-After", "WWW-Authenticate"):
            if instead_of is not None and name in instead_of.headers:
                answer[name] = instead_of.headers[name]
        return answer


def _largest(request: HttpRequest) -> int:
    """Return how long a body may be: files are taken at addresses that say so, and checked there one by one."""
    if request.path_info.endswith("/files/"):
        return max_files_body()
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _is_json(response: HttpResponseBase) -> bool:
    return "json" in response.headers.get("Content-Type", "")
