"""Ids in query, body and bulk lists: what is another's is answered as what does not exist (docs/rules.md, Access)."""

import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.urls import get_resolver, reverse

from tests.access.counting import Cases
from tests.access.parameters import PARAMS, PLAIN, PLAIN_LIKE, PLAIN_OF, Param
from tests.access.table import TABLE
from tests.test_access_walk import OURS, body, is_api
from tests.walk import World, content_of, fill, parameters
from weni_chats.api.description import schema

#: Who is tried: whoever may do most, in one sector, and least; programs of the project, of a sector, of the flow.
TRIED = ("administrator", "manager", "agent", "administers", "sector_administers", "opens")
#: Those who do not see the other sector of the project.
OF_ONE_SECTOR = {"manager", "agent", "sector_administers"}
#: What differs from one answer to the next by itself.
_OF_ITS_OWN = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|csrf-token" content="[^"]*"|"X-CSRFToken": ?"[^"]*"'
    r"|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)|\d\d:\d\d(?::\d\d)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r'|data-(?:since|ago|clock)>[^<]*|data-(?:since|ago|clock|token)="[^"]*"|class="hours-strip__now" x="\d+"'
    r'|"time_in_current_status": ?\d+|"online_time": ?[\d.]+'
)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A project with something of each kind, and the same in others."""
    logging.disable(logging.ERROR)
    made = World.build()
    for things, desk in ((made.own, made.desk), (made.foreign, made.elsewhere), (made.distant, made.far)):
        agent = desk.agent_online()
        things |= {"eligible": agent.pk, "attendee": desk.sector.tickets.get().agent_id}
    made.foreign["user"] = made.elsewhere.agent().pk
    made.own["far_sector"] = made.own["sector"]
    made.foreign["far_sector"] = made.distant["far_sector"] = made.far.sector.pk
    made.own["other_project"] = made.own["project"]
    made.foreign["other_project"] = made.distant["other_project"] = made.far.project.pk
    made.foreign["organization"] = made.distant["organization"]
    yield made
    logging.disable(logging.NOTSET)


def send(world: World, who: str, case: Param, *ids: Any) -> tuple[int, str]:
    """Send the parameter with these ids; return status and text, with all that may differ taken out."""
    written = [case.form.format(pk) for pk in ids]
    data = case.data(world) | {case.param: written if case.several else written[0]}
    data = {case.within: [data]} if case.within else data
    url = fill(OURS[case.name], world.ids(OURS[case.name], "own"))
    answer = world.ask(who, case.method, url, data)
    text = content_of(answer)
    for pk in ids:
        text = text.replace(str(pk), "ID").replace(pk.hex, "ID")
    return answer.status_code, _OF_ITS_OWN.sub("", text)


def trials(world: World, who: str, case: Param) -> dict[str, list[Any]]:
    """Return lists of ids to send: each holds one that is not there for whoever asks."""
    others = {"foreign": world.foreign[case.kind], "distant": world.distant.get(case.kind)}
    if who in OF_ONE_SECTOR and not case.beside:
        others["beside"] = world.beside.get(case.kind)
    found = {name: [pk] for name, pk in others.items() if pk}
    if case.several:
        found |= {f"own and {name}": [world.own[case.kind], pk] for name, pk in others.items() if pk}
    return found


def judge(world: World, case: Param) -> list[str]:
    wrong = []
    row = TABLE[case.name][case.method]
    for who in TRIED:
        if who not in row.who or who in case.skipped or (who in world.secrets and not is_api(case.name)):
            continue
        unknown, own = uuid4(), world.own[case.kind]
        mine = send(world, who, case, own)
        if not case.cursor and mine[0] >= 400 and mine[0] != 403:
            wrong.append(f"{who}, own: {mine[0]} {mine[1][:300]}")
        refused = {1: send(world, who, case, unknown)}
        if case.several:
            refused[2] = send(world, who, case, own, unknown)
        for name, ids in trials(world, who, case).items():
            got, expected = send(world, who, case, *ids), refused[len(ids)]
            # A place to go on from is a matter of order, whatever it names.
            if got[0] != expected[0] or (got != expected and not case.cursor):
                wrong.append(f"{who}, {name}: {got[0]}, unknown: {expected[0]}; {difference(got[1], expected[1])}")
        if (
            case.method != "GET"
            and who not in case.not_asked
            and any(status < 400 for status, _text in refused.values())
        ):
            wrong.append(f"{who}: an unknown id is taken")
    return [f"{case.title} as {problem}" for problem in wrong]


def difference(one: str, other: str) -> str:
    """Return where two texts part."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 60) : at + 60]}… / …{other[max(0, at - 60) : at + 60]}…"


