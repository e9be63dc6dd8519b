"""What a refusal says: which field, and why; not all that was sent."""

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
