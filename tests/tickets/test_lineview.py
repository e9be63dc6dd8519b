"""The page of all lines: who sees which, their order, places and colours, what is done with many (docs/desk.md).

The list of those who wait, and the list of what agents have.
"""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.form_fields import MAX_FOUND, MAX_OFFERED
from orgs.models import User
from queues.models import QueueAgent
from tests.builders import Desk, fresh
from tickets import operations
from tickets.desk.waiting_targets import tone_of
from tickets.models import AttendanceRules, Ticket
from tickets.supervision import overview
from tickets.supervision.overview import OverviewFilter, active_page, busy_agents, queues_of, waiting_page

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
    assert [row.ticket for row in waiting_page(manager, OverviewFilter()).rows] == [here]
    assert [queue.sector for queue in queues_of(manager, None)] == [desk.sector]
    assert [row.ticket for row in waiting_page(desk.member(desk.administrator), OverviewFilter()).rows] == [
        here,
        there,
    ]


def test_who_directs_nothing_is_not_let_in(desk: Desk) -> None:
    browser = Browser(desk.agent_online(), desk.project)
    assert [browser.get(name).status_code for name in ("waiting", "close_many", "transfer_many")] == [403] * 3


def test_the_longest_wait_is_first_with_its_place_in_its_own_line(desk: Desk) -> None:
    second = desk.add_queue()
    a = waits_since(desk.open_ticket(), 30)
    b = waits_since(desk.open_ticket(queue=second), 20)
    c = waits_since(desk.open_ticket(), 10)
    found = waiting_page(desk.member(desk.administrator), OverviewFilter())
    assert [(row.ticket, row.position) for row in found.rows] == [(a, 1), (b, 1), (c, 2)]


