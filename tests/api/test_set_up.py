"""The set-up checklist over the API ends with a working test ticket."""

from tests.builders import Desk
from tickets.models import Ticket


def test_each_step_is_done_when_the_project_says_so(desk: Desk, program) -> None:
    path = f"/projects/{desk.project.pk}/set-up"
    found = program.get(path).json()
    assert [step["code"] for step in found["steps"]] == ["members", "sector", "queue", "tags", "connect"]
    done = {step["code"]: step["done"] for step in found["steps"]}
    assert (done["queue"], done["connect"], found["done"]) == (False, False, False)
    desk.agent()
    answer = program.post(f"/projects/{desk.project.pk}/test-tickets", {"sector": str(desk.sector.pk)})
    assert (answer.status_code, answer.json()["status"], answer.json()["position"]) == (201, "waiting", 1)
    assert Ticket.objects.get().pk.hex == answer.json()["id"].replace("-", "")
    assert program.get(path).json()["done"]


def test_a_test_ticket_of_nowhere_is_refused(desk: Desk, other_desk: Desk, program) -> None:
    for sector in (str(other_desk.sector.pk), "x", None):
        answer = program.post(f"/projects/{desk.project.pk}/test-tickets", {"sector": sector})
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["sector"])
    assert not Ticket.objects.exists()
