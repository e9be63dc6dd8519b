"""Rules of the state machine: what happens to agents, sectors and queues."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orgs import operations as org_operations
from orgs.models import OrganizationMembership, ProjectMembership, ProjectRole
from queues import operations as queue_operations
from sectors import operations as sector_operations
from tests.builders import FLOW, project_member, put_on, take_off
from tickets import operations as ticket_operations

from .parts import CLOSED, OFFLINE, ONLINE, PAUSED, Refused
from .side_by_side import AGENTS, CHIEF, QUEUES, SECTORS, SideBySide

sectors = st.sampled_from(list(SECTORS))
queues = st.sampled_from(QUEUES)
agents = st.sampled_from(AGENTS)
everybody = st.sampled_from([*AGENTS, CHIEF])
picks = st.integers(0, 40)
mostly = st.integers(0, 5).map(lambda n: n > 0)
seldom = st.integers(0, 3).map(lambda n: n == 3)


class PlaceRules(SideBySide):
    """What people and settings do; tickets follow."""

    # Agents

    @rule(
        agent=agents,
        status=st.sampled_from([ONLINE, ONLINE, PAUSED, OFFLINE]),
        after_tickets=st.booleans(),
        by=st.none() | everybody,
        kept=seldom.map(lambda kept: kept or None) | st.booleans(),
    )
    def status(
        self, agent: str, status: str, after_tickets: bool, by: str | None = None, kept: bool | None = None
    ) -> None:
        """By the agent, or by somebody else; ``kept``: whoever keeps no connection open says so."""
        by = by or agent
        if not self.is_there(agent) or not self.is_there(by):
            return
        actor = self.actor(by)
        self.do(
            lambda: queue_operations.set_status(
                self.world.desk.project,
                self.world.agents[agent],
                status,
                by=actor,
                after_tickets=after_tickets,
                kept=kept,
            ),
            lambda _: self.model.set_status(agent, status, after_tickets, self.now, by, kept),
        )

    status_again = status

    @rule(minutes=st.integers(0, 3), lost=st.sets(agents, max_size=2), seldom=seldom)
    def time_passes(self, minutes: int, lost: set[str], seldom: bool) -> None:
        """Most show signs of life; who does not for too long is taken for gone."""
        alive = set(AGENTS) - (lost if seldom else set())
        self.now += timedelta(minutes=minutes)
        self.clock.move_to(self.now, tick=False)
        for name in sorted(alive):
            queue_operations.seen(self.world.agents[name], self.world.desk.project)
            if self.model.agents[name].since is not None:
                self.model.agents[name].seen = self.now

        def modelled(count: int) -> None:
            assert count == len(self.model.lose_connections(self.now))

        self.do(queue_operations.set_lost_agents_offline, modelled)

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

    @rule(agent=agents, really=st.booleans(), how=st.sampled_from(["project", "organization", "viewer", "account"]))
    def access_ends(self, agent: str, really: bool, how: str) -> None:
        if not really or not self.is_there(agent):
            return
        user, by = self.world.agents[agent], self.actor(CHIEF)
        project = self.world.desk.project

        def end() -> None:
            if how == "project":
                self.world.desk.remove(user)
            elif how == "organization":
                place = OrganizationMembership.objects.get(organization=project.organization, user=user)
                org_operations.remove_from_organization(place, by=by)
            elif how == "viewer":
                org_operations.change_project_role(self.membership(agent), ProjectRole.VIEWER, by=by)
            else:
                user.is_active = False
                user.save(update_fields=["is_active"])

        self.do(end, lambda _: self.model.remove(agent, self.now))

    @rule(agent=agents)
    def access_begins_again(self, agent: str) -> None:
        """Whichever way it ended, as somebody who attends."""
        if self.is_there(agent):
            return
        user, project = self.world.agents[agent], self.world.desk.project
        if not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
        if ProjectMembership.objects.filter(project=project, user=user).exists():
            org_operations.change_project_role(self.membership(agent), ProjectRole.ATTENDANT, by=self.actor(CHIEF))
        else:
            project_member(project, user=user)
        self.model.agents[agent].member, self.model.agents[agent].directs = True, False

    @rule(agent=agents, directs=seldom)
    def role(self, agent: str, directs: bool) -> None:
        """A Contributor directs every sector; queues, status and tickets stay."""
        if self.is_there(agent):
            role = ProjectRole.CONTRIBUTOR if directs else ProjectRole.ATTENDANT
            self.do(
                lambda: org_operations.change_project_role(self.membership(agent), role, by=self.actor(CHIEF)),
                lambda _: setattr(self.model.agents[agent], "directs", directs),
            )

    @rule(sector=sectors, managers=st.sets(agents, max_size=2))
    def appoint(self, sector: str, managers: set[str]) -> None:
        managers = {name for name in managers if self.is_there(name)}

        def modelled(_result: Any) -> None:
            for name in AGENTS:
                manages = self.model.agents[name].manages
                (manages.add if name in managers else manages.discard)(sector)

        users = [self.world.agents[name] for name in sorted(managers)]
        self.do(
            lambda: sector_operations.update_sector(self.sector(sector), by=self.actor(CHIEF), managers=users),
            modelled,
        )

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
        if self.model.sectors[self.model.queues[queue].sector].archived:
            return
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
            lambda _: self.model.restore_queue(queue),
        )

    @rule(sector=sectors, wanted=st.permutations(QUEUES))
    def order(self, sector: str, wanted: list[str]) -> None:
        """The first that takes tickets is where those go that name a sector alone."""
        keys = [self.queue(name).pk for name in wanted]
        self.do(
            lambda: queue_operations.order_queues(self.sector(sector), keys, by=self.actor(CHIEF)),
            lambda _: self.model.order_queues(sector, wanted),
        )

    @rule(sector=sectors, is_open=mostly)
    def hours(self, sector: str, is_open: bool) -> None:
        self.do(
            lambda: sector_operations.update_sector(self.sector(sector), by=self.actor(CHIEF), always_open=is_open),
            lambda _: setattr(self.model.sectors[sector], "open", is_open),
        )

    @rule(sector=sectors, to=st.none() | queues, really=st.booleans(), elsewhere=mostly)
    def archive_sector(self, sector: str, to: str | None, really: bool, elsewhere: bool) -> None:
        if elsewhere:
            [other] = SECTORS.keys() - {sector}
            to = SECTORS[other][0]
        if really:
            self.do(
                lambda: sector_operations.archive_sector(
                    self.sector(sector), by=self.actor(CHIEF), move_to=self.queue(to) if to else None
                ),
                lambda _: self.model.archive_sector(sector, to, self.now),
            )

    @rule(sector=sectors)
    def restore_sector(self, sector: str) -> None:
        self.do(
            lambda: sector_operations.restore_sector(self.sector(sector), by=self.actor(CHIEF)),
            lambda _: setattr(self.model.sectors[sector], "archived", False),
        )

    @rule(emptied=st.integers(0, 4).map(lambda n: n == 4))
    def archive_project(self, emptied: bool) -> None:
        """Refused while a ticket is open; otherwise it comes back as it was."""
        project, by = self.world.desk.project, self.actor(CHIEF)
        for ticket in [t for t in self.model.tickets.values() if emptied and t.state != CLOSED]:
            self.do(
                lambda id=ticket.id: ticket_operations.close_by_flow(id, by=FLOW),
                lambda _, t=ticket: self.model.close(t, "flow", self.now),
                name="close",
            )

        def there_and_back() -> None:
            org_operations.archive_project(project, by=by)
            org_operations.restore_project(project, by=by)

        def modelled(_result: Any) -> None:
            if any(ticket.state != CLOSED for ticket in self.model.tickets.values()):
                raise Refused("project_has_open_tickets")

        self.do(there_and_back, modelled)
