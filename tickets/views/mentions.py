"""Mentioning colleagues in notes, and the notes that mention oneself."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.form_fields import clean_query
from core.http import parse_uuids
from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.conversation.mentions import unseen_mentions
from tickets.models.visibility import people_to_mention

from .common import find_ticket, says_refusals

#: People suggested while a name is typed.
SUGGESTED = 8


@require_GET
@never_cache
@requires(Member.may_use_chats)
def mentions(request: MemberRequest) -> HttpResponse:
    """Show the notes that mention the user and that they have not seen, as a part of the bar on every page."""
    return render(request, "tickets/_mentions.html", {"called": unseen_mentions(request.member)})


@require_GET
@never_cache
@requires(Member.may_use_chats)
def colleagues(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show the people whom a note can mention and who match ``q``, first those who see the ticket already."""
    found = find_ticket(request, ticket)
    people = people_to_mention(found).exclude(pk=request.member.user.pk)
    typed = clean_query(request.GET.get("q", ""))
    shown = people.searched(typed)[:SUGGESTED]
    return render(request, "tickets/_colleagues.html", {"people": shown})


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def seen(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Mark the user's mentions in notes of a ticket as seen."""
    found = find_ticket(request, ticket)
    messages = parse_uuids(request.POST.getlist("messages"), most=100)
    operations.mark_mentions_seen(found.pk, messages, by=request.actor)
    return HttpResponse(status=204)
