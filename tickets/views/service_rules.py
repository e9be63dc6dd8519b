"""The page of what a sector expects of attending."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.errors import Conflict, DomainError
from core.form_fields import FOUND, asked_for
from core.http import add_refusal, say_done, version_of
from core.text import Fold, folded
from orgs.access import Member, MemberRequest, requires
from sectors.edit_conflicts import differences
from sectors.models import Sector
from sectors.views.sectors import find
from tickets import operations
from tickets.forms import AttendingForm, tags_of
from tickets.operations.service_rules import VARIABLES


@requires(Member.may_configure_some_sector)
def rules(request: MemberRequest, sector: UUID) -> HttpResponse:
    """The sector's rules of attending: giving back, silent contacts, the waiting target, tags after closing."""
    member = request.member
    place = find(member, sector)
    if request.method != "POST":
        return _rules_page(request, place, AttendingForm(place, initial=_saved(place)))
    form = AttendingForm(place, request.POST)
    if not form.is_valid():
        return _rules_page(request, place, form, status=422)
    try:
        operations.set_attendance_rules(
            place,
            by=request.actor,
            seen=version_of(request),
            **form.cleaned_data,
        )
    except Conflict as error:
        place = find(member, sector)
        form.add_error(None, str(error))
        return _rules_page(request, place, form, status=409, differences=differences(form, _saved(place)))
    except DomainError as error:
        add_refusal(form, error)
        return _rules_page(request, place, form, status=422)
    say_done(request, _("Saved."))
    return redirect("tickets:attending", member.project.pk, place.pk)


def _saved(sector: Sector) -> dict[str, Any]:
    return AttendingForm.initial_of(operations.attendance_rules(sector))


def _rules_page(
    request: HttpRequest, sector: Sector, form: AttendingForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "sector": sector,
        "form": form,
        "variables": VARIABLES,
        "version": sector.modified_at.isoformat(),
        **more,
    }
    return render(request, "tickets/attending.html", context, status=status)


@require_GET
@requires(Member.may_configure_some_sector)
def rules_tags(request: MemberRequest, sector: UUID) -> JsonResponse:
    """Tags that tickets of silent contacts can be closed with, by letters of their name."""
    place = find(request.member, sector)
    [words] = folded([asked_for(request.GET.get("q", ""))])
    found = tags_of(place).alias(folded=Fold("name")).filter(folded__contains=words)[:FOUND]
    return JsonResponse({"choices": [{"value": str(tag.pk), "text": tag.name} for tag in found]})
