"""The page of a sector's agent limits."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError
from core.http import add_refusal, form_version, success_toast
from orgs.access import Member, MemberRequest, requires
from orgs.models import User
from orgs.querysets import by_person
from sectors import operations
from sectors.edit_conflicts import Difference
from sectors.forms.sectors import LimitsForm
from sectors.models import TICKET_LIMIT, AgentLimit, Sector

from .sectors import find

_PREFIX = "limit-"


def _rows(sector: Sector) -> list[AgentLimit]:
    return list(sector.agent_limits.select_related("user").order_by(*by_person("user__")))


@requires(Member.may_configure_some_sector)
def limits(request: MemberRequest, sector: UUID) -> HttpResponse:
    """List the agent limits: change one, remove it by clearing the field, add others."""
    member = request.member
    place = find(member, sector)
    if request.method != "POST":
        return _limits_page(request, place, LimitsForm(member.project))
    form = LimitsForm(member.project, request.POST)
    typed = {key.removeprefix(_PREFIX): str(value) for key, value in request.POST.items() if key.startswith(_PREFIX)}
    try:
        wanted = _wanted(form, place, typed)
        if wanted is not None:
            operations.set_agent_limits(place, wanted, by=request.actor, expected_version=form_version(request))
            success_toast(request, _("Saved."))
            return redirect("sectors:limits", member.project.pk, place.pk)
    except Conflict as error:
        place = find(member, sector)
        form.add_error(None, str(error))
        saved = {str(row.user_id): row for row in _rows(place)}
        changed = [
            Difference(row.user.name, str(row.ticket_limit), typed.get(key, "–") or "–")
            for key, row in saved.items()
            if typed.get(key, "") != str(row.ticket_limit)
        ]
        return _limits_page(request, place, form, typed=typed, status=409, differences=changed)
    except DomainError as error:
        add_refusal(form, error)
    return _limits_page(request, place, form, typed=typed, status=422)


def _wanted(form: LimitsForm, sector: Sector, typed: dict[str, str]) -> dict[User, int] | None:
    """Return the submitted limits; None if something is invalid, or nothing was chosen on an empty page."""
    wanted: dict[User, int] = {}
    valid = form.is_valid()
    rows = _rows(sector)
    if valid and not rows and not typed and not form.cleaned_data["people"]:
        form.add_error("people", _("Choose who gets a limit, and say how many tickets at a time."))
        valid = False
    for row in rows:
        text = typed.get(str(row.user_id), "").strip()
        if not text:
            continue
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            form.add_error(None, f"{row.user.name}: {TICKET_LIMIT.refusal}")
            valid = False
            continue
        wanted[row.user] = int(text)
    if not valid:
        return None
    return wanted | dict.fromkeys(form.cleaned_data["people"], form.cleaned_data["limit"])


def _limits_page(
    request: HttpRequest,
    sector: Sector,
    form: LimitsForm,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "sector": sector,
        "form": form,
        "limit": TICKET_LIMIT,
        "rows": [(row, (typed or {}).get(str(row.user_id), row.ticket_limit)) for row in _rows(sector)],
        "version": sector.modified_at.isoformat(),
        **more,
    }
    return render(request, "sectors/limits.html", context, status=status)
