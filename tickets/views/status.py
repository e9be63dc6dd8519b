"""An agent's own status."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import DomainError, Invalid
from core.http import show_toast
from orgs.access import ActorRequest, Member, MemberRequest, requires
from orgs.context_processors import status_of
from queues import operations
from queues.pause_totals import allowances
from tickets.forms import StatusForm
from tickets.models import Ticket

from .common import http_status


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
def status(request: MemberRequest) -> HttpResponse:
    """Show or set the member's status. Rejected (422) for members on no queue; the error is a toast."""
    member = request.member
    if request.method == "GET" and "menu" in request.GET:
        return _menu(request, member)
    said, code = "", 200
    if request.method == "POST":
        said, code = _set(request, member)
    response = render(request, "partials/agent_status.html", {"status": status_of(member)}, status=code)
    if said:
        show_toast(response, said, level="danger")
    return response


def _menu(request: HttpRequest, member: Member) -> HttpResponse:
    """Show the pause reasons, with the time used today."""
    context = {
        "status": status_of(member),
        "allowances": allowances(member.project, member.user.pk),
        "has_tickets": Ticket.objects.active().filter(project=member.project, agent=member.user).exists(),
    }
    return render(request, "partials/pause_menu.html", context)


def wanted_status(request: HttpRequest) -> dict[str, Any]:
    """Return what the form of a status asks for, as the operation takes it. Raises Invalid with its first error."""
    form = StatusForm(request.POST)
    if not form.is_valid():
        raise Invalid(str(next(iter(form.errors.values()))[0]))
    data = form.cleaned_data
    return {"status": data["status"], "reason": data["reason"].strip(), "after_tickets": data["after_tickets"]}


def _set(request: ActorRequest, member: Member) -> tuple[str, int]:
    """Set the chosen status; return the error, if any, and the response status."""
    try:
        wanted = wanted_status(request)
        if not member.is_agent:
            raise Invalid(_("You are on no queue, so no tickets come to you."))
        operations.set_status(member.project, member.user, by=request.actor, **wanted)
    except DomainError as error:
        return str(error.sentence), http_status(error)
    return "", 200
