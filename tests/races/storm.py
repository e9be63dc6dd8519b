"""A storm on routing: processes of their own that all open, close, hand on, come and go at random.

``Storm.set_up`` makes a desk, ``run`` lets the processes loose on it and returns what they report; what must be true
of the history afterwards is in ``tests.races.history``.
"""

import multiprocessing
import os
import pickle
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from core.errors import Conflict, DomainError, NotAllowed
from orgs.models import User
from queues.models import Queue, Status
from sectors.models import Sector
from tests.builders import FLOW, Desk, put_on, take_off
from tickets import operations, routing
from tickets.errors import ForeignTag, NotEligible, TakenByAnother, ThereAlready, TicketClosed
from tickets.models import Ticket
from tickets.models.querysets import TicketQuerySet

from .child import begin

#: What somebody may be told whose ticket another process has closed, moved or taken meanwhile.
REFUSALS = (TicketClosed, TakenByAnother, NotEligible, NotAllowed, ThereAlready, ForeignTag, Conflict)
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Report:
    """What a process did: how often what came of what, the tickets it opened, and whatever should not happen."""

    outcomes: Counter[str] = field(default_factory=Counter)
    opened: list[UUID] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass
class Storm:
    """A desk with two sectors of several lines, and agents on some of them; every fourth changes queues too."""

    desk: Desk
    sectors: list[Sector]
    queues: list[Queue]
    agents: list[User]

    @classmethod
    def set_up(cls, agents: int) -> "Storm":
        desk = Desk.set_up(ticket_limit=2, queue_names=["a", "b", "c"])
        other = desk.add_sector(ticket_limit=3, queue_names=["d", "e"])
        queues = [*desk.sector.queues.order_by("position"), *other.queues.order_by("position")]
        people = [desk.person(word="agent") for _ in range(agents)]
        for n, queue in enumerate(queues):
            put_on(queue, *(user for i, user in enumerate(people) if (i + n) % 3 == 0))
        for user in people[::2]:
            desk.status(user, Status.ONLINE)
        return cls(desk, [desk.sector, other], queues, people)

    @property
    def movers(self) -> list[User]:
        """Those who join and leave queues meanwhile."""
        return self.agents[::4]

    def run(self, processes: int, arrivals: int) -> Report:
        """Let the processes loose until so many tickets came in; one more sweeps all the time."""
        reports, over = _SPAWN.SimpleQueue(), _SPAWN.Event()
        shares = [arrivals // processes + (n < arrivals % processes) for n in range(processes)]
        crew = [_process(self._work, n, share, shared=[reports]) for n, share in enumerate(shares)]
        sweeper = _process(self._sweep, shared=[over, reports])
        for process in (*crew, sweeper):
            process.start()
        all_told = Report()
        for _ in crew:
            self._add(all_told, reports.get())
        over.set()
        self._add(all_told, reports.get())
        for process in (*crew, sweeper):
            process.join()
        return all_told

    @staticmethod
    def _add(total: Report, one: Report) -> None:
        total.outcomes += one.outcomes
        total.opened += one.opened
        total.faults += one.faults

    def _work(self, number: int, arrivals: int, reports: "multiprocessing.SimpleQueue[Report]") -> None:
        """One router process."""
        hand = Hand(self, number)
        while len(hand.report.opened) < arrivals and not hand.report.faults:
            hand.do_something()
        connection.close()
        reports.put(hand.report)

    def _sweep(self, over: "multiprocessing.synchronize.Event", reports: "multiprocessing.SimpleQueue") -> None:
        report = Report()
        while not over.is_set():
            try:
                report.outcomes["swept"] += 1
                report.outcomes["caught"] += routing.sweep()
            except Exception:
                report.faults.append(traceback.format_exc())
                break
            time.sleep(0.05)
        connection.close()
        reports.put(report)


def _process(function: Callable[..., None], *arguments: Any, shared: list[Any]) -> Any:
    """Return a process of its own, on this one's database, that calls the function."""
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + connection.settings_dict["NAME"]
    return _SPAWN.Process(target=begin, args=(url, pickle.dumps((function, arguments)), *shared))


class Hand:
    """What one process does, at random."""

    def __init__(self, storm: Storm, number: int) -> None:
        self.storm, self.desk, self.number = storm, storm.desk, number
        self.random = random.Random(number)
        self.report = Report()
        self.choices: dict[Callable[[], None], int] = {
            self.open: 34,
            self.close: 30,
            self.status: 18,
            self.transfer_to_queue: 6,
            self.transfer_to_agent: 3,
            self.take: 5,
            self.assign: 2,
            self.limit: 1,
            self.move: 1,
        }

    def do_something(self) -> None:
        """One thing; a refusal is fine, anything else is a fault."""
        [what] = self.random.choices(list(self.choices), list(self.choices.values()))
        outcome = "done"
        try:
            what()
        except REFUSALS as error:
            outcome = error.code
        except Exception:
            outcome = "fault"
            self.report.faults.append(traceback.format_exc())
        self.report.outcomes[f"{what.__name__}: {outcome}"] += 1

    def open(self) -> None:
        asked = self.random.choice(self.storm.agents) if self.random.random() < 0.1 else None
        contact = f"storm-{self.number}-{len(self.report.opened)}"
        queue = self.random.choice(self.storm.queues)
        ticket, created = self.desk.open_or_present(contact, queue=queue, wanted_agent=asked)
        assert created
        self.report.opened.append(ticket.pk)

    def close(self) -> None:
        ticket = self.some(Ticket.objects.active())
        if ticket and self.random.random() < 0.5:
            operations.close_by_flow(ticket.pk, by=FLOW)
        elif ticket:
            tag = ticket.sector.tags.exclude(closed_by_flow=True)[0]
            operations.close(ticket.pk, by=self.desk.by(ticket.agent), tag_ids=[tag.pk])

    def transfer_to_queue(self) -> None:
        if ticket := self.some(Ticket.objects.open()):
            by = self.random.choice([self.desk.administrator, ticket.agent or self.desk.administrator])
            operations.transfer_to_queue(ticket.pk, self.random.choice(self.storm.queues), by=self.desk.by(by))

    def transfer_to_agent(self) -> None:
        if ticket := self.some(Ticket.objects.active()):
            agent = self.random.choice(self.storm.agents)
            operations.transfer_to_agent(ticket.pk, agent, by=self.desk.by(ticket.agent))

    def take(self) -> None:
        if ticket := self.some(Ticket.objects.waiting()):
            operations.take(ticket.pk, by=self.desk.by(self.random.choice(self.storm.agents)))

    def assign(self) -> None:
        if ticket := self.some(Ticket.objects.open()):
            operations.assign(ticket.pk, self.random.choice(self.storm.agents), by=self.desk.by())

    def status(self) -> None:
        # Mostly there, or nothing would ever be attended.
        status = self.random.choice([Status.ONLINE, Status.ONLINE, Status.PAUSED, Status.OFFLINE])
        self.desk.status(self.random.choice(self.storm.agents), status)

    def limit(self) -> None:
        self.desk.limit(self.random.randint(1, 4), self.random.choice(self.storm.sectors))

    def move(self) -> None:
        agent, queue = self.random.choice(self.storm.movers), self.random.choice(self.storm.queues)
        # Of two changes of one list the later wins, or is told that the agent is there already.
        try:
            self.random.choice([put_on, take_off])(queue, agent)
        except DomainError as error:
            if error.code != "already_on_queue":
                raise

    def some(self, tickets: TicketQuerySet) -> Ticket | None:
        """One of the first of the tickets, so that processes get into each other's way."""
        found = list(tickets.filter(project=self.desk.project).select_related("sector", "agent").order_by("pk")[:30])
        return self.random.choice(found) if found else None
