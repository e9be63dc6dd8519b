"""The agents a member directs, live: status, load, pauses (docs/desk.md, Agents)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from core.text import by_name
from orgs.access import Member
from orgs.models import User
from orgs.querysets import shown_name
from queues.models import AgentStatus, PauseReason, QueueAgent, Status
from queues.pause_totals import paused_today_by_reason
from sectors.models import AgentLimit, Sector
from tickets.models import Ticket

#: Who can take tickets comes first. Those who never were online are offline.
STATUS_ORDER = (Status.ONLINE, Status.PAUSED, Status.OFFLINE)


@dataclass
class Load:
    """An agent's active tickets in a sector, and the limit."""

    sector: Sector
    active: int
    limit: int

    @property
    def is_full(self) -> bool:
        """At or above the limit."""
        return self.active >= self.limit


@dataclass
class AgentRow:
    """An agent's current state.

    ``since`` is aware; ``used`` and ``allowed`` are today's minutes for the pause reason.
    """

    user: User
    status: str
    reason: str
    since: datetime | None
    then_pause: bool
    loads: list[Load] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    used: int = 0
    allowed: int | None = None

    @property
    def is_over(self) -> bool:
        """Paused for longer than the project allows."""
        return self.allowed is not None and self.used > self.allowed


def _places(member: Member) -> QuerySet[QueueAgent]:
    places = QueueAgent.objects.filter(
        queue__sector__project=member.project, queue__archived_at=None, queue__sector__archived_at=None
    )
    if not member.sees_whole_project:
        places = places.filter(queue__sector__in=member.managed_sector_ids)
    return places


def agents_managed_by(member: Member, *, sector: UUID | None = None, status: str = "") -> QuerySet[User]:
    """Return the people on live queues of the sectors a member directs (of one sector; with one status)."""
    places = _places(member).filter(user=OuterRef("pk"))
    if sector is not None:
        places = places.filter(queue__sector=sector)
    users = User.objects.filter(Exists(places))
    if status:
        now = AgentStatus.objects.filter(project=member.project, user=OuterRef("pk")).values("status")
        users = users.alias(now=Coalesce(Subquery(now), Value(str(Status.OFFLINE)))).filter(now=status)
    return users


def with_sort_keys(member: Member, users: QuerySet[User]) -> QuerySet[User]:
    """Return the people with ``shown`` (their name, folded), ``rank`` (of their status) and ``load`` (how many active
    tickets they have in the project)."""
    now = AgentStatus.objects.filter(project=member.project, user=OuterRef("pk")).values("status")
    held = Ticket.objects.active().filter(project=member.project, agent=OuterRef("pk")).order_by().values("agent")
    ranks = (When(now_status=status, then=Value(rank)) for rank, status in enumerate(STATUS_ORDER))
    return users.annotate(
        now_status=Subquery(now),
        shown=shown_name(),
        rank=Case(*ranks, default=Value(len(STATUS_ORDER) - 1), output_field=IntegerField()),
        load=Coalesce(Subquery(held.annotate(n=Count("pk")).values("n")), Value(0)),
    )


def agent_rows(member: Member, users: list[User]) -> list[AgentRow]:
    """Return the rows of these people, in their order; the number of queries is constant."""
    keys = [user.pk for user in users]
    statuses = {row.user_id: row for row in AgentStatus.objects.filter(project=member.project, user__in=keys)}
    loads, queues = _loads(member, keys), _queues(member, keys)
    spent = paused_today_by_reason(member.project, keys)
    allowed = dict(PauseReason.objects.filter(project=member.project).values_list("name", "daily_minutes"))
    found = []
    for user in users:
        row = statuses.get(user.pk, AgentStatus())
        found.append(
            AgentRow(
                user=user,
                status=row.status,
                reason=row.reason,
                since=row.since if user.pk in statuses else None,
                then_pause=row.then_pause,
                loads=loads[user.pk],
                queues=queues[user.pk],
                used=int(spent.get((user.pk, row.reason), timedelta()).total_seconds() // 60),
                allowed=allowed.get(row.reason),
            )
        )
    return found


def _loads(member: Member, users: list[UUID]) -> dict[UUID, list[Load]]:
    own = AgentLimit.objects.filter(sector__project=member.project, user__in=users)
    limits = {
        (user, sector): limit for user, sector, limit in own.values_list("user_id", "sector_id", "ticket_limit")
    }
    counted = (
        Ticket.objects.active()
        .filter(project=member.project, agent__in=users)
        .order_by()
        .values_list("agent", "sector")
        .annotate(n=Count("pk"))
    )
    active = {(user, sector): n for user, sector, n in counted}
    pairs = set(_places(member).filter(user__in=users).values_list("user_id", "queue__sector_id"))
    sectors = Sector.objects.filter(pk__in={sector for _user, sector in pairs}).order_by("position", *by_name())
    found: dict[UUID, list[Load]] = defaultdict(list)
    for sector in sectors:
        for user in users:
            if (user, sector.pk) in pairs:
                limit = limits.get((user, sector.pk), sector.ticket_limit)
                found[user].append(Load(sector, active.get((user, sector.pk), 0), limit))
    return found


def _queues(member: Member, users: list[UUID]) -> dict[UUID, list[str]]:
    rows = (
        _places(member)
        .filter(user__in=users)
        .order_by(
            "queue__sector__position", *by_name("queue__sector__name"), "queue__position", *by_name("queue__name")
        )
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for user, name in rows.values_list("user_id", "queue__name"):
        found[user].append(name)
    return found
