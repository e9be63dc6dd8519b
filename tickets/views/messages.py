"""Messages of the agent, and closing a ticket."""

from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError, NotAllowed
from core.http import form_of, is_scripted
from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.conversation.transcript import contact_name
from tickets.desk.permitted_actions import permitted_actions
from tickets.errors import too_many_files
from tickets.files.limits import file_too_large
from tickets.forms import CloseForm, MessageForm
from tickets.models import Message

from .common import find_ticket, http_status, refusal, says_refusals
from .desk import Draft, ticket_page
from .files import add, is_too_long
from .tag_choices import tag_dialog


@csrf_exempt  # CSRF is checked below, once the size of the body is known to be acceptable.
@form_of("tickets:ticket", "project", "ticket")
@requires(Member.may_use_chats)
@says_refusals
def message(request: MemberRequest, ticket: UUID) -> HttpResponseBase:
    """Answer the contact or add a note. 204: the page fetches the new line like everybody else's.

    Without JavaScript, the form includes its files (``files``) and gets a page in return: the conversation, or the
    error beside what was written.
    """
    if is_too_long(request, settings.FILES_PER_MESSAGE):
        raise file_too_large()
    return _message(request, ticket)


@csrf_protect
def _message(request: MemberRequest, ticket: UUID) -> HttpResponseBase:
    found = find_ticket(request, ticket)
    scripted = is_scripted(request)
    form = MessageForm(request.POST)
    form.is_valid()
    uploads, text = form.uploads, form.cleaned_data.get("text", "")
    say = operations.reply
    if form.cleaned_data.get("note"):
        say = partial(operations.add_note, mentions=form.mentions)
    try:
        for file in _files_along(request, uploads):
            uploads.append(add(request, found.pk, file).pk)
        line = say(found.pk, text, by=request.actor, files=uploads, key=form.key)
    except DomainError as error:
        if scripted:
            return refusal(
                request, str(error.sentence), status=http_status(error), gone=error.extra.get("files", ())
            )  # fmt: skip
        return ticket_page(request, found, draft=Draft(text, str(error.sentence), uploads), status=http_status(error))
    if scripted:
        return HttpResponse(status=204, headers={"X-Line": str(line.number)})
    return redirect("tickets:ticket", project=found.project_id, ticket=found.pk)


def _files_along(request: HttpRequest, uploads: list[UUID]) -> list[Any]:
    """Return the files included in a form. Raises Invalid before storing any if there are too many."""
    files = request.FILES.getlist("files")
    if files and len(files) + len(uploads) > settings.FILES_PER_MESSAGE:
        raise too_many_files()
    return files


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def send_again(request: MemberRequest, ticket: UUID, message: UUID) -> HttpResponse:
    """Send a failed answer again."""
    found = find_ticket(request, ticket)
    try:
        operations.send_again(found.pk, message, by=request.actor)
    except Message.DoesNotExist:
        raise Http404 from None
    return HttpResponse(status=204)


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def read(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Mark the contact's messages as read; only has an effect for the ticket's own agent."""
    operations.mark_read(find_ticket(request, ticket).pk, by=request.actor)
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def close(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Ask for tags, then close, in a dialog of the desk or, without JavaScript, on its own page.

    Without a tag it is rejected (422); the selection is kept.
    """
    found = find_ticket(request, ticket)
    if request.method == "GET" and not permitted_actions(found, request.member).close:
        raise NotAllowed
    form = CloseForm(
        request.POST if request.method == "POST" else None,
        sectors=[found.sector_id],
        by=request.member.user,
        asked=request.GET,
        narrow=not is_scripted(request),
    )
    return tag_dialog(
        request,
        "close",
        found,
        form,
        operations.close,
        said=_("The ticket of %(contact_name)s is closed.") % {"contact_name": contact_name(found)},
        next_url=reverse("tickets:desk", args=[found.project_id]),
        up_url=reverse("tickets:ticket", args=[found.project_id, found.pk]),
    )
