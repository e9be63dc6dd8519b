"""The state machine: whatever people, flows and settings do, the program does what the model says.

Each rule does one thing to the program and to the model, a second after the last, and compares all there is:
refusals, tickets, lines, seats, the history of segments and stays, statuses. Then the sweep finds nothing to do.
"""

import sys
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orgs.errors import DomainError
from orgs.models import User
from queues import operations as queue_operations
from queues.models import AgentStatus, Queue
from sectors import operations as sector_operations
from sectors.models import Sector
from tests.builders import FLOW, Desk, project_member, put_on, sector_in, take_off
from tests.invariants import assert_invariants
from tickets import due, operations, routing
from tickets.models import Assignment, QueueStay, SweepCatch, Ticket

from . import model
from .model import OFFLINE, ONLINE, PAUSED, Model, Refused

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECTORS = {"sales": ("new", "old"), "care": ("first", "second")}
QUEUES = [queue for queues in SECTORS.values() for queue in queues]
AGENTS = ["ann", "bob", "cid", "dora"]
CHIEF = "chief"
CONTACTS = [f"contact-{n}" for n in range(12)]

sectors = st.sampled_from(list(SECTORS))
queues = st.sampled_from(QUEUES)
agents = st.sampled_from(AGENTS)
everybody = st.sampled_from([*AGENTS, CHIEF])
picks = st.integers(0, 40)
mostly = st.integers(0, 5).map(lambda n: n > 0)
seldom = st.integers(0, 5).map(lambda n: n == 5)


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


