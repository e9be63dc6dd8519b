"""Changing the tags of a closed ticket, in a dialog of the desk or on its own page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.http import success_toast
from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.conversation.transcript import contact_name
from tickets.forms import RetagForm, add_refusal

from .common import find_ticket, http_status, says_refusals
from .tag_choices import search_url


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def retag(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Ask for new tags, then set them. Without a tag it is rejected (422); the selection is kept."""
    found = find_ticket(request, ticket)
    member = request.member
    scripted = "X-Requested-With" in request.headers
    if request.method == "GET":
        operations.check_retag(found, member)
    form = RetagForm(
        request.POST if request.method == "POST" else None,
        ticket=found,
        by=member.user,
        asked=request.GET,
        narrow=not scripted,
    )
    code = 200
    if form.is_bound:
        code = 422
        if form.is_valid():
            try:
                tags = [tag.pk for tag in form.cleaned_data["tags"]]
                operations.retag(found.pk, by=request.actor, tag_ids=tags)
            except DomainError as error:
                add_refusal(form, error)
                code = http_status(error)
            else:
                if scripted:
                    return HttpResponse(status=204)
                success_toast(request, _("The tags are changed."))
                return redirect("reports:ticket", project=found.project_id, ticket=found.pk)
    context = {
        "form": form,
        "ticket": found,
        "contact_name": contact_name(found),
        "search_url": search_url(found.project_id, [found]),
        "up_url": reverse("reports:ticket", args=[found.project_id, found.pk]),
    }
    return render(request, "tickets/_retag.html" if scripted else "tickets/retag.html", context, status=code)
