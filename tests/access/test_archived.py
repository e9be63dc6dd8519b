"""Nobody is inside what is archived: whoever asks, for whatever of it (docs/rules.md, Access)."""

import logging
from collections.abc import Iterator
from uuid import UUID

import pytest

from orgs import operations as orgs
from orgs.access import SYSTEM, Actor
from tests.access.counting import Cases
from tests.access.table import TABLE
from tests.test_access_walk import OURS, body, is_api
from tests.walk import World, fill, outer_of, parameters
from tickets.models import Ticket

ASKED = ("administrator", "moderator", "manager", "agent", "viewer", "organization_viewer", "other_organization")
TOKENS = ("administers", "sector_administers", "opens", "organization_administers")
OFFICE = {"administrator", "organization_administers"}
#: What brings an archived place back: for Administrators of its organization.
BACK = {
    "project": {"GET orgs:project_settings", "POST orgs:project_restore", "POST rest:project_restore"},
    "organization": {"GET orgs:organization", "POST orgs:organization_restore", "POST rest:organization_restore"},
}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    logging.disable(logging.ERROR)
    yield World.build()
    logging.disable(logging.NOTSET)


def answers(world: World, place: str) -> Iterator[tuple[str, str, int]]:
    """Yield who asked, for what, and the answer: every address that names the place, in every way it knows."""
    for name, path in OURS.items():
        if place not in outer_of(parameters(path)) & {*parameters(path)} or name == "live:stream":
            continue
        url = fill(path, world.ids(path, "own"))
        for method, row in TABLE.get(name, {}).items():
            for who in (*ASKED, *(TOKENS if is_api(name) else ())):
                data = body(world, row)
                yield who, f"{method} {name}", world.ask(who, method, url, data).status_code


def archive(world: World, place: str) -> None:
    """Archive the project or its organization; nothing may be open there."""
    for desk in (world.desk, world.elsewhere):
        for ticket in Ticket.objects.open().filter(project=desk.project):
            desk.close(ticket, tags=ticket.sector.tags.all()[:1])
    places = [world.desk] if place == "project" else [world.desk, world.elsewhere]
    for desk in places:
        orgs.archive_project(desk.project, by=SYSTEM)
    if place == "organization":
        orgs.archive_organization(world.desk.project.organization, by=Actor(user=world.desk.administrator))


@pytest.mark.parametrize("place", ["project", "organization"])
def test_everything_of_it_is_not_found(world: World, place: str, cases: Cases) -> None:
    archive(world, place)
    places = ["project"] if place == "project" else ["project", "organization"]
    wrong, count = [], 0
    for each in places:
        for who, what, status in answers(world, each):
            count += 1
            # A token of what is archived is no token any more; one of its organization reaches no such project.
            gone = {401, 404} if who in TOKENS else {404}
            if what in BACK.get(place, {}) and who in OFFICE:
                continue
            if status not in gone:
                wrong.append(f"{what} as {who}: {status}")
    assert not wrong, "\n".join(wrong)
    cases(count)


def test_lists_do_not_name_it(world: World) -> None:
    own: UUID = world.own["project"]
    archive(world, "project")
    for who in ("administrator", "moderator", "agent"):
        for path in ("/api/v1/projects/", "/?all"):
            assert str(own) not in world.ask(who, "GET", path).content.decode()  # type: ignore[attr-defined]
