"""Why a ticket waits and who could take it, from the facts that routing goes by (docs/routing.md)."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgs.models import User
from queues.models import AgentStatus, QueueAgent, Status
from sectors.models import Sector

from .models import Ticket

#: An explanation names at most this many agents.
MOST_AGENTS = 200


@dataclass(frozen=True)
class AgentState:
    """An agent of a sector as routing sees them now."""

    user: User
    status: str
    reason: str
    active: int
    limit: int
    queues: frozenset[UUID] = field(default_factory=frozenset)
    pausing: bool = False

    @property
    def key(self) -> str:
        """The agent's id as text."""
        return str(self.user.pk)

    @property
    def is_full(self) -> bool:
        """At the limit of simultaneous tickets, or above it."""
        return self.active >= self.limit

    @property
    def is_eligible(self) -> bool:
        """Would get the next ticket of their queues: online, about no pause, and below the limit."""
        return self.status == Status.ONLINE and not self.pausing and not self.is_full

    @property
    def state(self) -> str:
        """One word for what keeps them from tickets: offline, paused, full; else free."""
        if self.status != Status.ONLINE:
            return self.status
        if self.pausing:
            return str(Status.PAUSED)
        return "full" if self.is_full else "free"

    @property
    def sentence(self) -> str:
        """The same in words, with the load."""
        load = _("%(active)d of %(limit)d tickets") % {"active": self.active, "limit": self.limit}
        if self.status == Status.PAUSED:
            return _("paused: %(reason)s") % {"reason": self.reason} if self.reason else _("paused")
        if self.status != Status.ONLINE:
            return _("offline")
        if self.pausing:
            return _("pauses after the tickets at hand, %(load)s") % {"load": load}
        return _("full, %(load)s") % {"load": load} if self.is_full else _("free, %(load)s") % {"load": load}


@dataclass(frozen=True)
class Waiting:
    """Why a ticket waits: its place in the line and the state of everybody on its queue."""

    position: int
    agents: list[AgentState]

    @property
    def sentence(self) -> str:
        """The reason in one sentence."""
        if not self.agents:
            return _("Nobody is on this queue.")
        states = Counter(agent.state for agent in self.agents)
        if states["free"]:
            return _("An agent is free: the ticket is being handed over.")
        if states["full"]:
            return ngettext(
                "The agent who is online is at the limit.",
                "All %(count)d agents who are online are at the limit.",
                states["full"],
            ) % {"count": states["full"]}
        if states["paused"]:
            return _("Nobody of this queue is online; some are paused.")
        return _("Nobody of this queue is online.")


_ORDER = {"free": 0, "full": 1, "paused": 2, "offline": 3}


def agents_of(sector: Sector, *, queue_id: UUID | None = None) -> list[AgentState]:
    """Return the agents on the sector's live queues (of one queue, if given), the most ready first.

    Three queries whatever their number; at most ``MOST_AGENTS``.
    """
    places = QueueAgent.objects.filter(queue__sector=sector, queue__archived_at=None)
    if queue_id is not None:
        places = places.filter(queue_id=queue_id)
    users: dict[UUID, User] = {}
    queues: dict[UUID, set[UUID]] = {}
    for place in places.select_related("user").order_by("user__first_name", "user__email"):
        if place.user_id not in users and len(users) == MOST_AGENTS:
            continue
        users[place.user_id] = place.user
        queues.setdefault(place.user_id, set()).add(place.queue_id)
    statuses = {row.user_id: row for row in AgentStatus.objects.filter(project_id=sector.project_id, user__in=users)}
    limits = sector.limits_of(users)
    load = Counter(Ticket.objects.active().filter(sector=sector, agent__in=users).values_list("agent_id", flat=True))
    found = []
    for pk, user in users.items():
        row = statuses.get(pk)
        found.append(
            AgentState(
                user=user,
                status=row.status if row else Status.OFFLINE,
                reason=row.reason if row else "",
                active=load[pk],
                limit=limits[pk],
                queues=frozenset(queues[pk]),
                pausing=row.then_pause if row else False,
            )
        )
    return sorted(found, key=lambda a: (_ORDER[a.state], a.active, a.user.name.casefold()))


def why_waiting(ticket: Ticket) -> Waiting | None:
    """Return why a ticket waits, or None for one that does not. The ticket needs its sector loaded."""
    if not ticket.is_waiting:
        return None
    position = getattr(ticket, "line_position", None)
    if position is None:
        position = Ticket.objects.with_position().get(pk=ticket.pk).line_position  # type: ignore[attr-defined]
    return Waiting(position, agents_of(ticket.sector, queue_id=ticket.queue_id))
