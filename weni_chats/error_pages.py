"""The page of what no view has caught."""

import logging
import sys

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils import translation

from core.api.errors import RETRY_AFTER

logger = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show the error in the person's frame, so that an agent stays online; without it if the database has failed,
    or the frame itself does. While the database can't be reached, the page says so and tries again by itself."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(request)
    if not isinstance(error, Error):
        try:
            return HttpResponseServerError(render_to_string("500.html", request=request))
        except Exception:
            logger.exception("the frame of an error page could not be rendered")
    return HttpResponseServerError(render_to_string("500.html"))


def _unavailable(request: HttpRequest) -> HttpResponse:
    is_form = request.method not in {"GET", "HEAD"}
    # The session, and with it the person's own language, may be what could not be read.
    with translation.override(translation.get_language_from_request(request)):
        page = render_to_string("503.html", {"is_form": is_form})
    headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
    # A form is not sent again: the person decides.
    if not is_form:
        headers["Refresh"] = RETRY_AFTER
    return HttpResponse(page, status=503, headers=headers)
