"""What the desk's views share: finding a ticket, saying why something was refused."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from core.errors import DomainError
from tickets.models import Ticket

View = Callable[..., HttpResponseBase]


def find_ticket(request: HttpRequest, ticket_id: UUID) -> Ticket:
    """Return a ticket that the member may see. Raises Http404 for any other, there or not."""
    visible = Ticket.objects.visible_to(request.member)  # type: ignore[attr-defined]
    return get_object_or_404(visible.for_lists().select_related("project"), pk=ticket_id)


def http_status(error: DomainError) -> int:
    """Return the status a page answers a refusal with: what was sent can't be done, so 422 rather than 400."""
    return 422 if error.status == 400 else error.status


def says_refusals(view: View) -> View:
    """Answer a refusal of the domain with its sentence as a fragment, which the desk shows as a toast."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, **kwargs)
        except DomainError as error:
            return refusal(request, str(error.sentence), status=http_status(error))

    return wrapped


def refusal(request: HttpRequest, sentence: str, *, status: int = 422, gone: Iterable[str] = ()) -> HttpResponse:
    """Return a refusal's sentence as a fragment. ``gone``: ids of the files that are the reason."""
    return render(request, "tickets/_refused.html", {"sentence": sentence, "gone": gone}, status=status)
