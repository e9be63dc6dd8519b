"""Pages of queues."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orgs.access import Member, requires
from orgs.errors import Conflict, DomainError
from orgs.models import ProjectMembership, ProjectRole
from orgs.web import add_refusal, say_done
from sectors.views import check_version
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
    agents = list(row.agents.values_list("pk", flat=True))
    form = QueueForm(member.project, initial={"name": row.name, "agents": agents})
    status = 200
    if request.method == "POST":
        form, status = QueueForm(member.project, request.POST), 422
        if form.is_valid():
            try:
                check_version(request, row)
                operations.update_queue(
                    row,
                    by=request.actor,  # type: ignore[attr-defined]
                    name=form.cleaned_data["name"],
                    agents=list(form.cleaned_data["agents"]),
                )
            except Conflict as error:
                status = 409
                form.add_error(None, str(error))
            except DomainError as error:
                add_refusal(form, error)
            else:
                say_done(request, _("Saved."))
                return redirect("sectors:detail", member.project.pk, row.sector_id)
    context = {
        "form": form,
        "queue": row,
        "sector": row.sector,
        "without_chats": _without_chats(member),
        "version": row.modified_at.isoformat(),
    }
    return render(request, "queues/edit.html", context, status=status)


@require_POST
@requires(Member.may_configure_some_sector)
def queue_archive(request: HttpRequest, queue: UUID) -> HttpResponse:
    """Archive a queue; the last one and one with open tickets refuse."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.archive_queue(_find(member, queue), by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("%(name)s is archived. Its history stays.") % {"name": row.name})
    return redirect("sectors:detail", member.project.pk, row.sector_id)


@require_POST
@requires(Member.may_configure_some_sector)
def queue_restore(request: HttpRequest, queue: UUID) -> HttpResponse:
    """Bring an archived queue back."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.restore_queue(_find(member, queue), by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("%(name)s takes tickets again.") % {"name": row.name})
    return redirect("sectors:detail", member.project.pk, row.sector_id)
