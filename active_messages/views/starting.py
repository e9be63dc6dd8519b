"""The pages that start conversations: with one contact, or with several of a list."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from active_messages import operations
from active_messages.access import engine_of, may_start, sectors_to_start_in
from active_messages.client import EngineFailed, Flow
from active_messages.forms import SeveralForm, StartForm
from active_messages.operations.starting import NotConnected, connected
from active_messages.people import (
    MAX_AT_ONCE,
    SHORTEST,
    Offer,
    Offers,
    people_in,
    person_of,
    person_of_contact,
    search,
)
from core.errors import Invalid
from core.form_fields import clean_query
from core.http import parse_uuid, refusals_added_to
from orgs.access import MemberRequest, requires

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
    """Return the flows that match the search ``flow_q``, the chosen one first; or why there are none."""
    text = clean_query(_values(request).get("flow_q", ""))
    context: dict[str, Any] = {"flow_q": text, "chosen_flow": chosen}
    try:
        found = operations.flows_of(request.member.project, request.actor, text)
    except (EngineFailed, NotConnected) as failure:
        return context | {"flow_trouble": str(failure)}
    if not text and chosen:
        found.sort(key=lambda flow: flow.uuid != chosen)
    return context | {"found_flows": found[:MAX_FLOWS], "more_flows": max(len(found) - MAX_FLOWS, 0)}


def _people(request: MemberRequest) -> dict[str, Any]:
    """Return the people that the search ``q`` finds, and the one chosen."""
    values = _values(request)
    text = clean_query(values.get("q", ""))
    context: dict[str, Any] = {"q": text, "chosen_person": values.get("person", "")}
    if len(text) < SHORTEST:
        return context | {"offers": Offers([]), "too_short": bool(text)}
    try:
        row, engine = connected(request.member.project)
        return context | {"offers": search(request.member, engine, row.number_scheme, text)}
    except NotConnected as failure:
        return context | {"offers": Offers([], str(failure))}


def _chosen(request: MemberRequest) -> Offer | None:
    """Return the contact that the page was opened for (``?contact=``), if they can be written to."""
    contact = parse_uuid(request.GET.get("contact"))
    if contact is None:
        return None
    person = person_of_contact(request.member, contact)
    return Offer(f"contact:{contact}", person.label, person.urn if person.name else "")


@require_http_methods(["GET", "POST"])
@never_cache
@requires(may_start)
def new(request: MemberRequest) -> HttpResponse:
    """Ask to whom and by which flow, or start the conversation (POST)."""
    member, trouble = request.member, ""
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
    people = _people(request)
    if request.method == "GET":
        try:
            chosen = _chosen(request)
        except Invalid as refused:
            chosen, trouble = None, str(refused)
        if chosen is not None:
            people |= {"offers": Offers([chosen]), "chosen_person": chosen.value}
    flow = _values(request).get("flow", "")
    context = {"form": form, "trouble": trouble, **people, **_flows(request, flow)}
    return render(request, "active_messages/new.html", context, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@requires(may_start)
def people(request: MemberRequest) -> HttpResponse:
    """List the people that ``q`` finds."""
    return render(request, "active_messages/_people.html", _people(request))


@require_GET
@never_cache
@requires(may_start)
def flows(request: MemberRequest) -> HttpResponse:
    """List the flows that ``flow_q`` finds."""
    return render(request, "active_messages/_flows.html", _flows(request, request.GET.get("flow", "")))


@require_GET
@never_cache
@requires(may_start)
def preview(request: MemberRequest) -> HttpResponse:
    """Show what a flow sends first, where the engine tells."""
    try:
        project = request.member.project
        flow = _flow_named(operations.flows_of(project), request.GET.get("flow", ""))
        texts = connected(project)[1].texts(flow.uuid) if flow else []
    except (EngineFailed, NotConnected):
        flow, texts = None, []
    return render(request, "active_messages/_preview.html", {"flow": flow, "texts": texts})


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
    form = SeveralForm(member, request.POST if request.method == "POST" else None, initial=request.GET.dict())
    unread: list[Any] = []
    if form.is_valid():
        with refusals_added_to(form):
            row, _engine = connected(member.project)
            found, unread = people_in(member.project, form.cleaned_data["people"], row.number_scheme)
            if unread:
                raise Invalid(_("Correct or remove the lines below. Nothing has been started yet."), field="people")
            batch = operations.start_conversations(
                found,
                flow_uuid=form.cleaned_data["flow"],
                sector=form.cleaned_data["sector"],
                by=request.actor,
            )
            return redirect("active_messages:batch", member.project.pk, batch)
    context = {"form": form, "unread": unread[:MAX_AT_ONCE], **_flows(request, _values(request).get("flow", ""))}
    return render(request, "active_messages/several.html", context, status=422 if form.is_bound else 200)
