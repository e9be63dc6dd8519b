"""Lines of a conversation, page by page, and searching in them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.errors import Invalid
from core.http import parse_uuid
from core.pagination import Key
from orgs.access import Member, MemberRequest, requires
from tickets.conversation.search import find_message
from tickets.conversation.transcript import (
    HISTORY,
    Page,
    history_after,
    history_before,
    lines_after,
    lines_again,
    page_after,
    page_before,
)
from tickets.desk.permitted_actions import permitted_actions
from tickets.models import Message, Ticket

from .common import find_ticket, refusal

_NONE = Page([], False)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def lines_fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show lines of a conversation.

    ``after`` = N: those above number N, and with ``again`` = "3,5" also these in their current state. ``before`` = N:
    a page below, and N again, which now has a previous line; ``onward`` = N: a page above. ``history`` = time,id: a
    page of the bot conversation before that line; ``onward_history``: after it. ``around`` = id: the lines before and
    after that message. Without a parameter: the newest page.
    """
    found = find_ticket(request, ticket)
    asked = next((name for name in _PARTS if name in request.GET), None)
    if asked is None:
        context: dict[str, Any] | None = page_context(found)
    else:
        read, show = _PARTS[asked]
        place = read(request.GET[asked])
        context = None if place is None else show(found, place, request)
    if context is None:
        return refusal(request, _("This part of the conversation could not be found. Reload the page."))
    context |= {"ticket": found, "possible": permitted_actions(found, request.member)}
    return render(request, "tickets/_lines.html", context)


@require_GET
@never_cache
@requires(Member.may_use_chats)
def find_fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show how many messages contain ``q``, and the hit next to ``beside`` (without it, the newest).

    ``newer`` reverses the direction.
    """
    query = request.GET
    beside = parse_uuid(query.get("beside"))
    found = find_message(find_ticket(request, ticket), query.get("q", ""), beside=beside, newer="newer" in query)
    return render(request, "tickets/_found.html", {"found": found})


def page_context(ticket: Ticket, before: int | None = None) -> dict[str, Any]:
    """Return a page of lines; from the first line on, the newest page of the bot conversation is above it."""
    page = page_before(ticket, before)
    history = _NONE if page.earlier else history_before(ticket)
    lines = page.lines if before is None else page.lines + lines_again(ticket, [before])
    return {"lines": lines, "earlier": page.earlier, "history": history, "first": page.first}


def _after(ticket: Ticket, number: int, request: HttpRequest) -> dict[str, Any]:
    again = [n for n in map(_number, request.GET.get("again", "").split(",")[:50]) if n]
    return {"lines": lines_after(ticket, number, again)}


def _before(ticket: Ticket, number: int, request: HttpRequest) -> dict[str, Any]:
    return page_context(ticket, number)


def _history(ticket: Ticket, key: Key, request: HttpRequest) -> dict[str, Any]:
    return {"history": history_before(ticket, key)}


def _onward(ticket: Ticket, number: int, request: HttpRequest) -> dict[str, Any]:
    page = page_after(ticket, number)
    later = urlencode({"onward": page.last.number}) if page.last and page.later else ""
    return {"lines": page.lines, "later": later}


def _onward_history(ticket: Ticket, key: Key, request: HttpRequest) -> dict[str, Any]:
    return _from_history(ticket, _NONE, history_after(ticket, key), request)


def _around(ticket: Ticket, pk: UUID, request: HttpRequest) -> dict[str, Any]:
    message = get_object_or_404(Message, ticket=ticket, pk=pk)
    if message.number is None:
        key = message.created_on, message.pk
        return _from_history(ticket, history_before(ticket, key), history_after(ticket, key, itself=True), request)
    above, below = page_context(ticket, message.number), _onward(ticket, message.number, request)
    return {**above, "lines": above["lines"] + below["lines"], "later": below["later"]}


def _from_history(ticket: Ticket, above: Page, below: Page, request: HttpRequest) -> dict[str, Any]:
    """Lines of the bot conversation; at its end, followed by the first page of the ticket."""
    context: dict[str, Any] = {"history": Page(above.lines + below.lines, above.earlier)}
    if below.last and below.later:
        place = f"{below.last.at.isoformat()},{below.last.pk}"
        return {**context, "later": urlencode({"onward_history": place})}
    return {**context, **_onward(ticket, 0, request)}


def _number(value: str) -> int | None:
    """Return a line's number, or None if it is malformed."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else None


def _history_key(value: str) -> Key | None:
    """Return the key of a line of the bot conversation, or None if it is malformed."""
    try:
        return HISTORY.read(Message, value)
    except Invalid:
        return None


#: Query parameters: how each is parsed, and what it shows.
_PARTS: dict[str, tuple[Callable[[str], Any], Callable[[Ticket, Any, HttpRequest], dict[str, Any]]]] = {
    "after": (_number, _after),
    "before": (_number, _before),
    "history": (_history_key, _history),
    "onward": (_number, _onward),
    "onward_history": (_history_key, _onward_history),
    "around": (parse_uuid, _around),
}
