"""Routing by the rules (docs/rules.md, Routing)."""

from tests.builders import Desk


def test_a_fourth_ticket_waits_when_the_limit_is_three(desk: Desk) -> None:
    agent = desk.agent_online(limit=3)
    tickets = [desk.open_ticket() for _ in range(4)]
    assert [t.agent for t in tickets] == [agent, agent, agent, None]
    assert tickets[3].position == 1
