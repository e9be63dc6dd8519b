"""A model of routing in plain Python, written from docs/rules.md and from nothing of the program.

It keeps who has which ticket, the lines, the seats, and the history of both, and says what each thing that can happen
must lead to. Where the rules leave a choice (between agents who are equal in everything) it takes the program's.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from .parts import (
    ACTIVE,
    CLOSED,
    GRACE,
    OFFLINE,
    ONLINE,
    PAUSED,
    WAITING,
    Agent,
    Queue,
    Refused,
    Sector,
    Segment,
    Stay,
    Ticket,
)
from .service_rules import ServiceRules

#: Says whom of several equal agents the program gave a ticket: (ticket, how many segments it had before, the equals).
Choice = Callable[[Ticket, int, Collection[str]], str]


class Model(ServiceRules):
    """The world of the state machine: names instead of rows."""

    def __init__(self, choose: Choice) -> None:
        self.sectors: dict[str, Sector] = {}
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, Agent] = {}
        self.tickets: dict[UUID, Ticket] = {}
        self.own_limits: dict[tuple[str, str], int] = {}
        #: When an agent last got a ticket in a sector, or was last done with one.
        self.busy: dict[tuple[str, str], datetime] = {}
        self.choose = choose

    # What is

    def limit(self, sector: str, agent: str) -> int:
        return self.own_limits.get((sector, agent), self.sectors[sector].limit)

    def sector_of(self, ticket: Ticket) -> str:
        return self.queues[ticket.queue].sector

    def directs(self, by: str, sector: str) -> bool:
        """Whether somebody has every right over the tickets of a sector."""
        return self.agents[by].directs or sector in self.agents[by].manages

    def sees(self, by: str, ticket: Ticket) -> bool:
        """Whether a ticket is in somebody's sight (docs/rules.md, Visibility)."""
        if self.directs(by, self.sector_of(ticket)) or ticket.had == by:
            return True
        if ticket.state == WAITING:
            return self._is_live(ticket.queue) and ticket.queue in self.agents[by].queues
        return ticket.state == CLOSED and any(segment.agent == by for segment in ticket.segments)

    def _is_live(self, queue: str) -> bool:
        return not self.queues[queue].archived and not self.sectors[self.queues[queue].sector].archived

    def attended(self, agent: str, sector: str | None = None) -> list[Ticket]:
        return [t for t in self.tickets.values() if t.agent == agent and sector in {None, self.sector_of(t)}]

    def has_room(self, agent: str, sector: str) -> bool:
        return len(self.attended(agent, sector)) < self.limit(sector, agent)

    def eligible(self, queue: str) -> list[str]:
        """On the queue, online (and about no pause), below the limit."""
        sector = self.queues[queue].sector
        return [
            name
            for name, agent in self.agents.items()
            if queue in agent.queues and agent.takes_tickets and self.has_room(name, sector)
        ]

    def line(self, *queues: str) -> list[Ticket]:
        """Who waits, first to last."""
        waiting = [t for t in self.tickets.values() if t.state == WAITING and t.queue in queues]
        return sorted(waiting, key=lambda t: (t.joined, t.id))

    def queues_of(self, sector: str) -> list[str]:
        """The sector's queues that are in use, in their order."""
        here = [name for name, queue in self.queues.items() if queue.sector == sector and not queue.archived]
        return sorted(here, key=lambda name: (self.queues[name].position, name))

    def open_tickets(self, queue: str) -> list[Ticket]:
        return [t for t in self.tickets.values() if t.queue == queue and t.state != CLOSED]

    def _idle_since(self, agent: str, sector: str) -> datetime:
        since = self.agents[agent].since
        assert since is not None
        return max(since, self.busy.get((agent, sector), since))

    # Routing

    def _route(self, now: datetime, *sectors: str) -> None:
        for sector in sorted(set(sectors)):
            for ticket in self.line(*self.queues_of(sector)):
                eligible = self.eligible(ticket.queue)
                if not eligible:
                    continue
                eligible = [a for a in eligible if a != ticket.left_by] or eligible
                rank = {a: (len(self.attended(a, sector)), self._idle_since(a, sector)) for a in eligible}
                equals = [a for a in eligible if rank[a] == min(rank.values())]
                self._give(ticket, self.choose(ticket, len(ticket.segments), equals), now)

    def _give(self, ticket: Ticket, agent: str, now: datetime, over_limit: bool = False) -> None:
        sector = self.sector_of(ticket)
        taken = {t.segments[-1].seat for t in self.attended(agent, sector)}
        seat = min(set(range(1, len(taken) + 2)) - taken)
        if ticket.state == WAITING:
            self._end_stay(ticket, now, "assigned")
        ticket.segments.append(Segment(agent, ticket.queue, seat, now, over_limit))
        ticket.state = ACTIVE
        self.busy[agent, sector] = now

    def _end_stay(self, ticket: Ticket, now: datetime, why: str) -> None:
        ticket.stays[-1].ended, ticket.stays[-1].why = now, why

    def _end_segment(self, ticket: Ticket, now: datetime, why: str) -> str:
        segment = ticket.segments[-1]
        segment.ended, segment.why = now, why
        ticket.silent_since = ticket.warned = None
        self.busy[segment.agent, self.sector_of(ticket)] = now
        return segment.agent

    def _wait(self, ticket: Ticket, now: datetime, joined: datetime) -> None:
        ticket.state, ticket.joined = WAITING, joined
        ticket.stays.append(Stay(ticket.queue, now))

    def _pause_if_done(self, agent: str | None, now: datetime) -> None:
        if agent and self.agents[agent].pauses_then and not self.attended(agent):
            self._set(agent, PAUSED, now)

    def _leave(self, ticket: Ticket, now: datetime, why: str) -> str | None:
        """End what a ticket is in; returns whose it was. The caller says what comes next."""
        if ticket.state == ACTIVE:
            return self._end_segment(ticket, now, why)
        self._end_stay(ticket, now, why)
        return None

    # What can happen to tickets

    def place(self, sector: str, queue: str | None) -> str:
        """Where an opening goes: without a queue to the sector's first that takes tickets. Refused: archived."""
        if self.sectors[sector].archived:
            raise Refused("archived")
        if queue is None:
            names = self.queues_of(sector)
            queue = next((name for name in names if not self.queues[name].on_hold), names[0])
        if self.queues[queue].archived:
            raise Refused("archived")
        return queue

    def present(self, contact: str) -> Ticket | None:
        """The contact's open ticket."""
        return next((t for t in self.tickets.values() if t.contact == contact and t.state != CLOSED), None)

    def check_takes(self, queue: str) -> None:
        """Refuse an opening while the sector is closed, in a line that is on hold, or where it would be one too many
        of those who wait."""
        if not self.sectors[self.queues[queue].sector].open:
            raise Refused("outside_hours")
        most = self.queues[queue].max_waiting
        if self.queues[queue].on_hold:
            raise Refused("queue_on_hold")
        if most is not None and not self.eligible(queue) and len(self.line(queue)) >= most:
            raise Refused("queue_full")

    def open(self, id: UUID, contact: str, queue: str, wanted: str | None, now: datetime) -> None:
        ticket = self.tickets[id] = Ticket(id, contact, queue, now)
        ticket.stays.append(Stay(queue, now))
        if wanted in self.eligible(queue):
            self._give(ticket, wanted, now)
        self._route(now, self.queues[queue].sector)

    def close(self, ticket: Ticket, by: str, now: datetime) -> None:
        if by != "flow" and ticket.had != by and not self.directs(by, self.sector_of(ticket)):
            raise Refused("not_allowed")
        if ticket.state != CLOSED:
            self._end(ticket, now)
            if by == "flow":
                ticket.hears_until = None

    def _end(self, ticket: Ticket, now: datetime) -> None:
        agent = self._leave(ticket, now, "closed")
        ticket.state = CLOSED
        ticket.hears_until = now + timedelta(minutes=2)
        self._pause_if_done(agent, now)
        self._route(now, self.sector_of(ticket))

    def _allow_handing(self, ticket: Ticket, by: str) -> None:
        if ticket.agent != by and not self.directs(by, self.sector_of(ticket)):
            raise Refused("not_allowed")

    def transfer_to_queue(self, ticket: Ticket, queue: str, by: str, now: datetime) -> None:
        self._allow_handing(ticket, by)
        if ticket.state == CLOSED:
            raise Refused("room_closed")
        if self.queues[queue].archived or self.sectors[self.queues[queue].sector].archived:
            raise Refused("archived")
        if queue == ticket.queue:
            raise Refused("there_already")
        if self.queues[queue].on_hold:
            raise Refused("queue_on_hold")
        self._move(ticket, queue, now)

    def _move(self, ticket: Ticket, queue: str, now: datetime) -> None:
        old = self.sector_of(ticket)
        agent = self._leave(ticket, now, "transferred")
        ticket.queue = queue
        self._wait(ticket, now, now)
        self._pause_if_done(agent, now)
        self._route(now, old, self.queues[queue].sector)

    def transfer_to_agent(self, ticket: Ticket, agent: str, by: str, now: datetime) -> None:
        self._allow_handing(ticket, by)
        self._hand(ticket, agent, by, now, "transferred")

    def assign(self, ticket: Ticket, agent: str, by: str, now: datetime) -> None:
        if not self.directs(by, self.sector_of(ticket)):
            raise Refused("not_allowed")
        self._hand(ticket, agent, by, now, "taken_over")

    def take(self, ticket: Ticket, by: str, now: datetime) -> None:
        directs = self.directs(by, self.sector_of(ticket))
        if ticket.state == CLOSED:
            raise Refused("room_closed")
        if ticket.agent == by:
            return
        if not directs and ticket.queue not in self.agents[by].queues:
            raise Refused("not_allowed")
        if not directs and ticket.state == ACTIVE:
            raise Refused("taken_by_another")
        self._hand(ticket, by, by, now, "taken_over", taking=True)

    def _hand(self, ticket: Ticket, agent: str, by: str, now: datetime, why: str, taking: bool = False) -> None:
        """Who directs gives to anybody in Chats, over the limit too; others only to an eligible one. Who takes is
        plainly there."""
        if ticket.state == CLOSED:
            raise Refused("room_closed")
        if not self.agents[agent].member:
            raise Refused("no_access_to_chats")
        if ticket.agent == agent:
            return
        sector = self.sector_of(ticket)
        over = not self.has_room(agent, sector)
        if not self.directs(by, sector):
            there = taking or agent in self.eligible(ticket.queue)
            if over or not there:
                raise Refused("agent_not_eligible")
        old = self._leave(ticket, now, why) if ticket.state == ACTIVE else None
        if old:
            ticket.state = CLOSED  # between two agents: neither waits nor counts for either
        self._give(ticket, agent, now, over)
        self._pause_if_done(old, now)
        self._route(now, sector)

    # What is said, as far as it matters here

    def reply(self, ticket: Ticket, by: str, now: datetime) -> None:
        if ticket.state == CLOSED:
            raise Refused("room_closed")
        if ticket.agent != by:
            raise Refused("not_allowed")
        ticket.segments[-1].answered = True
        ticket.left_by, ticket.silent_since, ticket.warned = None, now, None
        ticket.asks = False

    def message(self, ticket: Ticket, now: datetime) -> None:
        if ticket.state == CLOSED:
            if ticket.hears_until is None or now >= ticket.hears_until:
                raise Refused("room_closed")
            return
        ticket.silent_since = ticket.warned = None
        ticket.asks = True

    # What can happen to agents

    def _set(self, name: str, status: str, now: datetime) -> None:
        agent = self.agents[name]
        if agent.status != status or agent.since is None:
            agent.since = now
        agent.status, agent.pauses_then = status, False

    def set_status(
        self, name: str, status: str, after_tickets: bool, now: datetime, by: str = "", kept: bool | None = None
    ) -> None:
        agent = self.agents[name]
        if by not in {"", name} and not any(self.directs(by, self.queues[q].sector) for q in agent.queues):
            raise Refused("not_allowed")
        agent.seen = now
        agent.kept = agent.kept if kept is None else kept
        if status == PAUSED and after_tickets and agent.status == ONLINE and self.attended(name):
            agent.pauses_then = True
            return
        self._set(name, status, now)
        self._route(now, *(self.queues[q].sector for q in agent.queues))

    def lose_connections(self, now: datetime) -> list[str]:
        """Whoever has given no sign of life for 60 s goes offline; returns who."""
        lost = [
            name
            for name, agent in self.agents.items()
            if agent.status != OFFLINE and not agent.kept and agent.seen is not None and agent.seen < now - GRACE
        ]
        for name in lost:
            self._set(name, OFFLINE, now)
            self.agents[name].seen = now
        return lost

    def remove(self, name: str, now: datetime) -> None:
        """The end of access: off every queue, no manager any more, offline, the tickets back where they were in their
        lines."""
        agent = self.agents[name]
        held = {self.queues[q].sector for q in agent.queues}
        agent.queues.clear()
        agent.member = agent.kept = False
        agent.manages.clear()
        if agent.since is not None:
            agent.status, agent.pauses_then, agent.since = OFFLINE, False, now
        self.own_limits = {key: limit for key, limit in self.own_limits.items() if key[1] != name}
        mine = self.attended(name)
        for ticket in mine:
            self._end_segment(ticket, now, "returned")
            self._wait(ticket, now, ticket.joined)
        self._route(now, *held, *(self.sector_of(t) for t in mine))

    def join(self, name: str, queue: str, now: datetime) -> None:
        self.agents[name].queues.add(queue)
        self._route(now, self.queues[queue].sector)

    def leave(self, name: str, queue: str) -> None:
        """Off a queue; the conversations stay."""
        self.agents[name].queues.discard(queue)

    # What can happen to sectors and queues

    def set_limit(self, sector: str, limit: int, now: datetime) -> None:
        self.sectors[sector].limit = limit
        self._route(now, sector)

    def set_own_limits(self, sector: str, limits: dict[str, int], now: datetime) -> None:
        others = {key: limit for key, limit in self.own_limits.items() if key[0] != sector}
        self.own_limits = others | {(sector, name): limit for name, limit in limits.items()}
        self._route(now, sector)

    def archive_queue(self, name: str, to: str | None, now: datetime) -> None:
        """Its open tickets go on elsewhere: who waits keeps the place, a conversation keeps its agent within the
        sector and waits for another one outside it."""
        queue = self.queues[name]
        if queue.archived:
            return
        self._check_takes_moved(to)
        if to in {None, name} and self.open_tickets(name):
            raise Refused("queue_has_open_tickets")
        if self.queues_of(queue.sector) == [name]:
            raise Refused("last_queue")
        if to is not None and to != name:
            self._move_all([name], to, now)
        queue.archived = True

    def restore_queue(self, name: str) -> None:
        self.queues[name].archived = False

    def order_queues(self, sector: str, wanted: Sequence[str]) -> None:
        here = self.queues_of(sector)
        after = [*(name for name in wanted if name in here), *(name for name in here if name not in wanted)]
        if after != here:
            for position, name in enumerate(after):
                self.queues[name].position = position

    def archive_sector(self, name: str, to: str | None, now: datetime) -> None:
        """As archiving each of its queues with a move; the queues stay as they are."""
        if self.sectors[name].archived:
            return
        queues = [queue for queue in self.queues if self.queues[queue].sector == name]
        if to in queues:
            raise Refused("queue_takes_none")
        self._check_takes_moved(to)
        if to is not None:
            self._move_all(queues, to, now)
        elif any(self.open_tickets(queue) for queue in queues):
            raise Refused("sector_has_open_tickets")
        self.sectors[name].archived = True

    def _check_takes_moved(self, to: str | None) -> None:
        if to is not None:
            queue = self.queues[to]
            if queue.archived or queue.on_hold or self.sectors[queue.sector].archived:
                raise Refused("queue_takes_none")

    def _move_all(self, names: Collection[str], to: str, now: datetime) -> None:
        old, target = self.queues[next(iter(names))].sector, self.queues[to].sector
        waiting = self.line(*names)
        attended = [t for t in self.tickets.values() if t.queue in names and t.state == ACTIVE]
        for ticket in waiting:
            self._end_stay(ticket, now, "transferred")
            ticket.queue = to
            ticket.stays.append(Stay(to, now))
        for ticket in sorted(attended, key=lambda t: (t.joined, t.id)):
            if target == old:
                last, silence = ticket.segments[-1], (ticket.silent_since, ticket.warned)
                agent = self._end_segment(ticket, now, "transferred")
                ticket.queue, (ticket.silent_since, ticket.warned) = to, silence
                ticket.segments.append(Segment(agent, to, last.seat, now, last.over_limit, answered=last.answered))
                self.busy[agent, target] = now
            else:
                self._move(ticket, to, now)
        self._route(now, old, target)

    # What is always true (docs/rules.md, Routing)

    def broken(self) -> Iterator[str]:
        """Say which rule the state breaks, if one is."""
        for ticket in self.tickets.values():
            if ticket.state == WAITING and self.eligible(ticket.queue):
                yield f"{ticket} waits beside {self.eligible(ticket.queue)}"
        seats = [(t.agent, self.sector_of(t), t.segments[-1].seat) for t in self.tickets.values() if t.agent]
        if len(seats) != len(set(seats)):
            yield "a seat is taken twice"
        for name, agent in self.agents.items():
            if agent.pauses_then and not self.attended(name):
                yield f"{name} puts off a pause without tickets"
