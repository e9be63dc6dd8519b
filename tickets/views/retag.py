"""Changing the tags of a closed ticket, in a dialog of the desk or on its own page."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.http import is_scripted
from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.forms import RetagForm

from .common import find_ticket, says_refusals
from .tag_choices import tag_dialog


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def retag(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Ask for new tags, then set them. Without a tag it is rejected (422); the selection is kept."""
    found = find_ticket(request, ticket)
    if request.method == "GET":
        operations.check_retag(found, request.member)
    form = RetagForm(
        request.POST if request.method == "POST" else None,
        ticket=found,
        by=request.member.user,
        asked=request.GET,
        narrow=not is_scripted(request),
    )
    page = reverse("reports:ticket", args=[found.project_id, found.pk])
    said = _("The tags are changed.")
    return tag_dialog(request, "retag", found, form, operations.retag, said=said, next_url=page, up_url=page)
