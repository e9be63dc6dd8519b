"""All lines for those who direct them, and what they do there with many tickets at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from orgs.access import Actor, Member, people_with_chats, requires
from orgs.errors import DomainError
from orgs.web import parse_uuid, parse_uuids
from queues.models import Queue
from tags.models import Tag
from tickets import operations
from tickets.explain import agents_of
from tickets.forms import CloseForm, TransferForm, add_refusal
from tickets.lineview import Asked, lines, queues_of, sectors_of
from tickets.models import Ticket
from tickets.transcript import contact_name
from tickets.worklist import queues_that_take

from .common import http_status, says_refusals

#: Sectors to choose from in the filter; more are found by the address alone.
MOST_SECTORS = 200


def _key(text: str) -> tuple[datetime, UUID] | None:
    """Return the time and id that an address goes on from, None for anything else."""
    at, _comma, pk = text[:100].partition(",")
    try:
        when, key = parse_datetime(at.replace(" ", "+")), parse_uuid(pk)
    except ValueError:
        return None
    return (when, key) if when is not None and when.tzinfo is not None and key is not None else None


def _asked(request: HttpRequest, sectors: Sequence[Any], queues: Sequence[Queue]) -> Asked:
    """Return what the address asks for; what one may not see counts as not asked for."""
    query = request.GET
    sector, queue = parse_uuid(query.get("sector", "")), parse_uuid(query.get("queue", ""))
    return Asked(
        sector=sector if any(row.pk == sector for row in sectors) else None,
        queue=queue if any(row.pk == queue for row in queues) else None,
        late=query.get("late") == "1",
        after=_key(query.get("after", "")),
        before=_key(query.get("before", "")),
    )


@require_GET
@never_cache
@requires(Member.may_watch)
def waiting(request: HttpRequest) -> HttpResponse:
    """List who waits in the lines one directs, the longest wait first; the list alone for who fetches it."""
    member: Member = request.member  # type: ignore[attr-defined]
    sectors = list(sectors_of(member)[:MOST_SECTORS])
    sector = parse_uuid(request.GET.get("sector", ""))
    queues = queues_of(member, sector if any(row.pk == sector for row in sectors) else None)
    asked = _asked(request, sectors, queues)
    page = lines(member, asked)
    kept = {
        name: str(value)
        for name, value in (("sector", asked.sector), ("queue", asked.queue), ("late", "1" if asked.late else ""))
        if value
    }

    def beside(name: str, ticket: Ticket) -> str:
        return "?" + urlencode({**kept, name: f"{ticket.queued_at.isoformat()},{ticket.pk}"})

    first = "?" + urlencode(kept) if asked.after or asked.before else ""
    context = {
        "page": page,
        "newer_url": beside("before", page.first) if page.rows and page.newer else "" if page.rows else first,
        "older_url": beside("after", page.last) if page.rows and page.older else "",
        "sectors": sectors,
        "queues": queues,
        "total": sum(queue.waiting for queue in queues),  # type: ignore[attr-defined]
        "asked": asked,
        "asks": bool(kept),
        "here": request.get_full_path(),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "tickets/_waiting.html" if part else "tickets/waiting.html", context)


def _chosen(request: HttpRequest) -> tuple[list[UUID], dict[UUID, Ticket]]:
    """Return the tickets that a request names, and those of them that its member sees, whatever became of them."""
    data = request.POST if request.method == "POST" else request.GET
    ids = parse_uuids(data.getlist("tickets"), most=operations.MOST_AT_ONCE + 1)
    seen = Ticket.objects.visible_to(request.member).filter(pk__in=ids[: operations.MOST_AT_ONCE])  # type: ignore[attr-defined]
    return ids, {ticket.pk: ticket for ticket in seen.select_related("contact", "sector")}


def _outcomes(request: HttpRequest, outcomes: Sequence[operations.Outcome], seen: dict[UUID, Ticket]) -> HttpResponse:
    names = {pk: contact_name(ticket) for pk, ticket in seen.items()}
    rows = [(outcome, names.get(outcome.ticket_id, "")) for outcome in outcomes]
    return render(request, "tickets/_outcomes.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_watch)
@says_refusals
def close_many(request: HttpRequest) -> HttpResponse:
    """Ask for tags of the chosen tickets' sectors, then close each; the answer says what became of each."""
    member: Member = request.member  # type: ignore[attr-defined]
    ids, seen = _chosen(request)
    sectors = {ticket.sector_id for ticket in seen.values()}
    data = request.POST if request.method == "POST" else None
    # The tags were chosen for all the tickets, of which this may be a portion.
    accepted = Tag.objects.choosable().filter(sector__in=sectors_of(member).values("pk"))
    form = CloseForm(data, sectors=sectors, by=member.user, accepted=accepted)
    code = 200
    if data is not None:
        code = 422
        if form.is_valid():
            tags = [tag.pk for tag in form.cleaned_data["tags"]]
            try:
                done = operations.close_many(ids, by=request.actor, tag_ids=tags)  # type: ignore[attr-defined]
                return _outcomes(request, done, seen)
            except DomainError as error:
                add_refusal(form, error)
                code = http_status(error)
    context = {"form": form, "tickets": seen.values(), "count": len(ids)}
    return render(request, "tickets/_close_many.html", context, status=code)


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_watch)
@says_refusals
def transfer_many(request: HttpRequest) -> HttpResponse:
    """Ask where the chosen tickets go, then move each; the answer says what became of each."""
    member: Member = request.member  # type: ignore[attr-defined]
    ids, seen = _chosen(request)
    form = TransferForm(request.POST if request.method == "POST" else None)
    code = 200
    if form.is_bound:
        code = 422
        if form.is_valid():
            try:
                done = _hand_on(member, form, ids, request.actor)  # type: ignore[attr-defined]
                if done is not None:
                    return _outcomes(request, done, seen)
            except DomainError as error:
                add_refusal(form, error)
                code = http_status(error)
    # Load and limit are a sector's, so persons are offered where all are of one.
    sectors = {ticket.sector for ticket in seen.values()}
    agents = agents_of(next(iter(sectors))) if len(sectors) == 1 else None
    context = {
        "form": form,
        "count": len(ids),
        # Who has no ticket to hand on is told of no queue.
        "queues": queues_that_take(member.project.pk) if seen else [],
        "agents": None if agents is None else [(agent, True, agent.question(len(ids))) for agent in agents],
        "several_sectors": len(sectors) > 1,
    }
    return render(request, "tickets/_transfer_many.html", context, status=code)


def _hand_on(
    member: Member, form: TransferForm, ids: Sequence[UUID], actor: Actor
) -> list[operations.Outcome] | None:
    """Do what the form says; None where its place is not there (the form says so then)."""
    kind, pk = form.cleaned_data["to"]
    note = form.cleaned_data["note"].strip()
    if kind == "queue":
        queue = Queue.objects.filter(pk=pk, sector__project=member.project).first()
        if queue is not None:
            return operations.transfer_many(ids, queue, by=actor, note=note)
        form.add_error("to", _("This queue is not there any more. Choose another."))
        return None
    agent = people_with_chats(member.project).filter(pk=pk).first()
    if agent is not None:
        return operations.assign_many(ids, agent, by=actor, note=note)
    form.add_error("to", _("This person has no access to Chats any more. Choose another."))
    return None
