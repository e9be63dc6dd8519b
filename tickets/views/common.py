"""Shared by the desk's views: finding a ticket, submitting a form, showing errors."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from core.errors import DomainError
from core.http import add_refusal
from orgs.access import MemberRequest
from tickets.models import Ticket

R = TypeVar("R", bound=HttpRequest)
P = ParamSpec("P")
View = Callable[Concatenate[R, P], HttpResponseBase]


def find_ticket(request: MemberRequest, ticket_id: UUID) -> Ticket:
    """Return a ticket the member may see. Raises Http404 for any other, whether it exists or not."""
    visible = Ticket.objects.visible_to(request.member)
    return get_object_or_404(visible.for_lists().select_related("project"), pk=ticket_id)


def http_status(error: DomainError) -> int:
    """Return the status for a domain error: 422 rather than 400."""
    return 422 if error.status == 400 else error.status


def says_refusals(view: View[R, P]) -> View[R, P]:
    """Answer a domain error with its sentence as a fragment, which the desk shows as a toast."""

    @wraps(view)
    def wrapped(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            return refusal(request, str(error.sentence), status=http_status(error))

    return wrapped


def submitted(form: forms.Form, act: Callable[[], HttpResponse], show: Callable[[int], HttpResponse]) -> HttpResponse:
    """Return the response of ``act`` if the form was sent and is valid.

    Otherwise, and if the operation refuses, ``show`` the form, with its errors, for a response of the given status.
    """
    if not form.is_bound:
        return show(200)
    if not form.is_valid():
        return show(422)
    try:
        return act()
    except DomainError as error:
        add_refusal(form, error)
        return show(http_status(error))


def refusal(request: HttpRequest, sentence: str, *, status: int = 422, gone: Iterable[str] = ()) -> HttpResponse:
    """Return an error's sentence as a fragment. ``gone``: ids of the files that caused it."""
    return render(request, "tickets/_refused.html", {"sentence": sentence, "gone": gone}, status=status)
