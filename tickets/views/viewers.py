"""Who else has a ticket open, and reporting that one has it open oneself."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.desk.viewers import viewers_of

from .common import find_ticket, says_refusals


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def presence(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show who else has the ticket open. POST first reports oneself; ``state``: ``writing``, ``away`` or none."""
    found = find_ticket(request, ticket)
    if request.method == "POST":
        state = request.POST.get("state", "")
        if state == "away":
            operations.stop_viewing(found.pk, by=request.actor)
        else:
            operations.mark_viewing(found.pk, by=request.actor, writing=state == "writing")
    context = {"present": viewers_of(found, request.member)}
    return render(request, "tickets/_present.html", context)
