"""The page that prints a whole conversation."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.errors import NotAllowed
from orgs.access import Member, MemberRequest, requires
from orgs.access.current import member_now
from reports.printing import extent_of, parts_of
from tickets.conversation.transcript import contact_name
from tickets.models import Ticket

#: Where the lines stand in the page.
_PLACE = "<!-- lines -->"


@require_GET
@never_cache
@requires(Member.may_use_chats)
def print_ticket(request: MemberRequest, ticket: UUID) -> HttpResponseBase:
    """Show a whole conversation, the bot's included, to be printed; it says how much it is, and what is left out."""
    found = get_object_or_404(Ticket.objects.visible_to(request.member).for_lists(), pk=ticket)
    extent = extent_of(found)
    language = translation.get_language()
    context = {"ticket": found, "contact_name": contact_name(found), "extent": extent, "place": _PLACE}
    page = render_to_string("reports/print.html", context, request)
    head, _place, foot = page.partition(_PLACE)

    def parts() -> Iterator[str]:
        yield head
        for part in parts_of(found, extent):
            if not Ticket.objects.visible_to(member_now(request.member)).filter(pk=ticket).exists():
                raise NotAllowed
            # The page's language is no longer the thread's when its parts are sent.
            with translation.override(language):
                yield render_to_string("reports/_printed.html", {"ticket": found, "part": part}, request)
        yield foot

    return StreamingHttpResponse(parts())