class RoutingMachine(RuleBasedStateMachine):
    """Everything that can happen to who has which ticket."""

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
        self.model = Model(self.whom_the_program_chose)
        self.model.sectors = {name: model.Sector(sector.ticket_limit) for name, sector in self.world.sectors.items()}
        self.model.queues = {queue: model.Queue(sector) for sector, names in SECTORS.items() for queue in names}
        self.model.agents = {name: model.Agent(directs=name == CHIEF) for name in [*AGENTS, CHIEF]}

    def teardown(self) -> None:
        try:
            assert_invariants(self.world.desk.project, overfull=True)
            assert not SweepCatch.objects.exists()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @initialize(
        places=st.lists(st.tuples(agents, queues), min_size=4, max_size=10, unique=True),
        online=st.sets(agents, min_size=1, max_size=4),
        there=st.lists(queues, max_size=7),
    )
    def some_are_there(self, places: list[tuple[str, str]], online: set[str], there: list[str]) -> None:
        for agent, queue in places:
            self.join(agent, queue)
        for agent in sorted(online):
            self.status(agent, ONLINE, False)
        for contact, queue in zip(CONTACTS, there, strict=False):
            self.open(contact, queue, False, None)

    # Opening and closing

    @rule(contact=st.sampled_from(CONTACTS), queue=queues, by_sector=st.booleans(), wanted=st.none() | everybody)
    def open(self, contact: str, queue: str, by_sector: bool, wanted: str | None) -> None:
        sector = self.model.queues[queue].sector
        place: dict[str, Any] = {"sector": self.sector(sector)} if by_sector else {"queue": self.queue(queue)}
        user = self.world.agents[wanted] if wanted else None

        def modelled(result: tuple[Ticket, bool] | None) -> None:
            line = self.model.place(sector, None if by_sector else queue)
            if present := self.model.present(contact):
                assert result is not None
                assert (result[0].pk, result[1]) == (present.id, False)
                return
            self.model.check_takes(line)
            assert result is not None
            assert result[1]
            self.model.open(result[0].pk, contact, line, wanted, self.now)

        self.do(lambda: self.world.desk.open_or_present(contact, wanted_agent=user, **place), modelled)

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks, by=everybody | st.just("flow"), own=mostly)
    def close(self, pick: int, by: str, own: bool) -> None:
        ticket = self.ticket(pick)
        by = (own and ticket.agent) or by
        if not self.is_there(by):
            return
        tag = self.world.tags[self.sector(self.model.sector_of(ticket)).pk]
        if by == "flow":
            self.do(
                lambda: operations.close_by_flow(ticket.id, by=FLOW), lambda _: self.model.close(ticket, by, self.now)
            )
            return
        self.do(
            lambda: operations.close(ticket.id, by=self.actor(by), tag_ids=[tag.pk]),
            lambda _: self.model.close(ticket, by, self.now),
        )

    # Handing on

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks, queue=queues, by=everybody, own=mostly)
    def transfer_to_queue(self, pick: int, queue: str, by: str, own: bool) -> None:
        ticket = self.ticket(pick)
        by = (own and ticket.agent) or by
        if self.is_there(by):
            self.do(
                lambda: operations.transfer_to_queue(ticket.id, self.queue(queue), by=self.actor(by)),
                lambda _: self.model.transfer_to_queue(ticket, queue, by, self.now),
            )

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks, agent=everybody, by=everybody, own=mostly, as_assignment=st.booleans())
    def hand_to_agent(self, pick: int, agent: str, by: str, own: bool, as_assignment: bool) -> None:
        ticket = self.ticket(pick)
        by = (own and ticket.agent) or by
        name = "assign" if as_assignment else "transfer_to_agent"
        if self.is_there(by):
            self.do(
                lambda: getattr(operations, name)(ticket.id, self.world.agents[agent], by=self.actor(by)),
                lambda _: getattr(self.model, name)(ticket, agent, by, self.now),
            )

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks, by=everybody)
    def take(self, pick: int, by: str) -> None:
        ticket = self.ticket(pick)
        if self.is_there(by):
            self.do(
                lambda: operations.take(ticket.id, by=self.actor(by)),
                lambda _: self.model.take(ticket, by, self.now),
            )

    # What is said, and rules of attending

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks, by=everybody, own=mostly)
    def reply(self, pick: int, by: str, own: bool) -> None:
        ticket = self.ticket(pick)
        by = (own and ticket.agent) or by
        if self.is_there(by):
            self.do(
                lambda: operations.reply(ticket.id, "An answer", by=self.actor(by)),
                lambda _: self.model.reply(ticket, by, self.now),
            )

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks)
    def message(self, pick: int) -> None:
        ticket = self.ticket(pick)
        self.do(lambda: operations.receive(ticket.id, "A question"), lambda _: self.model.message(ticket))

    @rule(sector=sectors, give_back=st.none() | st.integers(1, 2), close_silent=st.none() | st.integers(1, 3))
    def attendance_rules(self, sector: str, give_back: int | None, close_silent: int | None) -> None:
        values = {
            "give_back_after": give_back,
            "close_after": close_silent,
            "close_tag": self.world.tags[self.sector(sector).pk] if close_silent else None,
        }
        self.do(
            lambda: operations.set_attendance_rules(self.sector(sector), by=self.actor(CHIEF), **values),
            lambda _: self.model.set_rules(sector, give_back, close_silent, self.now),
        )

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks)
    def give_back(self, pick: int) -> None:
        """The worker's turn: it would take each that is due."""
        ticket = self.ticket(pick)
        wanted = {t.id for t in self.model.tickets.values() if self.model.goes_back(t, self.now)}
        assert set(due.to_give_back(self.now)) == wanted

        def modelled(result: bool) -> None:
            assert result == self.model.give_back(ticket, self.now)

        self.do(lambda: operations.give_back(ticket.id), modelled)

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks)
    def close_silent(self, pick: int) -> None:
        ticket = self.ticket(pick)

        def modelled(result: bool) -> None:
            assert result == self.model.close_silent(ticket, self.now)

        self.do(lambda: operations.close_silent(ticket.id), modelled)

    # Agents

    @rule(agent=agents, status=st.sampled_from([ONLINE, ONLINE, PAUSED, OFFLINE]), after_tickets=st.booleans())
    def status(self, agent: str, status: str, after_tickets: bool) -> None:
        if self.is_there(agent):
            self.do(
                lambda: self.world.desk.status(self.world.agents[agent], status, after_tickets=after_tickets),
                lambda _: self.model.set_status(agent, status, after_tickets, self.now),
            )

    @rule(minutes=st.integers(0, 3), alive=st.sets(agents))
    def time_passes(self, minutes: int, alive: set[str]) -> None:
        """Some show signs of life; who does not for too long is taken for gone."""
        self.now += timedelta(minutes=minutes)
        self.clock.move_to(self.now, tick=False)
        for name in sorted(alive):
            queue_operations.seen(self.world.agents[name], self.world.desk.project)
            if self.model.agents[name].since is not None:
                self.model.agents[name].seen = self.now

        def modelled(count: int) -> None:
            assert count == len(self.model.lose_connections(self.now))

        self.do(queue_operations.expire_lost, modelled)

    @rule(agent=agents, queue=queues)
    def join(self, agent: str, queue: str) -> None:
        if self.is_there(agent) and queue not in self.model.agents[agent].queues:
            self.do(
                lambda: put_on(self.queue(queue), self.world.agents[agent]),
                lambda _: self.model.join(agent, queue, self.now),
            )

    @rule(agent=agents, queue=queues)
    def leave(self, agent: str, queue: str) -> None:
        if queue in self.model.agents[agent].queues:
            self.do(
                lambda: take_off(self.queue(queue), self.world.agents[agent]),
                lambda _: self.model.leave(agent, queue),
            )

    @rule(agent=agents, really=seldom)
    def access_ends(self, agent: str, really: bool) -> None:
        if really and self.is_there(agent):
            self.do(
                lambda: self.world.desk.remove(self.world.agents[agent]),
                lambda _: self.model.remove(agent, self.now),
            )

    @rule(agent=agents)
    def access_begins_again(self, agent: str) -> None:
        if not self.is_there(agent):
            project_member(self.world.desk.project, user=self.world.agents[agent])
            self.model.agents[agent].member = True

    # Settings

    @rule(sector=sectors, limit=st.integers(1, 4))
    def limit(self, sector: str, limit: int) -> None:
        self.do(
            lambda: self.world.desk.limit(limit, self.sector(sector)),
            lambda _: self.model.set_limit(sector, limit, self.now),
        )

    @rule(sector=sectors, limits=st.dictionaries(agents, st.integers(1, 4), max_size=3))
    def own_limits(self, sector: str, limits: dict[str, int]) -> None:
        limits = {name: limit for name, limit in limits.items() if self.is_there(name)}
        self.do(
            lambda: sector_operations.set_agent_limits(
                self.sector(sector),
                {self.world.agents[name]: limit for name, limit in limits.items()},
                by=self.actor(CHIEF),
            ),
            lambda _: self.model.set_own_limits(sector, limits, self.now),
        )

    @rule(queue=queues, on_hold=st.booleans())
    def hold(self, queue: str, on_hold: bool) -> None:
        self.set_queue(queue, on_hold=on_hold)

    @rule(queue=queues, max_waiting=st.none() | st.integers(0, 3))
    def max_waiting(self, queue: str, max_waiting: int | None) -> None:
        self.set_queue(queue, max_waiting=max_waiting)

    def set_queue(self, queue: str, **values: Any) -> None:
        def modelled(_result: Any) -> None:
            for name, value in values.items():
                setattr(self.model.queues[queue], name, value)

        self.do(lambda: queue_operations.update_queue(self.queue(queue), by=self.actor(CHIEF), **values), modelled)

    @rule(queue=queues, to=st.none() | queues, beside=st.booleans())
    def archive(self, queue: str, to: str | None, beside: bool) -> None:
        if beside:
            [to] = set(SECTORS[self.model.queues[queue].sector]) - {queue}
        self.do(
            lambda: queue_operations.archive_queue(
                self.queue(queue), by=self.actor(CHIEF), move_to=self.queue(to) if to else None
            ),
            lambda _: self.model.archive_queue(queue, to, self.now),
        )

    @precondition(lambda self: any(queue.archived for queue in self.model.queues.values()))
    @rule(pick=picks)
    def restore(self, pick: int) -> None:
        archived = [name for name, queue in self.model.queues.items() if queue.archived]
        queue = archived[pick % len(archived)]
        self.do(
            lambda: queue_operations.restore_queue(self.queue(queue), by=self.actor(CHIEF)),
            lambda _: setattr(self.model.queues[queue], "archived", False),
        )

    # The two side by side

    def do(self, program: Callable[[], Any], modelled: Callable[[Any], Any]) -> None:
        """Do one thing to the program, then to the model, and compare."""
        self.now += timedelta(seconds=1)
        self.clock.move_to(self.now, tick=False)
        result, refused, expected = None, None, None
        try:
            with transaction.atomic():
                result = program()
        except DomainError as error:
            refused = error.code
        with connection.cursor() as cursor:
            # What the database checks at the end of a transaction, it checks now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        self.outcomes[
            f"{sys._getframe(1).f_code.co_name}: {refused or ('nothing' if result is False else 'done')}"
        ] += 1
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

    def whom_the_program_chose(self, ticket: model.Ticket, number: int, equals: Collection[str]) -> str:
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
            )
            for pk, t in self.real.items()
        }
        wanted = {
            pk: (t.state, t.had, t.segments[-1].seat if t.agent else None, t.queue, t.joined, t.left_by)
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

    def sector(self, name: str) -> Sector:
        return self.world.sectors[name]

    def queue(self, name: str) -> Queue:
        return self.world.queues[name]

    def ticket(self, pick: int) -> model.Ticket:
        """One of the open tickets, or, seldom, of all."""
        tickets = list(self.model.tickets.values())
        choice = [t for t in tickets if t.state != model.CLOSED] if pick % 8 else tickets
        return (choice or tickets)[pick % len(choice or tickets)]


def run(world: World, **settings: Any) -> Counter[str]:
    """Run the machine in a world, inside the caller's transaction; return how often what came of what."""
    from hypothesis import HealthCheck
    from hypothesis import settings as hypothesis_settings
    from hypothesis.stateful import run_state_machine_as_test

    with time_machine.travel(START, tick=False) as clock:
        outcomes: Counter[str] = Counter()
        bound = type("Bound", (RoutingMachine,), {"world": world, "clock": clock, "outcomes": outcomes})
        run_state_machine_as_test(
            bound,
            settings=hypothesis_settings(
                deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, **settings
            ),
        )
    return outcomes
