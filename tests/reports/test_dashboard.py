"""The dashboard's numbers are those that one counts in the history."""

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from statistics import mean, median
from typing import Any
from urllib.parse import urlparse

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from orgs.access import Member
from orgs.models import Project, User
from reports import figures
from reports.filters import Filters, Selection
from reports.forms import read
from reports.live_figures import now
from sectors.models import Sector
from tags.models import Tag
from tests.builders import Desk
from tests.past import UNTIL
from tickets.models import Assignment

Get = Callable[..., Any]
Who = Callable[[str], Member]

DAYS = {"start": (UNTIL - timedelta(days=6)).date(), "end": UNTIL.date()}


def questions(past: Project) -> list[Filters]:
    """Return different questions to ask."""
    place = Sector.objects.get(project=past, name="Helpline 24/7")
    one, two = Tag.objects.filter(sector__project=past, sector__name="Suporte").order_by("position")[:2]
    return [
        Filters(),
        Filters(**DAYS),
        Filters(sector=place.pk, **DAYS),
        Filters(tags=(one.pk, two.pk), **DAYS),
        Filters(tags=(one.pk, two.pk), match="all"),
        Filters(text="senha", **DAYS),
        Filters(only=("transferred",)),
        Filters(agent=User.objects.get(email="agent1@example.org").pk),
        Filters(contact="nobody is called so"),
    ]


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("name", ["admin", "manager.suporte", "agent4"])
def test_cards_are_the_sums_of_their_tables_and_what_history_lists(
    past: Project, member: Who, number: int, name: str
) -> None:
    selection = Selection(member(name), questions(past)[number])
    listed, total = selection.closed().count(), figures.summary(selection).closed
    assert total == listed
    assert sum(row.closed for row in figures.by_sector(selection, total)) == total
    assert sum(row.closed for row in figures.by_queue(selection, total)) == total
    assert sum(row.closed for row in figures.by_agent(selection, total)) == total
    assert sum(day.closed for day in figures.counts_by_day(selection)) == total
    opened = figures.summary(selection).opened
    assert opened == selection.opened().count()
    assert sum(day.opened for day in figures.counts_by_day(selection)) == opened
    assert sum(map(sum, figures.opened_by_hour(selection))) == opened
    assert sum(row.closed for row in figures.by_tag(selection, total)) >= total


