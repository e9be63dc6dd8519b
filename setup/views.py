"""Set-up pages that span several apps: checklist, new sector, connect your flow."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.http import add_refusal, form_of, incomplete_form, refusals_added_to, split_names, success_toast
from core.timezones import zone_of
from core.validation import max_length
from orgs.access import ActorRequest, Member, MemberRequest, requires
from orgs.models import ApiToken, TokenScope
from orgs.operations import create_token, revoke_token
from sectors.forms import week as weekform
from sectors.models import Sector
from sectors.readiness import not_ready
from sectors.views.sectors import find
from tags.operations import starter_name
from tickets.models import FlowType
from tickets.operations import open_test_ticket

from . import checklist as steps
from . import connections
from .forms import NewSectorForm, TestTicketForm, TokenForm
from .operations import copy_sector, name_of_copy, set_up_sector

#: Maximum number of submitted tags that an invalid form shows again.
MAX_TAGS = 500


@require_GET
@requires(Member.may_create_sectors)
def start(request: MemberRequest) -> HttpResponse:
    """Redirect to the checklist until it is complete, then to the desk."""
    member = request.member
    missing = steps.checklist_of(member).next is not None
    return redirect("setup:checklist" if missing else "tickets:desk", member.project.pk)


@require_GET
@requires(Member.may_create_sectors)
def checklist(request: MemberRequest) -> HttpResponse:
    """Show what the project still needs."""
    member = request.member
    context = {"checklist": steps.checklist_of(member), "not_ready": not_ready(member)}
    return render(request, "setup/checklist.html", context)


@requires(Member.may_create_sectors)
def sector_new(request: MemberRequest) -> HttpResponse:
    """Create a sector with its hours, first queue and tags on one page."""
    member = request.member
    posted = request.method == "POST"
    form = NewSectorForm(member.project, request.POST if posted else None, initial=_first_values(request))
    week = weekform.from_post(request.POST) if posted else weekform.office_hours()
    names = split_names(request.POST.getlist("tags")) if posted else [starter_name()]
    tag_errors: list[str] = []
    if posted and form.accepts(week):
        try:
            if "whole" not in request.POST:
                raise incomplete_form()
            sector = _create(request, member, form.cleaned_data, week, names)
        except DomainError as error:
            if error.field == "tags" or error.code.startswith("tag_"):
                tag_errors.append(str(error))
                form.add_error(None, str(error))
            else:
                add_refusal(form, error)
        else:
            success_toast(request, _("%(name)s was created.") % {"name": sector.name})
            return redirect("sectors:detail", member.project.pk, sector.pk)
    context = {"form": form, "week": week, "tags": names[:MAX_TAGS], "tag_errors": tag_errors, "posted": posted}
    return render(request, "setup/sector_new.html", context, status=422 if posted else 200)


def _first_values(request: HttpRequest) -> dict[str, Any]:
    """Return what a new sector has before anything is typed: the time zone is the browser's, once it is known."""
    return {"queue_name": _("General"), "timezone": zone_of(request)}


def _create(
    request: ActorRequest, member: Member, values: dict[str, Any], week: weekform.Week, tags: list[str]
) -> Sector:
    return set_up_sector(
        member.project,
        values["name"],
        by=request.actor,
        first_queue=values["queue_name"],
        agents=list(values["agents"]),
        tags=tags,
        timezone_name=values["timezone"],
        week=week.ranges if week.is_valid else [[] for _day in range(7)],
        always_open=values["always_open"],
        ticket_limit=values["ticket_limit"],
        active_messages=values["active_messages"],
        managers=list(values["managers"]),
    )


