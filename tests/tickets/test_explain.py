"""Why a ticket waits, in the words of routing's own facts."""

from tests.builders import Desk, fresh
from tickets import operations
from tickets.routing.explain import why_agent, why_waiting


def test_nobody_on_the_queue(desk: Desk) -> None:
    why = why_waiting(desk.open_ticket())
    assert why is not None
    assert (why.position, why.agents) == (1, [])
    assert "Nobody is on this queue" in why.sentence


def test_full_paused_and_offline_agents_are_named_with_their_load(desk: Desk) -> None:
    full = desk.agent_online(limit=2)
    paused, offline = desk.agent(), desk.agent()
    desk.status(paused, "paused", reason="Meeting")
    tickets = [desk.open_ticket() for _ in range(4)]
    why = why_waiting(tickets[3])
    assert why is not None
    assert why.position == 2
    assert [(a.user, a.state, a.active) for a in why.agents] == [
        (full, "full", 2),
        (paused, "paused", 0),
        (offline, "offline", 0),
    ]
    assert [a.sentence for a in why.agents] == ["full, 2 of 2 tickets", "paused: Meeting", "offline"]
    assert why.sentence == "The agent who is online is at the limit."


def test_agents_of_other_queues_do_not_count(desk: Desk) -> None:
    desk.agent_online(desk.add_queue())
    why = why_waiting(desk.open_ticket())
    assert why is not None
    assert why.agents == []


def test_a_ticket_that_does_not_wait_has_no_reason(desk: Desk) -> None:
    desk.agent_online()
    assert why_waiting(fresh(desk.open_ticket())) is None


def test_routing_says_among_how_many_it_chose_and_what_decided(desk: Desk) -> None:
    agents = [desk.agent_online(limit=3), desk.agent_online()]
    tickets = [desk.open_ticket() for _ in range(3)]
    why = why_agent(fresh(tickets[2]))
    assert why is not None
    assert (why.by_routing, why.load, why.candidates, why.over_limit) == (True, 1, 2, False)
    assert why.agent in agents
    assert why.idle_since is not None
    assert why.idle_since <= why.at
    assert why.sentence == (
        f"Of 2 agents with room, {why.agent.name} had the fewest tickets, among equals was idle longest."
    )


def test_the_one_the_flow_asked_for(desk: Desk) -> None:
    agent = desk.agent_online()
    desk.agent_online()
    why = why_agent(desk.open_ticket(wanted_agent=agent))
    assert why is not None
    assert why.sentence == f"The flow asked for {agent.name}, who had room."


def test_by_hand_it_is_said_whose_hand_and_that_it_was_over_the_limit(desk: Desk) -> None:
    agent, manager = desk.agent_online(limit=1), desk.manager()
    desk.open_ticket()
    ticket = desk.open_ticket()
    assert why_agent(ticket) is None
    desk.overfull = True
    operations.assign(ticket.pk, agent, by=desk.by(manager))
    why = why_agent(fresh(ticket))
    assert why is not None
    assert (why.by_routing, why.over_limit) == (False, True)
    assert why.sentence == f"{manager.name} assigned the ticket to {agent.name}. This is over the limit."
    # Closed, it still says who had it and why.
    assert why_agent(desk.close(ticket)) == why
