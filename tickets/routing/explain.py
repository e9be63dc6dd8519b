"""Why a ticket waits and who could take it, from the same facts that routing uses (docs/routing.md)."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgs.models import User
from orgs.querysets import by_person
from queues.models import AgentStatus, Queue, QueueAgent, Status
from sectors.models import AgentLimit, Sector
from tickets.conversation.event_texts import names_in
from tickets.conversation.event_texts import sentence as sentence_of
from tickets.models import Assignment, EventKind, Ticket

#: Why somebody was asked for by name: they started the conversation.
STARTER = "starter"
#: Agents listed in one explanation.
MAX_AGENTS = 200
#: Queue memberships read for the explanation of many queues.
MAX_PLACES = 2_000


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

    @classmethod
    def of(
        cls, user: User, row: AgentStatus | None, active: int, limit: int, queues: Collection[UUID]
    ) -> "AgentState":
        """Return the state of an agent whose current status is ``row``; None is offline."""
        row = row or AgentStatus()
        return cls(user, row.status, row.reason, active, limit, frozenset(queues), row.then_pause)

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
class WaitingReason:
    """Why a ticket waits: its position in the queue and the state of every agent on it."""

    position: int
    agents: list[AgentState]

    @property
    def sentence(self) -> str:
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
    """Return the agents on the sector's live queues (or on one queue), the most available first.

    Always three queries; at most ``MAX_AGENTS`` agents.
    """
    places = QueueAgent.objects.filter(queue__sector=sector, queue__archived_at=None)
    if queue_id is not None:
        places = places.filter(queue_id=queue_id)
    users: dict[UUID, User] = {}
    queues: dict[UUID, set[UUID]] = {}
    for place in places.select_related("user").order_by(*by_person("user__")):
        if place.user_id not in users and len(users) == MAX_AGENTS:
            continue
        users[place.user_id] = place.user
        queues.setdefault(place.user_id, set()).add(place.queue_id)
    statuses = {row.user_id: row for row in AgentStatus.objects.filter(project_id=sector.project_id, user__in=users)}
    limits = sector.limits_of(users)
    load = Counter(Ticket.objects.active().filter(sector=sector, agent__in=users).values_list("agent_id", flat=True))
    found = []
    for pk, user in users.items():
        found.append(AgentState.of(user, statuses.get(pk), load[pk], limits[pk], queues[pk]))
    # By name among equals, as the places are read.
    return sorted(found, key=_readiness)


def agents_on(queues: Collection[Queue]) -> dict[UUID, list[AgentState]]:
    """Return the agents on each of a project's queues (with their sectors loaded), the most available first.

    Always four queries; at most ``MAX_PLACES`` queue memberships.
    """
    found: dict[UUID, list[AgentState]] = {queue.pk: [] for queue in queues}
    sectors = {queue.pk: queue.sector for queue in queues}
    places = list(
        QueueAgent.objects.filter(queue__in=list(found))
        .select_related("user")
        .order_by("queue_id", *by_person("user__"))[:MAX_PLACES]
    )
    if not places:
        return found
    people, where = {place.user_id for place in places}, {sector.pk for sector in sectors.values()}
    project = next(iter(sectors.values())).project_id
    statuses = {row.user_id: row for row in AgentStatus.objects.filter(project=project, user__in=people)}
    own = AgentLimit.objects.filter(sector__in=where, user__in=people)
    limits = {(row.sector_id, row.user_id): row.ticket_limit for row in own}
    load = Counter(
        Ticket.objects.active().filter(sector__in=where, agent__in=people).values_list("sector_id", "agent_id")
    )
    for place in places:
        sector = sectors[place.queue_id]
        active = load[sector.pk, place.user_id]
        limit = limits.get((sector.pk, place.user_id), sector.ticket_limit)
        state = AgentState.of(place.user, statuses.get(place.user_id), active, limit, [place.queue_id])
        found[place.queue_id].append(state)
    return {pk: sorted(states, key=_readiness) for pk, states in found.items()}


def _readiness(agent: AgentState) -> tuple[int, int]:
    return _ORDER[agent.state], agent.active


def why_waiting(ticket: Ticket) -> WaitingReason | None:
    """Return why a ticket waits, or None if it does not. The ticket's sector must be loaded."""
    if not ticket.is_waiting:
        return None
    position = getattr(ticket, "line_position", None)
    if position is None:
        placed: Any = Ticket.objects.with_position().get(pk=ticket.pk)
        position = placed.line_position
    return WaitingReason(position, agents_of(ticket.sector, queue_id=ticket.queue_id))


@dataclass(frozen=True)
class AgentReason:
    """Why an agent has (or last had) a ticket: what was recorded at the assignment.

    ``by_routing``: routing chose among ``candidates`` with room; the agent had ``load`` tickets in the sector and had
    been idle since ``idle_since`` (aware).
    """

    agent: User
    at: datetime
    sentence: str
    by_routing: bool = False
    over_limit: bool = False
    load: int = 0
    candidates: int = 0
    idle_since: datetime | None = None


_GIVEN = (EventKind.ASSIGNED, EventKind.TAKEN, EventKind.TRANSFERRED)


def why_agent(ticket: Ticket) -> AgentReason | None:
    """Return why the ticket's agent has it (had it, if it is closed); None if it has no agent.

    At most three queries.
    """
    if ticket.is_waiting or ticket.agent_id is None:
        return None
    segment = (
        Assignment.objects.filter(ticket=ticket, agent=ticket.agent_id)
        .select_related("agent")
        .order_by("-started_at", "-id")
        .first()
    )
    if segment is None:
        return None
    facts = segment.reason
    if "load" not in facts:
        return AgentReason(
            segment.agent, segment.started_at, _by_hand(ticket, segment), over_limit=segment.over_limit
        )
    idle = facts.get("idle_since")
    return AgentReason(
        agent=segment.agent,
        at=segment.started_at,
        sentence=_by_routing(segment.agent, facts.get("candidates") or 1, asked_for=facts.get("asked_for") or False),
        by_routing=True,
        over_limit=segment.over_limit,
        load=facts["load"],
        candidates=facts.get("candidates") or 1,
        idle_since=parse_datetime(idle) if idle else None,
    )


def _by_hand(ticket: Ticket, segment: Assignment) -> str:
    """Return what happened, in the words of the conversation."""
    events = ticket.events.filter(kind__in=_GIVEN, at=segment.started_at).select_related("actor").order_by("-number")
    found = list(events[:1])
    return sentence_of(found[0], names_in(found)) if found else _("A person gave the ticket to this agent.")


def _by_routing(agent: User, candidates: int, *, asked_for: bool | str) -> str:
    if asked_for == STARTER:
        return _("%(name)s started the conversation and had room.") % {"name": agent.name}
    if asked_for:
        return _("The flow asked for %(name)s, who had room.") % {"name": agent.name}
    if candidates == 1:
        return _("%(name)s was the only one of the queue who was online and had room.") % {"name": agent.name}
    return ngettext(
        "Of %(count)d agent with room, %(name)s had the fewest tickets or was idle longest.",
        "Of %(count)d agents with room, %(name)s had the fewest tickets, among equals was idle longest.",
        candidates,
    ) % {"count": candidates, "name": agent.name}
