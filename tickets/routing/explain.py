"""Why a ticket waits and who could take it, from the same facts that routing uses (docs/routing.md)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgs.models import User
from tickets.conversation.event_texts import names_in
from tickets.conversation.event_texts import sentence as sentence_of
from tickets.models import Assignment, EventKind, Ticket

from .agent_states import AgentsFound, AgentState, agents_of

#: Why somebody was asked for by name: they started the conversation.
STARTER = "starter"


@dataclass(frozen=True)
class WaitingReason:
    """Why a ticket waits: its position in the queue and the agents on it."""

    position: int
    found: AgentsFound

    @property
    def agents(self) -> list[AgentState]:
        """The most available agents on the queue; ``found`` says how many there are."""
        return self.found.agents

    @property
    def sentence(self) -> str:
        states = self.found.states
        if not states.total():
            return _("Nobody is on this queue.")
        if states["free"]:
            return _("An agent is free: the ticket is being handed over.")
        if states["full"]:
            return ngettext(
                "The agent who is online is at the limit.",
                "All %(count)d agents who are online are at the limit.",
                states["full"],
            ) % {"count": states["full"]}
        if states["paused"]:
            return _("Nobody on this queue is online; some are paused.")
        return _("Nobody on this queue is online.")


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
    return sentence_of(found[0], names_in(found)) if found else _("A person assigned the ticket to this agent.")


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
