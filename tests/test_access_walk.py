"""Every address of the program, asked by everybody (docs/rules.md, Access).

One table says who gets what. An address that the table doesn't know fails, and so does a method that is not in it
but answers. For whatever ids are sent: what is another's can't be told from what does not exist.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.walk import INSIDE, OUTSIDE, PEOPLE, PROGRAMS, World, fill, parameters, routes

OFFICE = {"administrator", "moderator"}
CONFIGURES = OFFICE | {"contributor"}
MANAGERS = {"manager", "other_manager"}
CHATS = CONFIGURES | MANAGERS | {"agent"}
OF_ORGANIZATION = {*INSIDE, *OUTSIDE} - {"other_organization"}
SIGNED_IN = {*INSIDE, *OUTSIDE}
CHOOSE = {"administrator", "removed", "organization_viewer"}
READERS = {"reads", "administers", "sector_administers"}
SECTOR_PROGRAMS = {"administers", "sector_administers"}

Data = dict[str, Any] | Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """Who may do something, what they are answered, and who is answered otherwise than by the general rule.

    The general rule: whoever is inside without the right gets 403, outside 404, signed out the sign-in page (302) or,
    from an API, 401. ``data`` is sent along.
    """

    who: set[str]
    status: int = 200
    otherwise: dict[str, int] = field(default_factory=dict)
    data: Data = field(default_factory=dict)


#: A manager of another sector sees neither this sector's settings nor its tickets.
UNSEEN = {"other_manager": 404}


def settings_of_a_sector(status: int, data: Data | None = None) -> Row:
    return Row(CONFIGURES | {"manager"}, status, UNSEEN, data or {})


def ticket(status: int = 200, data: Data | None = None) -> Row:
    return Row(CONFIGURES | {"manager", "agent"}, status, UNSEEN, data or {})


def of_organization(who: set[str], status: int = 200, data: Data | None = None) -> Row:
    refused = dict.fromkeys(OF_ORGANIZATION - who, 403)
    return Row(who, status, refused, data or {})


def sector_of(world: World) -> dict[str, Any]:
    return {"sector": str(world.own["sector"]), "name": "New"}


def tags_of(world: World) -> dict[str, Any]:
    return {"sector": str(world.own["sector"]), "names": ["New"]}


def tag_of(world: World) -> dict[str, Any]:
    return {"tags": [str(world.own["tag"])]}


FLOW = Row({"opens"}, 200, dict.fromkeys(SIGNED_IN, 401) | dict.fromkeys(READERS, 403) | {"foreign": 404})


def flow(status: int, foreign: int = 404) -> Row:
    return Row(FLOW.who, status, FLOW.otherwise | {"foreign": foreign})


def rest(who: set[str], status: int = 200, data: Data | None = None, **otherwise: int) -> Row:
    return Row(who, status, otherwise, data or {})


#: A program whose token may only open tickets does nothing here; one of another project finds nothing.
REST_SEES = CHATS | READERS
REST_SEES_SECTOR = REST_SEES - {"other_manager"}
REST_CHANGES_SECTOR = CONFIGURES | {"manager"} | SECTOR_PROGRAMS

TABLE: dict[str, dict[str, Row]] = {
    "healthz": {m: Row({*PEOPLE}) for m in ("GET", "POST")},
    "readyz": {m: Row({*PEOPLE}) for m in ("GET", "POST")},
    # The stream itself is no page: it answers beside them (tests/live).
    "live:stream": {m: Row({*PEOPLE}, 503) for m in ("GET", "POST", "PUT", "PATCH", "DELETE")},
    # One's own
    # On to the project of who has one; who has none or several chooses.
    "orgs:home": {"GET": Row(SIGNED_IN - CHOOSE, 302, dict.fromkeys(CHOOSE, 200))},
    "orgs:profile": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 422, data={"theme": "no such"})},
    "orgs:profile_photo": {"POST": Row(SIGNED_IN, 422)},
    "orgs:profile_photo_remove": {"POST": Row(SIGNED_IN, 302)},
    # Nobody in this world has a photo; who sees one: tests/orgs/test_photos.py.
    "orgs:photo": {"GET": Row(set(), otherwise=dict.fromkeys(SIGNED_IN, 404))},
    "orgs:preferences": {"POST": Row({*PEOPLE}, 302)},
    # An invitation is for its address: whoever is signed in with another is told so.
    "orgs:invitation": {
        "GET": Row({"signed_out"}, 200, dict.fromkeys(SIGNED_IN, 403)),
        "POST": Row({"signed_out"}, 422, dict.fromkeys(SIGNED_IN, 403)),
    },
    # Organizations
    "orgs:organization_new": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 422)},
    "orgs:organization": {"GET": of_organization(OF_ORGANIZATION)},
    "orgs:project_new": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_members": {
        "GET": of_organization({"administrator"}),
        "POST": of_organization({"administrator"}, 422),
    },
    "orgs:organization_member_role": {"POST": of_organization({"administrator"}, 302, {"role": "viewer"})},
    "orgs:organization_member_remove": {"POST": of_organization({"administrator"}, 302)},
    "orgs:invitation_resend": {"POST": of_organization({"administrator"}, 302)},
    "orgs:invitation_revoke": {"POST": of_organization({"administrator"}, 302)},
    # Members of a project
    "orgs:project_home": {"GET": Row({*INSIDE} - {"viewer"}, 302, {"viewer": 200})},
    "orgs:project_members": {"GET": Row(OFFICE), "POST": Row(OFFICE, 422)},
    "orgs:project_member_role": {"POST": Row(OFFICE, 302, data={"role": "viewer"})},
    "orgs:project_member_remove": {"POST": Row(OFFICE, 302)},
    # Setting up
    "setup:start": {"GET": Row(CONFIGURES, 302)},
    "setup:checklist": {"GET": Row(CONFIGURES)},
    "setup:sector_new": {"GET": Row(CONFIGURES), "POST": Row(CONFIGURES, 422)},
    "setup:connect": {"GET": Row(OFFICE)},
    "setup:token_create": {"POST": Row(OFFICE, 422)},
    "setup:token_revoke": {"POST": Row(OFFICE, 302)},
    "setup:test_ticket": {"POST": Row(OFFICE, 422)},
    "sectors:list": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:people": {"GET": Row(CONFIGURES | MANAGERS)},
    "sectors:detail": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "sectors:archive": {"POST": Row(OFFICE, 302)},
    "sectors:restore": {"POST": Row(OFFICE, 302)},
    "queues:new": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:detail": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "queues:archive": {"POST": settings_of_a_sector(302)},
    "queues:restore": {"POST": settings_of_a_sector(302)},
    "tags:list": {"GET": settings_of_a_sector(200), "POST": settings_of_a_sector(422)},
    "tags:rename": {"POST": settings_of_a_sector(302)},
    "tags:archive": {"POST": settings_of_a_sector(302)},
    "tags:restore": {"POST": settings_of_a_sector(302)},
    # The desk
    "tickets:desk": {"GET": Row(CHATS)},
    "tickets:worklist": {"GET": Row(CHATS)},
    "tickets:status": {"GET": Row(CHATS), "POST": Row(CHATS, 422)},
    "tickets:ticket": {"GET": ticket()},
    "tickets:panes": {"GET": ticket()},
    "tickets:frame": {"GET": ticket()},
    "tickets:lines": {"GET": ticket()},
    "tickets:message": {"POST": ticket(422)},
    "tickets:send_again": {"POST": ticket(204)},
    "tickets:read": {"POST": ticket(204)},
    "tickets:take": {"POST": ticket(204)},
    "tickets:close": {"GET": ticket(), "POST": ticket(422)},
    "tickets:transfer": {"GET": ticket(), "POST": ticket(422)},
    # Looking back
    "reports:history": {"GET": Row(CHATS)},
    "reports:export_csv": {"GET": Row(CHATS)},
    "reports:ticket": {"GET": ticket()},
    "reports:dashboard": {"GET": Row(CHATS)},
    "reports:now": {"GET": Row(CHATS)},
    # What describes the APIs
    "api_schema": {"GET": Row({*PEOPLE})},
    "api_docs": {"GET": Row({*PEOPLE}), "POST": Row({*PEOPLE})},
    # The flow engine
    "external:rooms": {"POST": flow(400, foreign=400)},
    "external:room": {"PATCH": flow(200)},
    "external:room_close": {"PATCH": flow(200)},
    "external:room_history": {"POST": flow(400)},
    "external:msgs": {"POST": flow(400, foreign=400)},
    "external:queues": {"GET": flow(200, foreign=200)},
    "external:sectors": {"GET": flow(200, foreign=200)},
    # The REST API
    "rest:organizations": {"GET": rest(SIGNED_IN | READERS | {"foreign"})},
    "rest:organization": {"GET": rest(OF_ORGANIZATION, **dict.fromkeys([*READERS, "foreign"], 404))},
    "rest:projects": {"GET": rest(SIGNED_IN | READERS | {"foreign"})},
    "rest:project": {"GET": rest({*INSIDE} | READERS)},
    "rest:sectors": {
        "GET": rest(REST_SEES),
        "POST": rest(CONFIGURES | {"administers"}, 400),
    },
    "rest:sector": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    "rest:sector_archive": {"POST": rest(OFFICE | {"administers"}, 400)},
    "rest:sector_restore": {"POST": rest(OFFICE | {"administers"})},
    "rest:queues": {
        "GET": rest(REST_SEES),
        "POST": rest(REST_CHANGES_SECTOR, 201, sector_of, other_manager=400),
    },
    "rest:queue": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, **UNSEEN),
    },
    "rest:queue_archive": {"POST": rest(REST_CHANGES_SECTOR, 400, **UNSEEN)},
    "rest:queue_restore": {"POST": rest(REST_CHANGES_SECTOR, **UNSEEN)},
    "rest:tags": {
        "GET": rest(REST_SEES),
        "POST": rest(REST_CHANGES_SECTOR, 201, tags_of, other_manager=400),
    },
    "rest:tag": {
        "GET": rest(REST_SEES_SECTOR, **UNSEEN),
        "PATCH": rest(REST_CHANGES_SECTOR, 200, {"name": "Renamed"}, **UNSEEN),
    },
    "rest:tag_archive": {"POST": rest(REST_CHANGES_SECTOR, **UNSEEN)},
    "rest:tag_restore": {"POST": rest(REST_CHANGES_SECTOR, **UNSEEN)},
    "rest:tickets": {"GET": rest(REST_SEES)},
    "rest:ticket": {"GET": rest(REST_SEES_SECTOR, **UNSEEN)},
    "rest:ticket_lines": {"GET": rest(REST_SEES_SECTOR, **UNSEEN)},
    "rest:ticket_history": {"GET": rest(REST_SEES_SECTOR, **UNSEEN)},
    "rest:ticket_close": {"POST": rest(REST_CHANGES_SECTOR | {"agent"}, 200, tag_of, **UNSEEN)},
}

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
