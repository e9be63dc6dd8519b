"""Pages of a project's pause reasons."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.http import add_refusal, form_version, success_toast
from orgs.access import Member, MemberRequest, requires
from queues import operations
from queues.forms import PauseReasonForm
from queues.models import PauseReason
from sectors.edit_conflicts import differences


def _find(member: Member, reason: UUID) -> PauseReason:
    found = (
        PauseReason.objects.filter(project=member.project, pk=reason).select_related("project__organization").first()
    )
    if found is None:
        raise Http404
    return found


@requires(Member.may_create_sectors)
def pauses(request: MemberRequest) -> HttpResponse:
    """List and add pause reasons."""
    member = request.member
    form = PauseReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.add_pause_reason(member.project, by=request.actor, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            success_toast(request, _("The reason can be chosen."))
            return redirect("queues:pauses", member.project.pk)
    rows = PauseReason.objects.filter(project=member.project)
    context = {
        "form": form,
        "reasons": rows.filter(archived_at=None),
        "archived": rows.exclude(archived_at=None).order_by("name")[:200],
    }
    return render(request, "queues/pauses.html", context, status=422 if form.errors else 200)


@requires(Member.may_create_sectors)
def pause(request: MemberRequest, reason: UUID) -> HttpResponse:
    member = request.member
    row = _find(member, reason)
    if request.method != "POST":
        return _pause_page(request, row, PauseReasonForm(initial=_saved(row)))
    form = PauseReasonForm(request.POST)
    if not form.is_valid():
        return _pause_page(request, row, form, status=422)
    try:
        operations.change_pause_reason(
            row, by=request.actor, expected_version=form_version(request), **form.cleaned_data
        )
    except Conflict as error:
        row = _find(member, reason)
        form.add_error(None, str(error))
        return _pause_page(request, row, form, status=409, differences=differences(form, _saved(row)))
    except DomainError as error:
        add_refusal(form, error)
        return _pause_page(request, row, form, status=422)
    success_toast(request, _("Saved."))
    return redirect("queues:pauses", member.project.pk)


def _saved(row: PauseReason) -> dict[str, Any]:
    return {"name": row.name, "daily_minutes": row.daily_minutes}


def _pause_page(
    request: HttpRequest, row: PauseReason, form: PauseReasonForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"reason": row, "form": form, "version": row.modified_at.isoformat(), **more}
    return render(request, "queues/pause.html", context, status=status)


@require_POST
@requires(Member.may_create_sectors)
def pause_archive(request: MemberRequest, reason: UUID) -> HttpResponse:
    member = request.member
    row = operations.archive_pause_reason(_find(member, reason), by=request.actor)
    undo = reverse("queues:pause_restore", args=[member.project.pk, row.pk])
    success_toast(request, _("%(name)s can’t be chosen any more. The log keeps it.") % {"name": row.name}, undo=undo)
    return redirect("queues:pauses", member.project.pk)


@require_POST
@requires(Member.may_create_sectors)
def pause_restore(request: MemberRequest, reason: UUID) -> HttpResponse:
    member = request.member
    row = operations.restore_pause_reason(_find(member, reason), by=request.actor)
    success_toast(request, _("%(name)s can be chosen again.") % {"name": row.name})
    return redirect("queues:pauses", member.project.pk)
