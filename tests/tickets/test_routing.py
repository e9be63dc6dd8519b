"""Routing by the rules (docs/rules.md, Routing)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgs import operations as orgs
from orgs.models import ProjectMembership, ProjectRole
from queues.models import Status
from sectors.operations import update_sector
from tests.builders import FLOW, Desk, fresh, project_member, put_on, take_off
from tickets import operations
from tickets.models import Assignment, Ticket
from tickets.routing.engine import Capacity, Waiting, plan

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def agents_of(tickets: list[Ticket]) -> list:
    return [fresh(t).agent for t in tickets]


# Limit


def test_a_fourth_ticket_waits_when_the_limit_is_three(desk: Desk) -> None:
    agent = desk.agent_online(limit=3)
    tickets = [desk.open_ticket() for _ in range(4)]
    assert [t.agent for t in tickets] == [agent, agent, agent, None]
    assert tickets[3].position == 1


def test_the_limit_counts_the_sector_not_the_queue(desk: Desk) -> None:
    second = desk.add_queue()
    agent = desk.agent_online(desk.queue, second, limit=1)
    assert desk.open_ticket().agent == agent
    assert desk.open_ticket(queue=second).agent is None


def test_the_limit_of_one_sector_does_not_count_tickets_of_another(desk: Desk) -> None:
    other = desk.add_sector(ticket_limit=1)
    agent = desk.agent_online(desk.queue, other.queues.get(), limit=1)
    assert desk.open_ticket().agent == agent
    assert desk.open_ticket(sector=other).agent == agent


def test_a_raised_limit_routes_what_waits(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    tickets = [desk.open_ticket() for _ in range(4)]
    desk.limit(3)
    assert agents_of(tickets) == [agent, agent, agent, None]


def test_a_lowered_limit_leaves_conversations_and_gives_no_more(desk: Desk) -> None:
    desk.overfull = True
    agent = desk.agent_online(limit=3)
    tickets = [desk.open_ticket() for _ in range(3)]
    desk.limit(1)
    assert agents_of(tickets) == [agent] * 3
    waiting = desk.open_ticket()
    desk.close(tickets[0])
    desk.close(tickets[1])
    assert fresh(waiting).agent is None
    desk.close(tickets[2])
    assert fresh(waiting).agent == agent


def test_a_free_seat_below_is_taken_again(desk: Desk) -> None:
    desk.agent_online(limit=3)
    first, *_rest = [desk.open_ticket() for _ in range(3)]
    desk.close(first)
    assert desk.open_ticket().seat == first.seat


# Whom


def test_the_agent_with_fewest_tickets_gets_the_next(desk: Desk) -> None:
    one, other = desk.agent_online(limit=3), desk.agent_online()
    given = [desk.open_ticket().agent for _ in range(6)]
    assert given == [one, other, one, other, one, other]


def test_among_equals_the_one_idle_longest_gets_it(desk: Desk) -> None:
    one, other = desk.agent_online(), desk.agent_online()
    first, second = desk.open_ticket(), desk.open_ticket()
    assert (first.agent, second.agent) == (one, other)
    desk.close(second)
    desk.close(first)
    # Who was free earlier is the one whose ticket ended earlier.
    assert desk.open_ticket().agent == other


def test_the_load_counts_before_idleness(desk: Desk) -> None:
    busy, free = desk.agent_online(), desk.agent_online()
    assert desk.open_ticket().agent == busy
    put_on(desk.add_queue(), busy)
    assert desk.open_ticket().agent == free


def test_only_those_on_the_queue_get_its_tickets(desk: Desk) -> None:
    second = desk.add_queue()
    desk.agent_online(second)
    assert desk.open_ticket().agent is None
    assert desk.open_ticket(queue=second).agent is not None


@pytest.mark.parametrize("status", [Status.OFFLINE, Status.PAUSED])
def test_who_is_not_online_gets_none_and_keeps_what_they_have(desk: Desk, status: str) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.status(agent, status)
    assert desk.open_ticket().agent is None
    assert fresh(ticket).agent == agent


def test_online_in_one_project_is_not_online_in_another(desk: Desk, other_desk: Desk) -> None:
    agent = desk.agent_online()
    project_member(other_desk.project, user=agent)
    put_on(other_desk.queue, agent)
    assert other_desk.open_ticket().agent is None


# First in, first out


def test_a_line_is_served_in_order(desk: Desk) -> None:
    tickets = [desk.open_ticket() for _ in range(5)]
    assert [t.position for t in tickets] == [1, 2, 3, 4, 5]
    desk.agent_online(limit=2)
    assert [fresh(t).is_active for t in tickets] == [True, True, False, False, False]
    assert [fresh(t).position for t in tickets] == [None, None, 1, 2, 3]
    desk.close(tickets[1])
    assert fresh(tickets[2]).is_active
    assert [fresh(t).position for t in tickets[3:]] == [1, 2]


def test_of_two_lines_the_ticket_that_waited_longest_comes_first(desk: Desk) -> None:
    second = desk.add_queue()
    one, other = desk.open_ticket(queue=second), desk.open_ticket()
    agent = desk.agent_online(desk.queue, second, limit=1)
    assert agents_of([one, other]) == [agent, None]


def test_nobody_is_held_up_by_a_line_that_nobody_serves(desk: Desk) -> None:
    unserved = desk.add_queue()
    stuck = desk.open_ticket(queue=unserved)
    ticket = desk.open_ticket()
    agent = desk.agent_online()
    assert agents_of([stuck, ticket]) == [None, agent]


# What frees a place


def test_closing_brings_the_next_at_once(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    first, second = desk.open_ticket(), desk.open_ticket()
    desk.close(first, by=agent)
    assert fresh(second).agent == agent


def test_a_closing_by_the_flow_brings_the_next_at_once(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    first, second = desk.open_ticket(), desk.open_ticket()
    operations.close_by_flow(first.pk, by=FLOW)
    assert fresh(second).agent == agent


def test_coming_online_brings_what_waits(desk: Desk) -> None:
    ticket = desk.open_ticket()
    agent = desk.agent()
    assert fresh(ticket).is_waiting
    desk.status(agent, Status.PAUSED, reason="lunch")
    assert fresh(ticket).is_waiting
    desk.status(agent, Status.ONLINE)
    assert fresh(ticket).agent == agent


def test_being_put_on_the_queue_brings_what_waits(desk: Desk) -> None:
    agent = desk.agent_online(desk.add_queue())
    ticket = desk.open_ticket()
    put_on(desk.queue, agent)
    assert fresh(ticket).agent == agent


def test_a_transfer_away_frees_a_place(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    first, second = desk.open_ticket(), desk.open_ticket()
    operations.transfer_to_queue(first.pk, desk.add_queue(), by=desk.by(agent))
    assert fresh(second).agent == agent
    assert fresh(first).is_waiting


def test_taking_over_frees_the_place_of_the_other(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    manager = desk.manager()
    first, second = desk.open_ticket(), desk.open_ticket()
    operations.take(first.pk, by=desk.by(manager))
    assert agents_of([first, second]) == [manager, agent]


# The end of access


@pytest.mark.parametrize("how", ["removed", "viewer"])
def test_the_end_of_access_returns_tickets_and_gives_them_to_others(desk: Desk, how: str) -> None:
    leaving, staying = desk.agent_online(limit=2), desk.agent_online()
    tickets = [desk.open_ticket() for _ in range(5)]
    assert agents_of(tickets) == [leaving, staying, leaving, staying, None]
    if how == "removed":
        desk.remove(leaving)
    else:
        membership = ProjectMembership.objects.get(project=desk.project, user=leaving)
        orgs.change_project_role(membership, ProjectRole.VIEWER, by=desk.by())
    assert agents_of(tickets) == [None, staying, None, staying, None]
    # They keep their place by the time they first joined: before the one that came later.
    assert [fresh(tickets[i]).position for i in (0, 2, 4)] == [1, 2, 3]
    assert not leaving.queue_places.exists()
    desk.close(tickets[1])
    assert fresh(tickets[0]).agent == staying


def test_leaving_a_queue_keeps_conversations_and_brings_no_more(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    take_off(desk.queue, agent)
    assert fresh(ticket).agent == agent
    assert desk.open_ticket().agent is None


# By hand


def test_a_manager_assigns_over_the_limit_and_it_is_recorded(desk: Desk) -> None:
    desk.overfull = True
    agent, manager = desk.agent_online(limit=1), desk.manager()
    desk.open_ticket()
    second = desk.open_ticket()
    operations.assign(second.pk, agent, by=desk.by(manager))
    assert fresh(second).agent == agent
    assert fresh(second).seat == 2
    assert Assignment.objects.get(ticket=second).over_limit
    assert second.events.get(kind="assigned").data["over_limit"] is True
    # And nothing more comes until the load is below the limit again.
    third = desk.open_ticket()
    desk.close(second)
    assert fresh(third).is_waiting


def test_the_agent_asked_for_gets_the_ticket_if_eligible(desk: Desk) -> None:
    first, wanted = desk.agent_online(), desk.agent_online()
    assert desk.open_ticket(wanted_agent=wanted).agent == wanted
    desk.status(wanted, Status.PAUSED)
    assert desk.open_ticket(wanted_agent=wanted).agent == first


def test_an_agent_of_another_queue_asked_for_does_not_get_it(desk: Desk) -> None:
    wanted = desk.agent_online(desk.add_queue())
    assert desk.open_ticket(wanted_agent=wanted).agent is None


# Why


def test_the_facts_that_decided_are_recorded(desk: Desk) -> None:
    agent = desk.agent_online()
    desk.agent_online()
    ticket = desk.open_ticket()
    reason = Assignment.objects.get(ticket=ticket).reason
    assert reason["load"] == 0
    assert reason["candidates"] == 2
    assert reason["asked_for"] is False
    assert ticket.events.get(kind="assigned").data["agent_id"] == str(agent.pk)


def test_routing_again_changes_nothing(desk: Desk) -> None:
    from tickets.routing.engine import route

    agent = desk.agent_online(limit=1)
    tickets = [desk.open_ticket() for _ in range(3)]
    assert route([desk.sector.pk]) == 0
    assert agents_of(tickets) == [agent, None, None]


def test_a_sector_edited_but_for_its_limit_keeps_its_tickets(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    update_sector(desk.sector, by=desk.by(), name="Another name", always_open=False)
    assert fresh(ticket).agent == agent


# The decision itself, whatever the situation

QUEUES = [uuid.UUID(int=n) for n in range(1, 4)]


#: On a busy machine a slow example says nothing.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Waiting], list[Capacity]]:
    """Tickets in up to three lines and agents on some of them, some full, some over the limit."""
    times = st.integers(0, 20).map(lambda n: NOW - timedelta(minutes=n))
    tickets = [
        Waiting(
            uuid.UUID(int=1000 + i),
            draw(st.sampled_from(QUEUES)),
            draw(times),
            draw(st.none() | st.integers(100, 104).map(lambda n: uuid.UUID(int=n))),
        )
        for i in range(draw(st.integers(0, 12)))
    ]
    limit = draw(st.integers(1, 4))
    agents = [
        Capacity(
            uuid.UUID(int=100 + i),
            limit,
            draw(st.frozensets(st.integers(1, limit + 2), max_size=limit + 1)),
            draw(times),
            draw(st.frozensets(st.sampled_from(QUEUES), min_size=1)),
        )
        for i in range(draw(st.integers(0, 5)))
    ]
    return draw(st.permutations(tickets)), draw(st.permutations(agents))


@UNTIMED
@given(situations())
def test_a_plan_keeps_every_rule(situation: tuple[list[Waiting], list[Capacity]]) -> None:
    waiting, agents = situation
    placements = plan(waiting, agents, NOW)
    tickets = {t.ticket_id: t for t in waiting}
    people = {a.agent_id: a for a in agents}
    assert len({p.ticket_id for p in placements}) == len(placements)
    # In the order of waiting.
    order = [(tickets[p.ticket_id].queued_at, p.ticket_id) for p in placements]
    assert order == sorted(order)
    taken = {a.agent_id: set(a.taken) for a in agents}
    idle = {a.agent_id: a.idle_since for a in agents}
    for placement in placements:
        ticket = tickets[placement.ticket_id]
        eligible = [a.agent_id for a in agents if ticket.queue_id in a.queues and len(taken[a.agent_id]) < a.limit]
        # To one who is eligible, with the fewest tickets, then idle longest.
        assert placement.agent_id in eligible
        assert placement.candidates == len(eligible)
        # Not who left it unanswered, as long as there is anybody else.
        others = [a for a in eligible if a != ticket.avoid] or eligible
        assert placement.agent_id in others
        assert placement.avoided == (len(others) < len(eligible))
        best = min((len(taken[a]), idle[a]) for a in others)
        assert (len(taken[placement.agent_id]), idle[placement.agent_id]) == best
        assert placement.load_before == best[0]
        # On a seat that nobody has.
        assert placement.seat not in taken[placement.agent_id]
        taken[placement.agent_id].add(placement.seat)
        idle[placement.agent_id] = NOW
    # Below the limit.
    for agent_id, seats in taken.items():
        assert len(seats) <= max(people[agent_id].limit, people[agent_id].load)
    # None left beside an eligible agent; so none was overtaken in its own line either.
    for ticket in waiting:
        if ticket.ticket_id not in {p.ticket_id for p in placements}:
            assert not [a for a in agents if ticket.queue_id in a.queues and len(taken[a.agent_id]) < a.limit]


@UNTIMED
@given(situations(), st.randoms())
def test_a_plan_does_not_depend_on_the_order_it_is_told(
    situation: tuple[list[Waiting], list[Capacity]], random
) -> None:
    waiting, agents = situation
    first = plan(waiting, agents, NOW)
    random.shuffle(waiting)
    random.shuffle(agents)
    assert plan(waiting, agents, NOW) == first
