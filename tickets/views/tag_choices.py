"""The dialogs that ask for tags, closing a ticket and tags after closing, and searching tags for them."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.errors import NotAllowed
from core.http import is_scripted, parse_uuids, success_toast
from orgs.access import Member, MemberRequest, requires
from tickets import operations
from tickets.conversation.transcript import contact_name
from tickets.forms import CloseForm
from tickets.models import Ticket, TicketTag

from .common import says_refusals, submitted


@require_GET
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def tags(request: MemberRequest) -> HttpResponse:
    """Show tags matching a search that the given tickets can get, and the chosen ones (``tags``).

    For tickets the member has or directs; a closed ticket also offers the tags it has.
    """
    member = request.member
    ids = parse_uuids(request.GET.getlist("tickets"), most=operations.MAX_AT_ONCE)
    seen = list(Ticket.objects.visible_to(member).filter(pk__in=ids).only("sector", "agent", "status"))
    if not seen:
        raise Http404
    own = [found for found in seen if found.is_handled_by(member)]
    if not own:
        raise NotAllowed
    also: Iterable[UUID] = ()
    if len(own) == 1 and own[0].is_closed:
        also = TicketTag.objects.filter(ticket=own[0]).values_list("tag", flat=True)
    sectors = {ticket.sector_id for ticket in own}
    form = CloseForm(sectors=sectors, by=member.user, also=list(also), asked=request.GET)
    return render(request, "tickets/_tag_groups.html", {"form": form})


def tag_dialog(
    request: MemberRequest,
    name: str,
    ticket: Ticket,
    form: CloseForm,
    operation: Callable[..., Ticket],
    *,
    said: str,
    next_url: str,
    up_url: str,
) -> HttpResponse:
    """Ask for the tags of one ticket in the dialog or page of that name, then call the operation with them.

    Without a script, ``said`` is shown at ``next_url`` afterwards; ``up_url`` is where the page leads back to.
    """

    def act() -> HttpResponse:
        operation(ticket.pk, by=request.actor, tag_ids=[tag.pk for tag in form.cleaned_data["tags"]])
        if is_scripted(request):
            return HttpResponse(status=204)
        success_toast(request, said)
        return redirect(next_url)

    def show(status: int) -> HttpResponse:
        context = {
            "form": form,
            "ticket": ticket,
            "contact_name": contact_name(ticket),
            "search_url": search_url(ticket.project_id, [ticket]),
            "up_url": up_url,
        }
        template = f"tickets/_{name}.html" if is_scripted(request) else f"tickets/{name}.html"
        return render(request, template, context, status=status)

    return submitted(form, act, show)


def search_url(project_id: UUID, tickets: Iterable[Ticket]) -> str:
    """Return the URL that searches tags for these tickets."""
    query = urlencode([("tickets", str(ticket.pk)) for ticket in tickets])
    return f"{reverse('tickets:tags', args=[project_id])}?{query}"
