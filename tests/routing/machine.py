"""The state machine: whatever people, flows and settings do, the program does what the model says.

Each rule does one thing to the program and to the model, a second after the last, and compares all there is:
refusals, tickets, lines, seats, the history of segments and stays, statuses. Then the sweep finds nothing to do.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from orgs.access import Actor
from tests.builders import FLOW
from tickets import operations, service_rules
from tickets.models import Ticket
from tickets.operations import Outcome

from . import parts
from .parts import OFFLINE, ONLINE
from .places import PlaceRules, agents, everybody, mostly, picks, queues, sectors
from .side_by_side import AGENTS, CHIEF, CONTACTS, SECTORS, START, World

#: What the worker does when a rule of the sector is due, by the name the model has for it.
TURNS = {
    "give_back": operations.return_unanswered,
    "move_on": operations.move_on_from_offline,
    "warn_silent": operations.warn_silent_contact,
    "close_silent": operations.close_silent_ticket,
}


class RoutingMachine(PlaceRules):
    """Everything that can happen to who has which ticket."""

    @initialize(
        places=st.lists(st.tuples(agents, queues), min_size=4, max_size=10, unique=True),
        online=st.sets(agents, min_size=1, max_size=4),
        limits=st.tuples(st.integers(1, 2), st.integers(1, 2)),
        attended=st.tuples(
            st.none() | st.just(1), st.none() | st.just(1), st.none() | st.just(1), st.none() | st.just(2)
        ),
        there=st.lists(queues, min_size=4, max_size=len(CONTACTS) - 2),
    )
    def some_are_there(
        self,
        places: list[tuple[str, str]],
        online: set[str],
        limits: tuple[int, int],
        attended: tuple[int | None, int | None, int | None, int | None],
        there: list[str],
    ) -> None:
        """Few places and many tickets, so that some wait beside agents who are full."""
        for sector, limit in zip(SECTORS, limits, strict=True):
            self.limit(sector, limit)
            self.attendance_rules(sector, *attended)
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
            if present := self.model.present(contact):
                assert result is not None
                assert (result[0].pk, result[1]) == (present.id, False)
                return
            line = self.model.place(sector, None if by_sector else queue)
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

    # Most of what happens is that: without tickets there is nothing to find.
    open_again = open_once_more = open
    close_again = close

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

    # Many at once

    @precondition(lambda self: self.model.tickets)
    @rule(chosen=st.lists(picks, min_size=1, max_size=5), tags=st.sets(sectors), by=everybody, chief=mostly)
    def close_many(self, chosen: list[int], tags: set[str], by: str, chief: bool) -> None:
        tag_ids = [self.world.tags[self.sector(name).pk].pk for name in sorted(tags)]
        self.many(
            "close_many",
            chosen,
            CHIEF if chief else by,
            lambda ids, by: operations.close_many(ids, by=by, tag_ids=tag_ids),
            lambda tickets, by: self.model.close_many(
                tickets, tags, by, lambda t: self.real[t.id].closed_at or self.now
            ),
        )

    @precondition(lambda self: self.model.tickets)
    @rule(chosen=st.lists(picks, min_size=1, max_size=5), queue=queues, by=everybody, chief=mostly)
    def transfer_many(self, chosen: list[int], queue: str, by: str, chief: bool) -> None:
        self.many(
            "transfer_many",
            chosen,
            CHIEF if chief else by,
            lambda ids, by: operations.transfer_many(ids, self.queue(queue), by=by),
            lambda tickets, by: self.model.transfer_many(tickets, queue, by, lambda t: self.real[t.id].queued_at),
        )

    @precondition(lambda self: self.model.tickets)
    @rule(chosen=st.lists(picks, min_size=1, max_size=5), agent=everybody, by=everybody, chief=mostly)
    def assign_many(self, chosen: list[int], agent: str, by: str, chief: bool) -> None:
        self.many(
            "assign_many",
            chosen,
            CHIEF if chief else by,
            lambda ids, by: operations.assign_many(ids, self.world.agents[agent], by=by),
            lambda tickets, by: self.model.assign_many(
                tickets, agent, by, lambda t: max((row.started_at for row in self.segments[t.id]), default=self.now)
            ),
        )

    def many(
        self,
        name: str,
        chosen: Sequence[int],
        by: str,
        program: Callable[[list[UUID], Actor], list[Outcome]],
        modelled: Callable[[list[parts.Ticket], str], list[str]],
    ) -> None:
        """Do the same with several tickets, and compare what is said of each. Each has its own moment, which is read
        from what the program wrote."""
        if not self.is_there(by):
            return
        tickets = list({ticket.id: ticket for ticket in map(self.ticket, chosen)}.values())
        actor = self.actor(by)

        def compared(outcomes: list[Outcome] | None) -> None:
            codes = modelled(tickets, by)
            if outcomes is not None:
                found = [(outcome.ticket_id, outcome.done, outcome.code) for outcome in outcomes]
                assert found == [(t.id, not code, code) for t, code in zip(tickets, codes, strict=True)]
                self.outcomes.update(f"{name}, one of them: {code or 'done'}" for code in codes)

        self.do(lambda: program([ticket.id for ticket in tickets], actor), compared, many=name)

    # What is said, and rules of attending

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks)
    def note(self, pick: int) -> None:
        """No answer: who has left the ticket unanswered still has."""
        ticket = self.ticket(pick)
        if ticket.agent:
            by = self.actor(ticket.agent)
            self.do(lambda: operations.add_note(ticket.id, "For us", by=by), lambda _: None)

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
        self.do(lambda: operations.receive(ticket.id, "A question"), lambda _: self.model.message(ticket, self.now))

    @rule(
        sector=sectors,
        give_back=st.none() | st.integers(1, 2),
        move_on=st.none() | st.integers(1, 2),
        warn=st.none() | st.integers(1, 2),
        close_silent=st.none() | st.integers(1, 3),
    )
    def attendance_rules(
        self,
        sector: str,
        give_back: int | None,
        move_on: int | None,
        warn: int | None,
        close_silent: int | None,
    ) -> None:
        if warn and close_silent and warn >= close_silent:
            warn = None
        values = {
            "give_back_after": give_back,
            "move_on_after": move_on,
            "warn_after": warn,
            "warn_text": "Are you still there?" if warn else "",
            "close_after": close_silent,
            "close_tag": self.world.tags[self.sector(sector).pk] if close_silent else None,
        }
        self.do(
            lambda: operations.set_service_rules(self.sector(sector), by=self.actor(CHIEF), **values),
            lambda _: self.model.set_rules(sector, give_back, move_on, warn, close_silent, self.now),
        )

    # The worker's turn: it takes what is due, whoever asks for a ticket that is not gets nothing.

    def due(self) -> dict[str, set[UUID]]:
        """What the rules say is due, by operation; the program's worker finds the same."""
        rules = {
            "give_back": (service_rules.to_give_back, self.model.goes_back),
            "move_on": (service_rules.to_move_on, self.model.moves_on),
            "warn_silent": (service_rules.to_warn, self.model.to_be_warned),
            "close_silent": (service_rules.to_close, self.model.too_silent),
        }
        wanted = {}
        for name, (found, is_due) in rules.items():
            wanted[name] = {t.id for t in self.model.tickets.values() if is_due(t, self.now)}
            assert set(found(self.now)) == wanted[name]
        return wanted

    def turn(self, name: str, ticket: parts.Ticket) -> None:
        def modelled(result: bool) -> None:
            assert result == getattr(self.model, name)(ticket, self.now)

        self.do(lambda: TURNS[name](ticket.id), modelled, name=name)

    @precondition(lambda self: self.model.tickets)
    @rule(pick=picks, name=st.sampled_from(list(TURNS)))
    def too_early(self, pick: int, name: str) -> None:
        self.due()
        self.turn(name, self.ticket(pick))

    @precondition(lambda self: self.model.tickets)
    @rule(answered=st.none() | picks, left=st.none() | picks, minutes=st.integers(1, 3))
    def falls_silent(self, answered: int | None, left: int | None, minutes: int) -> None:
        """Somebody may answer, or leave a contact who writes; then nobody says anything, and the worker comes."""
        if answered is not None:
            self.reply(answered, CHIEF, True)
        if left is not None:
            self.message(left)
            if (agent := self.ticket(left).agent) in AGENTS:
                self.status(agent, OFFLINE, False)
        self.now += timedelta(minutes=minutes)
        for name, ids in self.due().items():
            for ticket_id in sorted(ids):
                self.turn(name, self.model.tickets[ticket_id])

    fall_silent_again = falls_silent


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
