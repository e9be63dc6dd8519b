"""Pages of queues."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Conflict, DomainError
from core.http import add_refusal, form_version, referer_url, success_toast
from core.pagination import listed
from orgs.access import Member, MemberRequest, places_without_chats, requires
from queues import operations
from queues.forms import QueueForm
from queues.hooks import waiting_in
from queues.models import Queue, QueueAgent
from sectors import hooks as sector_hooks
from sectors.archiving import MoveTicketsForm
from sectors.edit_conflicts import differences
from sectors.views.sectors import find as find_sector

#: Maximum number of names listed of people who can't be selected.
MAX_NAMED = 20


def _find(member: Member, queue: UUID) -> Queue:
    found = (
        Queue.objects.configurable_by(member).select_related("sector__project__organization").filter(pk=queue).first()
    )
    if found is None:
        raise Http404
    return found


def _without_chats(member: Member) -> dict[str, Any]:
    """Return the names of members without access to Chats, and whether there are more, so that the page can explain
    why they can't be selected.
    """
    rows = places_without_chats(member.project)
    names = [row.user.name for row in rows.select_related("user").order_by("user__email")[: MAX_NAMED + 1]]
    return {"without_chats": ", ".join(names[:MAX_NAMED]), "more_without_chats": len(names) > MAX_NAMED}


def _with_figures(queues: list[Queue]) -> list[Queue]:
    """Set ``agent_count`` and ``waiting_count`` on loaded queues, in two queries however many there are."""
    keys = [queue.pk for queue in queues]
    agents = Counter(QueueAgent.objects.filter(queue__in=keys).values_list("queue_id", flat=True))
    waiting = waiting_in(keys)
    for queue in queues:
        # Only the list needs these, so the model doesn't declare them.
        queue.agent_count, queue.waiting_count = agents[queue.pk], waiting.get(queue.pk, 0)  # type: ignore[attr-defined]
    return queues


@require_GET
@requires(Member.may_configure_some_sector)
def queue_list(request: MemberRequest, sector: UUID) -> HttpResponse:
    """List a sector's queues in routing order."""
    place = find_sector(request.member, sector)
    archived = request.GET.get("archived") == "1"
    rows = Queue.objects.filter(sector=place, archived_at__isnull=not archived)
    found = listed(request, rows)
    context = {"sector": place, "page": found, "queues": _with_figures(found.rows), "archived": archived}
    return render(request, "queues/list.html", context)


@requires(Member.may_configure_some_sector)
def queue_new(request: MemberRequest, sector: UUID) -> HttpResponse:
    member = request.member
    place = find_sector(member, sector)
    form = QueueForm(member.project, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.create_queue(
                place,
                form.cleaned_data["name"],
                by=request.actor,
                agents=list(form.cleaned_data["agents"]),
                on_hold=form.cleaned_data["on_hold"],
                max_waiting=form.cleaned_data["max_waiting"],
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            success_toast(request, _("The queue is there."))
            return redirect("sectors:detail", member.project.pk, place.pk)
    context = {"form": form, "sector": place, **_without_chats(member)}
    return render(request, "queues/edit.html", context, status=422 if form.errors else 200)


@requires(Member.may_configure_some_sector)
def queue_detail(request: MemberRequest, queue: UUID) -> HttpResponse:
    """Show and edit a queue's name and agents."""
    member = request.member
    row = _find(member, queue)
    if request.method != "POST":
        return _queue_page(request, row, QueueForm(member.project, initial=_initial(row)))
    form = QueueForm(member.project, request.POST)
    if not form.is_valid():
        return _queue_page(request, row, form, status=422)
    try:
        operations.update_queue(
            row,
            by=request.actor,
            expected_version=form_version(request),
            name=form.cleaned_data["name"],
            agents=list(form.cleaned_data["agents"]),
            on_hold=form.cleaned_data["on_hold"],
            max_waiting=form.cleaned_data["max_waiting"],
        )
    except Conflict as error:
        row = _find(member, queue)
        form.add_error(None, str(error))
        return _queue_page(request, row, form, status=409, differences=differences(form, _initial(row)))
    except DomainError as error:
        add_refusal(form, error)
        return _queue_page(request, row, form, status=422)
    success_toast(request, _("Saved."))
    return redirect("sectors:detail", member.project.pk, row.sector_id)


def _initial(row: Queue) -> dict[str, Any]:
    return {
        "name": row.name,
        "agents": list(row.agents.values_list("pk", flat=True)),
        "on_hold": row.on_hold,
        "max_waiting": row.max_waiting,
    }


def _queue_page(
    request: MemberRequest, row: Queue, form: QueueForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "queue": row,
        "sector": row.sector,
        **_without_chats(request.member),
        "version": row.modified_at.isoformat(),
        "waiting": sector_hooks.open_tickets(queue=row).waiting,
        **more,
    }
    return render(request, "queues/edit.html", context, status=status)


@requires(Member.may_configure_some_sector)
def queue_archive(request: MemberRequest, queue: UUID) -> HttpResponse:
    """Archive a queue; if it has open tickets, ask for a target queue. A sector's last queue can't be archived."""
    member = request.member
    row = _find(member, queue)
    present = sector_hooks.open_tickets(queue=row)
    others = sector_hooks.queues_to_move_to(member).exclude(pk=row.pk)
    posted = request.method == "POST"
    form = MoveTicketsForm(member.project, others, request.POST if posted else None) if present.any else None
    if posted and (form is None or form.is_valid()):
        place = form.cleaned_data["move_to"] if form else None
        try:
            row = operations.archive_queue(row, by=request.actor, move_to=place)
        except DomainError as error:
            form = form or MoveTicketsForm(member.project, others, request.POST)
            form.is_valid()
            add_refusal(form, error)
        else:
            undo = reverse("queues:restore", args=[member.project.pk, row.pk])
            success_toast(request, _("%(name)s is archived. Its history stays.") % {"name": row.name}, undo=undo)
            return redirect("queues:list", member.project.pk, row.sector_id)
    context = {
        "queue": row,
        "sector": row.sector,
        "form": form,
        "open": present,
        "any_place": others.exists() if present.any else True,
    }
    return render(request, "queues/archive.html", context, status=422 if posted else 200)


@require_POST
@requires(Member.may_configure_some_sector)
def queue_hold(request: MemberRequest, queue: UUID) -> HttpResponse:
    """Put a queue on hold (``on``), or take it off hold."""
    member = request.member
    on = request.POST.get("on") == "1"
    row = operations.update_queue(_find(member, queue), by=request.actor, on_hold=on)
    sentence = _("%(name)s is on hold: it takes no new tickets.") if on else _("%(name)s takes tickets again.")
    success_toast(request, sentence % {"name": row.name})
    return redirect(referer_url(request, otherwise=reverse("queues:list", args=[member.project.pk, row.sector_id])))


@require_POST
@requires(Member.may_configure_some_sector)
def queue_move(request: MemberRequest, queue: UUID) -> HttpResponse:
    member = request.member
    row = _find(member, queue)
    operations.move_queue(row, request.POST.get("step", ""), by=request.actor)
    return redirect(referer_url(request, otherwise=reverse("queues:list", args=[member.project.pk, row.sector_id])))


@require_POST
@requires(Member.may_configure_some_sector)
def queue_restore(request: MemberRequest, queue: UUID) -> HttpResponse:
    member = request.member
    row = operations.restore_queue(_find(member, queue), by=request.actor)
    success_toast(request, _("%(name)s takes tickets again.") % {"name": row.name})
    return redirect("sectors:detail", member.project.pk, row.sector_id)
