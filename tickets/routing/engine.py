"""Routing: which agent gets which ticket (docs/routing.md).

``plan`` is pure: it only decides. ``route`` reads, plans and writes while holding the sector locks
(``sectors.locks``), which every writer that can change the outcome takes first. So the routing steps of a sector are
serialized and each sees everything committed before it: no limit is exceeded, and no ticket waits while an agent is
eligible. The unique index on seats is the safety net.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from core.ids import uuid7
from sectors.locks import lock_sectors
from tickets import live_events
from tickets.conversation import automatic_messages
from tickets.models import EventKind, QueueStay, SweepCatch, Ticket

from .explain import STARTER


@dataclass(frozen=True)
class Waiting:
    """A ticket in a queue. ``avoid``: the agent who left it unanswered until it was returned."""

    ticket_id: UUID
    queue_id: UUID
    queued_at: datetime
    avoid: UUID | None = None


@dataclass(frozen=True)
class Capacity:
    """An online agent of a sector: the seats taken there, the limit, and since when they are idle."""

    agent_id: UUID
    limit: int
    taken: frozenset[int]
    idle_since: datetime
    queues: frozenset[UUID] = field(default_factory=frozenset)

    @property
    def load(self) -> int:
        """Active tickets in the sector, including those over the limit."""
        return len(self.taken)

    @property
    def has_room(self) -> bool:
        return self.load < self.limit

    @property
    def free_seat(self) -> int:
        """The lowest free seat."""
        return next(n for n in range(1, len(self.taken) + 2) if n not in self.taken)


@dataclass(frozen=True)
class Placement:
    """A decision: this ticket goes to this agent, with the facts behind it."""

    ticket_id: UUID
    agent_id: UUID
    seat: int
    load_before: int
    idle_since: datetime
    candidates: int
    avoided: bool = False


def plan(waiting: Sequence[Waiting], agents: Iterable[Capacity], now: datetime) -> list[Placement]:
    """Place waiting tickets of one sector (docs/rules.md, Routing).

    In the order of ``queued_at`` (ties broken by id), each ticket goes to the agent on its queue who has room and the
    fewest active tickets in the sector, then to the one idle longest; without such an agent it keeps waiting. The
    agent who left it unanswered gets it only if nobody else is eligible. Seats are only taken here, never freed, so
    no ticket is left waiting while an agent is eligible for it.
    """
    state = {agent.agent_id: agent for agent in agents}
    by_queue: dict[UUID, list[UUID]] = {}
    for agent in state.values():
        for queue_id in agent.queues:
            by_queue.setdefault(queue_id, []).append(agent.agent_id)
    placements = []
    for ticket in sorted(waiting, key=lambda t: (t.queued_at, t.ticket_id)):
        eligible = [state[a] for a in by_queue.get(ticket.queue_id, ()) if state[a].has_room]
        if not eligible:
            continue
        others = [agent for agent in eligible if agent.agent_id != ticket.avoid] or eligible
        best = min(others, key=lambda a: (a.load, a.idle_since, a.agent_id))
        seat = best.free_seat
        placements.append(
            Placement(
                ticket.ticket_id,
                best.agent_id,
                seat,
                best.load,
                best.idle_since,
                candidates=len(eligible),
                avoided=len(others) < len(eligible),
            )
        )
        state[best.agent_id] = replace(best, taken=best.taken | {seat}, idle_since=now)
    return placements


_CAPACITIES = """
SELECT agent.sector_id, agent.user_id, agent.ticket_limit, agent.queues, had.seats,
       greatest(
         agent.since,
         (SELECT max(a.started_at) FROM tickets_assignment a
           WHERE a.agent_id = agent.user_id AND a.sector_id = agent.sector_id),
         (SELECT max(a.ended_at) FROM tickets_assignment a
           WHERE a.agent_id = agent.user_id AND a.sector_id = agent.sector_id))
  FROM (SELECT q.sector_id, qa.user_id, coalesce(own.ticket_limit, s.ticket_limit) AS ticket_limit, st.since,
               array_agg(qa.queue_id) AS queues
          FROM queues_queueagent qa
          JOIN queues_queue q ON q.id = qa.queue_id AND q.archived_at IS NULL
          JOIN sectors_sector s ON s.id = q.sector_id AND s.archived_at IS NULL
          LEFT JOIN sectors_agentlimit own ON own.sector_id = s.id AND own.user_id = qa.user_id
          JOIN queues_agentstatus st ON st.project_id = s.project_id AND st.user_id = qa.user_id
           AND st.status = 'online' AND NOT st.then_pause
         WHERE q.sector_id = ANY(%(sectors)s) AND (%(agent)s::uuid IS NULL OR qa.user_id = %(agent)s::uuid)
         GROUP BY q.sector_id, qa.user_id, s.ticket_limit, own.ticket_limit, st.since) agent
  JOIN LATERAL (
       SELECT coalesce(array_agg(t.seat), '{}') AS seats FROM tickets_ticket t
        WHERE t.sector_id = agent.sector_id AND t.agent_id = agent.user_id AND t.status = 'active') had
    ON NOT %(with_room)s OR cardinality(had.seats) < agent.ticket_limit