AREAS = sorted({case.name.split(":")[0] for case in PARAMS})


@pytest.mark.parametrize("area", AREAS)
def test_what_is_anothers_is_answered_as_what_does_not_exist(world: World, area: str, cases: Cases) -> None:
    world.asked = 0
    ours = [case for case in PARAMS if case.name.split(":")[0] == area]
    wrong = [problem for case in ours for problem in judge(world, case)]
    assert not wrong, "\n".join(wrong)
    assert not world.leaks, "\n".join(world.leaks)
    assert world.asked >= 4 * len(ours)
    cases(world.asked)


# No id is forgotten


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that views read from query and form."""
    names: set[str] = set()

    def watched(method: str) -> Any:
        plain = getattr(QueryDict, method)

        def read(self: QueryDict, key: str, *args: Any) -> Any:
            names.add(str(key))
            return plain(self, key, *args)

        return read

    for method in ("__getitem__", "getlist", "__contains__"):
        monkeypatch.setattr(QueryDict, method, watched(method), raising=False)
    return names


def test_every_parameter_that_a_page_reads_is_an_id_or_known_to_be_none(world: World, reads: set[str]) -> None:
    """Whoever adds a parameter says in parameters.py what it names."""
    declared = {(case.name, case.method, case.param) for case in PARAMS}
    unknown = set()
    for name, path in OURS.items():
        for method, row in TABLE.get(name, {}).items():
            if name == "orgs:invitation" or method not in {"GET", "POST"}:
                continue
            who = next(
                (w for w in ("administrator", "agent", "administers", "opens") if w in row.who), "administrator"
            )
            samples = [case.data(world) for case in PARAMS if (case.name, case.method) == (name, method)]
            for data in [body(world, row), *samples]:
                reads.clear()
                world.ask(who, method, fill(path, world.ids(path, "own")), data)
                unknown |= {
                    (name, method, read)
                    for read in reads
                    if read not in PLAIN | PLAIN_OF.get(name, set())
                    and not PLAIN_LIKE.fullmatch(read)
                    and (name, method, read) not in declared
                }
    assert not unknown, "say in tests/access/parameters.py what these name:\n" + "\n".join(map(str, sorted(unknown)))


def ids_in(part: Any) -> Iterator[str]:
    """Yield the names of the properties of a description that are ids or lists of them."""
    whole = schema()
    if "$ref" in part:
        part = whole["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]]
    for inner in part.get("allOf", ()):
        yield from ids_in(inner)
    for name, inner in part.get("properties", {}).items():
        if "uuid" in {inner.get("format"), inner.get("items", {}).get("format")}:
            yield name
        for deeper in (inner, inner.get("items", {})):
            yield from ids_in(deeper)


def described_ids() -> Iterator[tuple[str, str, str]]:
    """Yield (address, method, parameter) for each id outside a path that the description of the API knows."""
    for path, methods in schema()["paths"].items():
        plain = re.sub(r"{\w+}", str(uuid4()), path)
        name = get_resolver().resolve(plain).view_name
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                kind = parameter["schema"]
                if parameter["in"] == "query" and "uuid" in {kind.get("format"), kind.get("items", {}).get("format")}:
                    yield name, method.upper(), parameter["name"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for found in ids_in(content["schema"]):
                    yield name, method.upper(), found


def test_every_id_in_the_description_of_the_api_has_a_case() -> None:
    declared = {(case.name, case.method, case.param) for case in PARAMS}
    assert set(described_ids()) <= declared


def test_every_case_is_of_an_address_that_is_there() -> None:
    for case in PARAMS:
        assert case.method in TABLE[case.name], case.title
        assert reverse(case.name, kwargs={name: uuid4() for name in parameters(OURS[case.name])})
