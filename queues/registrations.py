"""What the queues app registers with the apps below it."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text import by_name
from orgs import hooks as org_hooks
from orgs.access import Member, impact
from orgs.models import Project, User
from sectors import hooks as sector_hooks
from sectors.models import Sector

from .models import AgentStatus, Queue, QueueAgent


@org_hooks.queues_of_agent.answer
def _queues_of_agent(user: User, project: Project) -> Collection[UUID]:
    queues = Queue.objects.open_for_tickets().filter(agents=user, sector__project=project)
    return queues.values_list("pk", flat=True)


@org_hooks.status_of_agent.answer
def _status_of_agent(user: User, project: Project) -> org_hooks.AgentState | None:
    row = AgentStatus.objects.filter(user=user, project=project).first()
    return org_hooks.AgentState(row.status, row.reason, row.then_pause, row.then_reason) if row else None


@impact.cause("queues", place=3)
def _no_longer_on_queues(user: User, projects: Collection[UUID]) -> list[str]:
    n = QueueAgent.objects.filter(
        user=user,
        queue__archived_at=None,
        queue__sector__archived_at=None,
        queue__sector__project__in=projects,
    ).count()
    return [ngettext("No longer on %(n)d queue.", "No longer on %(n)d queues.", n) % {"n": n}] if n else []


@sector_hooks.sectors_of_queues.answer
def _sectors_of_queues(queue_ids: Collection[UUID]) -> QuerySet:
    return Queue.objects.filter(pk__in=queue_ids).values("sector")


_ORDER = ("on_hold", "position", *by_name())


def _live_queues() -> QuerySet:
    return Queue.objects.live().filter(sector=OuterRef("pk"))


@sector_hooks.first_queue.answer
def _first_queue() -> Subquery:
    return Subquery(_live_queues().order_by(*_ORDER).values("pk")[:1])


@sector_hooks.queues_to_move_to.answer
def _queues_to_move_to(member: Member) -> QuerySet:
    sectors = Sector.objects.configurable_by(member).live()
    rows = Queue.objects.live().filter(sector__in=sectors, on_hold=False)
    return rows.select_related("sector").order_by(
        "sector__position", *by_name("sector__name"), "position", *by_name()
    )


def _no_agent(sector: Any) -> sector_hooks.Lack:
    """Return what is missing if nobody is assigned to a queue; without any queue, creating one comes first."""
    place = [sector.project_id]
    return sector_hooks.Lack(
        "agent",
        _("Not ready: no agent"),
        _("Not ready: nobody is on a queue of this sector. Its tickets would wait for nobody."),
        _("Choose agents"),
        reverse("queues:detail", args=[*place, sector.first_queue])
        if sector.first_queue
        else reverse("queues:new", args=[*place, sector.pk]),
    )


sector_hooks.NEEDS.add("queue", sector_hooks.Need(lambda: Exists(_live_queues()), _no_agent))
sector_hooks.NEEDS.add(
    "agent", sector_hooks.Need(lambda: Exists(_live_queues().filter(places__isnull=False)), _no_agent)
)


def _queue_count(sector_ids: Collection[UUID]) -> Mapping[UUID, int]:
    return _count(sector_ids, Count("pk", distinct=True))


def _agent_count(sector_ids: Collection[UUID]) -> Mapping[UUID, int]:
    return _count(sector_ids, Count("places__user", distinct=True))


def _count(sector_ids: Collection[UUID], what: Count) -> Mapping[UUID, int]:
    rows = Queue.objects.live().filter(sector__in=sector_ids).order_by().values("sector").annotate(n=what)
    return dict(rows.values_list("sector", "n"))


sector_hooks.FIGURES.add("queue_count", _queue_count)
sector_hooks.FIGURES.add("agent_count", _agent_count)
