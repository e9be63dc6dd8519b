"""A configuration file is taken over while something else happens to the project
(docs/rules.md, Configuration as a file)."""

from functools import partial
from typing import Any

import pytest

from core.errors import DomainError
from orgs.access import SYSTEM
from queues import operations as queues
from sectors import operations as sectors
from sectors.models import Sector
from setup.configuration.apply import apply_configuration, difference_of
from tests.builders import Desk
from tests.setup.configurations import edited
from tickets.models import Ticket

from .parallel import at_once, overlapping


def taking_over(desk: Desk, file: str) -> Any:
    mark = difference_of(desk.project, file, by=SYSTEM).fingerprint
    return partial(apply_configuration, desk.project, file, by=SYSTEM, fingerprint=mark)


def codes(results: list[Any]) -> list[str]:
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DomainError):
            raise result
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_of_two_who_take_it_over_at_once_one_does(desk: Desk) -> None:
    file = edited(desk.project, lambda facts: facts.append({"name": "Sales", "queues": ["First"]}))
    call = taking_over(desk, file)
    assert codes(at_once(call, call)) == ["changed_meanwhile"]
    assert Sector.objects.filter(project=desk.project).count() == 2


@pytest.mark.parametrize("first", ["file", "other"])
def test_whoever_changes_the_set_up_meanwhile_is_seen_or_waits(desk: Desk, first: str) -> None:
    file = edited(desk.project, lambda facts: facts[0].update(limit=50))
    others = [
        partial(sectors.update_sector, desk.sector, by=SYSTEM, ticket_limit=4),
        partial(queues.create_queue, desk.sector, "Another", by=SYSTEM),
        partial(desk.add_sector, name="Another"),
    ]
    for other in others:
        call = taking_over(desk, file)
        pair = (call, other) if first == "file" else (other, call)
        assert codes(overlapping(*pair)) == ([] if first == "file" else ["changed_meanwhile"])
        file = edited(desk.project, lambda facts: facts[0].update(limit=facts[0]["limit"] + 1))


def test_a_ticket_that_comes_meanwhile_keeps_its_sector(desk: Desk) -> None:
    other = desk.add_sector(name="Sales")
    file = edited(desk.project, lambda facts: facts.pop())
    results = overlapping(partial(desk.open_ticket, sector=other), taking_over(desk, file))
    assert codes(results) == ["configuration_refused"]
    assert Ticket.objects.open().filter(sector=other).count() == 1
    other.refresh_from_db()
    assert other.archived_at is None
