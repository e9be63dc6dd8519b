"""The page of all lines: who sees which, their order, places and colours, what is done with many (docs/desk.md)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.builders import Desk, fresh
from tickets import lineview
from tickets.lineview import Asked, lines, queues_of
from tickets.models import AttendanceRules, Ticket
from tickets.targets import tone_of

from .desk_tools import Browser


def target(desk: Desk, minutes: int) -> None:
    """Set how long nobody should wait longer in the desk's sector."""
    AttendanceRules.objects.update_or_create(sector=desk.sector, defaults={"waiting_target": minutes})


def waits_since(ticket: Ticket, minutes: float) -> Ticket:
    """Let a ticket have waited for so long."""
    Ticket.objects.filter(pk=ticket.pk).update(queued_at=timezone.now() - timedelta(minutes=minutes))
    return fresh(ticket)


def test_a_manager_sees_the_lines_of_own_sectors_and_who_configures_sees_all(desk: Desk) -> None:
    other = desk.add_sector()
    here, there = desk.open_ticket(), desk.open_ticket(sector=other)
    manager = desk.member(desk.manager())
    assert [row.ticket for row in lines(manager, Asked()).rows] == [here]
    assert [queue.sector for queue in queues_of(manager, None)] == [desk.sector]
    assert [row.ticket for row in lines(desk.member(desk.administrator), Asked()).rows] == [here, there]


def test_who_directs_nothing_is_not_let_in(desk: Desk) -> None:
    browser = Browser(desk.agent_online(), desk.project)
    assert [browser.get(name).status_code for name in ("waiting", "close_many", "transfer_many")] == [403] * 3


def test_the_longest_wait_is_first_with_its_place_in_its_own_line(desk: Desk) -> None:
    second = desk.add_queue()
    a = waits_since(desk.open_ticket(), 30)
    b = waits_since(desk.open_ticket(queue=second), 20)
    c = waits_since(desk.open_ticket(), 10)
    found = lines(desk.member(desk.administrator), Asked())
    assert [(row.ticket, row.position) for row in found.rows] == [(a, 1), (b, 1), (c, 2)]


