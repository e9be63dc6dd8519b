"""Pages of a project's pause reasons."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.http import refusals_added_to, success_toast
from core.text import by_name
from orgs.access import Member, MemberRequest, requires
from queues import operations
from queues.forms import PauseReasonForm
from queues.models import PauseReason
from sectors.views.base import EditView


def _find(member: Member, reason: UUID) -> PauseReason:
    return get_object_or_404(
        PauseReason.objects.select_related("project__organization"), project=member.project, pk=reason
    )


@requires(Member.may_create_sectors)
def pauses(request: MemberRequest) -> HttpResponse:
    """List and add pause reasons."""
    form = PauseReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_added_to(form):
            operations.add_pause_reason(request.member.project, by=request.actor, **form.cleaned_data)
            success_toast(request, _("The reason can be chosen."))
            return redirect("queues:pauses", request.member.project.pk)
    rows = PauseReason.objects.filter(project=request.member.project)
    context = {
        "form": form,
        "reasons": rows.filter(archived_at=None),
        "archived": rows.exclude(archived_at=None).order_by(*by_name())[:200],
    }
    return render(request, "queues/pauses.html", context, status=422 if form.errors else 200)


class PauseReasonEdit(EditView):
    """Change a reason's name and daily minutes."""

    form_class = PauseReasonForm
    template_name = "queues/pause.html"
    context_object_name = "reason"
    find = staticmethod(_find)
    operation = staticmethod(operations.change_pause_reason)

    def get_success_url(self) -> str:
        return reverse("queues:pauses", args=[self.request.member.project.pk])


pause = requires(Member.may_create_sectors)(PauseReasonEdit.as_view())


@require_POST
@requires(Member.may_create_sectors)
def pause_archive(request: MemberRequest, reason: UUID) -> HttpResponse:
    row = operations.archive_pause_reason(_find(request.member, reason), by=request.actor)
    undo = reverse("queues:pause_restore", args=[request.member.project.pk, row.pk])
    success_toast(request, _("%(name)s can’t be chosen any more. The log keeps it.") % {"name": row.name}, undo=undo)
    return redirect("queues:pauses", request.member.project.pk)


@require_POST
@requires(Member.may_create_sectors)
def pause_restore(request: MemberRequest, reason: UUID) -> HttpResponse:
    row = operations.restore_pause_reason(_find(request.member, reason), by=request.actor)
    success_toast(request, _("%(name)s can be chosen again.") % {"name": row.name})
    return redirect("queues:pauses", request.member.project.pk)
