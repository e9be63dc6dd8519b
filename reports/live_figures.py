"""The dashboard's live part: what waits, what is being handled, who is online. Computed anew at every event."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from core.text import by_name
from orgs.access import Member
from queues.models import AgentStatus, Queue, QueueAgent, Status
from sectors.models import AgentLimit
from tickets.models import Ticket

from .filters import Filters


@dataclass(frozen=True)
class LineNow:
    """A queue's current figures: tickets waiting, since when the first waits, tickets being handled."""

    queue: Queue
    waiting: int
    oldest: datetime | None
    active: int


@dataclass(frozen=True)
class Now:
    """A project's current figures, as far as the member may see. ``full``: online agents at their limit in all their
    sectors.
    """

    waiting: int
    active: int
    oldest: datetime | None
    oldest_ticket: UUID | None
    online: int
    full: int
    paused: int
    offline: int
    lines: list[LineNow]


def now(member: Member, filters: Filters) -> Now:
    """Return the current figures of the selected sectors and queues. A constant number of queries."""
    tickets = Ticket.objects.in_own_right(member).open()
    if filters.sector:
        tickets = tickets.filter(sector=filters.sector)
    if filters.queue:
        tickets = tickets.filter(queue=filters.queue)
    if filters.agent:
        tickets = tickets.filter(Q(agent=filters.agent) | Q(agent=None))
    counts = {
        row["queue"]: row
        for row in tickets.order_by()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=Q(status="waiting")),
            active=Count("pk", filter=Q(status="active")),
            oldest=Min("queued_at", filter=Q(status="waiting")),
        )
    }
    queues = (
        Queue.objects.filter(pk__in=counts)
        .select_related("sector")
        .order_by("sector__position", *by_name("sector__name"), "position", *by_name())
    )
    first = tickets.waiting().in_line_order().values_list("pk", "queued_at").first()
    return Now(
        waiting=sum(row["waiting"] for row in counts.values()),
        active=sum(row["active"] for row in counts.values()),
        oldest=first[1] if first else None,
        oldest_ticket=first[0] if first else None,
        lines=[LineNow(q, counts[q.pk]["waiting"], counts[q.pk]["oldest"], counts[q.pk]["active"]) for q in queues],
        **_people(member, filters),
    )


def _people(member: Member, filters: Filters) -> dict[str, int]:
    """Count the agents of the selected queues by status; for a plain agent only themselves."""
    places = QueueAgent.objects.filter(
        queue__sector__project=member.project, queue__archived_at=None, queue__sector__archived_at=None
    )
    if not member.sees_whole_project:
        places = places.filter(Q(queue__sector__in=member.managed_sector_ids) | Q(user=member.user))
    for name, value in (("queue__sector", filters.sector), ("queue", filters.queue), ("user", filters.agent)):
        if value:
            places = places.filter(**{name: value})
    limits: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for user, sector, limit in places.values_list("user", "queue__sector", "queue__sector__ticket_limit"):
        limits[user][sector] = limit
    own = AgentLimit.objects.filter(sector__project=member.project, user__in=list(limits))
    for user, sector, limit in own.values_list("user", "sector", "ticket_limit"):
        if sector in limits[user]:
            limits[user][sector] = limit
    statuses = {
        user: Status.PAUSED if pausing else status
        for user, status, pausing in AgentStatus.objects.filter(
            project=member.project, user__in=list(limits)
        ).values_list("user", "status", "then_pause")
    }
    loads = {
        (row["agent"], row["sector"]): row["n"]
        for row in Ticket.objects.active()
        .filter(project=member.project, agent__in=list(limits))
        .order_by()
        .values("agent", "sector")
        .annotate(n=Count("pk"))
    }
    counts = dict.fromkeys(Status.values, 0)
    full = 0
    for user, sectors in limits.items():
        status = statuses.get(user, Status.OFFLINE)
        counts[status] += 1
        if status == Status.ONLINE and all(
            loads.get((user, sector), 0) >= limit for sector, limit in sectors.items()
        ):
            full += 1
    return {
        "online": counts[Status.ONLINE],
        "paused": counts[Status.PAUSED],
        "offline": counts[Status.OFFLINE],
        "full": full,
    }
