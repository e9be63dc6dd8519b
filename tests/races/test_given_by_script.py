"""A script gives a waiting room to an agent while others do the same: nobody loses a ticket that they have got."""

from functools import partial

import pytest

from core.errors import DomainError
from orgs.models import TokenScope
from tests.builders import Desk, fresh
from tests.flow import FlowEngine, token_for
from tickets import errors, operations
from tickets.models import Assignment

from .parallel import at_once, overlapping


@pytest.mark.parametrize("administers", [False, True])
def test_a_room_that_was_just_taken_is_not_given_away(desk: Desk, administers: bool) -> None:
    desk.limit(1)
    desk.overfull = True
    first, second = desk.agent(), desk.agent()
    ticket = desk.open_ticket()
    take = partial(operations.take, ticket.pk, by=desk.by(first))
    give = partial(
        operations.assign if administers else operations.transfer_to_agent,
        ticket.pk,
        second,
        by=desk.by(),
        only_waiting=True,
    )
    _taken, refusal = overlapping(take, give)
    assert isinstance(refusal, errors.RoomHasAgent)
    assert fresh(ticket).agent == first
    assert Assignment.objects.filter(ticket=ticket).count() == 1


def test_of_scripts_that_give_one_room_to_many_one_does(desk: Desk) -> None:
    desk.limit(1)
    desk.overfull = True
    agents = [desk.agent() for _ in range(4)]
    ticket = desk.open_ticket()
    ticket_uuid = "0192f0c1-0000-7000-8000-00000000a11c"
    type(ticket).objects.filter(pk=ticket.pk).update(ticket_uuid=ticket_uuid)
    script = FlowEngine(token_for(desk, scopes=[TokenScope.OPEN, TokenScope.ADMINISTER])[1])
    answers = at_once(
        *(partial(script.call, "PATCH", f"/room_agent/{ticket_uuid}/", {"agent": agent.email}) for agent in agents)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert {answer.json().get("code") for answer in answers} == {None, "room_has_agent"}
    winner = next(agent for agent, answer in zip(agents, answers, strict=True) if answer.status_code == 200)
    assert fresh(ticket).agent == winner
    assert Assignment.objects.filter(ticket=ticket).count() == 1


def test_a_transfer_that_is_not_limited_goes_on_to_whoever_it_names(desk: Desk) -> None:
    desk.overfull = True
    first, second = desk.agent(), desk.agent()
    ticket = desk.open_ticket()
    take = partial(operations.take, ticket.pk, by=desk.by(first))
    results = overlapping(take, partial(operations.transfer_to_agent, ticket.pk, second, by=desk.by()))
    assert not [result for result in results if isinstance(result, DomainError)]
    assert fresh(ticket).agent == second
