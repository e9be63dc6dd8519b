"""Middleware of the project."""

import re
import time
from collections.abc import Callable
from typing import ClassVar

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.http import IdentifiedRequest
from core.ids import uuid7
from weni_chats import monitoring

_log = structlog.get_logger("weni.request")
_SAFE = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class RequestIdMiddleware:
    """Assign each request an id (the client's ``X-Request-ID`` if well-formed), in logs and the response, and log one
    line per request: with its route, since URLs of invitations and resets contain secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: IdentifiedRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _SAFE.fullmatch(given) else uuid7().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        start = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id
        match = request.resolver_match
        _log.info(
            "request",
            method=request.method,
            route=match.route if match else "",
            status=response.status_code,
            milliseconds=round((time.perf_counter() - start) * 1000),
        )
        return response


class HealthMiddleware:
    """Answer health checks before the Host header is validated: load balancers use a bare IP address."""

    _ANSWERS: ClassVar[dict[str, Callable[[HttpRequest], HttpResponseBase]]] = {
        "/healthz": monitoring.healthz,
        "/readyz": monitoring.readyz,
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self._ANSWERS.get(request.path, self.get_response)
        return answer(request)


class PrivacyMiddleware:
    """Keep proxies, and browsers after logout, from caching responses to signed-in people, unless the view sets
    Cache-Control.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Checked first: after a logout the user is anonymous.
        known = "Authorization" in request.headers or request.user.is_authenticated
        response = self.get_response(request)
        if known and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response