def test_pages_go_on_by_key_in_both_directions_with_the_right_places(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineview, "PAGE", 2)
    member, second = desk.member(desk.administrator), desk.add_queue()
    tickets = [desk.open_ticket(queue=second if i % 2 else None) for i in range(6)]
    expected = [(ticket, i // 2 + 1) for i, ticket in enumerate(tickets)]
    first = lines(member, Asked())
    key = (first.last.queued_at, first.last.pk)
    middle = lines(member, Asked(after=key))
    last = lines(member, Asked(after=(middle.last.queued_at, middle.last.pk)))
    back = lines(member, Asked(before=(middle.first.queued_at, middle.first.pk)))
    pages = [[(row.ticket, row.position) for row in page.rows] for page in (first, middle, last, back)]
    assert pages == [expected[:2], expected[2:4], expected[4:], expected[:2]]
    assert [(p.newer, p.older) for p in (first, middle, last, back)] == [
        (False, True),
        (True, True),
        (True, False),
        (False, True),
    ]


def test_colours_follow_the_target_of_the_sector(desk: Desk) -> None:
    now = timezone.now()
    told = [tone_of(now - timedelta(minutes=m), 10, now) for m in (0, 7, 7.5, 9.9, 10, 60)]
    assert told == ["fine", "fine", "soon", "soon", "late", "late"]
    assert tone_of(now - timedelta(days=1), None, now) == ""
    target(desk, 5)
    late, fine = waits_since(desk.open_ticket(), 6), desk.open_ticket()
    elsewhere = waits_since(desk.open_ticket(sector=desk.add_sector()), 60)
    member = desk.member(desk.administrator)
    assert {row.ticket: (row.tone, row.target) for row in lines(member, Asked()).rows} == {
        late: ("late", 5),
        fine: ("fine", 5),
        elsewhere: ("", None),
    }
    assert [row.ticket for row in lines(member, Asked(late=True)).rows] == [late]


def test_each_says_why_it_waits_and_who_is_on_its_queue(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    desk.open_ticket()
    full = desk.open_ticket()
    empty = desk.open_ticket(queue=desk.add_queue())
    rows = {row.ticket: row for row in lines(desk.member(desk.administrator), Asked()).rows}
    assert rows[full].waiting.sentence == "The agent who is online is at the limit."
    assert [(a.user, a.active, a.limit) for a in rows[full].ready] == [(agent, 1, 1)]
    assert rows[empty].waiting.sentence == "Nobody is on this queue."


def test_filters_stand_in_the_address_and_wrong_ones_show_everything_one_sees(desk: Desk) -> None:
    other = desk.add_sector()
    here, there = desk.open_ticket(), desk.open_ticket(sector=other)
    browser = Browser(desk.administrator, desk.project)

    def shown(**query: Any) -> list[Ticket]:
        answer = browser.get("waiting", query=query)
        assert answer.status_code == 200
        return [row.ticket for row in answer.context["page"].rows]

    assert shown(sector=desk.sector.pk) == [here]
    assert shown(queue=there.queue_id) == [there]
    assert shown(queue=there.queue_id, sector=desk.sector.pk) == [here]
    for wrong in ({"sector": uuid4()}, {"queue": "x"}, {"after": "2026"}, {"before": "\x00,1"}, {"late": "x"}):
        assert shown(**wrong) == [here, there], wrong
    beyond = browser.get("waiting", query={"after": f"2100-01-01T00:00:00+00:00,{uuid4()}"})
    assert "Nobody waits here any more" in beyond.content.decode()


def test_a_page_costs_the_same_however_much_waits(desk: Desk) -> None:
    browser = Browser(desk.administrator, desk.project)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.text("waiting")
        return len(asked)

    desk.agent_online(limit=1)
    for _ in range(3):
        desk.open_ticket()
    few = cost()
    for _ in range(3):
        sector = desk.add_sector()
        desk.agent(sector.queues.get())
        target(desk, 5)
        for _ in range(4):
            desk.open_ticket(sector=sector)
    assert cost() == few


def test_closing_many_keeps_what_was_chosen_where_it_is_refused(desk: Desk) -> None:
    tickets = [desk.open_ticket() for _ in range(2)]
    browser = Browser(desk.manager(), desk.project)
    ids = [str(ticket.pk) for ticket in tickets]
    asked = browser.text("close_many", tickets=ids)
    assert "Close 2 tickets" in asked
    refused = browser.post("close_many", data={"tickets": ids, "filter": "com"})
    assert refused.status_code == 422
    assert "Choose at least one tag" in refused.content.decode()
    assert 'value="com"' in refused.content.decode()
    done = browser.post("close_many", data={"tickets": [*ids, str(uuid4())], "tags": [str(desk.tags[0].pk)]})
    assert done.status_code == 200
    assert done.content.decode().count('data-outcome="done"') == 2
    assert 'data-code="not_found"' in done.content.decode()
    assert {fresh(ticket).status for ticket in tickets} == {"closed"}


def test_many_of_one_sector_can_be_given_to_a_person_and_of_several_to_a_queue(desk: Desk) -> None:
    agent, other = desk.agent(), desk.add_sector()
    here, there = desk.open_ticket(), desk.open_ticket(sector=other)
    browser = Browser(desk.administrator, desk.project)
    assert f"agent:{agent.pk}" in browser.text("transfer_many", tickets=[str(here.pk)])
    both = browser.text("transfer_many", tickets=[str(here.pk), str(there.pk)])
    assert "agent:" not in both
    for to in ("", f"queue:{uuid4()}", f"agent:{uuid4()}", "x"):
        refused = browser.post("transfer_many", data={"tickets": [str(here.pk)], "to": to, "note": "Kept"})
        assert refused.status_code == 422, to
        assert "Kept" in refused.content.decode()
    moved = browser.post("transfer_many", data={"tickets": [str(there.pk)], "to": f"queue:{desk.queue.pk}"})
    assert 'data-outcome="done"' in moved.content.decode()
    assert desk.line() == [here, there]
