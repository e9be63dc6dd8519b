"""Every address of the program, asked by everybody (docs/rules.md, Access).

One table (tests/access) says who gets what. An address that the table doesn't know fails, and so does a method that
is not in it but answers. For whatever ids are sent: what is another's can't be told from what does not exist.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.rows import Row
from tests.access.table import TABLE
from tests.walk import INSIDE, PEOPLE, PROGRAMS, World, fill, parameters, routes

#: Pages of libraries, by the beginning of their paths: who may open them is theirs to say.
LIBRARIES = ("accounts/", "admin/")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OURS = {name: path for name, path in routes() if not path.startswith(LIBRARIES)}
AREAS = sorted({name.split(":")[0] for name in OURS})


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A project with somebody of each kind. Refusals are no news here: they are not logged."""
    logging.disable(logging.ERROR)
    yield World.build()
    logging.disable(logging.NOTSET)


def is_api(name: str) -> bool:
    return name.startswith(("rest:", "external:"))


def expected(name: str, row: Row, who: str) -> int:
    """Return the status that somebody is answered for the project's own things."""
    if who in row.who:
        return row.status
    if who in row.otherwise:
        return row.otherwise[who]
    if who == "signed_out":
        return 401 if is_api(name) else 302
    if who == "revoked":
        return 401
    if who in INSIDE or (who in PROGRAMS and who != "foreign"):
        return 403
    return 404


def everybody(name: str) -> tuple[str, ...]:
    return PEOPLE + PROGRAMS if is_api(name) else PEOPLE


def walk(world: World, name: str, path: str) -> list[str]:
    """Ask for one address in every way; return what was answered otherwise than the table says."""
    wrong = []
    if name == "orgs:invitation":
        world.own["token"], flow_token = world.own["secret"], world.own["token"]
    for method in METHODS:
        row = TABLE[name].get(method)
        for who in everybody(name) if row else ("administrator", "signed_out"):
            answers = {
                which: world.ask(who, method, fill(path, values), body(world, row)).status_code
                for which, values in variants(world, path, row, who).items()
            }
            wrong += [f"{method} {name} as {who}, {problem}" for problem in judge(name, row, who, answers)]
    if name == "orgs:invitation":
        world.own["token"] = flow_token
    return wrong


def body(world: World, row: Row | None) -> dict[str, Any]:
    data = row.data if row else {}
    return data(world) if callable(data) else data


def variants(world: World, path: str, row: Row | None, who: str) -> dict[str, dict[str, Any]]:
    """Return the ids to ask with: the project's own; where it makes a difference, another's and nobody's."""
    found = {"own": world.ids(path, "own")}
    kinds = ["foreign", "unknown"] if row else []
    if row and who in {"administrator", "viewer", "signed_out", "administers"}:
        kinds.append("no project")
    for which in kinds:
        values = world.ids(path, which)
        if values != found["own"]:
            found[which] = values
    return found


def judge(name: str, row: Row | None, who: str, answers: dict[str, int]) -> list[str]:
    """Compare what somebody was answered with the table and the general rules."""
    own = answers["own"]
    if row is None:
        return [] if own in {302, 401, 403, 404, 405} else [f"a method not in the table: {own}"]
    wrong = []
    if row.who == {*PEOPLE} and own == row.status:
        return []
    if own != expected(name, row, who):
        wrong.append(f"own: {own} instead of {expected(name, row, who)}")
    for which in ("foreign", "unknown"):
        allowed = {404, 410} if who in row.who else {own, 404, 410}
        # A token of the other project finds that project's things, which to it are its own.
        if which == "foreign" and who == "foreign":
            continue
        if which in answers and answers[which] not in allowed:
            wrong.append(f"{which}: {answers[which]}")
    if who != "foreign" and answers.get("foreign") != answers.get("unknown"):
        wrong.append(f"another's {answers['foreign']}, unknown {answers['unknown']}: ids can be told apart")
    if answers.get("no project", 404) != 404 and who != "signed_out":
        wrong.append(f"no project: {answers['no project']}")
    return wrong


def test_every_address_is_in_the_table() -> None:
    assert set(OURS) == set(TABLE)


@pytest.mark.parametrize("area", AREAS)
def test_the_walk(world: World, area: str) -> None:
    wrong = [
        problem
        for name, path in OURS.items()
        if name.split(":")[0] == area and name in TABLE
        for problem in walk(world, name, path)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("beginning", LIBRARIES)
def test_the_pages_of_libraries_never_fail_and_operators_pages_stay_shut(world: World, beginning: str) -> None:
    wrong = []
    for name, path in routes():
        if not path.startswith(beginning):
            continue
        url = fill(path, dict.fromkeys(parameters(path), "1"))
        for who in ("administrator", "agent", "signed_out"):
            status = world.ask(who, "GET", url).status_code
            # Signing in comes first, except on the page for it.
            shut = beginning == "admin/" and status not in {302, 404} and not name.endswith(":login")
            if status >= 500 or shut:
                wrong.append(f"{name} {url} as {who}: {status}")
    assert not wrong, "\n".join(wrong)
