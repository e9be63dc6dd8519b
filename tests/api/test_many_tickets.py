"""Several tickets in one call: a result for each, clear refusals of the call as a whole."""

from uuid import uuid4

from tests.builders import fresh
from tickets import operations


def base(desk):
    return f"/projects/{desk.project.pk}/tickets"


def test_a_program_closes_several_and_reads_of_each_what_became_of_it(desk, as_program):
    api = as_program(desk, "administer")
    tickets = [desk.open_ticket() for _ in range(2)]
    desk.close(tickets[1])
    unknown = uuid4()
    ids = [str(t.pk) for t in tickets] + [str(unknown)]
    answer = api.post(f"{base(desk)}/close/", {"tickets": ids, "tags": [str(desk.tags[0].pk)]})
    assert answer.status_code == 200
    data = answer.json()
    assert data["done"] == 1
    assert [(r["ticket"], r["done"], r["code"]) for r in data["results"]] == [
        (ids[0], True, ""),
        (ids[1], False, "room_closed"),
        (ids[2], False, "not_found"),
    ]
    assert data["results"][1]["message"] == "This ticket is closed."
    assert fresh(tickets[0]).status == "closed"


def test_several_are_moved_to_a_queue_or_given_to_an_agent(desk, as_person):
    api = as_person(desk.manager())
    queue, agent = desk.add_queue(), desk.agent()
    tickets = [desk.open_ticket() for _ in range(2)]
    ids = [str(t.pk) for t in tickets]
    moved = api.post(f"{base(desk)}/transfer/", {"tickets": ids, "queue": str(queue.pk), "note": "Please"})
    assert moved.json()["done"] == 2
    assert desk.line(queue) == tickets
    desk.overfull = True
    given = api.post(f"{base(desk)}/transfer/", {"tickets": ids, "agent": str(agent.pk)})
    assert given.json()["done"] == 2
    assert {fresh(t).agent for t in tickets} == {agent}


def test_a_call_that_makes_no_sense_is_refused_as_a_whole(desk, as_person, other_desk):
    api = as_person(desk.administrator)
    waiting = desk.open_ticket()
    ticket, tag = str(waiting.pk), str(desk.tags[0].pk)
    most = [str(uuid4()) for _ in range(operations.MAX_AT_ONCE + 1)]
    for body in (
        {"tickets": [], "tags": [tag]},
        {"tickets": most, "tags": [tag]},
        {"tickets": [ticket], "tags": []},
        {"tickets": [ticket], "tags": [str(uuid4())]},
        {"tickets": ["one"], "tags": [tag]},
        {"tickets": ticket, "tags": [tag]},
        {},
    ):
        assert api.post(f"{base(desk)}/close/", body).status_code == 400, body
    for body in (
        {"tickets": [ticket]},
        {"tickets": [ticket], "queue": str(desk.queue.pk), "agent": str(desk.administrator.pk)},
        {"tickets": [ticket], "queue": str(other_desk.queue.pk)},
        {"tickets": [ticket], "agent": str(other_desk.administrator.pk)},
        {"tickets": [ticket], "queue": str(desk.add_queue().pk), "note": "x" * 20_000},
    ):
        assert api.post(f"{base(desk)}/transfer/", body).status_code == 400, body
    assert fresh(waiting).status == "waiting"