class _Links(HTMLParser):
    """Collects (address, number) of the links whose text is a number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []
        self._href = ""
        self._text = ""
        self._value: list[str] = []
        self._in_value = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        values = dict(attrs)
        if tag == "a":
            self._href, self._text = values.get("href") or "", ""
        if "stat__value" in (values.get("class") or ""):
            self._in_value, self._text = True, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        text = self._text.strip().replace(",", "")
        if self._href and (tag == "a" or (tag == "span" and self._in_value)):
            if "/history/?" in self._href and text.isdigit():
                self.found.append((self._href, int(text)))
                self._text = ""
            self._in_value = False
        if tag == "a":
            self._href = ""


@pytest.mark.parametrize(
    ("name", "filtered"), [("admin", ""), ("manager.suporte", ""), ("agent4", ""), ("admin", "tag")]
)
def test_every_number_lists_exactly_the_tickets_it_counts(
    past: Project, get: Get, member: Who, name: str, filtered: str
) -> None:
    query = f"from={DAYS['start']}&to={DAYS['end']}"
    if filtered:
        tag = Tag.objects.filter(sector__project=past, sector__name="Suporte").order_by("position")[0]
        query += f"&tags={tag.pk}&only=answered"
    parser = _Links()
    parser.feed(get(name, "reports:dashboard", query=query).content.decode())
    assert len(parser.found) > 30
    for address, count in parser.found:
        filters, form = read(QueryDict(urlparse(address).query), member(name))
        assert filters is not None, form.errors
        assert Selection(member(name), filters).listed().count() == count, address


def test_durations_are_what_one_reckons_by_hand(past: Project, member: Who) -> None:
    selection = Selection(member("admin"), Filters(**DAYS))
    tickets = list(selection.closed())
    spreads = figures.summary(selection).spreads
    waits = [t.waiting_seconds for t in tickets]
    assert spreads["waiting"].mean == pytest.approx(mean(waits))
    assert spreads["waiting"].median == pytest.approx(median(waits))
    lasted = [(t.closed_at - t.opened_at).total_seconds() for t in tickets]
    assert spreads["duration"].median == pytest.approx(median(lasted))
    answered = [t.first_response_seconds for t in tickets if t.first_response_seconds is not None]
    assert spreads["first_response"].count == len(answered)
    assert len(answered) + figures.summary(selection).unanswered == len(tickets)


def test_work_hours_only_are_counted_where_asked_for(past: Project, member: Who) -> None:
    selection = Selection(member("admin"), Filters())
    spreads = figures.summary(selection, "open").spreads
    assert spreads["waiting"].mean == pytest.approx(mean(t.waiting_open_seconds for t in selection.closed()))


def test_an_agents_time_is_that_of_the_own_segments(past: Project, member: Who) -> None:
    agent = User.objects.get(email="agent4@example.org")
    selection = Selection(member("admin"), Filters())
    row = next(r for r in figures.by_agent(selection, 1) if r.pk == agent.pk)
    own = [(a.ended_at - a.started_at).total_seconds() for a in Assignment.objects.filter(agent=agent)]
    assert row.spreads["handling"].mean == pytest.approx(mean(own))


def test_nothing_is_a_dash_and_never_zero(past: Project, get: Get, member: Who) -> None:
    selection = Selection(member("admin"), Filters(contact="nobody is called so"))
    assert all(s.mean is None and s.median is None for s in figures.summary(selection).spreads.values())
    body = get("admin", "reports:dashboard", contact="nobody is called so").content.decode()
    assert "–" in body
    assert "0 s" not in body


def test_a_tickets_several_tags_count_once_each_and_the_total_counts_tickets(past: Project, member: Who) -> None:
    selection = Selection(member("admin"), Filters())
    rows = figures.by_tag(selection, 500)
    given = sum(t.tags.count() for t in selection.closed())
    assert sum(row.closed for row in rows) == given > 500


def test_the_dashboard_asks_as_many_questions_for_ten_days_as_for_none(past: Project, get: Get) -> None:
    get("admin", "reports:dashboard")
    with CaptureQueriesContext(connection) as many:
        get("admin", "reports:dashboard", query=f"from={DAYS['start']}&to={DAYS['end']}")
    with CaptureQueriesContext(connection) as none:
        get("admin", "reports:dashboard", query="from=2020-01-01&to=2020-01-02")
    assert len(none) <= len(many) < 60


@pytest.mark.django_db
class TestNow:
    def test_it_counts_what_waits_who_attends_and_who_is_full(self, desk: Desk) -> None:
        agent = desk.agent_online(limit=2)
        desk.agent()
        for _ in range(3):
            desk.open_ticket()
        seen = now(desk.member(desk.administrator), Filters())
        assert (seen.waiting, seen.active, seen.online, seen.full, seen.offline) == (1, 2, 1, 1, 1)
        assert seen.oldest is not None
        assert [(line.waiting, line.active) for line in seen.lines] == [(1, 2)]
        mine = now(desk.member(agent), Filters())
        assert (mine.waiting, mine.active, mine.online, mine.offline) == (1, 2, 1, 0)

    def test_a_manager_of_another_sector_sees_none_of_it(self, desk: Desk) -> None:
        desk.agent_online()
        other = desk.manager(desk.add_sector())
        desk.open_ticket()
        seen = now(desk.member(other), Filters())
        assert (seen.waiting, seen.active, seen.online, seen.lines) == (0, 0, 0, [])
