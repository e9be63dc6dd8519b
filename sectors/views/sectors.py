"""Pages of sectors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.http import referer_url, success_toast
from core.instants import parse_local
from core.pagination import listed
from orgs.access import Member, MemberRequest, people_with_chats, requires
from orgs.querysets import by_person
from sectors import hooks, operations
from sectors.archiving import find_target_queues
from sectors.edit_conflicts import Difference
from sectors.forms import week as weekform
from sectors.forms.people import find_people
from sectors.forms.sectors import GeneralForm, HoursForm
from sectors.hours.holidays import FIRST_YEAR, LAST_YEAR
from sectors.hours.schedule import WorkHours
from sectors.models import Sector
from sectors.preview import answer_for, strip
from sectors.readiness import lack_of, with_figures

from .base import ArchiveView, EditView


def hours_now(hours: WorkHours, now: datetime) -> tuple[bool, str]:
    """Return whether a sector is open at an aware ``now``, and a sentence that says until or from when."""
    is_open, change = hours.is_open(now), hours.next_change(now)
    if hours.always:
        return True, _("Open around the clock")
    if change is None:
        return is_open, _("Open") if is_open else capfirst(_("closed"))
    days = (change.date() - now.astimezone(change.tzinfo).date()).days
    # A weekday alone means one of the coming six days.
    when = formats.time_format(change, "TIME_FORMAT")
    if days >= 7:
        when = f"{formats.date_format(change, 'MONTH_DAY_FORMAT')}, {when}"
    elif days:
        when = f"{formats.date_format(change, 'D')} {when}"
    return is_open, (_("Open now, closes %(when)s") if is_open else _("Closed, opens %(when)s")) % {"when": when}


def find(member: Member, sector: UUID) -> Sector:
    """Return a sector that the member may configure, else raise 404."""
    sectors = Sector.objects.configurable_by(member).with_readiness().with_first_queue()
    sectors = sectors.select_related("project__organization").prefetch_related("ranges", "exceptions")
    return get_object_or_404(sectors, pk=sector)


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
    archived = request.GET.get("archived") == "1"
    rows = Sector.objects.configurable_by(request.member).filter(archived_at__isnull=not archived)
    found = listed(request, rows.with_readiness().with_first_queue().prefetch_related("ranges", "exceptions"))
    now = timezone.now()
    context = {
        "sectors": [(row, *hours_now(row.hours, now), lack_of(row)) for row in with_figures(found.rows)],
        "page": found,
        "archived": archived,
        "may_move": request.member.may_create_sectors() and not archived,
    }
    return render(request, "sectors/list.html", context)


class SectorEdit(EditView):
    """Show and edit a sector's name, limit and managers."""

    form_class = GeneralForm
    template_name = "sectors/detail.html"
    context_object_name = "sector"
    find = staticmethod(find)
    operation = staticmethod(operations.update_sector)

    def get_initial(self) -> dict[str, Any]:
        return GeneralForm.initial_of(self.object)

    def get_form_kwargs(self) -> dict[str, Any]:
        member = self.request.member
        return {"project": member.project, "appoints": member.may_create_sectors(), **super().get_form_kwargs()}

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        appoints = self.request.member.may_create_sectors()
        return super().get_context_data(
            managers=[] if appoints else list(self.object.managers.order_by(*by_person())),
            may_archive=self.request.member.may_archive_sectors(),
            **more,
        )


sector_detail = requires(Member.may_configure_some_sector)(SectorEdit.as_view())


class HoursEdit(EditView):
    """Show when a sector is open, and edit its time zone and its week."""

    form_class = HoursForm
    template_name = "sectors/hours.html"
    context_object_name = "sector"
    find = staticmethod(find)

    @cached_property
    def week(self) -> weekform.Week:
        if self.request.method == "POST":
            return weekform.from_post(self.request.POST)
        return weekform.from_ranges(self.object.hours.week)

    def is_valid(self, form: HoursForm) -> bool:
        return form.accepts(self.week)

    def save(self, form: HoursForm, **based_on: Any) -> None:
        week = self.week.ranges if self.week.is_valid else None
        operations.update_sector(self.object, week=week, **based_on, **form.cleaned_data)

    def differences(self, form: HoursForm) -> list[Difference]:
        changed = super().differences(form)
        saved, typed = weekform.from_ranges(self.object.hours.week).summary, self.week.summary
        return [*changed, Difference(_("Weekly hours"), saved, typed)] if saved != typed else changed

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        sector, now = self.object, timezone.now()
        is_open, hours_sentence = hours_now(sector.hours, now)
        return super().get_context_data(
            week=self.week, is_open=is_open, hours_sentence=hours_sentence, strip=strip(sector, now), **more
        )


sector_hours = requires(Member.may_configure_some_sector)(HoursEdit.as_view())


@require_GET
@requires(Member.may_configure_some_sector)
def hours_at(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Show whether the sector is open at a given time of its own wall clock."""
    row = find(request.member, sector)
    at = parse_local(request.GET.get("at", ""))
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
    operations.move_sector(find(request.member, sector), request.POST.get("step", ""), by=request.actor)
    return redirect(referer_url(request, otherwise=reverse("sectors:list", args=[request.member.project.pk])))


class SectorArchive(ArchiveView):
    """Archive a sector with its queues."""

    template_name = "sectors/archive.html"
    context_object_name = "sector"
    find = staticmethod(find)
    operation = staticmethod(operations.archive_sector)
    restore_url = "sectors:restore"

    def targets(self) -> QuerySet:
        return hooks.queues_to_move_to(self.request.member).exclude(sector=self.object)

    def get_success_url(self) -> str:
        return reverse("sectors:list", args=[self.request.member.project.pk])


sector_archive = requires(Member.may_archive_sectors)(SectorArchive.as_view())


@require_POST
@requires(Member.may_archive_sectors)
def sector_restore(request: MemberRequest, sector: UUID) -> HttpResponse:
    row = operations.restore_sector(find(request.member, sector), by=request.actor)
    success_toast(request, _("%(name)s takes tickets again.") % {"name": row.name})
    return redirect("sectors:detail", request.member.project.pk, row.pk)