def test_pages_go_on_by_key_in_both_directions_with_the_right_places(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PAGE", 2)
    member, second = desk.member(desk.administrator), desk.add_queue()
    tickets = [desk.open_ticket(queue=second if i % 2 else None) for i in range(6)]
    expected = [(ticket, i // 2 + 1) for i, ticket in enumerate(tickets)]
    first = waiting_page(member, OverviewFilter())
    key = (first.last.queued_at, first.last.pk)
    middle = waiting_page(member, OverviewFilter(after=key))
    last = waiting_page(member, OverviewFilter(after=(middle.last.queued_at, middle.last.pk)))
    back = waiting_page(member, OverviewFilter(before=(middle.first.queued_at, middle.first.pk)))
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
    assert {row.ticket: (row.tone, row.target) for row in waiting_page(member, OverviewFilter()).rows} == {
        late: ("late", 5),
        fine: ("fine", 5),
        elsewhere: ("", None),
    }
    assert [row.ticket for row in waiting_page(member, OverviewFilter(late=True)).rows] == [late]


def test_each_says_why_it_waits_and_who_is_on_its_queue(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    desk.open_ticket()
    full = desk.open_ticket()
    empty = desk.open_ticket(queue=desk.add_queue())
    rows = {row.ticket: row for row in waiting_page(desk.member(desk.administrator), OverviewFilter()).rows}
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


# With agents


def answer_missing(ticket: Ticket, minutes: float | None) -> Ticket:
    """Let a ticket's contact have waited for an answer for so long (None: they wait for none)."""
    since = None if minutes is None else timezone.now() - timedelta(minutes=minutes)
    Ticket.objects.filter(pk=ticket.pk).update(unanswered_since=since)
    return fresh(ticket)


def test_who_has_waited_longest_for_an_answer_is_first_and_the_answered_are_last(desk: Desk) -> None:
    agent = desk.agent_online(limit=10)
    answered, short, long, answered_too = [desk.open_ticket() for _ in range(4)]
    for ticket, minutes in ((answered, None), (short, 2), (long, 20), (answered_too, None)):
        answer_missing(ticket, minutes)
    waiting = desk.open_ticket(queue=desk.add_queue())
    desk.close(desk.open_ticket())
    found = active_page(desk.member(desk.administrator), OverviewFilter()).rows
    assert [row.ticket for row in found] == [long, short, answered, answered_too]
    assert {row.ticket.agent for row in found} == {agent}
    assert [row.ticket for row in waiting_page(desk.member(desk.administrator), OverviewFilter()).rows] == [waiting]


def test_a_manager_sees_what_agents_have_in_own_sectors_alone(desk: Desk) -> None:
    other = desk.add_sector()
    agent = desk.agent_online(desk.queue, other.queues.get())
    here, there = desk.open_ticket(), desk.open_ticket(sector=other)
    manager = desk.manager()
    # What somebody attends to elsewhere is seen at the desk, but not directed.
    operations.assign(there.pk, manager, by=desk.by())
    assert [row.ticket for row in active_page(desk.member(manager), OverviewFilter()).rows] == [here]
    assert [(user, user.active) for user in busy_agents(desk.member(manager), None, None)] == [(agent, 1)]
    everything = active_page(desk.member(desk.administrator), OverviewFilter()).rows
    assert {row.ticket for row in everything} == {here, there}


def test_one_s_own_ticket_is_marked_as_such(desk: Desk) -> None:
    desk.agent_online()
    mine, theirs = desk.open_ticket(), desk.open_ticket()
    manager = desk.manager()
    operations.take(mine.pk, by=desk.by(manager))
    rows = {row.ticket: row.own for row in active_page(desk.member(manager), OverviewFilter()).rows}
    assert rows == {mine: True, theirs: False}
    page = Browser(manager, desk.project).text("waiting", state="active")
    assert f'data-take="{theirs.pk}"' in page
    assert f'data-take="{mine.pk}"' not in page


def test_pages_of_what_agents_have_go_on_by_key_over_the_answered_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PAGE", 2)
    desk.agent_online(limit=20)
    tickets = [desk.open_ticket() for _ in range(7)]
    for ticket, minutes in zip(tickets, (9, 8, 8, None, None, None, None), strict=True):
        answer_missing(ticket, minutes)
    same = timezone.now() - timedelta(minutes=8)
    Ticket.objects.filter(pk__in=[tickets[1].pk, tickets[2].pk]).update(unanswered_since=same)
    browser = Browser(desk.administrator, desk.project)

    def shown(address: str) -> Any:
        answer = browser.client.get(f"{browser.url('waiting')}{address}")
        assert answer.status_code == 200
        return answer.context

    pages, address = [], "?state=active"
    while address:
        context = shown(address)
        pages.append([row.ticket for row in context["page"].rows])
        address = context["older_url"]
    assert pages == [tickets[:2], tickets[2:4], tickets[4:6], tickets[6:]]
    back, address = [], context["newer_url"]
    while address:
        context = shown(address)
        back.append([row.ticket for row in context["page"].rows])
        address = context["newer_url"]
    assert back == [tickets[4:6], tickets[2:4], tickets[:2]]


def test_what_agents_have_is_filtered_by_sector_queue_and_agent(desk: Desk) -> None:
    other = desk.add_sector()
    ana, luiz = desk.agent_online(), desk.agent_online(other.queues.get())
    here, there = desk.open_ticket(), desk.open_ticket(sector=other)
    idle = desk.agent()
    browser = Browser(desk.administrator, desk.project)

    def shown(**query: Any) -> list[Ticket]:
        answer = browser.get("waiting", query={"state": "active", **query})
        assert answer.status_code == 200
        return [row.ticket for row in answer.context["page"].rows]

    assert shown(sector=desk.sector.pk) == [here]
    assert shown(queue=there.queue_id) == [there]
    assert shown(agent=ana.pk) == [here]
    assert shown(agent=luiz.pk, sector=other.pk) == [there]
    # Who has none is offered all the same, so that the page stays theirs when the last is closed.
    assert shown(agent=idle.pk) == []
    assert "No ticket is with an agent there" in browser.text("waiting", state="active", agent=str(idle.pk))
    for wrong in ({"agent": uuid4()}, {"agent": "x"}, {"after": "2026"}, {"before": ","}, {"after": ",x"}):
        assert set(shown(**wrong)) == {here, there}, wrong
    # A list of those who wait goes on from a time.
    assert browser.get("waiting", query={"after": f",{uuid4()}"}).context["asked"].after is None


def test_each_agent_stands_beside_with_how_many_wait_for_an_answer(desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    oldest = answer_missing(desk.open_ticket(), 30)
    answer_missing(desk.open_ticket(), 3)
    answer_missing(desk.open_ticket(), None)
    (found,) = busy_agents(desk.member(desk.administrator), None, None)
    assert (found, found.active, found.unanswered, found.oldest) == (agent, 3, 2, oldest.unanswered_since)
    text = Browser(desk.administrator, desk.project).text("waiting", state="active")
    assert "2 unanswered, longest" in text


def test_of_many_agents_some_are_offered_and_the_others_are_searched(desk: Desk) -> None:
    last, other = desk.agent_online(), desk.add_sector()
    for queue, word in ((desk.queue, "Here"), (other.queues.get(), "There")):
        users = User.objects.bulk_create(
            User(email=f"{word}-{n}@example.org", first_name=word, last_name=f"Nº {n:03}") for n in range(320)
        )
        QueueAgent.objects.bulk_create(QueueAgent(queue=queue, user=user) for user in users)
    User.objects.filter(pk=last.pk).update(first_name="Here", last_name="Nº 999")
    desk.open_ticket()
    desk.open_ticket(sector=other)
    browser = Browser(desk.manager(), desk.project)
    text = browser.text("waiting", state="active")
    assert text.count("<option") == MAX_OFFERED + len(["all", "one sector", "all", "its queue", "all"])
    # Who has tickets stands beside them, however late in the alphabet; and can be asked for.
    assert f'href="?state=active&amp;agent={last.pk}"' in text
    text = browser.text("waiting", state="active", agent=str(last.pk), sector=str(desk.sector.pk))
    assert f'<option value="{last.pk}" selected>Here Nº 999 · {last.email}</option>' in text
    assert "data-row=" in text
    [address] = re.findall(r'data-pick-url="([^"]*)"', text)
    assert address == f"/projects/{desk.project.pk}/lines/agents/?sector={desk.sector.pk}"

    def found(words: str, **place: str) -> list[str]:
        answer = browser.get("waiting_agents", None, {"q": words, **place})
        return [choice["text"].split(" · ")[0] for choice in answer.json()["choices"]]

    assert found("nº 999") == ["Here Nº 999"]
    assert len(found("here")) == MAX_FOUND
    assert found("there") == []


def test_a_page_of_what_agents_have_costs_the_same_however_much_it_is(desk: Desk) -> None:
    browser = Browser(desk.administrator, desk.project)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.text("waiting", state="active")
        return len(asked)

    desk.agent_online(limit=2)
    desk.open_ticket()
    few = cost()
    for _ in range(3):
        sector = desk.add_sector()
        for _ in range(2):
            desk.agent_online(sector.queues.get())
        for _ in range(3):
            desk.message(desk.open_ticket(sector=sector))
    assert Ticket.objects.active().count() == 10
    assert cost() == few


def test_the_list_of_what_agents_have_is_read_from_its_index(desk: Desk) -> None:
    member = desk.member(desk.administrator)
    with CaptureQueriesContext(connection) as asked:
        active_page(member, OverviewFilter())
    (query,) = [q["sql"] for q in asked if "unanswered_since" in q["sql"]]
    with connection.cursor() as cursor:
        # The order is had without sorting: with few rows the planner needs to be told to care.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ticket_unanswered" in plan
    assert "Sort" not in plan


def test_many_that_agents_have_are_closed_and_moved_with_an_answer_for_each(desk: Desk) -> None:
    agent = desk.agent_online(limit=5)
    closed, moved, kept = [desk.open_ticket() for _ in range(3)]
    elsewhere = desk.open_ticket(sector=desk.add_sector())
    second = desk.add_queue()
    browser = Browser(desk.manager(), desk.project)
    done = browser.post(
        "close_many", data={"tickets": [str(closed.pk), str(elsewhere.pk)], "tags": [str(desk.tags[0].pk)]}
    ).content.decode()
    assert (done.count('data-outcome="done"'), done.count('data-code="not_found"')) == (1, 1)
    done = browser.post("transfer_many", data={"tickets": [str(moved.pk)], "to": f"queue:{second.pk}"})
    assert 'data-outcome="done"' in done.content.decode()
    assert [fresh(t).status for t in (closed, moved, kept, elsewhere)] == ["closed", "waiting", "active", "waiting"]
    assert desk.line(second) == [moved]
    assert fresh(kept).agent == agent
