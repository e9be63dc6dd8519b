"""Service rules, and tags after closing, over the REST API (docs/rules.md, Service rules)."""

import pytest

from tests.builders import fresh

OFF = {
    "give_back_after": None,
    "move_on_after": None,
    "warn_after": None,
    "warn_text": "",
    "close_after": None,
    "close_tag": None,
    "waiting_target": None,
    "retag_for": None,
    "agents_read_earlier": True,
}


@pytest.fixture
def path(desk):
    """The address of the sector's rules."""
    return f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/attending/"


def test_a_program_reads_and_changes_them(desk, program, path):
    assert program.get(path).json() == OFF
    silence = {"close_after": 15, "close_tag": str(desk.tags[0].pk)}
    assert program.patch(path, silence).json() == {**OFF, **silence}
    assert program.patch(path, {"waiting_target": 3}).json() == {**OFF, **silence, "waiting_target": 3}
    assert program.patch(path, {"close_after": None}).json() == {**OFF, "waiting_target": 3}
    assert program.get(path).json() == {**OFF, "waiting_target": 3}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"waiting_target": 0}, "waiting_target"),
        ({"retag_for": 10_081}, "retag_for"),
        ({"move_on_after": 1_441}, "move_on_after"),
        ({"agents_read_earlier": "perhaps"}, "agents_read_earlier"),
        ({"give_back_after": "5"}, "give_back_after"),
        ({"give_back_after": True}, "give_back_after"),
        ({"warn_after": 5}, "warn_text"),
        ({"warn_text": 5}, "warn_text"),
        ({"warn_text": "x" * 4001}, "warn_text"),
        ({"close_after": 5}, "close_tag"),
        ({"close_after": 5, "close_tag": "no uuid"}, "close_tag"),
        ({"close_after": 5, "close_tag": "00000000-0000-7000-8000-000000000000"}, "close_tag"),
    ],
)
def test_what_is_wrong_is_named(program, path, body, field):
    answer = program.patch(path, body)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, [field])
    assert program.get(path).json() == OFF


def test_an_agent_neither_reads_nor_changes_them(desk, as_person, path):
    agent = as_person(desk.agent())
    assert agent.get(path).status_code == 403
    assert agent.patch(path, {"waiting_target": 3}).status_code == 403


# Tags after closing


def test_the_tags_of_a_closed_ticket_are_changed(desk, program):
    ticket = desk.closed_ticket()
    path = f"/projects/{desk.project.pk}/tickets/{ticket.pk}/"
    answer = program.patch(path, {"tags": [str(desk.tags[1].pk)]})
    assert answer.status_code == 200
    assert [tag["name"] for tag in answer.json()["tags"]] == ["Complaint"]
    [line] = [line for line in program.get(path).json()["lines"]["results"] if line["event"] == "retagged"]
    assert line["tags"] == ["Complaint"]
    assert "from Resolved to Complaint" in line["text"]


def test_who_may_not_and_what_can_not_be(desk, as_person, program):
    agent = desk.agent_online()
    ticket, other = desk.close(desk.open_ticket(), by=agent), desk.open_ticket()
    path = f"/projects/{desk.project.pk}/tickets/{ticket.pk}/"
    tags = {"tags": [str(desk.tags[1].pk)]}
    assert as_person(agent).patch(path, tags).json()["code"] == "retag_time_over"
    desk.rules(retag_for=60)
    assert as_person(agent).patch(path, tags).status_code == 200
    assert as_person(desk.agent()).patch(path, tags).status_code == 404
    for body, code in (
        ({"tags": []}, "tags_required"),
        ({"tags": [str(desk.add_sector().tags.all()[0].pk)]}, "foreign_tag"),
    ):
        answer = program.patch(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    answer = program.patch(f"/projects/{desk.project.pk}/tickets/{other.pk}/", tags)
    assert (answer.status_code, answer.json()["code"]) == (409, "ticket_open")
    for body in ({}, {"tags": "x"}, {"tags": ["x"]}, {"tags": None}, []):
        assert program.patch(path, body).status_code == 400
    assert list(fresh(ticket).tags.all()) == desk.tags[1:2]
