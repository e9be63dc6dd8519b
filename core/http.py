"""HTTP helpers for views: domain errors as form errors and toasts, parsing of requests."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reselect, reswap, retarget, trigger_client_event
from django_htmx.middleware import HtmxDetails

from .errors import DomainError, Invalid
from .instants import parse_instant

#: Last field of an edit form: the version of the row it was rendered from, and proof that the form arrived complete.
VERSION = "version"
#: Like VERSION, for forms without a version.
WHOLE = "whole"

Respond = Callable[[HttpRequest], HttpResponseBase]


class IdentifiedRequest(HttpRequest):
    """A request that has passed ``RequestIdMiddleware``."""

    request_id: str


class HtmxHttpRequest(IdentifiedRequest):
    """A request that has passed ``HtmxMiddleware``, as in every view: ``request.htmx`` is truthy for htmx
    requests."""

    htmx: HtmxDetails


def add_refusal(form: BaseForm, error: DomainError) -> None:
    """Add a domain error to the form: to the field it names, else to the form as a whole."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, str(error))


@contextmanager
def refusals_added_to(form: BaseForm) -> Iterator[None]:
    """Add a domain error raised inside the block to the form; the page then shows the form again."""
    try:
        yield
    except DomainError as error:
        add_refusal(form, error)


def form_version(request: HttpRequest) -> datetime:
    """Return the ``modified_at`` (aware) of the row that an edit form was rendered from.

    It is the form's last field. If it is missing, the form was truncated in transit, and fields that did not arrive
    must not be read as emptied. Raises Invalid.
    """
    version = parse_instant(request.POST.get(VERSION, ""))
    if version is None:
        raise incomplete_form()
    return version


def check_complete(request: HttpRequest) -> None:
    """Raise Invalid if the form's last field is missing; for forms without a version.

    In a truncated form, checkboxes that did not arrive would be read as unchecked.
    """
    if WHOLE not in request.POST:
        raise incomplete_form()


def incomplete_form() -> Invalid:
    """Return the error for a truncated form."""
    return Invalid(_("The form did not arrive whole. Check it and send it again."), code="form_cut_off")


def split_names(texts: list[str]) -> list[str]:
    """Return the names of a chips field: one per chip, or separated by commas or newlines if typed without
    JavaScript.

    Names that differ only in case are duplicates, as on the page.
    """
    names: dict[str, str] = {}
    for text in texts:
        for name in re.split(r"[,;\n]", text):
            if name.strip():
                names.setdefault(name.strip().casefold(), name.strip())
    return list(names.values())


def parse_uuid(text: object) -> UUID | None:
    """Return the UUID written in ``text``, or None if it isn't one."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def parse_uuids(texts: list[str], *, most: int = 500) -> list[UUID]:
    """Return the well-formed UUIDs among the texts, at most ``most``."""
    found = [parse_uuid(text) for text in texts[:most]]
    return [value for value in found if value is not None]


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, or None for a request over a Unix socket.

    Behind ``TRUSTED_PROXIES`` proxies it is the address seen by the outermost of them: earlier entries of
    X-Forwarded-For are written by the client and not trustworthy.
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
    """Return the request's ``next`` parameter if it is a path on this site, else ``default``."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return default


def form_of(page: str, *parameters: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view take only POST, as the form of ``page``; a GET goes to that page, with its query.

    For views that answer with the page itself, under the address of the form: its relative links, the language and a
    reload ask for that address. ``parameters`` of the URL are those that the page's URL has, too.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def posted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["POST"])
            query = request.META.get("QUERY_STRING", "")
            target = reverse(page, kwargs={name: kwargs[name] for name in parameters})
            return HttpResponseRedirect(f"{target}?{query}" if query else target)

        return posted

    return decorate


def adder_of(page: str, *parameters: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view be the form that adds to the list ``page``, which it shows with the form open.

    A GET with a query goes to the list: it comes from a link or a search of the list, which is at this address while
    the form is open. ``parameters`` of the URL are those that the list's URL has, too.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        to_list = form_of(page, *parameters)(view)

        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asks_list = request.method in {"GET", "HEAD"} and request.META.get("QUERY_STRING")
            return (to_list if asks_list else view)(request, *args, **kwargs)

        return shown

    return decorate


class RefusalMiddleware:
    """Handle domain errors that views don't catch: redirect back with a toast, or return the bare status.
    A GET of an address that only takes forms gets a page that says so."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HtmxHttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and request.method in {"GET", "HEAD"} and not is_scripted(request):
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HtmxHttpRequest, error: Exception) -> HttpResponseBase | None:
        """Turn a ``DomainError`` into a response; leave other exceptions alone."""
        if not isinstance(error, DomainError):
            return None
        if is_scripted(request):
            answer = HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
            if request.htmx:
                # Keep the target as it is and show the sentence as a toast.
                show_toast(reswap(answer, "none"), str(error), level="danger")
            return answer
        if request.method == "POST" and error.status != 503:
            messages.error(request, str(error))
            return HttpResponseRedirect(referer_url(request))
        return render(request, "refused.html", {"sentence": str(error)}, status=error.status)


def page_wanted(request: HttpRequest) -> str:
    """Return the path to come back to after sign-in: of a form that was sent, that of the page it was on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    referer = urlsplit(referer_url(request, otherwise=""))
    try:
        resolve(referer.path)
    except Resolver404:
        return "/"
    return f"{referer.path}?{referer.query}" if referer.query else referer.path


def referer_url(request: HttpRequest, *, otherwise: str = "/") -> str:
    """Return the URL of the page the form was on, with its filters (same site only), else ``otherwise``."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return referer
    return otherwise


def is_scripted(request: HtmxHttpRequest) -> bool:
    """Whether the request was made by JavaScript (htmx or our own) rather than by page navigation."""
    return bool(request.htmx or request.headers.get("X-Requested-With"))


def show_toast(response: HttpResponse, sentence: str, *, level: str) -> HttpResponse:
    """Make htmx show a toast with the swapped content; returns the response. ``level``: ``success`` or ``danger``."""
    return trigger_client_event(response, "showToast", {"text": sentence, "level": level})


def edit_in_place(
    request: HttpRequest, template: str, row: str, form: BaseForm, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return the form that replaces a row of a list (docs/design.md, Editing in a list).

    ``row`` is the element id of the row. A refused form replaces itself; a saved one, the whole list.
    """
    # Several of these forms may be on one page, next to the one that adds a row.
    form.auto_id = f"{row}-%s"
    if not form.is_bound:
        next(iter(form.fields.values())).widget.attrs["data-focus"] = ""
    context = {**context, "form": form, "row": row, "page_url": referer_url(request)}
    answer = render(request, template, context, status=status)
    return reswap(reselect(retarget(answer, f"#{row}"), f"#{row}"), "outerHTML")


def success_toast(request: HttpRequest, sentence: str, *, undo: str = "") -> None:
    """Show a toast on the next page; ``undo`` is the path to post to in order to undo the action."""
    messages.success(request, sentence, extra_tags=undo)
