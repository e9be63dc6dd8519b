"""The program and the model side by side: doing a thing to both, and comparing all there is."""

import sys
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine

from core.errors import DomainError
from orgs.models import ProjectMembership, User
from queues import operations as queue_operations
from queues.models import AgentStatus, Queue
from sectors.models import Sector
from tests.builders import Desk, sector_in
from tests.invariants import assert_invariants
from tickets import routing
from tickets.models import Assignment, QueueStay, SweepCatch, Ticket

from . import parts
from .many import WholeModel
from .parts import CLOSED, Refused

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECTORS = {"sales": ("new", "old"), "care": ("first", "second")}
QUEUES = [queue for queues in SECTORS.values() for queue in queues]
AGENTS = ["ann", "bob", "cid", "dora"]
CHIEF = "chief"
CONTACTS = [f"contact-{n}" for n in range(12)]


class World:
    """The rows behind the names; made once, each example leaves it as it was."""

    def __init__(self) -> None:
        self.desk = Desk.set_up()
        project = self.desk.project
        self.sectors = {name: sector_in(project, name, queue_names=names) for name, names in SECTORS.items()}
        self.queues = {
            queue.name: queue for sector in self.sectors.values() for queue in sector.queues.order_by("position")
        }
        self.agents: dict[str, User] = {name: self.desk.person(word=name) for name in AGENTS}
        self.agents[CHIEF] = self.desk.administrator
        self.tags = {sector.pk: sector.tags.all()[0] for sector in self.sectors.values()}
        self.names: dict[UUID, str] = {
            **{user.pk: name for name, user in self.agents.items()},
            **{queue.pk: name for name, queue in self.queues.items()},
        }


