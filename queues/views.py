"""Pages of queues."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orgs.access import Member, requires
from orgs.errors import Conflict, DomainError
from orgs.models import ProjectMembership, ProjectRole
from orgs.web import add_refusal, say_done, version_of
from sectors.comparing import differences
from sectors.views import find as find_sector

from . import operations
from .forms import QueueForm
from .models import Queue


def _find(member: Member, queue: UUID) -> Queue:
    found = (
        Queue.objects.configurable_by(member).select_related("sector__project__organization").filter(pk=queue).first()
    )
    if found is None:
        raise Http404
    return found


def _without_chats(member: Member) -> list[ProjectMembership]:
    """Return members who can't be picked, so that the page can say why."""
    return list(
        ProjectMembership.objects.filter(project=member.project, role=ProjectRole.VIEWER)
        .select_related("user")
        .order_by("user__email")[:20]
    )


@requires(Member.may_configure_some_sector)
def queue_new(request: HttpRequest, sector: UUID) -> HttpResponse:
    """Another queue of a sector."""
    member: Member = request.member  # type: ignore[attr-defined]
    place = find_sector(member, sector)
    form = QueueForm(member.project, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.create_queue(
                place,
                form.cleaned_data["name"],
                by=request.actor,  # type: ignore[attr-defined]
                agents=list(form.cleaned_data["agents"]),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            say_done(request, _("The queue is there."))
            return redirect("sectors:detail", member.project.pk, place.pk)
    context = {"form": form, "sector": place, "without_chats": _without_chats(member)}
    return render(request, "queues/edit.html", context, status=422 if form.errors else 200)


@requires(Member.may_configure_some_sector)
def queue_detail(request: HttpRequest, queue: UUID) -> HttpResponse:
    """A queue's name and agents."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = _find(member, queue)
    if request.method != "POST":
        return _queue_page(request, row, QueueForm(member.project, initial=_initial(row)))
    form = QueueForm(member.project, request.POST)
    if not form.is_valid():
        return _queue_page(request, row, form, status=422)
    try:
        operations.update_queue(
            row,
            by=request.actor,  # type: ignore[attr-defined]
            seen=version_of(request),
            name=form.cleaned_data["name"],
            agents=list(form.cleaned_data["agents"]),
        )
    except Conflict as error:
        row = _find(member, queue)
        form.add_error(None, str(error))
        return _queue_page(request, row, form, status=409, differences=differences(form, _initial(row)))
    except DomainError as error:
        add_refusal(form, error)
        return _queue_page(request, row, form, status=422)
    say_done(request, _("Saved."))
    return redirect("sectors:detail", member.project.pk, row.sector_id)


def _initial(row: Queue) -> dict[str, Any]:
    return {"name": row.name, "agents": list(row.agents.values_list("pk", flat=True))}


def _queue_page(request: HttpRequest, row: Queue, form: QueueForm, *, status: int = 200, **more: Any) -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]
    context = {
        "form": form,
        "queue": row,
        "sector": row.sector,
        "without_chats": _without_chats(member),
        "version": row.modified_at.isoformat(),
        **more,
    }
    return render(request, "queues/edit.html", context, status=status)


@require_POST
@requires(Member.may_configure_some_sector)
def queue_archive(request: HttpRequest, queue: UUID) -> HttpResponse:
    """Archive a queue; the last one and one with open tickets refuse."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.archive_queue(_find(member, queue), by=request.actor)  # type: ignore[attr-defined]
    undo = reverse("queues:restore", args=[member.project.pk, row.pk])
    say_done(request, _("%(name)s is archived. Its history stays.") % {"name": row.name}, undo=undo)
    return redirect("sectors:detail", member.project.pk, row.sector_id)


@require_POST
@requires(Member.may_configure_some_sector)
def queue_restore(request: HttpRequest, queue: UUID) -> HttpResponse:
    """Bring an archived queue back."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.restore_queue(_find(member, queue), by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("%(name)s takes tickets again.") % {"name": row.name})
    return redirect("sectors:detail", member.project.pk, row.sector_id)
