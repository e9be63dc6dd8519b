"""The lists of Live ordered by the headers of their columns, the logs by their oldest (docs/design.md, Lists)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.pagination import PAGE
from orgs.models import User
from queues.models import AgentStatus, QueueAgent, Status
from tests.builders import Desk, start_of
from tests.pages import Pages, text_of
from tickets.models import Delivery, Ticket
from tickets.supervision import overview
from tickets.supervision.agents import agents_managed_by, with_sort_keys
from tickets.supervision.overview import OverviewFilter, active_page, waiting_page
from tickets.views.agents import SORTING
from tickets.webhooks import log


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk.administrator, desk.project)


def through(pages: Pages, page: str, rows: Any, **query: str) -> list[Any]:
    """Return all rows of a list, by its links from page to page."""
    url = pages.url(page)
    answer, found = pages.client.get(url, query), []
    while True:
        assert answer.status_code == 200
        found += rows(answer)
        older = answer.context["page"].older_url if page.endswith("agents") else answer.context["older_url"]
        if not older:
            return found
        answer = pages.client.get(urljoin(url, older))


# Tickets


def test_who_waits_shortest_is_first_if_asked_with_the_right_places(
    desk: Desk, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PAGE", 2)
    second = desk.add_queue()
    tickets = [desk.open_ticket(queue=second if i % 3 else None) for i in range(7)]
    first_queue, second_queue = tickets[::3], [t for i, t in enumerate(tickets) if i % 3]
    expected = [
        (t.pk, (first_queue.index(t) if t in first_queue else second_queue.index(t)) + 1) for t in reversed(tickets)
    ]

    def rows(answer: Any) -> list[Any]:
        return [(row.ticket.pk, row.position) for row in answer.context["page"].rows]

    assert through(pages, "tickets:waiting", rows, order="-waiting") == expected
    assert through(pages, "tickets:waiting", rows) == expected[::-1]
    # Back from the second page, the order is the same.
    first = pages.get("tickets:waiting", order="-waiting")
    second_page = pages.client.get(pages.url("tickets:waiting") + first.context["older_url"])
    back = pages.client.get(pages.url("tickets:waiting") + second_page.context["newer_url"])
    assert rows(back) == rows(first) == expected[:2]


def test_what_follows_what_happens_keeps_the_order(desk: Desk, pages: Pages) -> None:
    desk.open_ticket()
    body = pages.get("tickets:waiting", order="-waiting").content.decode()
    assert 'hx-get="' + pages.url("tickets:waiting") + '?order=-waiting"' in body
    assert '<input type="hidden" name="order" value="-waiting">' in body
    assert body.count('aria-sort="descending"') == 1
    assert "the longest wait last" in body
    part = pages.client.get(pages.url("tickets:waiting"), {"order": "-waiting"}, headers={"HX-Request": "true"})
    assert part.content.decode().count('aria-sort="descending"') == 1
    usual = pages.get("tickets:waiting").content.decode()
    assert 'aria-sort="ascending"' in usual
    assert 'href="?order=-waiting"' in usual


def test_the_answered_are_first_if_asked(desk: Desk, pages: Pages) -> None:
    desk.agent_online(limit=10)
    answered, short, long = [desk.open_ticket() for _ in range(3)]
    for ticket, minutes in ((answered, None), (short, 2), (long, 20)):
        since = timezone.now() - timedelta(minutes=minutes) if minutes else None
        Ticket.objects.filter(pk=ticket.pk).update(unanswered_since=since)

    def rows(order: str) -> list[Any]:
        found = pages.get("tickets:waiting", state="active", order=order).context["page"].rows
        return [row.ticket for row in found]

    assert rows("") == rows("unanswered") == [long, short, answered]
    assert rows("-unanswered") == [answered, short, long]
    assert (
        'href="?state=active&amp;order=-unanswered"' in pages.get("tickets:waiting", state="active").content.decode()
    )


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize(
    ("page", "key", "index"),
    [(waiting_page, "queued_at", "ticket_waiting"), (active_page, "unanswered_since", "ticket_unanswered")],
)
def test_both_orders_are_read_from_the_index(desk: Desk, page: Any, key: str, index: str, newest: bool) -> None:
    member = desk.member(desk.administrator)
    with CaptureQueriesContext(connection) as asked:
        page(member, OverviewFilter(newest=newest))
    (query,) = [q["sql"] for q in asked if "ORDER BY" in q["sql"] and key in q["sql"]]
    with connection.cursor() as cursor:
        # The order is had without sorting: with few rows the planner needs to be told to care.
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan, plan
    assert "Sort" not in plan, plan


# Agents


def named(desk: Desk, first_name: str) -> User:
    agent = desk.agent()
    User.objects.filter(pk=agent.pk).update(first_name=first_name, last_name="Doe")
    return agent


def test_agents_are_ordered_by_name_status_and_tickets(desk: Desk, pages: Pages) -> None:
    zoe, ana, bea = named(desk, "Zoé"), named(desk, "ána"), named(desk, "Bea")
    desk.limit(5)
    desk.status(bea, Status.ONLINE)
    for _n in range(2):
        desk.open_ticket(wanted_agent=bea)
    desk.status(ana, Status.ONLINE)
    desk.open_ticket(wanted_agent=ana)
    desk.status(ana, Status.PAUSED, reason="Lunch")

    def rows(order: str) -> list[User]:
        return [row.user for row in pages.get("tickets:agents", order=order).context["rows"]]

    assert rows("name") == [ana, bea, zoe]
    assert rows("-name") == [zoe, bea, ana]
    assert rows("status") == [bea, ana, zoe]
    assert rows("-status") == [zoe, ana, bea]
    assert rows("-load") == [bea, ana, zoe]
    assert rows("load") == [zoe, ana, bea]
    body = pages.get("tickets:agents", order="-load", status="online", q="bea").content.decode()
    assert 'href="?status=online&amp;q=bea&amp;order=load"' in body
    # The most tickets come first when the column is chosen.
    assert 'href="?order=-load"' in pages.get("tickets:agents").content.decode()


@pytest.mark.parametrize("order", ["", "name", "-name", "status", "-status", "load", "-load"])
def test_sorted_agents_go_on_from_page_to_page(desk: Desk, pages: Pages, order: str) -> None:
    agents = many(desk, 2 * PAGE + 3)
    AgentStatus.objects.bulk_create(
        AgentStatus(project=desk.project, user=user, status=Status.PAUSED, reason="Lunch", since=timezone.now())
        for user in agents[::5]
    )
    found = through(
        pages, "tickets:agents", lambda answer: [row.user.pk for row in answer.context["rows"]], order=order
    )
    assert len(found) == len(set(found)) == len(agents)


def many(desk: Desk, count: int) -> list[User]:
    """Put accounts on the desk's queue."""
    users = User.objects.bulk_create(
        User(email=f"agent{n:05}@example.org", first_name=f"Name {n % 17}", last_name="") for n in range(count)
    )
    QueueAgent.objects.bulk_create(QueueAgent(queue=desk.queue, user=user) for user in users)
    return users