class SideBySide(RuleBasedStateMachine):
    """A world, its model, and the comparison; what can happen is said by the rules of the machine."""

    world: World
    clock: Any
    #: How often each thing was done, and how often refused.
    outcomes: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = START
        self.real: dict[UUID, Ticket] = {}
        self.segments: dict[UUID, list[Assignment]] = {}
        self.model = WholeModel(self.whom_the_program_chose)
        self.model.sectors = {name: parts.Sector(sector.ticket_limit) for name, sector in self.world.sectors.items()}
        self.model.queues = {
            queue: parts.Queue(sector, place)
            for sector, names in SECTORS.items()
            for place, queue in enumerate(names)
        }
        self.model.agents = {name: parts.Agent(directs=name == CHIEF) for name in [*AGENTS, CHIEF]}

    def teardown(self) -> None:
        try:
            assert_invariants(self.world.desk.project, overfull=True)
            assert not SweepCatch.objects.exists()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)
            for user in self.world.agents.values():
                user.is_active = True

    # The two side by side

    def do(
        self, program: Callable[[], Any], modelled: Callable[[Any], Any], *, many: str = "", name: str = ""
    ) -> None:
        """Do one thing to the program, then to the model, and compare. The clock stands still meanwhile, unless
        something is done to ``many`` tickets one after the other: that is its name. Otherwise it is that of the rule,
        if no other ``name`` is given."""
        self.now += timedelta(seconds=1)
        self.clock.move_to(self.now, tick=bool(many))
        result, refused, expected = None, None, None
        try:
            with transaction.atomic():
                result = program()
        except DomainError as error:
            refused = error.code
        if many:
            self.now = timezone.now().replace(microsecond=0) + timedelta(seconds=1)
            self.clock.move_to(self.now, tick=False)
        with connection.cursor() as cursor:
            # What the database checks at the end of a transaction, it checks now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        name = name or many or sys._getframe(1).f_code.co_name
        self.outcomes[f"{name}: {refused or ('nothing' if result is False else 'done')}"] += 1
        self.read()
        if refused is None:
            self.expect(modelled, result)
        else:
            try:
                modelled(None)
            except Refused as refusal:
                expected = refusal.code
            assert refused == expected, f"the program refused with {refused}, the rules say {expected}"
        self.compare()
        assert list(self.model.broken()) == []
        assert routing.sweep() == 0, "the sweep found something to do"
        assert queue_operations.apply_pending_pauses() == 0, "somebody should have paused"

    def expect(self, modelled: Callable[[Any], Any], result: Any) -> None:
        try:
            modelled(result)
        except Refused as refusal:
            raise AssertionError(f"the rules refuse this with {refusal.code}, the program did it") from refusal

    def read(self) -> None:
        """Read the program's tickets and segments."""
        project = self.world.desk.project
        self.real = {ticket.pk: ticket for ticket in Ticket.objects.filter(project=project)}
        self.segments = {pk: [] for pk in self.real}
        for row in Assignment.objects.filter(ticket__project=project).order_by("started_at", "id"):
            self.segments[row.ticket_id].append(row)

    def whom_the_program_chose(self, ticket: parts.Ticket, number: int, equals: Collection[str]) -> str:
        """The model's choice between agents who are equal in everything is the program's."""
        rows = self.segments[ticket.id][number : number + 1]
        assert rows, f"{ticket} should have been given to one of {equals}"
        agent = self.world.names[rows[0].agent_id]
        assert agent in equals, f"{ticket} was given to {agent} instead of one of {equals}"
        return agent

    def compare(self) -> None:
        names = self.world.names
        found = {
            pk: (
                t.status,
                names.get(t.agent_id),
                t.seat,
                names[t.queue_id],
                t.queued_at,
                names.get(t.given_back_by_id),
                *((t.silent_since, t.warned_at) if t.is_active else (None, None)),
            )
            for pk, t in self.real.items()
        }
        wanted = {
            pk: (
                *(t.state, t.had, t.segments[-1].seat if t.agent else None, t.queue, t.joined, t.left_by),
                *((t.silent_since, t.warned) if t.agent else (None, None)),
            )
            for pk, t in self.model.tickets.items()
        }
        assert found == wanted
        segments = {
            pk: [(names[s.agent_id], names[s.queue_id], s.seat, s.started_at, s.over_limit, s.ended_at, s.ended,
              s.answered_at is not None)
                 for s in rows]
            for pk, rows in self.segments.items()
        }  # fmt: skip
        assert segments == {
            pk: [(s.agent, s.queue, s.seat, s.began, s.over_limit, s.ended, s.why, s.answered) for s in t.segments]
            for pk, t in self.model.tickets.items()
        }
        stays: dict[UUID, list[tuple]] = {pk: [] for pk in self.real}
        rows = QueueStay.objects.filter(ticket__project=self.world.desk.project).order_by("entered_at", "id")
        for stay in rows:
            stays[stay.ticket_id].append((names[stay.queue_id], stay.entered_at, stay.left_at, stay.left))
        assert stays == {
            pk: [(s.queue, s.began, s.ended, s.why) for s in t.stays] for pk, t in self.model.tickets.items()
        }
        statuses = AgentStatus.objects.filter(project=self.world.desk.project)
        assert {names[row.user_id]: (row.status, row.then_pause, row.since) for row in statuses} == {
            name: (agent.status, agent.pauses_then, agent.since)
            for name, agent in self.model.agents.items()
            if agent.since is not None
        }

    # By name

    def is_there(self, name: str) -> bool:
        return name == "flow" or self.model.agents[name].member

    def actor(self, name: str) -> Any:
        return self.world.desk.by(self.world.agents[name])

    def membership(self, name: str) -> ProjectMembership:
        return ProjectMembership.objects.get(project=self.world.desk.project, user=self.world.agents[name])

    def sector(self, name: str) -> Sector:
        return self.world.sectors[name]

    def queue(self, name: str) -> Queue:
        return self.world.queues[name]

    def ticket(self, pick: int) -> parts.Ticket:
        """One of the open tickets, or, seldom, of all."""
        tickets = list(self.model.tickets.values())
        choice = [t for t in tickets if t.state != CLOSED] if pick % 8 else tickets
        return (choice or tickets)[pick % len(choice or tickets)]
