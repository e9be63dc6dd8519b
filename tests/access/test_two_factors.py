"""An organization that asks for two factors is shut to its members who have one (docs/rules.md, Two factors)."""

import logging
from collections.abc import Iterator

import pytest

from orgs.models import Organization
from tests.access.counting import Cases
from tests.access.table import TABLE
from tests.access.test_live_topics import scope
from tests.test_access_walk import OURS, body, expected, is_api
from tests.walk import INSIDE, World, content_of, fill, outer_of, parameters
from weni_chats.live_access import authorize

#: That a project or organization exists is told to its members all the same: how else would they know what is shut?
NAMED = {"GET rest:project", "GET rest:organization"}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    logging.disable(logging.ERROR)
    made = World.build()
    Organization.objects.filter(pk=made.own["organization"]).update(requires_two_factors=True)
    yield made
    logging.disable(logging.NOTSET)


def test_whoever_has_one_factor_gets_nowhere(world: World, cases: Cases) -> None:
    """Members are told so; for strangers and programs nothing changes."""
    wrong = []
    for name, path in OURS.items():
        if not outer_of(parameters(path)) & {*parameters(path)} or name == "live:stream":
            continue
        url = fill(path, world.ids(path, "own"))
        for method, row in TABLE.get(name, {}).items():
            what = f"{method} {name}"
            for who in INSIDE if what not in NAMED else ():
                answer = world.ask(who, method, url, body(world, row))
                status, may = answer.status_code, expected(name, row, who) < 400 or expected(name, row, who) == 422
                # Whoever may do nothing there anyway is told that first.
                if status not in ({403} if may else {403, 404}):
                    wrong.append(f"{what} as {who}: {status}")
                if "Zebrafish" in content_of(answer):
                    wrong.append(f"{what} tells {who}")
            others = ("other_organization", "signed_out", *(("reads", "administers") if is_api(name) else ()))
            for who in others:
                status = world.ask(who, method, url, body(world, row)).status_code
                if status != expected(name, row, who):
                    wrong.append(f"{what} as {who}: {status} instead of {expected(name, row, who)}")
    assert not wrong, "\n".join(wrong)
    for who in INSIDE:
        assert authorize(scope(world.client_of(who), world.own["project"])) is None
    cases(world.asked)
