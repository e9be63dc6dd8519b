"""A ticket's position in its line: the same number wherever it is asked for, and whichever others are asked for."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orgs.models import TokenScope
from tests.builders import Desk, fresh
from tests.flow import FlowEngine, token_for
from tickets.desk.worklist import worklist
from tickets.models import Ticket
from tickets.models.querysets import line_positions


@pytest.fixture
def line(desk: Desk) -> list[Ticket]:
    """Four tickets in one line, and between them two in another."""
    other = desk.add_queue()
    made = []
    for n in range(4):
        made.append(desk.open_ticket())
        if n % 2:
            desk.open_ticket(queue=other)
    return made


@pytest.fixture
def api(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


def read(api: Client, desk: Desk, path: str = "", **query):
    address = path if path.startswith("http") else f"/api/v1/projects/{desk.project.pk}/tickets/{path}"
    answer = api.get(address, query or None)
    assert answer.status_code == 200, answer.content
    return answer.json()


def positions(page) -> list[int | None]:
    return [row["position"] for row in page["results"]]


@contextmanager
def counted():
    with CaptureQueriesContext(connection) as queries:
        yield queries


def test_of_one_ticket(api: Client, desk: Desk, line: list[Ticket]) -> None:
    assert [read(api, desk, f"{ticket.pk}/")["position"] for ticket in line] == [1, 2, 3, 4]


def test_of_filtered_tickets(api: Client, desk: Desk, line: list[Ticket]) -> None:
    assert positions(read(api, desk, contact=line[3].contact.external_id)) == [4]
    assert positions(read(api, desk, protocol=line[1].protocol)) == [2]
    assert positions(read(api, desk, status="waiting", queue=desk.queue.pk)) == [1, 2, 3, 4]


def test_of_paged_tickets(api: Client, desk: Desk, line: list[Ticket]) -> None:
    first = read(api, desk, status="waiting", queue=desk.queue.pk, limit=2)
    second = read(api, desk, first["next"])
    assert (positions(first), positions(second)) == ([1, 2], [3, 4])
    assert positions(read(api, desk, second["previous"])) == [1, 2]


def test_rest_wire_and_desk_say_the_same(api: Client, desk: Desk, line: list[Ticket]) -> None:
    agent = desk.agent_online(limit=1)
    desk.close(fresh(line[0]), by=agent)
    expected = {str(t.pk): fresh(t).position for t in Ticket.objects.all()}
    assert sorted(p for p in expected.values() if p) == [1, 1, 2, 2], "a line of two and the other"
    assert {row["id"]: row["position"] for row in read(api, desk)["results"]} == expected
    assert {pk: read(api, desk, f"{pk}/")["position"] for pk in expected} == expected
    reader = FlowEngine(token_for(desk, scopes=[TokenScope.OPEN, TokenScope.READ])[1])
    rooms = reader.call("GET", "/rooms/").json()["results"]
    assert {room["uuid"]: room["position"] for room in rooms} == expected
    assert {pk: reader.call("GET", f"/rooms/{pk}/").json()["position"] for pk in expected} == expected
    shown = {
        str(ticket.pk): ticket.line_position
        for queue in worklist(desk.member(desk.administrator)).lines
        for ticket in queue.tickets
    }
    assert shown == {pk: position for pk, position in expected.items() if position}


def test_asking_for_part_of_several_lines(desk: Desk, line: list[Ticket]) -> None:
    waiting = list(Ticket.objects.waiting().order_by("id"))
    for asked in (waiting, waiting[::2], waiting[-1:], waiting[2:4], []):
        assert line_positions([t.pk for t in asked]) == {t.pk: fresh(t).position for t in asked}


def test_a_line_is_read_no_further_than_asked(desk: Desk, line: list[Ticket]) -> None:
    with counted() as queries:
        assert line_positions([line[0].pk]) == {line[0].pk: 1}
    assert len(queries) == 1
    with connection.cursor() as cursor:
        # A line of five rows is sorted in memory, so the plan that a long one gets is asked for.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    window = next(part for part in plan.splitlines() if "WindowAgg" in part)
    assert "rows=1 " in window.split("actual")[1] or "rows=1.00 " in window.split("actual")[1], plan


def test_a_page_costs_the_same_whatever_the_line(api: Client, desk: Desk, line: list[Ticket]) -> None:
    with counted() as few:
        read(api, desk, status="waiting")
    for _ in range(6):
        desk.open_ticket()
    with counted() as many:
        read(api, desk, status="waiting")
    assert len(many) == len(few)
