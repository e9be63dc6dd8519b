"""All queues for those who direct them, and bulk actions on tickets."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Invalid
from core.form_fields import MAX_OFFERED
from core.http import parse_uuid, parse_uuids
from core.pagination import Key, Keyset
from orgs.access import Member, MemberRequest, requires
from orgs.models import User
from queues.models import Queue
from sectors.forms.people import find_people, person_label
from tags.models import Tag
from tickets import operations
from tickets.conversation.transcript import contact_name
from tickets.desk.transfer_targets import find_target, targets_of_many
from tickets.forms import CloseForm, TransferForm
from tickets.models import Ticket
from tickets.supervision.overview import (
    ACTIVE,
    MAX_QUEUES,
    WAITING,
    OverviewFilter,
    OverviewPage,
    active_page,
    active_total,
    busy_agents,
    people_in_scope,
    queues_of,
    sectors_of,
    waiting_page,
    waiting_total,
)

from .common import says_refusals, submitted
from .tag_choices import search_url

#: Sectors offered in the filter; others can only be named in the URL.
MAX_SECTORS = 200


def _key(text: str, keyset: Keyset) -> Key | None:
    """Return the pagination key in a query string, None if it is malformed."""
    try:
        return keyset.read(Ticket, text) if text else None
    except Invalid:
        return None


@require_GET
@never_cache
@requires(Member.may_watch)
def waiting(request: MemberRequest) -> HttpResponse:
    """List waiting tickets one directs, or with ``state=active`` those with agents; only the list for htmx.

    The longest wait comes first, or last.
    """
    member = request.member
    query = request.GET
    active = query.get("state") == "active"
    order = (ACTIVE if active else WAITING).read(query)
    keyset = order.keyset
    sectors = list(sectors_of(member)[:MAX_SECTORS])
    # Filters by something the member may not see are ignored.
    sector = _one_of(sectors, query.get("sector", ""))
    queues = queues_of(member, sector)
    queue = _one_of(queues, query.get("queue", ""))
    people = people_in_scope(member, sector, queue) if active else User.objects.none()
    wanted = parse_uuid(query.get("agent", ""))
    agent = people.filter(pk=wanted).first() if wanted else None
    others = list((people.exclude(pk=agent.pk) if agent else people)[: MAX_OFFERED + 1])
    asked = OverviewFilter(
        sector=sector,
        queue=queue,
        agent=agent.pk if agent else None,
        late=not active and query.get("late") == "1",
        after=_key(query.get("after", ""), keyset),
        before=_key(query.get("before", ""), keyset),
        newest=bool(order.kept),
    )
    place = {name: str(pk) for name, pk in (("sector", asked.sector), ("queue", asked.queue)) if pk}
    narrower = {"agent": str(asked.agent)} if asked.agent else {"late": "1"} if asked.late else {}
    state = {"state": "active"} if active else {}
    page = active_page(member, asked) if active else waiting_page(member, asked)
    places: Sequence[Any] = busy_agents(member, sector, queue) if active else queues
    context = {
        "page": page,
        **_beside(page, keyset, asked, {**state, **place, **narrower, **order.kept}),
        "active": active,
        "order": order,
        "sorts": order.headers({**state, **place, **narrower}),
        "sectors": sectors,
        "queues": queues,
        # Beyond that there is a search.
        "agents": [(user.pk, person_label(user)) for user in [*([agent] if agent else []), *others[:MAX_OFFERED]]],
        "agents_url": _agents_url(member, place) if len(others) > MAX_OFFERED else "",
        "places": places,
        # Of more places than are listed, the tickets are counted all the same.
        "places_cut": len(places) >= MAX_QUEUES,
        "total": active_total(member, sector, queue) if active else waiting_total(member, sector),
        "asked": asked,
        "filter_count": len(place) + len(narrower),
        "here": request.get_full_path(),
        # The same sector and queue in the other list; this list without filters.
        "waiting_url": f"?{urlencode(place)}",
        "active_url": f"?{urlencode({'state': 'active', **place})}",
        "all_url": f"?{urlencode(state)}",
        "list": "tickets/_attended.html" if active else "tickets/_waiting.html",
    }
    return render(request, str(context["list"]) if request.htmx else "tickets/waiting.html", context)


def _agents_url(member: Member, place: Mapping[str, str]) -> str:
    """Return the URL that searches people of a sector or queue."""
    return f"{reverse('tickets:waiting_agents', args=[member.project.pk])}?{urlencode(place)}"


@require_GET
@never_cache
@requires(Member.may_watch)
def waiting_agents(request: MemberRequest) -> JsonResponse:
    """Search people of a sector or queue one directs, by name or e-mail address."""
    member = request.member
    query = request.GET
    sector = _one_of(list(sectors_of(member)[:MAX_SECTORS]), query.get("sector", ""))
    queue = _one_of(queues_of(member, sector), query.get("queue", ""))
    return JsonResponse({"choices": find_people(people_in_scope(member, sector, queue), query.get("q", ""))})


def _one_of(rows: Sequence[Any], text: str) -> UUID | None:
    """Return the id in a query string if it is one of the rows'."""
    wanted = parse_uuid(text)
    return wanted if any(row.pk == wanted for row in rows) else None


