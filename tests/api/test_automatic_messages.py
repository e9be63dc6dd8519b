"""A sector's automatic messages over the REST API (docs/rules.md, Automatic messages)."""

import pytest

from sectors.models import Moment
from sectors.operations.automatic_messages import texts_of


@pytest.fixture
def path(desk):
    """The address of the sector's automatic messages."""
    return f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/automatic-messages/"


def without_version(answer):
    """What was answered, without the version it is of."""
    return {name: value for name, value in answer.json().items() if name != "modified_at"}


def test_all_are_read_and_what_is_not_named_stays(desk, program, path):
    nothing = {**dict.fromkeys(Moment.values, ""), "waiting_every": None}
    assert without_version(program.get(path)) == nothing
    answer = program.patch(path, {"opening": "Welcome", "waiting": "Number {{ticket.position}}", "waiting_every": 5})
    assert answer.status_code == 200
    present = {**nothing, "opening": "Welcome", "waiting": "Number {{ticket.position}}", "waiting_every": 5}
    assert answer.json() == program.get(path).json()
    assert without_version(answer) == present
    answer = program.patch(path, {"opening": "", "closed": "Closed", "waiting_every": None})
    assert without_version(answer) == {**present, "opening": "", "closed": "Closed", "waiting_every": None}
    assert program.patch(path, {}).json() == answer.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [({"opening": "{{agent.name}}"}, "opening"), ({"opening": "{{nope}}"}, "opening"), ({"opening": 5}, "opening"),
     ({"opening": None}, "opening"), ({"waiting_every": 0}, "waiting_every"),
     ({"waiting_every": "5"}, "waiting_every"),
     ({"waiting_every": 1441}, "waiting_every"), ({"closing": "x" * 4001}, "closing")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_whole(desk, program, path, body, field):
    answer = program.patch(path, {"assignment": "Hello"} | body)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, [field])
    assert texts_of(desk.sector) == {}


def test_who_configures_the_sector_may(desk, as_person, path):
    assert as_person(desk.manager()).patch(path, {"opening": "Welcome"}).status_code == 200
    agent = as_person(desk.agent())
    assert agent.get(path).status_code == agent.patch(path, {"opening": "x"}).status_code == 403
    elsewhere = as_person(desk.manager(desk.add_sector()))
    assert elsewhere.patch(path, {"opening": "x"}).status_code == 404
    assert texts_of(desk.sector) == {"opening": "Welcome"}


def test_its_conversation_says_which_lines_were_automatic(desk, program, path):
    program.patch(path, {"opening": "Welcome"})
    ticket = desk.open_ticket()
    lines = program.get(f"/projects/{desk.project.pk}/tickets/{ticket.pk}/lines/").json()["results"]
    assert [(line["kind"], line["author"], line["text"]) for line in lines if line["kind"] != "event"] == [
        ("auto", "Automatic message", "Welcome")
    ]
