"""Naming a contact, in a dialog of the desk."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import NotAllowed
from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.forms import ContactNameForm

from .common import find_ticket, says_refusals, submitted


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def rename(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Ask for the contact's name, then store it; empty is the flow's name again."""
    found = find_ticket(request, ticket)
    if not found.is_handled_by(request.member):
        raise NotAllowed
    form = ContactNameForm(request.POST if request.method == "POST" else None, initial={"name": found.contact.name})

    def act() -> HttpResponse:
        operations.rename_contact(found.pk, form.cleaned_data["name"], by=request.actor)
        return HttpResponse(status=204)

    def show(status: int) -> HttpResponse:
        return render(request, "tickets/_rename.html", {"form": form, "ticket": found}, status=status)

    return submitted(form, act, show)
