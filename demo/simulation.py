"""Event-driven simulation of the past: arrivals, routing, conversations, transfers, closings.

Routing works as in ``tickets.routing.engine.plan``, on state in memory: first in, first out per queue, to the agent
with the fewest active tickets in the sector, then the longest idle, never above the limit.
"""

import heapq
from collections.abc import Callable, Iterable
from itertools import count
from random import Random
from typing import Any

from .clock import MINUTE, SECOND, Ms, stamp
from .dialogues import Facts, language
from .names import LOCALES, names_of, urn
from .shifts import days, shift
from .talk import Talk
from .world import Agent, Contact, Ids, Line, Queue, Sector, Segment, Stay, Ticket

#: Outcomes of tickets, with their share.
FATES = (
    ("normal", 0.775),
    ("silent", 0.09),
    ("queue", 0.075),
    ("agent", 0.02),
    ("taken", 0.01),
    ("flow", 0.015),
    ("wordless", 0.015),
)
NEW_CONTACT = 0.42
#: Contacts remembered per language, from which returning contacts are drawn.
REMEMBERED = 20_000
PATIENCE: Ms = 38 * MINUTE

Closed = Callable[[Ticket], None]
Stretch = tuple[Agent, str, str, Ms, Ms]


class Simulation:
    """Simulates a project's past from ``start`` to ``end``; passes each ticket on when it is closed.

    ``stretches`` are the agents' status intervals so far (agent, status, reason, from, to); the caller removes them
    as it writes them.
    """

    def __init__(
        self,
        sectors: list[Sector],
        agents: list[Agent],
        *,
        start: Ms,
        end: Ms,
        random: Random,
        seed: int,
        on_closed: Closed,
    ) -> None:
        self.sectors, self.agents, self.start, self.end = sectors, agents, start, end
        self.random, self.ids, self.talk = random, Ids(random), Talk(random)
        self.stretches: list[Stretch] = []
        self._on_closed = on_closed
        self._seed = seed
        self._heap: list[tuple[Ms, int, Callable, tuple]] = []
        self._order = count()
        self._contacts: dict[str, list[Contact]] = {"en": [], "es": [], "pt": []}
        self._numbers = count(random.randrange(1_000_000, 50_000_000))
        self._open: dict[Ticket, None] = {}
        self._queues = [queue for sector in sectors for queue in sector.queues]

    # Time

    def run(self, arrivals: Iterable[tuple[Ms, int]]) -> None:
        """Process all events; at the end the flow closes whatever is still open."""
        self._days = days(self.start, self.end)
        self._next_day()
        self._next_day()
        for at, sector in arrivals:
            self._play_until(at)
            self._arrive(at, self.sectors[sector])
        self._play_until(self.end)
        for agent in self.agents:
            self._set_status(agent, self.end, "offline")
        for ticket in list(self._open):
            self._close(ticket, self.end, by_flow=True)

    def _later(self, at: Ms, what: Callable, *facts: Any) -> None:
        if at <= self.end:
            heapq.heappush(self._heap, (at, next(self._order), what, facts))

    def _play_until(self, until: Ms) -> None:
        while self._heap and self._heap[0][0] <= until:
            at, _order, what, facts = heapq.heappop(self._heap)
            what(at, *facts)

    def _next_day(self, _at: Ms = 0) -> None:
        """Schedule a day's shifts, and the next call for when the next day's first shift begins."""
        day = next(self._days, None)
        if day is None:
            return
        first = None
        for agent, place in self._places():
            for at, what in shift(agent, place, day, self.random):
                if at < self.end:
                    first = at if first is None else min(first, at)
                    self._later(max(at, self.start), self._change, agent, what)
        if first is None:
            self._next_day()
        else:
            self._later(max(first, self.start), self._next_day)

    def _places(self) -> Iterable[tuple[Agent, int]]:
        seen: dict[int, int] = {}
        for agent in self.agents:
            if agent.home is not None:
                place = seen.get(id(agent.home), 0)
                seen[id(agent.home)] = place + 1
                yield agent, place

    # Agents

    def _change(self, at: Ms, agent: Agent, what: str) -> None:
        assert agent.home is not None
        pause, leaving = agent.home.plan.reasons
        if what == "on":
            agent.leaving = False
            self._set_status(agent, at, "online")
            for sector in agent.sectors:
                self._fill(at, sector, agent)
        elif what == "break":
            self._set_status(agent, at, "paused", pause)
        else:
            agent.leaving = agent.busy
            self._set_status(agent, at, "paused" if agent.busy else "offline", leaving if agent.busy else "")

    def _set_status(self, agent: Agent, at: Ms, status: str, reason: str = "") -> None:
        if (agent.status, agent.reason) == (status, reason) and agent.since is not None and at < self.end:
            return
        if agent.since is not None and at > agent.since:
            self.stretches.append((agent, agent.status, agent.reason, agent.since, at))
        agent.status, agent.reason, agent.since = status, reason, at

    # Routing

    def _eligible(self, queue: Queue) -> list[Agent]:
        limit, sector = queue.sector.limit, queue.sector
        return [a for a in queue.agents if a.status == "online" and len(a.seats(sector)) < limit]

    def _route(self, at: Ms, queue: Queue) -> bool:
        """Assign the first ticket of a queue to the next agent; False if no agent is available."""
        ticket = queue.first()
        eligible = self._eligible(queue) if ticket else []
        if ticket is None or not eligible:
            return False
        sector = queue.sector
        agent = min(eligible, key=lambda a: (len(a.seats(sector)), a.idle_since(sector), a.number))
        queue.line.popleft()
        since = stamp(agent.idle_since(sector)).replace(" ", "T").replace("Z", "000+00:00")
        reason = {
            "load": len(agent.seats(sector)),
            "idle_since": since,
            "candidates": len(eligible),
            "asked_for": False,
        }
        self._leave_line(ticket, at, "assigned")
        self._event(ticket, at, "assigned", None, {"agent_id": agent.id, **reason})
        self._seat(ticket, agent, at, reason)
        return True

    def _fill(self, at: Ms, sector: Sector, agent: Agent) -> None:
        """Assign tickets of the agent's queues in the sector, longest wait first, up to the agent's limit."""
        while agent.status == "online" and len(agent.seats(sector)) < sector.limit:
            heads = [(first.queued, first.id, q) for q in agent.queues[id(sector)] if (first := q.first())]
            if not heads or not self._route(at, min(heads, key=lambda h: h[:2])[2]):
                return

    # Lifecycle of a ticket

    def _arrive(self, at: Ms, sector: Sector) -> None:
        code = self._pick(sector.plan.languages.items())
        queue = self._pick((q, q.share) for q in sector.queues)
        contact = self._contact(at, code)
        contact.open = True
        topics = language(code).topics[queue.name]
        facts = Facts(self.random, code, contact.first)
        topic = topics[int(self.random.random() * len(topics))]
        ticket = Ticket(
            id=self.ids.new(at),
            contact=contact,
            sector=sector,
            queue=queue,
            opened=at,
            queued=at,
            topic=topic,
            facts=facts,
            fate=self._pick(FATES),
            is_anon=self.random.random() < 0.02,
            before=self.talk.before(at, topic.before, facts),
        )
        self._open[ticket] = None
        self._event(
            ticket,
            at,
            "opened",
            None,
            {"sector": sector.name, "queue": queue.name, "source": "flow", "token": "demo"},
        )
        self._join(ticket, queue, at)

    def _join(self, ticket: Ticket, queue: Queue, at: Ms) -> None:
        """Append a ticket to a queue and route."""
        ticket.queue, ticket.sector = queue, queue.sector
        ticket.agent, ticket.waiting, ticket.queued = None, True, at
        ticket.turn += 1
        ticket.stays.append(Stay(queue, at))
        queue.line.append(ticket)
        if not self._route(at, queue):
            patience = max(int(self.random.expovariate(1 / PATIENCE)), 3 * MINUTE)
            self._later(at + patience, self._give_up, ticket, ticket.turn)

    def _leave_line(self, ticket: Ticket, at: Ms, how: str) -> None:
        stay = ticket.stays[-1]
        if at > stay.entered:
            self.talk.while_waiting(ticket, stay.entered, at)
        stay.left, stay.how = at, how
        ticket.waiting = False

    def _give_up(self, at: Ms, ticket: Ticket, turn: int) -> None:
        """Close a ticket whose contact has waited too long: by the flow, or by a manager."""
        if ticket.turn != turn or not ticket.waiting or ticket.closed:
            return
        managers = ticket.sector.managers
        by = self.random.choice(managers) if managers and self.random.random() < 0.35 else None
        self._close(ticket, at, by=by, by_flow=by is None, tag=ticket.sector.plan.silent_tag)

    def _seat(self, ticket: Ticket, agent: Agent, at: Ms, reason: dict) -> None:
        """Assign a ticket to the agent's lowest free seat and write the conversation that follows."""
        taken = agent.seats(ticket.sector)
        seat = next(n for n in range(1, len(taken) + 2) if n not in taken)
        taken.add(seat)
        agent.idle[id(ticket.sector)] = at
        ticket.agent = agent
        ticket.turn += 1
        ticket.segments.append(Segment(agent, ticket.sector, ticket.queue, seat, at, reason))
        end, what = self._attend(ticket, agent, at, len(taken))
        self._cut(ticket)
        self._later(end, what, ticket, ticket.turn)

    def _attend(self, ticket: Ticket, agent: Agent, at: Ms, load: int) -> tuple[Ms, Callable]:
        """Write a segment's conversation; returns its end and the next event."""
        pause = int((4 + self.random.random() * 40) * SECOND)
        fate, steps = ticket.fate, max(2, int(self.random.random() * len(ticket.topic.steps)))
        if fate == "normal" or ticket.transfers:
            at, _done = self.talk.attend(ticket, agent, at, load, None)
            return self.talk.leave_taking(ticket, agent, at, load) + pause, self._finish
        if fate == "wordless":
            return at + int((1 + self.random.random() * 6) * MINUTE), self._finish
        at, _done = self.talk.attend(ticket, agent, at, load, steps)
        if fate == "silent":
            return self.talk.silence(ticket, agent, at) + pause, self._finish_silent
        if fate == "flow":
            return at + pause, self._finish_by_flow
        if fate == "taken":
            return at + pause, self._take_over
        return self.talk.pass_on(ticket, agent, at, load) + pause, self._hand_on

    def _finish(self, at: Ms, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and not ticket.closed:
            self._close(ticket, at, by=ticket.agent, tag=ticket.topic.tag)

    def _finish_silent(self, at: Ms, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and not ticket.closed:
            self._close(ticket, at, by=ticket.agent, tag=ticket.sector.plan.silent_tag)

    def _finish_by_flow(self, at: Ms, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and not ticket.closed:
            self._close(ticket, at, by_flow=True)

    # Transfers

    def _hand_on(self, at: Ms, ticket: Ticket, turn: int) -> None:
        """Transfer to a queue or an eligible colleague; if there is none, continue to the end."""
        if ticket.turn != turn or ticket.closed or ticket.agent is None:
            return
        old = ticket.agent
        if ticket.fate == "agent":
            others = [a for a in self._eligible(ticket.queue) if a is not old]
            if not others:
                self._go_on(at, ticket)
                return
            self._give(at, ticket, self.random.choice(others), "transferred", by=old)
            return
        goals = [
            q
            for q in self._queues
            if q is not ticket.queue
            and q.agents
            and self._speaks(q, ticket)
            and q.sector.open_time.is_open(at)
            and any(a.status == "online" for a in q.agents)
        ]
        near = [q for q in goals if q.sector is ticket.sector]
        goals = near if near and self.random.random() < 0.75 else goals
        if not goals:
            self._go_on(at, ticket)
            return
        self._to_queue(at, ticket, self.random.choice(goals), old)

    def _speaks(self, queue: Queue, ticket: Ticket) -> bool:
        return ticket.contact.code in queue.sector.plan.languages

    def _go_on(self, at: Ms, ticket: Ticket) -> None:
        """Continue the conversation to its end."""
        assert ticket.agent is not None
        at, _done = self.talk.attend(ticket, ticket.agent, at, 1, None)
        ticket.fate = "normal"
        self._cut(ticket)
        self._later(at + 20 * SECOND, self._finish, ticket, ticket.turn)

    def _cut(self, ticket: Ticket) -> None:
        """Remove lines after the end of the past; ``run`` closes the ticket then."""
        while ticket.lines[-1].at > self.end:
            ticket.lines.pop()

    def _to_queue(self, at: Ms, ticket: Ticket, queue: Queue, by: Agent) -> None:
        self.talk.transfer_note(ticket, by, at)
        old_queue, old_sector = ticket.queue, ticket.sector
        self._event(
            ticket,
            at,
            "transferred",
            by,
            {
                "from_queue": f"{old_sector.name} / {old_queue.name}",
                "from_agent": by.name,
                "to_queue": f"{queue.sector.name} / {queue.name}",
            },
        )
        ticket.transfers += 1
        self._join_after(at, ticket, by, old_sector, queue)

    def _join_after(self, at: Ms, ticket: Ticket, by: Agent, old_sector: Sector, queue: Queue) -> None:
        self._leave_agent(ticket, at, "transferred")
        self._join(ticket, queue, at)
        self._freed(at, by, old_sector)

    def _take_over(self, at: Ms, ticket: Ticket, turn: int) -> None:
        """Assign the ticket to a manager of the sector, who takes it over."""
        if ticket.turn != turn or ticket.closed or ticket.agent is None:
            return
        free = [m for m in ticket.sector.managers if len(m.seats(ticket.sector)) < ticket.sector.limit]
        if free:
            self._give(at, ticket, self.random.choice(free), "taken", by=None)
        else:
            self._go_on(at, ticket)

    def _give(self, at: Ms, ticket: Ticket, agent: Agent, kind: str, *, by: Agent | None) -> None:
        """Assign an active ticket to another person by hand; ``by`` None means that they took it themselves."""
        old, sector = ticket.agent, ticket.sector
        assert old is not None
        if by is not None:
            self.talk.transfer_note(ticket, by, at)
        self._event(
            ticket,
            at,
            kind,
            by or agent,
            {"agent": agent.name, "agent_id": agent.id, "from_agent": old.name, "over_limit": False},
        )
        ticket.transfers += 1
        self._leave_agent(ticket, at, "taken_over" if kind == "taken" else "transferred")
        self._seat(ticket, agent, at, {"by_hand": True})
        self._freed(at, old, sector)

    def _leave_agent(self, ticket: Ticket, at: Ms, why: str) -> None:
        segment = ticket.segments[-1]
        segment.end, segment.ended = at, why
        segment.agent.seats(segment.sector).discard(segment.seat)
        segment.agent.idle[id(segment.sector)] = at

    def _freed(self, at: Ms, agent: Agent, sector: Sector) -> None:
        """Route after an agent became free; agents who stayed only to finish go offline."""
        if agent.status == "online" and id(sector) in agent.queues:
            self._fill(at, sector, agent)
        elif agent.leaving and not agent.busy:
            agent.leaving = False
            self._set_status(agent, at, "offline")

    # Closing

    def _close(
        self, ticket: Ticket, at: Ms, *, by: Agent | None = None, by_flow: bool = False, tag: str = ""
    ) -> None:
        sector = ticket.sector
        agent = None if ticket.waiting else ticket.agent
        if ticket.waiting:
            self._leave_line(ticket, at, "closed")
        else:
            self._leave_agent(ticket, at, "closed")
        ticket.agent, ticket.closed, ticket.closed_by, ticket.by_flow = agent, at, by, by_flow
        ticket.contact.open = False
        ticket.tags = [sector.flow_tag] if by_flow else self._tags(sector, tag)
        self._event(ticket, at, "closed", by, {"tags": [name for name, _id in ticket.tags], "by_flow": by_flow})
        del self._open[ticket]
        self._on_closed(ticket)
        if agent is not None:
            self._freed(at, agent, sector)

    def _tags(self, sector: Sector, name: str) -> list[tuple[str, str]]:
        """Return the topic's tag, or a random one of the ticket's sector if it was moved to another; sometimes a
        second one.
        """
        names = list(sector.tags)
        if name not in sector.tags:
            name = names[int(self.random.random() * (len(names) - 1))]
        chosen = [name]
        if name != sector.plan.silent_tag and self.random.random() < 0.14:
            other = names[int(self.random.random() * len(names))]
            if other not in (name, sector.plan.silent_tag):
                chosen.append(other)
        return [(name, sector.tags[name]) for name in chosen]

    # Helpers

    def _event(self, ticket: Ticket, at: Ms, kind: str, who: Agent | None, facts: dict) -> None:
        ticket.lines.append(Line(at, kind, who, facts=facts))

    def _pick(self, weighted: Iterable[tuple[Any, float]]) -> Any:
        options = list(weighted)
        at = self.random.random() * sum(weight for _option, weight in options)
        for option, weight in options:
            at -= weight
            if at < 0:
                return option
        return options[-1][0]

    def _contact(self, at: Ms, code: str) -> Contact:
        """Return a contact: a new one, or a returning one without open tickets."""
        known = self._contacts[code]
        if known and self.random.random() > NEW_CONTACT:
            found = known[int(self.random.random() * len(known))]
            if not found.open:
                return found
        number = next(self._numbers)
        first, last = names_of(LOCALES[code], self._seed).draw(self.random)
        created = at - int((1 + self.random.random() * 20) * MINUTE)
        contact = Contact(
            id=self.ids.new(created),
            external_id=self.ids.new(created),
            first=first,
            name=f"{first} {last}",
            urn=urn(code, number, self.random),
            code=code,
            created=created,
        )
        if len(known) < REMEMBERED:
            known.append(contact)
        else:
            known[int(self.random.random() * REMEMBERED)] = contact
        return contact
