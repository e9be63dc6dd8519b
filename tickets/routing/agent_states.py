"""The agents who could take a ticket, as routing sees them now: the ready ones first, counted before they are cut."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.translation import gettext as _

from orgs.models import User
from orgs.querysets import by_person
from queues.models import AgentStatus, Queue, QueueAgent, Status
from sectors.models import AgentLimit, Sector
from tickets.models import Ticket

#: Agents listed at once; a search finds the others.
MAX_AGENTS = 100
#: Agents listed of each of many queues.
MAX_OF_EACH = 3
STATES = ("free", "full", "paused", "offline")


@dataclass(frozen=True)
class AgentState:
    """An agent of a sector as routing sees them now."""

    user: User
    status: str
    reason: str
    active: int
    limit: int
    pausing: bool = False

    @property
    def key(self) -> str:
        return str(self.user.pk)

    @property
    def is_full(self) -> bool:
        """At or above the limit of simultaneous tickets."""
        return self.active >= self.limit

    @property
    def is_eligible(self) -> bool:
        """Whether routing would assign them the next ticket: online, no pause announced, below the limit."""
        return self.status == Status.ONLINE and not self.pausing and not self.is_full

    @property
    def state(self) -> str:
        """What keeps them from getting tickets (``offline``, ``paused``, ``full``), else ``free``."""
        if self.status != Status.ONLINE:
            return self.status
        if self.pausing:
            return str(Status.PAUSED)
        return "full" if self.is_full else "free"

    @property
    def word(self) -> str:
        """The state in words, without the load."""
        if self.status == Status.PAUSED:
            return _("paused: %(reason)s") % {"reason": self.reason} if self.reason else _("paused")
        if self.status != Status.ONLINE:
            return _("offline")
        if self.pausing:
            return _("pauses after the tickets at hand")
        return _("full") if self.is_full else _("free")

    def question(self, tickets: int = 1) -> str:
        """What to confirm before somebody assigns them that many tickets anyway; empty if there is nothing to
        confirm."""
        facts = {"name": self.user.name, "state": self.word, "active": self.active, "limit": self.limit}
        if self.is_full:
            return _("%(name)s is at the limit (%(active)d of %(limit)d). That it is exceeded is recorded.") % facts
        if self.status != Status.ONLINE or self.pausing:
            return _("%(name)s gets no tickets now (%(state)s). The ticket would wait there for an answer.") % facts
        if self.active + tickets > self.limit:
            facts["active"] = self.active + tickets
            return (
                _("%(name)s would have %(active)d tickets of %(limit)d. That the limit is exceeded is recorded.")
                % facts
            )
        return ""

    @property
    def sentence(self) -> str:
        """The state in words, with the load of an agent who is online."""
        if self.status != Status.ONLINE:
            return self.word
        load = _("%(active)d of %(limit)d tickets") % {"active": self.active, "limit": self.limit}
        if self.pausing:
            return _("pauses after the tickets at hand, %(load)s") % {"load": load}
        return _("full, %(load)s") % {"load": load} if self.is_full else _("free, %(load)s") % {"load": load}


@dataclass(frozen=True)
class AgentsFound:
    """The most available agents, and how many there are in each state (``STATES``), listed or not."""

    agents: list[AgentState] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def left_out(self) -> int:
        """How many are not listed."""
        return self.states.total() - len(self.agents)


def agents_of(
    sector: Sector,
    *,
    queue_id: UUID | None = None,
    search: str = "",
    without: UUID | None = None,
    most: int = MAX_AGENTS,
) -> AgentsFound:
    """Return the agents on the sector's live queues (or on one queue), the most available first.

    ``search``: only those whose names and address contain each word. ``without``: the id of somebody to leave out.
    Two queries, whatever their number.
    """
    places = QueueAgent.objects.filter(user=OuterRef("pk"), queue__sector=sector, queue__archived_at=None)
    if queue_id is not None:
        places = places.filter(queue=queue_id)
    users: QuerySet[User] = User.objects.filter(Exists(places)).searched(search)
    if without is not None:
        users = users.exclude(pk=without)
    facts = _facts(OuterRef("pk"), sector.pk, sector.project_id, Value(sector.ticket_limit))
    rows: Any = users.annotate(**facts).annotate(ready=_READY)
    listed = rows.order_by("ready", "active_now", *by_person())[:most]
    counted = rows.order_by().values("ready").annotate(n=Count("pk"))
    return AgentsFound(
        [_state(row, row) for row in listed], Counter({STATES[row["ready"]]: row["n"] for row in counted})
    )


def agents_on(queues: Collection[Queue], *, most: int = MAX_OF_EACH) -> dict[UUID, AgentsFound]:
    """Return the agents on each of a project's queues, the most available first, ``most`` of each.

    Two queries, whatever their number.
    """
    rows: Any = QueueAgent.objects.filter(queue__in=[queue.pk for queue in queues])
    facts = _facts(
        OuterRef("user"),
        OuterRef("queue__sector"),
        OuterRef("queue__sector__project"),
        F("queue__sector__ticket_limit"),
    )
    rows = rows.annotate(**facts).annotate(ready=_READY)
    order: list[Any] = [F("ready"), F("active_now"), *by_person("user__")]
    place = Window(RowNumber(), partition_by=F("queue"), order_by=order)
    agents: dict[UUID, list[AgentState]] = defaultdict(list)
    states: dict[UUID, Counter[str]] = defaultdict(Counter)
    for row in rows.annotate(place=place).filter(place__lte=most).select_related("user").order_by("queue", "place"):
        agents[row.queue_id].append(_state(row.user, row))
    for row in rows.order_by().values("queue", "ready").annotate(n=Count("pk")):
        states[row["queue"]][STATES[row["ready"]]] = row["n"]
    return {queue.pk: AgentsFound(agents[queue.pk], states[queue.pk]) for queue in queues}


#: The index in ``STATES``.
_READY = Case(
    When(status_now=Status.ONLINE, pausing_now=False, active_now__lt=F("limit_now"), then=Value(0)),
    When(status_now=Status.ONLINE, pausing_now=False, then=Value(1)),
    When(Q(status_now=Status.ONLINE) | Q(status_now=Status.PAUSED), then=Value(2)),
    default=Value(3),
)


def _facts(user: Any, sector: Any, project: Any, limit: Any) -> dict[str, Any]:
    """Return what decides about an agent, as expressions; ``limit``: that of those who have none of their own."""
    status = AgentStatus.objects.filter(project=project, user=user)
    active = Ticket.objects.active().filter(sector=sector, agent=user).order_by().values("agent")
    own = AgentLimit.objects.filter(sector=sector, user=user).values("ticket_limit")
    return {
        "status_now": Coalesce(Subquery(status.values("status")[:1]), Value(str(Status.OFFLINE))),
        "pausing_now": Coalesce(Subquery(status.values("then_pause")[:1]), Value(False)),
        "reason_now": Coalesce(Subquery(status.values("reason")[:1]), Value("")),
        "active_now": Coalesce(Subquery(active.annotate(n=Count("pk")).values("n")), Value(0)),
        "limit_now": Coalesce(Subquery(own[:1]), limit),
    }


def _state(user: User, row: Any) -> AgentState:
    return AgentState(user, row.status_now, row.reason_now, row.active_now, row.limit_now, row.pausing_now)