def _beside(
    page: OverviewPage[Any], keyset: Keyset, asked: OverviewFilter, kept: Mapping[str, str]
) -> dict[str, str]:
    """Return the URLs of the previous and next page; from an empty page, back leads to the first one."""

    def url(name: str, ticket: Ticket) -> str:
        return "?" + urlencode({**kept, name: keyset.write(keyset.key_of(ticket))})

    if not page.rows:
        return {"newer_url": "?" + urlencode(kept) if asked.after or asked.before else "", "older_url": ""}
    return {
        "newer_url": url("before", page.first) if page.newer else "",
        "older_url": url("after", page.last) if page.older else "",
    }


def _chosen(request: MemberRequest) -> tuple[list[UUID], dict[UUID, Ticket]]:
    """Return the ids of the chosen tickets, and those of them the member sees, in whatever state."""
    data = request.POST if request.method == "POST" else request.GET
    ids = parse_uuids(data.getlist("tickets"), most=operations.MAX_AT_ONCE + 1)
    seen = Ticket.objects.visible_to(request.member).filter(pk__in=ids[: operations.MAX_AT_ONCE])
    return ids, {ticket.pk: ticket for ticket in seen.select_related("contact", "sector")}


def _outcomes(request: HttpRequest, outcomes: Sequence[operations.Outcome], seen: dict[UUID, Ticket]) -> HttpResponse:
    names = {pk: contact_name(ticket) for pk, ticket in seen.items()}
    rows = [(outcome, names.get(outcome.ticket_id, "")) for outcome in outcomes]
    return render(request, "tickets/_outcomes.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_watch)
@says_refusals
def close_many(request: MemberRequest) -> HttpResponse:
    """Ask for tags of the chosen tickets' sectors, then close each; the response lists the outcomes."""
    member = request.member
    ids, seen = _chosen(request)
    sectors = {ticket.sector_id for ticket in seen.values()}
    data = request.POST if request.method == "POST" else None
    # The tags were chosen for all tickets; this request may be only one batch of them.
    accepted = Tag.objects.choosable().filter(sector__in=sectors_of(member).values("pk"))
    form = CloseForm(data, sectors=sectors, by=member.user, accepted=accepted)

    def act() -> HttpResponse:
        tags = [tag.pk for tag in form.cleaned_data["tags"]]
        return _outcomes(request, operations.close_many(ids, by=request.actor, tag_ids=tags), seen)

    def show(status: int) -> HttpResponse:
        context = {"form": form, "count": len(ids), "search_url": search_url(member.project.pk, seen.values())}
        return render(request, "tickets/_close_many.html", context, status=status)

    return submitted(form, act, show)


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_watch)
@says_refusals
def transfer_many(request: MemberRequest) -> HttpResponse:
    """Ask for a target, then move each chosen ticket; the response lists the outcomes.

    With ``part``, only the targets that match ``filter``.
    """
    member = request.member
    ids, seen = _chosen(request)
    form = TransferForm(request.POST if request.method == "POST" else None)

    sectors = {ticket.sector for ticket in seen.values()}
    project = member.project.pk
    if request.method == "GET" and "part" in request.GET:
        targets = targets_of_many(project, sectors, len(ids), search=request.GET.get("filter", ""))
        return render(request, "tickets/_target_groups.html", {"form": form, "targets": targets})

    def act() -> HttpResponse:
        kind, pk = form.cleaned_data["to"]
        if pk is None:
            raise Invalid(_("Choose where the tickets go."), field="to")
        target = find_target(member.project, kind, pk, field="to")
        note = form.cleaned_data["note"].strip()
        if isinstance(target, Queue):
            done = operations.transfer_many(ids, target, by=request.actor, note=note)
        else:
            done = operations.assign_many(ids, target, by=request.actor, note=note)
        return _outcomes(request, done, seen)

    def show(status: int) -> HttpResponse:
        query = urlencode([("part", "1"), *(("tickets", str(pk)) for pk in seen)])
        context = {
            "form": form,
            "count": len(ids),
            "targets": targets_of_many(project, sectors, len(ids)),
            "search_url": f"{request.path}?{query}",
            "several_sectors": len(sectors) > 1,
        }
        return render(request, "tickets/_transfer_many.html", context, status=status)

    return submitted(form, act, show)
