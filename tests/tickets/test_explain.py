"""Why a ticket waits, in the words of routing's own facts."""

from tests.builders import Desk, fresh
from tickets.explain import why_waiting


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
