"""The agents of a project, live, for those who direct them."""

from uuid import UUID

from django.db.models import CharField, IntegerField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.http import parse_uuid, referer_url, success_toast
from core.pagination import Keyset, listed
from core.sorting import Sorting
from orgs.access import Member, MemberRequest, requires
from orgs.querysets import PeopleQuerySet
from queues import operations
from queues.models import PauseReason, Status
from tickets.supervision.agents import agent_rows, agents_managed_by, with_sort_keys
from tickets.supervision.overview import sectors_of

from .status import wanted_status
from .supervision import MAX_SECTORS

#: Agents of a project are few enough to be sorted for a page; only the usual order has an index.
SORTING = Sorting(
    "address",
    falling=["load"],
    address=Keyset("email"),
    name=Keyset("shown", "id", annotated={"shown": CharField()}),
    status=Keyset("rank", "email", annotated={"rank": IntegerField()}),
    load=Keyset("load", "email", annotated={"load": IntegerField()}),
)


@require_GET
@never_cache
@requires(Member.may_watch)
def agents(request: MemberRequest) -> HttpResponse:
    """List the people on the queues of one's sectors with status, load and pauses; only the list for htmx."""
    member = request.member
    sectors = list(sectors_of(member)[:MAX_SECTORS])
    sector = next((row for row in sectors if row.pk == parse_uuid(request.GET.get("sector", ""))), None)
    status = request.GET.get("status", "")
    status = status if status in Status.values else ""
    kept = {"sector": str(sector.pk) if sector else "", "status": status}
    users = agents_managed_by(member, sector=sector.pk if sector else None, status=status)
    kept = {name: value for name, value in kept.items() if value}
    order = SORTING.read(request.GET)
    if order.kept:
        users = with_sort_keys(member, users)
    page = listed(request, users, order.keyset, search=PeopleQuerySet.searched, kept={**kept, **order.kept})
    context = {
        "page": page,
        "rows": agent_rows(member, page.rows),
        "sectors": sectors,
        "sector": sector,
        "status": status,
        "statuses": Status.choices,
        "reasons": PauseReason.objects.filter(project=member.project, archived_at=None),
        "filter_count": sum(map(bool, (page.search, sector, status))),
        "order": order,
        "sorts": order.headers({**kept, **({"q": page.search} if page.search else {})}),
        "here": request.get_full_path(),
    }
    return render(request, "tickets/_agents.html" if request.htmx else "tickets/agents.html", context)


@require_POST
@requires(Member.may_watch)
def agent_status(request: MemberRequest, agent: UUID) -> HttpResponse:
    """Set the status of an agent one directs."""
    member = request.member
    user = agents_managed_by(member).filter(pk=agent).first()
    if user is None:
        raise Http404
    row = operations.set_status(member.project, user, by=request.actor, **wanted_status(request))
    sentences = {
        Status.ONLINE: _("%(name)s is online."),
        Status.PAUSED: _("%(name)s is paused."),
        Status.OFFLINE: _("%(name)s is offline."),
    }
    sentence = _("%(name)s pauses after the last ticket.") if row.then_pause else sentences[Status(row.status)]
    success_toast(request, sentence % {"name": user.name})
    return redirect(referer_url(request, otherwise=reverse("tickets:agents", args=[member.project.pk])))
