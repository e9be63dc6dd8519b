"""Middleware of the project."""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import bad_request

from core.http import IdentifiedRequest
from core.ids import uuid7
from core.throttling import CacheUnavailable
from weni_chats import monitoring

_log = structlog.get_logger("weni.request")
#: Characters of a host that isn't ours in the log.
_HOST_LENGTH = 100
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
        host = getattr(request, "refused_host", None)
        if host is not None:
            # Django would log it, too.
            response._has_been_logged = True  # type: ignore[attr-defined]
        _log.info(
            "request",
            **({} if host is None else {"refused_host": host}),
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


class HostMiddleware:
    """Answer requests for a host that isn't ours with the short page, before anything else asks for the host.

    Scanners send such requests all the time: each is one line in the log, which names the host.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost as error:
            request.refused_host = request.META.get("HTTP_HOST", "")[:_HOST_LENGTH]  # type: ignore[attr-defined]
            return bad_request(request, error)
        return self.get_response(request)


class ProxyMiddleware:
    """Tell the operator, once, that requests come through a proxy while ``TRUSTED_PROXIES`` says there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.is_told = settings.TRUSTED_PROXIES != settings.OWN_PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.is_told and _is_forwarded(request):
            self.is_told = True
            self._tell()
        return self.get_response(request)

    def _tell(self) -> None:
        # Processes that were started together tell it together; without a cache each does.
        with suppress(CacheUnavailable):
            if not cache.add(f"proxy_told:{settings.FRONT_RUN or os.getppid()}", True, 3600):
                return
        _log.warning(
            "A proxy passes requests on, but TRUSTED_PROXIES is 0: everybody seems to come from the proxy's address, "
            "so that wrong sign-ins of one keep all others from signing in, and the audit log names no other. Set "
            "TRUSTED_PROXIES to the number of proxies before this program, let each add to X-Forwarded-For, and "
            "start again (docs/operations.md, Behind a proxy)."
        )


def _is_forwarded(request: HttpRequest) -> bool:
    """Whether somebody besides our own front says to have passed the request on."""
    passed = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return passed.count(",") + bool(passed) > settings.OWN_PROXIES or "HTTP_FORWARDED" in request.META


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
