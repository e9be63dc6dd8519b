"""The page for a sector's service rules."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.errors import Conflict, DomainError
from core.form_fields import MAX_FOUND, clean_query
from core.http import add_refusal, form_version, success_toast
from core.text import Fold, folded
from orgs.access import Member, MemberRequest, requires
from sectors.edit_conflicts import differences
from sectors.models import Sector
from sectors.views.sectors import find
from tickets import operations
from tickets.forms import ServiceRulesForm, tags_of
from tickets.operations.service_rules import VARIABLES


@requires(Member.may_configure_some_sector)
def rules(request: MemberRequest, sector: UUID) -> HttpResponse:
    """The sector's service rules: unanswered tickets, silent contacts, the waiting target, tags after closing."""
    member = request.member
    place = find(member, sector)
    if request.method != "POST":
        return _rules_page(request, place, ServiceRulesForm(place, initial=_saved(place)))
    form = ServiceRulesForm(place, request.POST)
    if not form.is_valid():
        return _rules_page(request, place, form, status=422)
    try:
        operations.set_service_rules(
            place,
            by=request.actor,
            expected_version=form_version(request),
            **form.cleaned_data,
        )
    except Conflict as error:
        place = find(member, sector)
        form.add_error(None, str(error))
        return _rules_page(request, place, form, status=409, differences=differences(form, _saved(place)))
    except DomainError as error:
        add_refusal(form, error)
        return _rules_page(request, place, form, status=422)
    success_toast(request, _("Saved."))
    return redirect("tickets:attending", member.project.pk, place.pk)


def _saved(sector: Sector) -> dict[str, Any]:
    return ServiceRulesForm.initial_of(operations.attendance_rules(sector))


def _rules_page(
    request: HttpRequest, sector: Sector, form: ServiceRulesForm, *, status: int = 200, **more: Any
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
    """Search tags that tickets of silent contacts can be closed with."""
    place = find(request.member, sector)
    [words] = folded([clean_query(request.GET.get("q", ""))])
    found = tags_of(place).alias(folded=Fold("name")).filter(folded__contains=words)[:MAX_FOUND]
    return JsonResponse({"choices": [{"value": str(tag.pk), "text": tag.name} for tag in found]})