def test_thousands_of_agents_are_sorted_in_memory_for_a_page(desk: Desk) -> None:
    """Only the usual order has an index: a page of another is the best of the people, no more is kept."""
    many(desk, 3_000)
    member = desk.member(desk.administrator)
    for order in ("name", "-status", "-load"):
        rows = with_sort_keys(member, agents_managed_by(member))
        plan = rows.order_by(*SORTING.read({"order": order}).keyset.order())[: PAGE + 1].explain(analyze=True)
        assert "top-N heapsort" in plan, plan
        assert "Disk:" not in plan, plan


def test_each_order_costs_the_same_queries(desk: Desk, pages: Pages) -> None:
    def cost(order: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            pages.get("tickets:agents", order=order)
        return len(asked)

    desk.agent_online()
    cost("")
    assert {cost(order) for order in ("", "name", "-status", "-load")} == {cost("")}


# Logs


@pytest.mark.parametrize("order", ["", "newest", "oldest"])
def test_the_log_of_started_conversations_begins_with_the_oldest_if_asked(
    desk: Desk, pages: Pages, order: str
) -> None:
    made = [start_of(desk, desk.administrator, person_key=f"+551191234{n:04}").pk for n in range(PAGE + 4)]

    def rows(answer: Any) -> list[Any]:
        return [row.start.pk for row in answer.context["rows"]]

    found = through(pages, "active_messages:log", rows, order=order)
    assert found == (made if order == "oldest" else made[::-1])


def test_both_orders_of_callbacks_are_read_from_the_index(desk: Desk) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
    for order in ("", "oldest"):
        asked = log.CallbackFilter(order=order)
        assert not asked.asks
        assert asked.count == 0
        plan = log.matching(desk.project, asked).order_by(*asked.keyset("created_at").order())[: PAGE + 1].explain()
        assert "delivery_log" in plan, plan
        assert "Sort" not in plan, plan


def test_callbacks_begin_with_the_oldest_if_asked(desk: Desk, pages: Pages) -> None:
    ticket = desk.open_ticket(callback_url="https://flow.example.org/callback")
    agent = desk.agent_online()
    for n in range(3):
        desk.reply(Ticket.objects.get(pk=ticket.pk), agent, f"Answer {n}")
    made = list(
        Delivery.objects.filter(project=desk.project).order_by("created_at", "id").values_list("pk", flat=True)
    )
    assert len(made) >= 3

    def rows(answer: Any) -> list[Any]:
        return [row.pk for row, _reason in answer.context["rows"]]

    assert through(pages, "tickets:callbacks", rows, order="oldest") == made
    assert through(pages, "tickets:callbacks", rows) == made[::-1]


@pytest.mark.parametrize("page", ["tickets:callbacks", "active_messages:log"])
def test_an_order_of_a_log_that_is_none_is_refused_at_its_field(desk: Desk, pages: Pages, page: str) -> None:
    start_of(desk, desk.administrator)
    answer = pages.get(page, order="created_at")
    assert answer.status_code == 422
    assert "order" in answer.context["form"].errors


@pytest.mark.parametrize(("page", "query"), [("waiting", {}), ("waiting", {"state": "active"}), ("agents", {})])
def test_an_order_that_is_not_offered_is_refused(desk: Desk, pages: Pages, page: str, query: dict[str, str]) -> None:
    for order in ("contact", "--waiting", "\x00", "x" * 5_000):
        answer = pages.get(f"tickets:{page}", order=order, **query)
        assert answer.status_code == 400
        assert "can’t be put in this order" in text_of(answer)