"""

_WAITING = """
SELECT t.id, t.queue_id, t.queued_at, t.given_back_by_id
  FROM unnest(%s::uuid[], %s::int[]) AS line(queue_id, room)
  JOIN LATERAL (
       SELECT id, queue_id, queued_at, given_back_by_id FROM tickets_ticket
        WHERE queue_id = line.queue_id AND status = 'waiting'
        ORDER BY queued_at, id LIMIT line.room) t ON true
"""

# A placement writes everything in one statement: the sector's other steps wait for each extra round trip.
_PLACE = """
WITH decided AS (
  SELECT * FROM unnest(%(tickets)s::uuid[], %(agents)s::uuid[], %(seats)s::int[], %(facts)s::text[],
                       %(segments)s::uuid[], %(events)s::uuid[])
         AS p(ticket_id, agent_id, seat, facts, segment_id, event_id)
), placed AS (
  UPDATE tickets_ticket t
     SET status = 'active', agent_id = p.agent_id, seat = p.seat, assigned_at = %(now)s, modified_at = %(now)s,
         line_count = t.line_count + 1, waiting_told_at = NULL
    FROM decided p
   WHERE t.id = p.ticket_id AND t.status = 'waiting'
  RETURNING t.id, t.queue_id, t.sector_id, t.project_id, t.agent_id, t.seat, t.line_count, p.segment_id, p.event_id,
            p.facts::jsonb AS facts
), segments AS (
  INSERT INTO tickets_assignment
         (id, ticket_id, sector_id, queue_id, agent_id, seat, over_limit, reason, started_at, ended)
  SELECT segment_id, id, sector_id, queue_id, agent_id, seat, false, facts, %(now)s, '' FROM placed
), stays AS (
  UPDATE tickets_queuestay s SET left_at = %(now)s, "left" = %(left)s
    FROM placed WHERE s.ticket_id = placed.id AND s.left_at IS NULL
), lines AS (
  INSERT INTO tickets_ticketevent (id, ticket_id, number, kind, at, data)
  SELECT event_id, id, line_count, %(kind)s, %(now)s, jsonb_build_object('agent_id', agent_id) || facts FROM placed
)
SELECT id, queue_id, sector_id, project_id, agent_id,
       EXISTS (SELECT 1 FROM sectors_automaticmessage m
                WHERE m.sector_id = placed.sector_id AND m.moment = 'assignment')
  FROM placed
