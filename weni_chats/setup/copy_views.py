"""The page that copies a sector."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgs.access import Member, requires
from orgs.errors import DomainError
from orgs.web import add_refusal, say_done
from sectors.views import find

from .copying import copy_sector, name_of_copy


class CopyForm(forms.Form):
    """What the copy is called and whether people come along."""

    name = forms.CharField(label=gettext_lazy("Name of the copy"), max_length=80)
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
def sector_copy(request: HttpRequest, sector: UUID) -> HttpResponse:
    """Ask for the name of the copy and who comes along, then make it."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = find(member, sector)
    form = CopyForm(request.POST if request.method == "POST" else None, initial={"name": name_of_copy(row)})
    if form.is_bound and form.is_valid():
        try:
            copy = copy_sector(
                row,
                form.cleaned_data["name"],
                by=request.actor,  # type: ignore[attr-defined]
                with_agents=form.cleaned_data["agents"],
                with_managers=form.cleaned_data["managers"],
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            say_done(request, _("%(name)s is there.") % {"name": copy.name})
            return redirect("sectors:detail", member.project.pk, copy.pk)
    status = 422 if form.is_bound else 200
    return render(request, "setup/sector_copy.html", {"form": form, "sector": row}, status=status)
