"""The pages that start conversations: with one contact, or with several of a list."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from active_messages import operations, pasted
from active_messages.access import engine_of, may_start, may_start_now, sectors_to_start_in
from active_messages.client import EngineFailed, Flow
from active_messages.forms import MAX_PASTE, SeveralForm, StartForm
from active_messages.operations.starting import NotConnected, connected
from active_messages.people import (
    SHORTEST,
    Offer,
    Offers,
    Person,
    offer_of,
    person_of,
    person_of_contact,
    search,
)
from core.errors import Invalid
from core.form_fields import clean_query
from core.http import parse_uuid, refusals_added_to
from orgs.access import MemberRequest, requires
from tickets.routing import capacities

#: Flows shown without a search, or found by one.
MAX_FLOWS = 20


def _values(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else request.GET


def _ready(request: MemberRequest) -> dict[str, Any]:
    """Return what the page says instead of its form while nothing can be started; empty if something can."""
    member = request.member
    if engine_of(member.project) is None:
        return {"lack": "engine"}
    return {} if sectors_to_start_in(member).exists() else {"lack": "sector"}


def _flows(request: MemberRequest, chosen: str) -> dict[str, Any]:
    """Return the flows that match the search ``flow_q``, after the chosen one; or why there are none."""
    text = clean_query(_values(request).get("flow_q", ""))
    context: dict[str, Any] = {"flow_q": text, "chosen_flow": chosen}
    try:
        found = operations.flows_of(request.member.project, request.actor, text)
        kept = _flow_named(operations.flows_of(request.member.project), chosen) if chosen else None
    except (EngineFailed, NotConnected) as failure:
        return context | {"flow_trouble": str(failure)}
    others = [flow for flow in found if flow.uuid != chosen]
    shown = [*([kept] if kept else []), *others[:MAX_FLOWS]]
    return context | {"found_flows": shown, "flow_count": len(found), "more_flows": max(len(others) - MAX_FLOWS, 0)}


def _people(request: MemberRequest) -> dict[str, Any]:
    """Return the people that the search ``q`` finds, and the person chosen before if they are not among them."""
    values = _values(request)
    text, chosen = clean_query(values.get("q", "")), values.get("person", "")
    context: dict[str, Any] = {"q": text, "chosen_person": chosen, "too_short": 0 < len(text) < SHORTEST}
    try:
        row, engine = connected(request.member.project)
    except NotConnected as failure:
        return context | {"offers": Offers([], str(failure))}
    offers = search(request.member, engine, row.number_scheme, text) if len(text) >= SHORTEST else Offers([])
    context |= {"offers": offers, "searched": len(text) >= SHORTEST}
    if chosen and all(offer.value != chosen for offer in offers.found):
        context["kept"] = offer_of(request.member, engine, chosen)
    return context


def _chosen(request: MemberRequest) -> Offer | None:
    """Return the contact that the page was opened for (``?contact=``), if they can be written to. Raises Invalid."""
    contact = parse_uuid(request.GET.get("contact"))
    if contact is None:
        return None
    person = person_of_contact(request.member, contact)
    return Offer(f"contact:{contact}", person.label, person.urn if person.name else "")


def _chosen_from(request: MemberRequest, people: dict[str, Any]) -> dict[str, Any]:
    """Return who is chosen when the page is opened: whom it was opened for, or the only one found."""
    if people["chosen_person"]:
        return {}
    try:
        kept = _chosen(request)
    except Invalid as refused:
        return {"trouble": str(refused)}
    if kept is not None:
        return {"kept": kept, "chosen_person": kept.value}
    found = people["offers"].found
    return {"chosen_person": found[0].value} if len(found) == 1 and not people["offers"].trouble else {}


def _preview(request: MemberRequest, chosen: str) -> dict[str, Any]:
    """Return a flow and what it sends first, where the engine tells."""
    project = request.member.project
    try:
        flow = _flow_named(operations.flows_of(project), chosen) if chosen else None
        texts = connected(project)[1].texts(flow.uuid) if flow else []
    except (EngineFailed, NotConnected):
        flow, texts = None, []
    return {"flow": flow, "texts": texts}


@require_http_methods(["GET", "POST"])
@never_cache
@requires(may_start)
def new(request: MemberRequest) -> HttpResponse:
    """Ask to whom and by which flow, or start the conversation (POST)."""
    member = request.member
    if lack := _ready(request):
        return render(request, "active_messages/new.html", lack)
    form = StartForm(member, request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if form.is_valid():
        with refusals_added_to(form):
            _row, engine = connected(member.project)
            person = person_of(member, engine, form.cleaned_data["person"])
            batch = operations.start_conversations(
                [person],
                flow_uuid=form.cleaned_data["flow"],
                sector=form.cleaned_data["sector"],
                by=request.actor,
            )
            return redirect("active_messages:batch", member.project.pk, batch)
    context = {"form": form, **_people(request)}
    if request.method == "GET":
        context |= _chosen_from(request, context)
    flow = _values(request).get("flow", "")
    context |= {**_flows(request, flow), **_preview(request, flow), **_readiness(request)}
    return render(request, "active_messages/new.html", context, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@requires(may_start_now)
def people(request: MemberRequest) -> HttpResponse:
    """List the people that ``q`` finds."""
    return render(request, "active_messages/_people.html", _people(request) | {"part": True})


@require_GET
@never_cache
@requires(may_start_now)
def flows(request: MemberRequest) -> HttpResponse:
    """List the flows that ``flow_q`` finds."""
    context = _flows(request, request.GET.get("flow", ""))
    return render(request, "active_messages/_flows.html", context | {"part": True})


@require_GET
@never_cache
@requires(may_start_now)
def preview(request: MemberRequest) -> HttpResponse:
    """Show what a flow sends first, where the engine tells."""
    chosen = request.GET.get("flow", "")
    context = {"chosen_flow": chosen, **_preview(request, chosen)}
    return render(request, "active_messages/_preview.html", context)


def _flow_named(found: list[Flow], uuid: str) -> Flow | None:
    return next((flow for flow in found if flow.uuid == uuid), None)


@require_http_methods(["GET", "POST"])
@never_cache
@requires(may_start)
def several(request: MemberRequest) -> HttpResponse:
    """Ask for a list of people, or start a conversation with each (POST)."""
    member = request.member
    if lack := _ready(request):
        return render(request, "active_messages/several.html", lack)
    # Without a script, flows are searched by a button that sends what was typed so far: by POST, as it may be long.
    is_sent = request.method == "POST" and "search" not in request.POST
    form = SeveralForm(member, request.POST if is_sent else None, initial=_values(request).dict())
    row = engine_of(member.project)
    context: dict[str, Any] = {"form": form, "left_out": request.POST.get("left_out") == "1"}
    if is_sent and row is not None:
        context["paste"] = paste = pasted.read(member, request.POST.get("people", "")[:MAX_PASTE], row.number_scheme)
        context["unread"] = [] if context["left_out"] else paste.unread[: operations.MAX_AT_ONCE]
        if paste.unread and not context["left_out"] and "people" not in form.errors:
            form.add_error("people", _("Correct, remove or leave out the lines below. Nothing has been started yet."))
        if form.is_valid() and (batch := _start_several(request, form, paste.people, context)):
            return redirect("active_messages:batch", member.project.pk, batch)
    flow = _values(request).get("flow", "")
    context |= {**_flows(request, flow), **_preview(request, flow), **_readiness(request)}
    is_refused = form.is_bound and not form.is_valid()
    return render(request, "active_messages/several.html", context, status=422 if is_refused else 200)


def _start_several(
    request: MemberRequest, form: SeveralForm, people: list[Person], context: dict[str, Any]
) -> UUID | None:
    """Start conversations once their number is confirmed; return the batch. Else ask (``asks`` of the context)."""
    sector, flow = form.cleaned_data["sector"], form.cleaned_data["flow"]
    with refusals_added_to(form):
        operations.check_start(people, flow_uuid=flow, sector=sector, by=request.actor)
        if request.POST.get("confirmed") != str(len(people)):
            row = engine_of(request.member.project)
            context |= {"asks": True, "left_in_hour": operations.left_in_hour(row) if row else 0}
            return None
        return operations.start_conversations(people, flow_uuid=flow, sector=sector, by=request.actor)
    return None


def _readiness(request: MemberRequest) -> dict[str, Any]:
    """Return where conversations go that the member starts now, if not to themselves: ``elsewhere`` says why."""
    member = request.member
    sectors = list(sectors_to_start_in(member).values_list("pk", flat=True))
    if not member.is_agent:
        return {"elsewhere": "no_queue"}
    rooms = capacities(sectors, member.user.pk)
    found = [agent for agents in rooms.values() for agent in agents]
    if not found:
        return {"elsewhere": "not_online"}
    return {} if any(agent.has_room for agent in found) else {"elsewhere": "full"}
