"""Pages of sectors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Conflict, DomainError
from core.http import add_refusal, form_version, referer_url, success_toast
from core.pagination import listed
from orgs.access import Member, MemberRequest, people_with_chats, requires
from sectors import hooks, operations
from sectors.archiving import MoveTicketsForm, find_target_queues
from sectors.edit_conflicts import Difference, differences
from sectors.forms import week as weekform
from sectors.forms.people import find_people
from sectors.forms.sectors import SectorForm
from sectors.hours.holidays import FIRST_YEAR, LAST_YEAR
from sectors.hours.schedule import WorkHours
from sectors.models import Sector
from sectors.preview import answer_for, strip
from sectors.readiness import lack_of, with_figures

#: Maximum number of queues on a sector's page; the queues' own page lists all.
MAX_QUEUES = 20


def hours_now(hours: WorkHours, now: datetime) -> tuple[bool, str]:
    """Return whether a sector is open at an aware ``now``, and a sentence that says until or from when."""
    is_open, change = hours.is_open(now), hours.next_change(now)
    if hours.always:
        return True, _("Open around the clock")
    if change is None:
        return is_open, _("Open") if is_open else capfirst(_("closed"))
    days = (change.date() - now.astimezone(change.tzinfo).date()).days
    # A weekday alone means one of the coming six days.
    when = f"{change:%H:%M}" if days == 0 else formats.date_format(change, "D H:i" if days < 7 else "j M H:i")
    return is_open, (_("Open now, closes %(when)s") if is_open else _("Closed, opens %(when)s")) % {"when": when}


def find(member: Member, sector: UUID) -> Sector:
    """Return a sector that the member may configure, else raise 404."""
    found = (
        Sector.objects.configurable_by(member)
        .with_readiness()
        .with_first_queue()
        .select_related("project__organization")
        .prefetch_related("ranges", "exceptions")
        .filter(pk=sector)
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_GET
@requires(Member.may_configure_some_sector)
def people(request: MemberRequest) -> JsonResponse:
    """Search people with access to Chats by name or address, for the fields that select people."""
    found = find_people(people_with_chats(request.member.project), request.GET.get("q", ""))
    return JsonResponse({"people": found})


@require_GET
@requires(Member.may_configure_some_sector)
def sector_list(request: MemberRequest) -> HttpResponse:
    """List the sectors that the member configures, with what each lacks."""
    member = request.member
    archived = request.GET.get("archived") == "1"
    rows = Sector.objects.configurable_by(member).filter(archived_at__isnull=not archived)
    found = listed(request, rows.with_readiness().with_first_queue().prefetch_related("ranges", "exceptions"))
    now = timezone.now()
    context = {
        "sectors": [(row, *hours_now(row.hours, now), lack_of(row)) for row in with_figures(found.rows)],
        "page": found,
        "archived": archived,
        "may_move": member.may_create_sectors() and not archived,
    }
    return render(request, "sectors/list.html", context)


@requires(Member.may_configure_some_sector)
def sector_detail(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Show and edit one sector: attributes, hours, queues."""
    member = request.member
    row = find(member, sector)
    if request.method != "POST":
        form = _form(member, initial=SectorForm.initial_of(row))
        return _sector_page(request, row, form, weekform.from_ranges(row.hours.week))
    form, week = _form(member, request.POST, initial=SectorForm.initial_of(row)), weekform.from_post(request.POST)
    if not form.accepts(week):
        return _sector_page(request, row, form, week, status=422)
    try:
        operations.update_sector(
            row,
            by=request.actor,
            expected_version=form_version(request),
            week=week.ranges if week.is_valid else None,
            **form.cleaned_data,
        )
    except Conflict as error:
        row = find(member, sector)
        form.add_error(None, str(error))
        changed = _changed(row, form, week)
        return _sector_page(request, row, form, week, status=409, differences=changed)
    except DomainError as error:
        add_refusal(form, error)
        return _sector_page(request, row, form, week, status=422)
    success_toast(request, _("Saved."))
    return redirect("sectors:detail", member.project.pk, row.pk)


