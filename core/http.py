"""Between the domain and HTML: refusals as form errors and toasts, what requests say."""

import re
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reselect, reswap, retarget, trigger_client_event
from django_htmx.middleware import HtmxDetails

from .errors import DomainError, Invalid

#: The last field of a form that edits something: the version it was made from, and the sign that it arrived whole.
VERSION = "version"
#: As VERSION, where no version is asked for.
WHOLE = "whole"

Respond = Callable[[HttpRequest], HttpResponseBase]


class IdentifiedRequest(HttpRequest):
    """A request that has passed ``RequestIdMiddleware``."""

    request_id: str


class HtmxHttpRequest(IdentifiedRequest):
    """A request that has passed ``HtmxMiddleware``, as every view's has: ``request.htmx`` is true where htmx asks."""

    htmx: HtmxDetails


def add_refusal(form: BaseForm, error: DomainError) -> None:
    """Put a domain's refusal where the person looks: at the field it names, else above the form."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, str(error))


def form_version(request: HttpRequest) -> datetime:
    """Return when the row a form edits was last changed, as the form saw it (aware).

    It is the form's last field: without it the form was cut off on its way, and what is missing must not be taken
    for what was emptied. Raises Invalid.
    """
    text = request.POST.get(VERSION, "")
    try:
        version = parse_datetime(text)
    except ValueError:
        version = None
    if version is None or version.tzinfo is None:
        raise incomplete_form()
    return version


def check_complete(request: HttpRequest) -> None:
    """Raise Invalid where the form's last field did not arrive, for forms of what nobody else edits.

    Without it boxes that were ticked would be taken for boxes that were not.
    """
    if WHOLE not in request.POST:
        raise incomplete_form()


def incomplete_form() -> Invalid:
    """Return the refusal of a form whose end is missing."""
    return Invalid(_("The form did not arrive whole. Check it and send it again."), code="form_cut_off")


def split_names(texts: list[str]) -> list[str]:
    """Return the names of a chips field: one a chip, and those typed without a script between commas or lines.

    Names that differ by capitals alone are the same one, as on the page.
    """
    names: dict[str, str] = {}
    for text in texts:
        for name in re.split(r"[,;\n]", text):
            if name.strip():
                names.setdefault(name.strip().casefold(), name.strip())
    return list(names.values())


def parse_uuid(text: object) -> UUID | None:
    """Return the UUID written in ``text``, or None where it is none."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def parse_uuids(texts: list[str], *, most: int = 500) -> list[UUID]:
    """Return the well-formed UUIDs among the texts, at most ``most``."""
    found = [parse_uuid(text) for text in texts[:most]]
    return [value for value in found if value is not None]


def client_address(request: HttpRequest) -> str | None:
    """Return the IP address that a request came from, or None where it came without one (a socket of the machine).

    Behind ``TRUSTED_PROXIES`` proxies it is the one that the outermost of them saw: what stands before it in
    X-Forwarded-For was written by whoever asked.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        passed = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(passed) >= settings.TRUSTED_PROXIES:
            text = passed[-settings.TRUSTED_PROXIES]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Return the ``next`` of a request if it is a path of this site, else ``default``."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return default


class RefusalMiddleware:
    """Answer a refusal that no view caught: back to where the person was with a toast, or the status alone."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass through; refusals arrive at ``process_exception``."""
        return self.get_response(request)

    def process_exception(self, request: HtmxHttpRequest, error: Exception) -> HttpResponseBase | None:
        """Turn a ``DomainError`` into an answer; anything else is not ours."""
        if not isinstance(error, DomainError):
            return None
        if is_scripted(request):
            answer = HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
            if request.htmx:
                # What was to be replaced stays, and the sentence is a toast.
                show_toast(reswap(answer, "none"), str(error), level="danger")
            return answer
        if request.method == "POST" and error.status != 503:
            messages.error(request, str(error))
            return HttpResponseRedirect(referer_url(request))
        return render(request, "refused.html", {"sentence": str(error)}, status=error.status)


def referer_url(request: HttpRequest, *, otherwise: str = "/") -> str:
    """Return the page a form was on, filters and all (same site only), or another where that is not known."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return referer
    return otherwise


def is_scripted(request: HtmxHttpRequest) -> bool:
    """Whether a script asks, htmx or one of our own, rather than the browser for a whole page."""
    return bool(request.htmx or request.headers.get("X-Requested-With"))


def show_toast(response: HttpResponse, sentence: str, *, level: str) -> HttpResponse:
    """Have htmx show a toast with what it swaps in, and return the response. ``level``: ``success`` or ``danger``."""
    return trigger_client_event(response, "showToast", {"text": sentence, "level": level})


def edit_in_place(
    request: HttpRequest, template: str, row: str, form: BaseForm, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return the form that takes the place of a list's row (docs/design.md, Editing in a list).

    ``row`` is the id of the row's element. A form that is refused takes the place of itself, not of the whole list as
    one that is saved.
    """
    # Those of several rows may stand on one page, beside the form that adds another.
    form.auto_id = f"{row}-%s"
    if not form.is_bound:
        next(iter(form.fields.values())).widget.attrs["data-focus"] = ""
    context = {**context, "form": form, "row": row, "page_url": referer_url(request)}
    answer = render(request, template, context, status=status)
    return reswap(reselect(retarget(answer, f"#{row}"), f"#{row}"), "outerHTML")


def success_toast(request: HttpRequest, sentence: str, *, undo: str = "") -> None:
    """Show a toast on the next page; ``undo``: the path to post to in order to take back what was done."""
    messages.success(request, sentence, extra_tags=undo)
