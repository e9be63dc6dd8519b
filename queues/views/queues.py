"""Pages of queues."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.http import adder_of, referer_url, refusals_added_to, success_toast
from core.pagination import listed
from orgs.access import Member, MemberRequest, places_without_chats, requires
from orgs.querysets import by_person
from queues import operations
from queues.forms import QueueForm
from queues.hooks import waiting_in
from queues.models import Queue, QueueAgent
from sectors import hooks as sector_hooks
from sectors.models import Sector
from sectors.views.base import ArchiveView, EditView
from sectors.views.sectors import find as find_sector

#: Maximum number of names listed of people who can't be selected.
MAX_NAMED = 20


def _find(member: Member, queue: UUID) -> Queue:
    queues = Queue.objects.configurable_by(member).select_related("sector__project__organization")
    return get_object_or_404(queues, pk=queue)


def _without_chats(member: Member) -> dict[str, Any]:
    """Return the names of members without access to Chats, and whether there are more, so that the page can explain
    why they can't be selected.
    """
    rows = places_without_chats(member.project)
    names = [row.user.name for row in rows.select_related("user").order_by(*by_person("user__"))[: MAX_NAMED + 1]]
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
    """List a sector's queues in routing order, with the form that adds one."""
    return _list_page(request, find_sector(request.member, sector), QueueForm(request.member.project))


def _list_page(request: MemberRequest, place: Sector, form: QueueForm, *, adding: bool = False) -> HttpResponse:
    archived = request.GET.get("archived") == "1"
    rows = Queue.objects.filter(sector=place, archived_at__isnull=not archived)
    found = listed(request, rows)
    context = {
        "sector": place,
        "page": found,
        "queues": _with_figures(found.rows),
        "archived": archived,
        "form": form,
        "adding": adding,
        **_without_chats(request.member),
    }
    return render(request, "queues/list.html", context, status=422 if form.errors else 200)


@adder_of("queues:list", "project", "sector")
@requires(Member.may_configure_some_sector)
def queue_new(request: MemberRequest, sector: UUID) -> HttpResponse:
    """Add a queue; by GET, the list with the form open."""
    place = find_sector(request.member, sector)
    form = QueueForm(request.member.project, request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_added_to(form):
            operations.create_queue(place, by=request.actor, **form.cleaned_data)
            success_toast(request, _("The queue was created."))
            return redirect("queues:list", request.member.project.pk, place.pk)
    return _list_page(request, place, form, adding=True)


class QueueEdit(EditView):
    """Show and edit a queue's name and agents."""

    form_class = QueueForm
    template_name = "queues/edit.html"
    context_object_name = "queue"
    find = staticmethod(_find)
    operation = staticmethod(operations.update_queue)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"project": self.request.member.project, **super().get_form_kwargs()}

    def get_initial(self) -> dict[str, Any]:
        return {
            "name": self.object.name,
            "agents": list(self.object.agents.values_list("pk", flat=True)),
            "on_hold": self.object.on_hold,
            "max_waiting": self.object.max_waiting,
        }

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(
            sector=self.object.sector,
            waiting=sector_hooks.open_tickets(queue=self.object).waiting,
            **_without_chats(self.request.member),
            **more,
        )

    def get_success_url(self) -> str:
        return reverse("queues:list", args=[self.request.member.project.pk, self.object.sector_id])


queue_detail = requires(Member.may_configure_some_sector)(QueueEdit.as_view())


class QueueArchive(ArchiveView):
    """A sector's last queue can't be archived."""

    template_name = "queues/archive.html"
    context_object_name = "queue"
    find = staticmethod(_find)
    operation = staticmethod(operations.archive_queue)
    restore_url = "queues:restore"

    def targets(self) -> QuerySet:
        return sector_hooks.queues_to_move_to(self.request.member).exclude(pk=self.object.pk)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(sector=self.object.sector, **more)

    def get_success_url(self) -> str:
        return reverse("queues:list", args=[self.request.member.project.pk, self.object.sector_id])


queue_archive = requires(Member.may_configure_some_sector)(QueueArchive.as_view())


@require_POST
@requires(Member.may_configure_some_sector)
def queue_hold(request: MemberRequest, queue: UUID) -> HttpResponse:
    """Put a queue on hold (``on``), or take it off hold."""
    on = request.POST.get("on") == "1"
    row = operations.update_queue(_find(request.member, queue), by=request.actor, on_hold=on)
    sentence = _("%(name)s is on hold: it takes no new tickets.") if on else _("%(name)s takes tickets again.")
    success_toast(request, sentence % {"name": row.name})
    there = reverse("queues:list", args=[request.member.project.pk, row.sector_id])
    return redirect(referer_url(request, otherwise=there))


@require_POST
@requires(Member.may_configure_some_sector)
def queue_move(request: MemberRequest, queue: UUID) -> HttpResponse:
    row = _find(request.member, queue)
    operations.move_queue(row, request.POST.get("step", ""), by=request.actor)
    there = reverse("queues:list", args=[request.member.project.pk, row.sector_id])
    return redirect(referer_url(request, otherwise=there))


@require_POST
@requires(Member.may_configure_some_sector)
def queue_restore(request: MemberRequest, queue: UUID) -> HttpResponse:
    row = operations.restore_queue(_find(request.member, queue), by=request.actor)
    success_toast(request, _("%(name)s takes tickets again.") % {"name": row.name})
    return redirect("queues:list", request.member.project.pk, row.sector_id)
