"""Pages of a sector's special days: its own, public holidays, a calendar file."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.forms import ChoiceField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.form_fields import field_of, labels_of
from core.http import add_refusal, form_of, form_version, refusals_added_to, success_toast
from orgs.access import Member, MemberRequest, requires
from sectors import operations
from sectors.edit_conflicts import Difference, differences
from sectors.forms.special_days import DayForm, HolidayForm, chosen_days, country_of_zone
from sectors.forms.week import ranges_in_words, text_of_ranges
from sectors.hours.holidays import holidays_of
from sectors.ical import Read, read_days
from sectors.models import Sector, WorkException
from sectors.operations.special_days import SpecialDay

from .base import EditView
from .sectors import find

#: How many of a file's events that give no day are named, of each reason.
MAX_NAMED = 50


@requires(Member.may_configure_some_sector)
def days(request: MemberRequest, sector: UUID) -> HttpResponse:
    """List and add special days."""
    row = find(request.member, sector)
    form = DayForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_added_to(form):
            operations.add_special_days(row, [form.value], by=request.actor)
            success_toast(request, _("The day is added."))
            return _back(request, row)
    return _days_page(request, row, form=form, status=422 if form.errors else 200)


@form_of("sectors:days", "project", "sector")
@requires(Member.may_configure_some_sector)
def days_chosen(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Add the selected days of holidays or a file; existing days stay unchanged."""
    row = find(request.member, sector)
    chosen = chosen_days(request.POST)
    if not chosen:
        raise DomainError(_("Tick the days to add."), code="nothing_chosen")
    made = operations.add_special_days(row, chosen, by=request.actor, skip_present=True)
    success_toast(
        request,
        ngettext("%(count)d day is added.", "%(count)d days are added.", len(made)) % {"count": len(made)},
    )
    return _back(request, row)


@form_of("sectors:days", "project", "sector")
@requires(Member.may_configure_some_sector)
def days_file(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Show the days of a calendar file, to choose from."""
    row = find(request.member, sector)
    file = request.FILES.get("file")
    if file is None:
        return _days_page(request, row, file_error=_("Choose a calendar file (.ics)."), status=422)
    try:
        read = read_days(file.read(), _today(row), row.hours.zone)
    except DomainError as error:
        return _days_page(request, row, file_error=str(error), status=422)
    return _days_page(request, row, read=read)


class DayEdit(EditView):
    """Change a special day, in the list or on a page of its own."""

    form_class = DayForm
    template_name = "sectors/day.html"
    in_place_template = "sectors/_day_edit.html"
    context_object_name = "day"

    def get_object(self) -> WorkException:
        return _day(find(self.request.member, self.kwargs["sector"]), self.kwargs["day"])

    def get_initial(self) -> dict[str, Any]:
        return DayForm.initial_of(self.object)

    def save(self, form: DayForm, **based_on: Any) -> None:
        operations.change_special_day(self.object, form.value, **based_on)

    def differences(self, form: DayForm) -> list[Difference]:
        typed = {**form.cleaned_data, "hours": text_of_ranges(form.cleaned_data["hours"])}
        return differences(form, self.get_initial(), typed)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(sector=self.object.sector, **more)

    def get_success_url(self) -> str:
        return reverse("sectors:days", args=[self.request.member.project.pk, self.object.sector_id])


day = requires(Member.may_configure_some_sector)(DayEdit.as_view())


@require_POST
@requires(Member.may_configure_some_sector)
def day_remove(request: MemberRequest, sector: UUID, day: UUID) -> HttpResponse:
    row = find(request.member, sector)
    operations.remove_special_day(_day(row, day), by=request.actor, expected_version=form_version(request))
    success_toast(request, _("The day is removed: its weekday's hours count again."))
    return _back(request, row)


def _back(request: MemberRequest, row: Sector) -> HttpResponse:
    return redirect("sectors:days", request.member.project.pk, row.pk)


def _today(row: Sector) -> date:
    return timezone.now().astimezone(row.hours.zone).date()


def _day(row: Sector, pk: UUID) -> WorkException:
    return get_object_or_404(WorkException.objects.select_related("sector__project"), sector=row, pk=pk)


@dataclass(frozen=True)
class ShownDay:
    """A special day in the list: its next date, and its hours as text."""

    row: WorkException
    next: date
    hours: str


def next_date(row: WorkException, today: date) -> date:
    """Return a special day's next date: of a yearly one the next occurrence, else its date."""
    if not row.yearly:
        return row.date
    for year in range(today.year, today.year + 9):
        try:
            coming = row.date.replace(year=year)
        except ValueError:
            # February 29.
            continue
        if coming >= today:
            return coming
    return row.date


def _days_page(
    request: MemberRequest, row: Sector, *, form: DayForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    today = _today(row)
    rows = sorted(
        (ShownDay(found, next_date(found, today), ranges_in_words(found.ranges)) for found in row.exceptions.all()),
        key=lambda shown: shown.next,
    )
    context = {
        "sector": row,
        "form": form or DayForm(),
        "coming": [shown for shown in rows if shown.next >= today],
        "past": [shown for shown in reversed(rows) if shown.next < today],
        **_holidays(request, row, today),
        **more,
    }
    read: Read | None = more.get("read")
    if read is not None:
        context["offered"] = _offered(row, read.days)
        context["left_out"] = [
            (str(why), count, [found for found in read.left_out if found.why == why][:MAX_NAMED])
            for why, count in read.reasons
        ]
    return render(request, "sectors/days.html", context, status=status)


def _holidays(request: MemberRequest, row: Sector, today: date) -> dict[str, Any]:
    """Return the form that selects a calendar and, once submitted, its days."""
    proposed = request.GET.get("country") or country_of_zone(row.timezone)
    if "country" not in request.GET:
        form = HolidayForm(country=proposed, initial={"country": proposed, "year": today.year})
        return {"holiday_form": form}
    data = request.GET.copy()
    form = HolidayForm(data, country=proposed)
    if data.get("region") not in labels_of(field_of(form, "region", ChoiceField)):
        # The country was changed, but the request still has the previous country's region.
        data["region"] = ""
    if not form.is_valid():
        return {"holiday_form": form}
    asked = form.cleaned_data
    try:
        found = holidays_of(asked["country"], asked["region"], asked["year"])
    except DomainError as error:
        add_refusal(form, error)
        return {"holiday_form": form}
    offered = _offered(row, [SpecialDay(holiday.day, holiday.name) for holiday in found])
    for item, holiday in zip(offered, found, strict=True):
        item["may_repeat"] = holiday.fixed
    return {"holiday_form": form, "holidays": offered}


def _offered(row: Sector, offered: list[SpecialDay]) -> list[dict[str, Any]]:
    """Return days to choose from, each with whether the sector has it already, whether it is preselected (past days
    aren't), and whether it can be yearly.
    """
    dates = {found.date for found in row.exceptions.all() if not found.yearly}
    yearly = {(found.date.month, found.date.day) for found in row.exceptions.all() if found.yearly}
    today = _today(row)
    return [
        {
            "day": day,
            "present": day.day in dates or (day.day.month, day.day.day) in yearly,
            "ticked": day.yearly or day.day >= today,
            "may_repeat": day.yearly,
        }
        for day in offered
    ]
