"""The page of the desk and the fragments that refresh it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orgs.access import Member, MemberRequest, requires
from orgs.views.home import without_queue
from tickets.conversation.quick_messages import suggestions
from tickets.conversation.transcript import contact_name, history_before, lines_after
from tickets.desk.permitted_actions import permitted_actions
from tickets.desk.worklist import own_tickets, worklist
from tickets.models import Attachment, Ticket, Upload
from tickets.routing.explain import why_agent, why_waiting

from .common import find_ticket
from .conversation import page_context

#: Other tickets of the same person shown at the side.
EARLIER_TICKETS = 10
#: Files of these and of the ticket itself shown at the side.
NEWEST_FILES = 12


@require_GET
@requires(Member.may_use_chats)
def desk(request: MemberRequest) -> HttpResponse:
    """Show the desk without an open ticket; to an agent to whom nothing can come, who can change that."""
    context = _desk_context(request)
    member = request.member
    if not (member.is_agent or member.may_watch() or context["worklist"].mine):
        return without_queue(request)
    return render(request, "tickets/desk.html", context)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def ticket(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show the desk with a ticket open."""
    return ticket_page(request, find_ticket(request, ticket))


@dataclass(frozen=True)
class Draft:
    """The contents of a rejected form: the text, the error, and the files already uploaded."""

    text: str
    refusal: str
    uploads: Sequence[UUID] = ()


def ticket_page(
    request: MemberRequest, ticket: Ticket, *, draft: Draft | None = None, status: int = 200
) -> HttpResponse:
    """Return the desk with a ticket open; ``draft``: what was written and not sent."""
    context = _desk_context(request) | ticket_context(request, ticket)
    if draft is not None:
        waiting = Upload.objects.filter(pk__in=draft.uploads, ticket=ticket, user=request.user.pk, ready=True)
        context |= {"draft": draft, "draft_uploads": waiting.order_by("pk")}
    return render(request, "tickets/desk.html", context, status=status)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def worklist_fragment(request: MemberRequest) -> HttpResponse:
    """Show the left side; ``open`` is the id of the ticket shown beside it."""
    context = {"worklist": worklist(request.member), "member": request.member, "open_id": request.GET.get("open", "")}
    return render(request, "tickets/_worklist.html", context)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def unread(request: MemberRequest) -> HttpResponse:
    """Return one's own tickets with their unread messages, for notices on pages that don't list them."""
    project = request.member.project.pk
    rows = [
        {
            "ticket": str(ticket.pk),
            "name": contact_name(ticket),
            "unread": ticket.unread_count,
            "url": reverse("tickets:ticket", args=[project, ticket.pk]),
        }
        for ticket in own_tickets(request.member)
    ]
    return JsonResponse({"tickets": rows})


@require_GET
@never_cache
@requires(Member.may_use_chats)
def panes_fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show conversation and side of a ticket."""
    return render(request, "tickets/_panes.html", ticket_context(request, find_ticket(request, ticket)))


@require_GET
@never_cache
@requires(Member.may_use_chats)
def beside_fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show the conversation of another ticket of the contact from its beginning, to be read beside the open one."""
    found = find_ticket(request, ticket)
    lines = lines_after(found, 0)
    last = lines[-1].number if lines else None
    context = {
        "ticket": found,
        "contact_name": contact_name(found),
        "history": history_before(found),
        "lines": lines,
        "more_after": last if last is not None and last < found.line_count else None,
        "tags": found.tags.all(),
    }
    return render(request, "tickets/_beside.html", context)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def frame_fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show head, foot and side; the lines are fetched by number."""
    context = ticket_context(request, find_ticket(request, ticket), with_lines=False)
    return render(request, "tickets/_panes.html", context)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def quick_fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show the quick messages for a ticket, with their variables filled in."""
    found = find_ticket(request, ticket)
    context = {"ticket": found, "suggestions": suggestions(found, request.member)}
    return render(request, "tickets/_quick.html", context)


def _desk_context(request: MemberRequest) -> dict[str, Any]:
    member = request.member
    return {"worklist": worklist(member), "member": member}


def ticket_context(request: MemberRequest, ticket: Ticket, *, with_lines: bool = True) -> dict[str, Any]:
    """Return the template context for the conversation and the side of a ticket."""
    member = request.member
    earlier_tickets = list(
        Ticket.objects.visible_to(member)
        .of_person(ticket)
        .exclude(pk=ticket.pk)
        .select_related("queue", "sector", "agent")
        .prefetch_related("tags")
        .order_by("-opened_at", "-id")[: EARLIER_TICKETS + 1]
    )
    more_earlier_tickets = len(earlier_tickets) > EARLIER_TICKETS
    del earlier_tickets[EARLIER_TICKETS:]
    return {
        "ticket": ticket,
        "open_id": str(ticket.pk),
        "possible": permitted_actions(ticket, member),
        "contact_name": contact_name(ticket),
        "why": why_waiting(ticket),
        "attending": why_agent(ticket),
        "earlier_tickets": earlier_tickets,
        "more_earlier_tickets": more_earlier_tickets,
        "may_merge_contacts": member.may_merge_contacts(),
        "newest_files": _newest_files([ticket, *earlier_tickets]),
        "tags": ticket.tags.all() if ticket.is_closed else (),
        **(page_context(ticket) if with_lines else {}),
    }


def _newest_files(tickets: Sequence[Ticket]) -> list[Attachment]:
    """Return the newest files, of contacts and agents, of tickets that the member sees."""
    by_id = {ticket.pk: ticket for ticket in tickets}
    # Order by the message's time, not the file's key, so that only the files of these tickets are sorted.
    rows = (
        Attachment.objects.filter(message__ticket__in=list(by_id))
        .select_related("message")
        .order_by("-message__stored_at", "-id")[:NEWEST_FILES]
    )
    files = list(rows)
    for file in files:
        file.message.ticket = by_id[file.message.ticket_id]
    return files
