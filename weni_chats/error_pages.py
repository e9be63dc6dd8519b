"""The page of an unexpected error."""

import logging
import sys

from django.db import Error
from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Show the error in the person's frame, so that an agent stays online; without it if the database has failed,
    or the frame itself does."""
    if not isinstance(sys.exc_info()[1], Error):
        try:
            return HttpResponseServerError(render_to_string("500.html", request=request))
        except Exception:
            logger.exception("the frame of an error page could not be rendered")
    return HttpResponseServerError(render_to_string("500.html"))
