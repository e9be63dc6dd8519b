"""Lists cost the same however many rows there are, and count none whole."""

import html
import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.admin import MAX_COUNTED, BoundedPaginator
from orgs import operations as orgs
from orgs.access import SYSTEM
from queues import operations as queues
from sectors import operations as sectors
from tags import operations as tags
from tests.builders import Desk, put_on, second_factor, special_day, start_of
from tickets.models import Message, SweepCatch, Ticket

from .conftest import Office


def more(wanted: int) -> None:
    """Give each list so many rows more, of different places."""
    for _n in range(wanted):
        other = Desk.set_up()
        agent = other.agent_online()
        second_factor(agent)
        ticket = other.open_ticket(callback_url="https://flow.example.org/")
        other.reply(ticket, agent)
        other.close(ticket, by=agent, tags=other.tags[:1])
        queues.add_pause_reason(other.project, "Lunch", by=other.by())
        sectors.add_quick_messages(
            other.project, [sectors.QuickText("hi", "Hello")], by=other.by(), sector=other.sector
        )
        orgs.create_token("Flow", by=SYSTEM, scopes=["open"], project=other.project)
        orgs.add_by_email(other.project.organization, "new@example.org", "viewer", by=other.by())
        SweepCatch.objects.create(ticket=ticket, sector=other.sector, queue=other.queue, agent=agent)
        start_of(other, agent)


def cost(office: Office, url: str) -> int:
    """Return how many statements a page costs; the answer is read whole."""
    office.client.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = office.client.get(url)
    assert answer.status_code == 200
    assert answer.content
    return len(queries)


@pytest.mark.django_db
def test_lists_cost_the_same_with_five_rows_and_with_fifty(office: Office) -> None:
    more(5)
    few = {model: cost(office, office.list_url(model)) for model in admin.site._registry}
    more(45)
    many = {model: cost(office, office.list_url(model)) for model in admin.site._registry}
    for model in admin.site._registry:
        shown = len(office.client.get(office.list_url(model)).context["cl"].result_list)
        assert shown >= 50, model
    assert many == few
    # Who it is, rights, the rows, their number, what the hierarchy of dates spans.
    assert max(many.values()) <= 10, many


def test_a_page_of_one_row_costs_the_same_however_much_belongs_to_it(desk: Desk, office: Office) -> None:
    agents = [desk.agent_online() for _n in range(2)]
    ticket = desk.open_ticket()
    for _n in range(2):
        desk.reply(ticket, ticket.agent)
    special_day(desk)
    urls = [office.change_url(row) for row in (desk.sector, desk.queue, ticket, agents[0])]
    few = [cost(office, url) for url in urls]
    put_on(desk.queue, *(desk.person() for _n in range(20)))
    sectors.update_sector(desk.sector, by=desk.by(), managers=[desk.person() for _n in range(20)])
    sectors.add_special_days(
        desk.sector,
        [sectors.SpecialDay(timezone.now().date().replace(year=2031, month=1, day=n)) for n in range(2, 22)],
        by=desk.by(),
    )
    for _n in range(20):
        desk.reply(ticket, ticket.agent)
    assert [cost(office, url) for url in urls] == few


def test_a_long_conversation_is_shown_from_its_end(desk: Desk, office: Office) -> None:
    desk.agent_online()
    ticket = desk.open_ticket()
    now = timezone.now()
    Message.objects.bulk_create(
        Message(ticket=ticket, number=1000 + n, kind="contact", text=f"said {n}.", created_on=now) for n in range(150)
    )
    text = office.client.get(office.change_url(ticket)).content.decode()
    assert "said 149." in text
    assert "said 50." in text
    assert "said 49." not in text
    Message.objects.filter(ticket=ticket, number__gte=1000).delete()


def test_rows_are_counted_up_to_a_number(desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BoundedPaginator.most == MAX_COUNTED
    tags.add_tags(desk.sector, [f"Tag {n}" for n in range(70)], by=desk.by())
    monkeypatch.setattr("core.admin.paginator.MAX_COUNTED", 60)
    monkeypatch.setattr(BoundedPaginator, "most", 60)
    page = office.client.get(office.list_url(type(desk.tags[0])))
    assert page.context["cl"].result_count == 60
    assert "60 or more" in page.content.decode()
    with CaptureQueriesContext(connection) as queries:
        office.client.get(office.list_url(Ticket))
    counts = [query["sql"] for query in queries if "COUNT(*)" in query["sql"]]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def periods(office: Office, query: str = "") -> list[str]:
    """Return the words of the links to periods above the list of tickets."""
    page = office.client.get(f"{office.list_url(Ticket)}{query}").content.decode()
    links = re.search(r'<nav class="toplinks">(.*?)</nav>', page, re.DOTALL)
    return [html.unescape(text).strip() for text in re.findall(r">([^<>]+)</a>", links[1])] if links else []


def test_lists_lead_from_years_over_months_to_days(desk: Desk, office: Office) -> None:
    with time_machine.travel(datetime(2025, 11, 28, 12, tzinfo=UTC)):
        assert periods(office) == []
        desk.open_ticket()
        assert periods(office) == ["November 28"]
    with time_machine.travel(datetime(2025, 12, 2, 12, tzinfo=UTC)):
        assert periods(office) == ["November 2025", "December 2025"]
    with time_machine.travel(datetime(2026, 2, 2, 12, tzinfo=UTC)):
        desk.open_ticket()
        assert periods(office) == ["2025", "2026"]
        assert periods(office, "?opened_at__year=2025") == ["‹ All dates", "November 2025", "December 2025"]
        month = "?opened_at__year=2025&opened_at__month=11"
        assert periods(office, month) == ["‹ 2025", "November 28", "November 29", "November 30"]
        day = f"{month}&opened_at__day=28"
        assert periods(office, day) == ["‹ November 2025"]
        rows = office.client.get(f"{office.list_url(Ticket)}{day}").context["cl"].result_list
        assert [row.opened_at.day for row in rows] == [28]
        assert periods(office, "?opened_at__year=1999") == ["‹ All dates"]
        for odd in ("?opened_at__month=2", "?opened_at__year=x", "?opened_at__year=2025&opened_at__month=13"):
            assert office.client.get(f"{office.list_url(Ticket)}{odd}", follow=True).status_code == 200


def test_no_list_reads_every_row_for_its_links_to_periods(desk: Desk, office: Office) -> None:
    desk.open_ticket()
    for model in admin.site._registry:
        with CaptureQueriesContext(connection) as queries:
            office.client.get(office.list_url(model))
        whole = [query["sql"] for query in queries if re.search(r"\b(MIN|MAX|DISTINCT|DATE_TRUNC)\b", query["sql"])]
        assert whole == [], model
