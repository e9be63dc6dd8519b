"""How long the body of a form may be: known before the first byte of it is read."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

View = TypeVar("View", bound=Callable[..., Any])

#: Bytes of a form without files, or with one that is read as a table, a calendar or a configuration.
MAX_FORM = 8 * 1024 * 1024


def takes_files(view: View) -> View:
    """Mark a view whose form may have the files of a whole message, for people who are signed in."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def announced_length(request: HttpRequest) -> int:
    """Return how long the body says that it is, in bytes."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def max_files_body() -> int:
    """Return how long a body with the files of a whole message may be, in bytes."""
    return settings.FILES_PER_MESSAGE * settings.FILE_MAX_BYTES + MAX_FORM


class BodySizeMiddleware:
    """Refuse bodies that no form has. It stands before the check against forgery, which reads them whole.

    Views that check it themselves first (``csrf_exempt``), and the API, are left to their own limits.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Return a page that says so, or None if the request may go on."""
        if getattr(view, "csrf_exempt", False) or announced_length(request) <= MAX_FORM:
            return None
        may_be_long = getattr(view, "takes_files", False) and request.user.is_authenticated
        if may_be_long and announced_length(request) <= max_files_body():
            return None
        sentence = _("This is too large to be taken. Send less at once, or smaller files.")
        return render(request, "refused.html", {"sentence": sentence}, status=413)