def _form(member: Member, *args: Any, **kwargs: Any) -> SectorForm:
    return SectorForm(member.project, *args, appoints=member.may_create_sectors(), **kwargs)


def _changed(row: Sector, form: SectorForm, week: weekform.Week) -> list[Difference]:
    """Return what the refused save would overwrite, including the hours."""
    changed = differences(form, SectorForm.initial_of(row))
    saved, typed = weekform.from_ranges(row.hours.week).summary, week.summary
    if saved != typed:
        changed.append(Difference(_("Weekly hours"), saved, typed))
    return changed


def _sector_page(
    request: MemberRequest, row: Sector, form: SectorForm, week: weekform.Week, *, status: int = 200, **more: Any
) -> HttpResponse:
    is_open, hours_sentence = hours_now(row.hours, timezone.now())
    queues = list(hooks.queues_of(row)[: MAX_QUEUES + 1])
    context = {
        "sector": row,
        "form": form,
        "week": week,
        "is_open": is_open,
        "hours_sentence": hours_sentence,
        "strip": strip(row, timezone.now()),
        "queues": queues[:MAX_QUEUES],
        "more_queues": len(queues) > MAX_QUEUES,
        "managers": [] if "managers" in form.fields else list(row.managers.order_by("first_name", "last_name")),
        "may_archive": request.member.may_archive_sectors(),
        "version": row.modified_at.isoformat(),
        **more,
    }
    return render(request, "sectors/detail.html", context, status=status)


@require_GET
@requires(Member.may_configure_some_sector)
def hours_at(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Show whether the sector is open at a given time of its own wall clock."""
    row = find(request.member, sector)
    try:
        at = parse_datetime(request.GET.get("at", "")[:40])
    except ValueError:
        at = None
    if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        return render(request, "sectors/_answer.html", {"error": _("Choose a date and a time.")}, status=422)
    return render(request, "sectors/_answer.html", {"answer": answer_for(row, at)})


@require_GET
@requires(Member.may_configure_some_sector)
def find_place(request: MemberRequest) -> JsonResponse:
    """Search queues open for tickets by name or sector name, for the fields that select one."""
    return JsonResponse({"choices": find_target_queues(request.member, request.GET.get("q", ""))})


@require_POST
@requires(Member.may_create_sectors)
def sector_move(request: MemberRequest, sector: UUID) -> HttpResponse:
    member = request.member
    operations.move_sector(find(member, sector), request.POST.get("step", ""), by=request.actor)
    return redirect(referer_url(request, otherwise=reverse("sectors:list", args=[member.project.pk])))


@requires(Member.may_archive_sectors)
def sector_archive(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Archive a sector; if it has open tickets, ask for a target queue."""
    member = request.member
    row = find(member, sector)
    present = hooks.open_tickets(sector=row)
    others = hooks.queues_to_move_to(member).exclude(sector=row)
    posted = request.method == "POST"
    form = MoveTicketsForm(member.project, others, request.POST if posted else None) if present.any else None
    if posted and (form is None or form.is_valid()):
        place = form.cleaned_data["move_to"] if form else None
        try:
            row = operations.archive_sector(row, by=request.actor, move_to=place)
        except DomainError as error:
            form = form or MoveTicketsForm(member.project, others, request.POST)
            form.is_valid()
            add_refusal(form, error)
        else:
            undo = reverse("sectors:restore", args=[member.project.pk, row.pk])
            success_toast(request, _("%(name)s is archived. Its history stays.") % {"name": row.name}, undo=undo)
            return redirect("sectors:list", member.project.pk)
    context = {"sector": row, "form": form, "open": present, "any_place": others.exists() if present.any else True}
    return render(request, "sectors/archive.html", context, status=422 if posted else 200)


@require_POST
@requires(Member.may_archive_sectors)
def sector_restore(request: MemberRequest, sector: UUID) -> HttpResponse:
    member = request.member
    row = operations.restore_sector(find(member, sector), by=request.actor)
    success_toast(request, _("%(name)s takes tickets again.") % {"name": row.name})
    return redirect("sectors:detail", member.project.pk, row.pk)
