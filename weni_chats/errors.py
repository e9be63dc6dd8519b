"""The answer to what no view has caught."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation
from django.views.defaults import server_error

from core.api.errors import RETRY_AFTER


def unexpected(request: HttpRequest) -> HttpResponse:
    """Respond with 500; with 503 and a page that tries again by itself while the database can't be reached.

    A page whose form was sent does not send it again: the person decides.
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return server_error(request)
    is_form = request.method not in {"GET", "HEAD"}
    # The session, and with it the person's own language, may be what could not be read.
    with translation.override(translation.get_language_from_request(request)):
        page = loader.get_template("503.html").render({"is_form": is_form})
    response = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": RETRY_AFTER})
    if not is_form:
        response["Refresh"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response