"""


def capacities(
    sector_ids: Collection[UUID], agent_id: UUID | None = None, *, with_room: bool = False
) -> Mapping[UUID, list[Capacity]]:
    """Return the online agents of each sector with their load.

    ``agent_id`` limits the result to one agent. ``with_room`` leaves out agents at their limit, which keeps a step
    cheap when most agents are busy.
    """
    found: dict[UUID, list[Capacity]] = {sector_id: [] for sector_id in sector_ids}
    with connection.cursor() as cursor:
        cursor.execute(_CAPACITIES, {"sectors": list(sector_ids), "agent": agent_id, "with_room": with_room})
        for sector_id, user_id, limit, queues, seats, idle_since in cursor.fetchall():
            found[sector_id].append(Capacity(user_id, limit, frozenset(seats), idle_since, frozenset(queues)))
    return found


def comes_straight_back(agents: Iterable[Capacity], agent_id: UUID, queue_id: UUID) -> bool:
    """Return whether an agent's ticket, returned to the queue, would be routed to the same agent again.

    That is the case if they are eligible without it and nobody else is.
    """
    on_queue = [agent for agent in agents if queue_id in agent.queues]
    if any(agent.has_room for agent in on_queue if agent.agent_id != agent_id):
        return False
    return any(agent.load - 1 < agent.limit for agent in on_queue if agent.agent_id == agent_id)


def _first_in_line(agents: Iterable[Capacity]) -> list[Waiting]:
    """Return as many tickets of each queue as its agents have room for, so that the cost does not depend on its
    length."""
    room: dict[UUID, int] = {}
    for agent in agents:
        for queue_id in agent.queues:
            room[queue_id] = room.get(queue_id, 0) + max(agent.limit - agent.load, 0)
    room = {queue_id: n for queue_id, n in room.items() if n}
    if not room:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(room), list(room.values())])
        return [Waiting(*row) for row in cursor.fetchall()]


@transaction.atomic(savepoint=False)
def route(sector_ids: Collection[UUID], *, now: datetime | None = None) -> int:
    """Assign every waiting ticket of the sectors that has an eligible agent; return how many were assigned.

    The only path to an automatic assignment. Call it inside the transaction that freed a seat or added a ticket (a
    savepoint would cost two round trips for nothing). Takes the sector locks, which the caller usually holds already.
    ``now`` is aware.
    """
    return len(_route(sector_ids, now))


def _route(sector_ids: Collection[UUID], now: datetime | None) -> list[tuple]:
    """Do what ``route`` does and return the rows of ``_PLACE``."""
    lock_sectors(sector_ids)
    now = now or timezone.now()
    placed: list[tuple] = []
    for agents in capacities(sector_ids, with_room=True).values():
        waiting = _first_in_line(agents)
        placements = plan(waiting, agents, now) if waiting else []
        if placements:
            placed += _write(placements, now)
    return placed


def sweep(*, now: datetime | None = None) -> int:
    """Route every sector that has waiting tickets, each in its own transaction; return how many were assigned.

    The safety net below the regular routing: it should find nothing to do. Each catch is a bug in some writer, so it
    is stored (``SweepCatch``) and counted in the metrics (docs/operations.md, Figures for monitoring). ``now`` is
    aware.
    """
    sectors = Ticket.objects.waiting().order_by().values_list("sector_id", flat=True).distinct()
    return sum(_sweep_sector(sector_id, now) for sector_id in list(sectors))


@transaction.atomic
def _sweep_sector(sector_id: UUID, now: datetime | None) -> int:
    """Route one sector. Whoever held its lock before has routed by now, so no work in progress is caught."""
    caught = _route([sector_id], now)
    SweepCatch.objects.bulk_create(
        SweepCatch(ticket_id=ticket, sector_id=sector, queue_id=queue, agent_id=agent)
        for ticket, queue, sector, _project, agent, _tells in caught
    )
    return len(caught)


@transaction.atomic(savepoint=False)
def place_with(ticket: Ticket, agent_id: UUID, *, has_started: bool = False, now: datetime | None = None) -> bool:
    """Assign a waiting ticket to a given agent if they are eligible; return whether it was assigned.

    For flows that name an agent, and for whoever started the conversation (``has_started``). The caller holds the
    sector's lock.
    """
    now = now or timezone.now()
    for agent in capacities([ticket.sector_id], agent_id, with_room=True)[ticket.sector_id]:
        if ticket.queue_id in agent.queues:
            line = Waiting(ticket.pk, ticket.queue_id, ticket.queued_at)
            only = replace(agent, queues=frozenset([ticket.queue_id]))
            return bool(_write(plan([line], [only], now), now, asked_for=STARTER if has_started else True))
    return False


def _write(placements: list[Placement], now: datetime, *, asked_for: bool | str = False) -> list[tuple]:
    """Write placements with all their consequences and publish live events on commit.

    That is: tickets, assignments, ends of queue stays, events of the conversation, and notices to contacts.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PLACE,
            {
                "now": now,
                "left": QueueStay.Left.ASSIGNED,
                "kind": EventKind.ASSIGNED,
                "tickets": [p.ticket_id for p in placements],
                "agents": [p.agent_id for p in placements],
                "seats": [p.seat for p in placements],
                "facts": [json.dumps(_what_decided(p, asked_for)) for p in placements],
                "segments": [uuid7() for _ in placements],
                "events": [uuid7() for _ in placements],
            },
        )
        rows = cursor.fetchall()
    for ticket, queue, sector, project, agent, _tells in rows:
        live_events.ticket(ticket, project=project, sector=sector, queues=[queue], agents=[agent], what="assigned")
    if told := [row[0] for row in rows if row[-1]]:
        automatic_messages.send_assignment_notices(told, now)
    return rows


def _what_decided(placement: Placement, asked_for: bool | str) -> dict[str, Any]:
    """Return the facts behind a decision, as stored with the assignment and its event."""
    return {
        "load": placement.load_before,
        "idle_since": placement.idle_since.isoformat(),
        "candidates": placement.candidates,
        "asked_for": asked_for,
        "avoided": placement.avoided,
    }
