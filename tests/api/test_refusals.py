"""What a refusal says: which field, and why; not all that was sent."""

import json

from orgs.models import TokenScope


def test_a_choice_of_a_megabyte_is_refused_and_not_repeated(desk, as_program):
    api = as_program(desk, TokenScope.ADMINISTER)
    project, long = desk.project.pk, "x" * 1_000_000
    for path, field, value in (
        (f"/projects/{project}/tokens/", "scopes", [long]),
        (f"/projects/{project}/members/", "role", long),
        (f"/projects/{project}/tags/{desk.tags[0].pk}/move/", "step", [long]),
    ):
        answer = api.post(path, {field: value})
        assert answer.status_code == 400
        assert field in {name.split(".")[0] for name in answer.json()["errors"]}
        assert len(answer.content) < 3_000


def test_of_many_errors_the_first_are_told_and_the_rest_counted(desk, as_program):
    api = as_program(desk, TokenScope.ADMINISTER)
    root = f"/projects/{desk.project.pk}"
    bodies = {
        f"{root}/tickets/close/": {"tickets": ["x" * 900] * 200, "tags": ["x"] * 100},
        f"{root}/tags/": {"sector": str(desk.sector.pk), "names": [{"n": 1}] * 300},
        f"{root}/sectors/{desk.sector.pk}/days/": {"days": [{"date": "x", "ranges": [["x", "y"]]}] * 300},
        f"{root}/tokens/": {"name": "T", "scopes": ["read"], "sector": "x", "expires_at": {"k" * 500: 1}},
    }
    for path, body in bodies.items():
        answer = api.post(path, body)
        assert answer.status_code == 400, (path, answer.content)
        told = sum(len(sentences) for sentences in answer.json()["errors"].values())
        assert told <= 10
        assert answer.json().get("errors_left_out", 0) == 0 or told == 10
        assert len(answer.content) < 6_000, path
    answer = api.post(f"{root}/tickets/close/", {"tickets": ["x"] * 150, "tags": ["x"] * 100})
    assert (len(answer.json()["errors"]), answer.json()["errors_left_out"]) == (10, 240)


def test_names_of_fields_are_the_requests_and_shortened_too(desk):
    from tests.flow import engine_for

    answer = engine_for(desk).call("POST", "/rooms/", {"contact": {"k" * 5_000: 1}, "sector_uuid": "x" * 5_000})
    assert answer.status_code == 400
    assert len(answer.content) < 3_000
    assert json.loads(answer.content)["errors"]
