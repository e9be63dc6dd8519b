"""A limit of one's own in a sector (docs/rules.md, Sector): it decides, and nobody's conversation ends by it."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import Conflict, Invalid, NotAllowed
from orgs.models import ProjectRole
from sectors import operations as sectors
from sectors.models import AgentLimit
from sectors.operations import NoAccessToChats
from tests.builders import Desk, fresh
from tests.refusals import refused_by
from tickets.models import Ticket
from tickets.routing.agent_states import agents_of


def active_of(agent: Any) -> int:
    return Ticket.objects.active().filter(agent=agent).count()


def test_it_decides_instead_of_the_sectors(desk: Desk) -> None:
    few, many = desk.agent_online(limit=2), desk.agent_online()
    sectors.set_agent_limits(desk.sector, {few: 1, many: 4}, by=desk.by())
    for _n in range(7):
        desk.open_ticket()
    assert (active_of(few), active_of(many)) == (1, 4)
    assert Ticket.objects.waiting().count() == 2
    assert {a.user: (a.active, a.limit, a.is_full) for a in agents_of(desk.sector).agents} == {
        few: (1, 1, True),
        many: (4, 4, True),
    }


def test_raising_it_brings_waiting_tickets_at_once(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    desk.open_ticket()
    waiting = desk.open_ticket()
    sectors.set_agent_limits(desk.sector, {agent: 2}, by=desk.by())
    assert fresh(waiting).agent == agent


def test_lowering_it_leaves_conversations_and_brings_no_new_ones(desk: Desk) -> None:
    agent = desk.agent_online(limit=2)
    tickets = [desk.open_ticket(), desk.open_ticket()]
    sectors.set_agent_limits(desk.sector, {agent: 1}, by=desk.by())
    desk.overfull = True
    assert active_of(agent) == 2
    desk.close(tickets[0])
    assert desk.open_ticket().is_waiting


def test_taking_it_away_gives_the_sectors_again(desk: Desk) -> None:
    agent = desk.agent_online(limit=2)
    sectors.set_agent_limits(desk.sector, {agent: 1}, by=desk.by())
    desk.open_ticket()
    waiting = desk.open_ticket()
    assert waiting.is_waiting
    sectors.set_agent_limits(desk.sector, {}, by=desk.by())
    assert fresh(waiting).agent == agent


def test_it_is_of_one_sector_alone(desk: Desk) -> None:
    other = desk.add_sector()
    agent = desk.agent_online(desk.queue, other.queues.get(), limit=1)
    sectors.set_agent_limits(other, {agent: 2}, by=desk.by())
    for _n in range(3):
        desk.open_ticket(sector=other)
        desk.open_ticket()
    assert Ticket.objects.active().filter(sector=other).count() == 2
    assert Ticket.objects.active().filter(sector=desk.sector).count() == 1


def test_who_directs_assigns_over_it_and_it_is_recorded(desk: Desk) -> None:
    from tickets import operations as tickets

    agent = desk.agent_online(limit=3)
    sectors.set_agent_limits(desk.sector, {agent: 1}, by=desk.by())
    desk.open_ticket()
    ticket = tickets.assign(desk.open_ticket().pk, agent, by=desk.by())
    desk.overfull = True
    assert ticket.assignments.get().over_limit


def test_it_ends_with_access(desk: Desk) -> None:
    agent = desk.agent_online()
    sectors.set_agent_limits(desk.sector, {agent: 1}, by=desk.by())
    desk.remove(agent)
    assert not AgentLimit.objects.exists()


def test_who_has_no_access_to_chats_gets_none(desk: Desk) -> None:
    with pytest.raises(NoAccessToChats):
        sectors.set_agent_limits(desk.sector, {desk.person(ProjectRole.VIEWER): 1}, by=desk.by())


@pytest.mark.parametrize("limit", [0, -1, 101, True, "2", 1.5, None])
def test_what_is_no_limit(desk: Desk, limit: Any) -> None:
    with pytest.raises(Invalid, match="from 1 to 100"):
        sectors.set_agent_limits(desk.sector, {desk.agent(): limit}, by=desk.by())


def test_only_who_configures_the_sector_sets_it(desk: Desk) -> None:
    agent, manager = desk.agent(), desk.manager()
    sectors.set_agent_limits(desk.sector, {agent: 2}, by=desk.by(manager))
    for user in (agent, desk.manager(desk.add_sector())):
        with pytest.raises(NotAllowed):
            sectors.set_agent_limits(desk.sector, {agent: 9}, by=desk.by(user))


def test_of_two_who_set_it_the_second_is_told(desk: Desk) -> None:
    agent = desk.agent()
    desk.sector.refresh_from_db()
    seen = desk.sector.modified_at
    sectors.set_agent_limits(desk.sector, {agent: 2}, by=desk.by(), expected_version=seen)
    with pytest.raises(Conflict):
        sectors.set_agent_limits(desk.sector, {agent: 3}, by=desk.by(), expected_version=seen)
    with pytest.raises(Conflict):
        sectors.update_sector(desk.sector, by=desk.by(), ticket_limit=5, expected_version=seen - timedelta(seconds=1))


def test_the_database_refuses_it_too(desk: Desk) -> None:
    agent = desk.agent()
    for limit in (0, 101):
        with refused_by("agent_limit_in_range"):
            AgentLimit.objects.create(sector=desk.sector, user=agent, ticket_limit=limit)
    AgentLimit.objects.create(sector=desk.sector, user=agent, ticket_limit=2)
    with refused_by("agent_limit_once"):
        AgentLimit.objects.create(sector=desk.sector, user=agent, ticket_limit=3)