def _connect_page(request: MemberRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    member = request.member
    asked = request.POST if request.method == "POST" else request.GET
    flow_type = asked.get("type") if asked.get("type") in connections.TYPES else FlowType.WENICHATS
    places = connections.places_of(member.project)
    place = next((one for one in places if str(one.pk) == asked.get("place")), places[0] if places else None)
    tokens = ApiToken.objects.filter(project=member.project, revoked_at=None)
    context = {
        "connection": connections.connection(
            member.project,
            str(flow_type),
            place,
            token=more.get("secret", ""),
        ),
        "types": connections.TYPES.items(),
        "places": places,
        "tokens": tokens.order_by("-created_at")[:50],
        "last_call": tokens.aggregate(last=Max("last_used_at"))["last"],
        "token_form": TokenForm(initial={"name": _("Flow")}),
        "ticket_form": TestTicketForm(member.project),
        "has_sectors": bool(places),
        "not_ready": not_ready(member),
        **more,
    }
    return render(request, "setup/connect.html", context, status=status)


@require_GET
@never_cache
@requires(Member.may_connect_flow)
def connect(request: MemberRequest) -> HttpResponse:
    """Show what to paste where (``?type=``, ``?place=``), tokens and the test ticket form."""
    return _connect_page(request)


@form_of("setup:connect", "project")
@requires(Member.may_connect_flow)
def token_create(request: MemberRequest) -> HttpResponse:
    """Create a token and show its secret once."""
    form = TokenForm(request.POST)
    if form.is_valid():
        with refusals_added_to(form):
            _token, secret = create_token(
                form.cleaned_data["name"],
                by=request.actor,
                scopes=[TokenScope.OPEN],
                project=request.member.project,
            )
            response = _connect_page(request, secret=secret)
            response["Cache-Control"] = "no-store"
            return response
    return _connect_page(request, status=422, token_form=form)


@require_POST
@requires(Member.may_connect_flow)
def token_revoke(request: MemberRequest, token: UUID) -> HttpResponse:
    member = request.member
    found = get_object_or_404(ApiToken, project=member.project, pk=token)
    revoke_token(found, by=request.actor)
    success_toast(request, _("%(name)s no longer works.") % {"name": found.name})
    return redirect("setup:connect", member.project.pk)


@form_of("setup:connect", "project")
@requires(Member.may_connect_flow)
def test_ticket(request: MemberRequest) -> HttpResponse:
    """Open a ticket for a fictitious contact and show where it went."""
    member = request.member
    form = TestTicketForm(member.project, request.POST)
    if form.is_valid():
        with refusals_added_to(form):
            ticket = open_test_ticket(member, form.cleaned_data["sector"], by=request.actor)
            shown: Any = type(ticket).objects.with_position().get(pk=ticket.pk)
            return _connect_page(request, ticket=ticket, position=shown.line_position)
    return _connect_page(request, status=422, ticket_form=form)


class CopyForm(forms.Form):
    """The name of the copy, and whether to copy people."""

    name = forms.CharField(label=gettext_lazy("Name of the copy"), max_length=max_length(Sector, "name"))
    agents = forms.BooleanField(
        label=gettext_lazy("Copy the agents"),
        required=False,
        help_text=gettext_lazy("They are put on the new queues too, with the limits of their own."),
    )
    managers = forms.BooleanField(
        label=gettext_lazy("Copy the managers"),
        required=False,
        help_text=gettext_lazy("They configure the new sector too."),
    )


@requires(Member.may_create_sectors)
def sector_copy(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Copy a sector, after asking for the name and whether to copy people."""
    member = request.member
    row = find(member, sector)
    form = CopyForm(request.POST if request.method == "POST" else None, initial={"name": name_of_copy(row)})
    if form.is_valid():
        with refusals_added_to(form):
            copy = copy_sector(
                row,
                form.cleaned_data["name"],
                by=request.actor,
                with_agents=form.cleaned_data["agents"],
                with_managers=form.cleaned_data["managers"],
            )
            success_toast(request, _("%(name)s was created.") % {"name": copy.name})
            return redirect("sectors:detail", member.project.pk, copy.pk)
    status = 422 if form.is_bound else 200
    return render(request, "setup/sector_copy.html", {"form": form, "sector": row}, status=status)
