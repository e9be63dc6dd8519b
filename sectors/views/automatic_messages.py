"""The page of a sector's automatic messages."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError
from core.http import add_refusal, form_version, success_toast
from orgs.access import Member, MemberRequest, requires
from sectors import operations
from sectors.edit_conflicts import differences
from sectors.forms.sectors import AutomaticForm
from sectors.message_variables import Variable, variables_of
from sectors.models import Moment, Sector
from sectors.operations.automatic_messages import texts_of

from .sectors import find


@requires(Member.may_configure_some_sector)
def automatic(request: MemberRequest, sector: UUID) -> HttpResponse:
    member = request.member
    place = find(member, sector)
    if request.method != "POST":
        return _messages_page(request, place, AutomaticForm(initial=_saved(place)))
    form = AutomaticForm(request.POST, initial=_saved(place))
    if not form.is_valid():
        return _messages_page(request, place, form, status=422)
    try:
        operations.set_automatic_messages(
            place,
            form.texts,
            by=request.actor,
            expected_version=form_version(request),
            waiting_every=form.cleaned_data["waiting_every"],
        )
    except Conflict as error:
        place = find(member, sector)
        changed = differences(form, _saved(place))
        form.add_error(None, str(error))
        return _messages_page(request, place, form, status=409, differences=changed)
    except DomainError as error:
        add_refusal(form, error)
        return _messages_page(request, place, form, status=422)
    success_toast(request, _("Saved."))
    return redirect("sectors:automatic", member.project.pk, place.pk)


def _saved(sector: Sector) -> dict[str, Any]:
    return AutomaticForm.initial_of(sector, texts_of(sector))


def _with_example(variables: Iterable[Variable], sector: Sector) -> list[Variable]:
    """Return the variables, with the sector's own name as the example of its variable."""
    return [replace(one, example=sector.name) if one.name == "sector.name" else one for one in variables]


def _messages_page(
    request: HttpRequest, sector: Sector, form: AutomaticForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "sector": sector,
        "form": form,
        "moments": [
            (moment, form[moment.value], _with_example(variables_of(moment), sector), form.MEANINGS[moment])
            for moment in Moment
        ],
        "version": sector.modified_at.isoformat(),
        **more,
    }
    return render(request, "sectors/automatic.html", context, status=status)
