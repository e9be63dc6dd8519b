"""What an agent says in a ticket, and closing it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from orgs.access import Member, requires
from orgs.errors import DomainError, NotAllowed
from tickets import operations
from tickets.forms import CloseForm, MessageForm, add_refusal
from tickets.models import Message
from tickets.possible import possible
from tickets.transcript import contact_name

from .common import find_ticket, http_status, says_refusals


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def message(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Answer the contact, or leave a note. 204: the page fetches the new line like everybody else's."""
    found = find_ticket(request, ticket)
    form = MessageForm(request.POST)
    form.is_valid()
    say = operations.add_note if form.cleaned_data.get("note") else operations.reply
    line = say(found.pk, form.cleaned_data.get("text", ""), by=request.actor)  # type: ignore[attr-defined]
    return HttpResponse(status=204, headers={"X-Line": str(line.number)})


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def send_again(request: HttpRequest, ticket: UUID, message: UUID) -> HttpResponse:
    """Send an answer again that failed."""
    found = find_ticket(request, ticket)
    try:
        operations.send_again(found.pk, message, by=request.actor)  # type: ignore[attr-defined]
    except Message.DoesNotExist:
        raise Http404 from None
    return HttpResponse(status=204)


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def read(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Mark the contact's messages as read; only the ticket's own agent's look counts."""
    operations.mark_read(find_ticket(request, ticket).pk, by=request.actor)  # type: ignore[attr-defined]
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def close(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Ask for tags, then close. Refused (422) without one; what was chosen stays."""
    found = find_ticket(request, ticket)
    if request.method == "GET" and not possible(found, request.member).close:  # type: ignore[attr-defined]
        raise NotAllowed
    form = CloseForm(request.POST if request.method == "POST" else None, ticket=found)
    code = 200
    if form.is_bound:
        if form.is_valid():
            try:
                operations.close(
                    found.pk,
                    by=request.actor,  # type: ignore[attr-defined]
                    tag_ids=[tag.pk for tag in form.cleaned_data["tags"]],
                )
                return HttpResponse(status=204)
            except DomainError as error:
                add_refusal(form, error)
                code = http_status(error)
        else:
            code = 422
    context = {"form": form, "ticket": found, "contact_name": contact_name(found)}
    return render(request, "tickets/_close.html", context, status=code)
