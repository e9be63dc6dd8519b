"""Nobody is inside what is archived: whoever asks, for whatever of it (docs/rules.md, Access)."""

import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.utils import timezone

from orgs import operations as orgs
from orgs.models import Organization
from tests.access.counting import Cases
from tests.access.table import TABLE
from tests.test_access_walk import OURS, body, is_api
from tests.walk import World, fill, parameters

ASKED = ("administrator", "moderator", "manager", "agent", "viewer", "organization_viewer", "other_organization")
TOKENS = ("administers", "sector_administers", "opens", "organization_administers")


@pytest.fixture
def world(db: None) -> Iterator[World]:
    logging.disable(logging.ERROR)
    yield World.build()
    logging.disable(logging.NOTSET)


def answers(world: World, place: str) -> Iterator[tuple[str, str, int]]:
    """Yield who asked, for what, and the answer: every address that names the place, in every way it knows."""
    for name, path in OURS.items():
        if place not in parameters(path) or name == "live:stream":
            continue
        url = fill(path, world.ids(path, "own"))
        for method, row in TABLE.get(name, {}).items():
            for who in (*ASKED, *(TOKENS if is_api(name) else ())):
                data = body(world, row)
                yield who, f"{method} {name}", world.ask(who, method, url, data).status_code


@pytest.mark.parametrize("place", ["project", "organization"])
def test_everything_of_it_is_not_found(world: World, place: str, cases: Cases) -> None:
    if place == "project":
        orgs.archive_project(world.desk.project, by=world.desk.by())
    else:
        Organization.objects.filter(pk=world.own["organization"]).update(archived_at=timezone.now())
    places = ["project"] if place == "project" else ["project", "organization"]
    wrong, count = [], 0
    for each in places:
        for who, what, status in answers(world, each):
            count += 1
            # A token of what is archived is no token any more; one of its organization reaches no such project.
            gone = {401, 404} if who in TOKENS else {404}
            if status not in gone:
                wrong.append(f"{what} as {who}: {status}")
    assert not wrong, "\n".join(wrong)
    cases(count)


def test_lists_do_not_name_it(world: World) -> None:
    own: UUID = world.own["project"]
    orgs.archive_project(world.desk.project, by=world.desk.by())
    for who in ("administrator", "moderator", "agent"):
        for path in ("/api/v1/projects/", "/?all"):
            assert str(own) not in world.ask(who, "GET", path).content.decode()  # type: ignore[attr-defined]
