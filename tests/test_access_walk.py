"""Every address of the program, asked by everybody (docs/rules.md, Access).

One table (tests/access) says who gets what. An address that the table doesn't know fails, and so does a method that
is not in it but answers. For whatever ids are sent: what is another's can't be told from what does not exist.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.access.counting import Cases
from tests.access.rows import Row
from tests.access.table import TABLE
from tests.walk import (
    INSIDE,
    LIKE_IN_ORGANIZATION,
    LIKE_PEOPLE,
    LIKE_PROGRAMS,
    PEOPLE,
    PROGRAMS,
    World,
    fill,
    outer_of,
    parameters,
    routes,
)

#: Pages of libraries, by the beginning of their paths: who may open them is theirs to say.
LIBRARIES = ("accounts/", "admin/")

#: Those for whom other ids than the project's own are tried too.
LOOKED_UP = {*INSIDE, "other_project", "other_organization", "organization_viewer", "signed_out"} | (
    {*PROGRAMS, "organization_administers"} - {"revoked"}
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OURS = {name: path for name, path in routes() if not path.startswith(LIBRARIES)}


def _parts(most: int = 9) -> dict[str, list[str]]:
    """Return the addresses by area, large areas in parts, so that processes can share the work."""
    areas: dict[str, list[str]] = {}
    for name in OURS:
        areas.setdefault(name.split(":")[0] if ":" in name else "program", []).append(name)
    return {
        f"{area} {start // most + 1}": names[start : start + most]
        for area, names in areas.items()
        for start in range(0, len(names), most)
    }


PARTS = _parts()


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A project with somebody of each kind. Refusals are no news here: they are not logged."""
    logging.disable(logging.ERROR)
    yield World.build()
    logging.disable(logging.NOTSET)


def is_api(name: str) -> bool:
    return name.startswith(("rest:", "external:", "external_v2:", "generic:"))


def expected(name: str, row: Row, who: str) -> int:
    """Return the status that somebody is answered for the project's own things."""
    if who in row.who:
        return row.status
    if who in row.otherwise:
        return row.otherwise[who]
    if "<organization>" in OURS[name].replace("uuid:", "") and who in LIKE_IN_ORGANIZATION:
        return expected(name, row, LIKE_IN_ORGANIZATION[who])
    if like := (LIKE_PEOPLE | LIKE_PROGRAMS).get(who):
        return expected(name, row, like)
    if who == "signed_out":
        return 401 if is_api(name) else 302
    if who == "revoked":
        return 401
    if who in INSIDE or (who in PROGRAMS and who != "foreign"):
        return 403
    return 404


def everybody(name: str) -> tuple[str, ...]:
    people = (*PEOPLE, *LIKE_PEOPLE)
    return (*people, *PROGRAMS, *LIKE_PROGRAMS) if is_api(name) else people


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
    """Return the ids to ask with: the project's own; where it makes a difference, another's and nobody's.

    Whoever is let in nowhere is refused before any id is looked at, so that one of each kind is asked.
    """
    found = {"own": world.ids(path, "own")}
    kinds = ["foreign", "unknown"] if row and who in LOOKED_UP else []
    if row and row.by_id_alone and who == "organization_administers":
        # The other project is of the same organization.
        kinds.remove("foreign")
    if row and who in {"administrator", "viewer", "signed_out", "administers", "organization_administers"}:
        kinds.append("no project")
    inner = [name for name in parameters(path) if name not in outer_of(parameters(path))]
    if row and who in row.who & LOOKED_UP and len(inner) > 1:
        kinds += [f"{kind} {name}" for name in inner for kind in ("foreign", "unknown")]
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
        allowed = {404, 410} if who in row.who and not row.alike else {own, 404, 410}
        # A token of the other project finds that project's things, which to it are its own.
        if which == "foreign" and who == "foreign":
            continue
        if which in answers and answers[which] not in allowed:
            wrong.append(f"{which}: {answers[which]}")
    if who != "foreign" and answers.get("foreign", answers.get("unknown")) != answers.get("unknown"):
        wrong.append(f"another's {answers['foreign']}, unknown {answers['unknown']}: ids can be told apart")
    for which, status in answers.items():
        kind, _blank, name = which.partition(" ")
        if kind == "foreign" and name and (status != answers[f"unknown {name}"] or status < 400):
            wrong.append(f"{which}: {status}, unknown {answers[f'unknown {name}']}")
    if answers.get("no project", 404) != 404 and who != "signed_out":
        wrong.append(f"no project: {answers['no project']}")
    return wrong


def test_every_address_is_in_the_table() -> None:
    assert set(OURS) == set(TABLE)


@pytest.mark.parametrize("part", PARTS)
def test_the_walk(world: World, part: str, cases: Cases) -> None:
    wrong = [problem for name in PARTS[part] if name in TABLE for problem in walk(world, name, OURS[name])]
    assert not wrong, "\n".join(wrong)
    assert not world.leaks, "\n".join(world.leaks)
    assert world.asked >= least(PARTS[part])
    cases(world.asked)


def least(names: Iterable[str]) -> int:
    """Return how many cases there are at least: everybody asks in each way that the table knows."""
    return sum(len(everybody(name)) for name in names for _method in TABLE.get(name, ()))


def test_the_walk_does_not_shrink() -> None:
    """The number of cases it had when this was written; it only grows."""
    assert least(OURS) >= 4_200


@pytest.mark.parametrize("beginning", LIBRARIES)
def test_the_pages_of_libraries_never_fail_and_operators_pages_stay_shut(world: World, beginning: str) -> None:
    wrong = []
    for name, path in routes():
        if not path.startswith(beginning):
            continue
        url = fill(path, dict.fromkeys(parameters(path), "1"))
        # Those of operators are walked at length in tests/admin.
        for who in everybody(name) if beginning == "admin/" else ("administrator", "agent", "signed_out"):
            status = world.ask(who, "GET", url).status_code
            # Signing in comes first, except on the page for it.
            shut = beginning == "admin/" and status not in {302, 404} and not name.endswith(":login")
            if status >= 500 or shut:
                wrong.append(f"{name} {url} as {who}: {status}")
    assert not wrong, "\n".join(wrong)
