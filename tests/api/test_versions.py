"""Over the API too, nothing that somebody else saved is overwritten unseen (docs/rules.md, Editing)."""

import pytest

from tests.builders import Desk, quick_message


def address(desk: Desk, what: str) -> str:
    """Return the address of a row of the desk."""
    row = {
        "sector": lambda: f"sectors/{desk.sector.pk}",
        "limits": lambda: f"sectors/{desk.sector.pk}/agent-limits",
        "automatic messages": lambda: f"sectors/{desk.sector.pk}/automatic-messages",
        "queue": lambda: f"queues/{desk.queue.pk}",
        "tag": lambda: f"tags/{desk.sector.tags.earliest('pk').pk}",
        "quick message": lambda: f"quick-messages/{quick_message(desk).pk}",
    }[what]()
    return f"/projects/{desk.project.pk}/{row}/"


@pytest.mark.parametrize(
    ("what", "theirs", "mine"),
    [
        ("sector", {"name": "Theirs"}, {"ticket_limit": 9}),
        ("queue", {"max_waiting": 7}, {"name": "Mine"}),
        ("tag", {"color": "red"}, {"name": "Mine"}),
        ("quick message", {"text": "Theirs"}, {"shortcut": "mine"}),
        ("automatic messages", {"opening": "Theirs"}, {"closing": "Mine"}),
    ],
)
def test_a_change_from_an_older_state_is_refused(desk, program, what, theirs, mine):
    path = address(desk, what)
    first = program.patch(path, {}).json()
    now = program.patch(path, theirs).json()
    answer = program.patch(path, {**mine, "modified_at": first["modified_at"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    after = program.patch(path, {**mine, "modified_at": now["modified_at"]})
    assert after.status_code == 200
    assert {key: after.json()[key] for key in (*theirs, *mine)} == {**theirs, **mine}


def test_limits_set_from_an_older_state_are_refused(desk, program):
    path, agent = address(desk, "limits"), desk.agent()
    first = program.get(path).json()
    limits = [{"user": str(agent.pk), "ticket_limit": 2}]
    now = program.call("PUT", path, {"limits": limits, "modified_at": first["modified_at"]}).json()
    assert now["limits"] == limits
    assert now["modified_at"] != first["modified_at"]
    answer = program.call("PUT", path, {"limits": [], "modified_at": first["modified_at"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert program.get(path).json() == now


def test_a_version_that_is_none_is_refused_by_its_field(desk, program):
    answer = program.patch(address(desk, "tag"), {"name": "x", "modified_at": "yesterday"})
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["modified_at"])
