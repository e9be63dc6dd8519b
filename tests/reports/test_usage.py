"""Usage: the figures are what a person counts by hand, at the edges of months too (docs/reports.md, Usage)."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs import operations as orgs
from orgs.models import Organization, OrganizationRole, Project, ProjectRole, TokenScope, User
from reports import usage
from reports.usage import Figures
from reports.views.usage import PAGE
from tests.builders import FLOW, Desk, administrator_of, organization_member, person, project_member, project_of
from tests.flow import token_for
from tests.pages import NASTY, text_of
from tests.past import demo_project
from tickets import operations as tickets
from tickets.models import Assignment, Ticket

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
MONTHS = (JANUARY, FEBRUARY, MARCH, APRIL)
NOW = datetime(2026, 4, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today() -> Any:
    """A day in April 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


def at(month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@dataclass
class Book:
    """The figures of an organization, by name of the project."""

    organization: Organization

    def of(self, project: Project) -> dict[date, tuple[int, int, int]]:
        found = usage.usage_of(self.organization, MONTHS)
        [row] = [row for row in found.projects if row.pk == project.pk]
        return {m: (f.opened, f.closed, f.agents) for m, f in zip(MONTHS, row.months, strict=True) if f.any}

    def totals(self) -> dict[date, tuple[int, int, int]]:
        found = usage.usage_of(self.organization, MONTHS)
        return {m: (f.opened, f.closed, f.agents) for m, f in zip(MONTHS, found.totals, strict=True) if f.any}

    def total(self) -> Figures:
        return usage.usage_of(self.organization, MONTHS).total


@pytest.fixture
def book(desk: Desk) -> Book:
    return Book(desk.project.organization)


def attended(desk: Desk, agent: User, begins: datetime, ends: datetime | None, **values: Any) -> Ticket:
    """Let an agent take a ticket at a time, and close it at another."""
    ticket = desk.open_ticket(now=begins, **values)
    if ticket.agent_id is None:
        tickets.take(ticket.pk, by=desk.by(agent), now=begins)
    if ends is not None:
        ticket = desk.close(ticket, by=desk.administrator, now=ends)
    return ticket


# What counts where


def test_a_ticket_counts_in_the_month_of_its_opening_and_in_that_of_its_closing(desk: Desk, book: Book) -> None:
    agent = desk.agent_online(limit=50)
    attended(desk, agent, at(1, 10), at(1, 11))
    attended(desk, agent, at(1, 31), at(2, 1))
    attended(desk, agent, at(3, 5), None)
    assert book.of(desk.project) == {
        JANUARY: (2, 1, 1),
        FEBRUARY: (0, 1, 1),
        MARCH: (1, 0, 1),
        APRIL: (0, 0, 1),
    }


def test_a_month_begins_at_midnight_utc_whatever_the_clock_of_the_sector(project: Project) -> None:
    desk = Desk.set_up(project, timezone_name="America/Sao_Paulo")
    book = Book(project.organization)
    for moment in (at(1, 31, 23, 59, 59), at(2, 1, 0, 0, 0), at(2, 1, 2, 59)):
        desk.close(desk.open_ticket(now=moment), now=moment)
    assert book.of(project) == {JANUARY: (1, 1, 0), FEBRUARY: (2, 2, 0)}


def test_the_first_and_the_last_instant_of_a_month(desk: Desk, book: Book) -> None:
    agent = desk.agent_online(limit=50)
    begins, ends = at(2, 1, 0), at(3, 1, 0)
    # Ends as February begins: of January alone.
    attended(desk, agent, at(1, 31, 23), begins)
    assert book.of(desk.project)[FEBRUARY] == (0, 1, 0)
    # Begins as March begins.
    attended(desk, agent, ends, ends + timedelta(hours=1))
    assert book.of(desk.project)[MARCH] == (1, 1, 1)
    assert book.of(desk.project)[FEBRUARY] == (0, 1, 0)
    # Begins in the last microsecond of February and ends with it.
    attended(desk, agent, ends - timedelta(microseconds=1), ends)
    assert book.of(desk.project)[FEBRUARY] == (1, 1, 1)


def test_a_ticket_held_for_months_makes_its_agent_active_in_each(desk: Desk, book: Book) -> None:
    attended(desk, desk.agent_online(), at(1, 5), at(4, 2))
    assert {month: row[2] for month, row in book.of(desk.project).items()} == dict.fromkeys(MONTHS, 1)


def test_a_ticket_that_is_still_open_makes_its_agent_active_until_now(desk: Desk, book: Book) -> None:
    attended(desk, desk.agent_online(), at(2, 5), None)
    assert {month: row[2] for month, row in book.of(desk.project).items()} == {FEBRUARY: 1, MARCH: 1, APRIL: 1}


def test_whoever_had_a_ticket_between_transfers_was_active(desk: Desk, book: Book) -> None:
    first, second = desk.agent_online(limit=5), desk.agent_online()
    ticket = desk.open_ticket(now=at(1, 30), wanted_agent=first)
    assert ticket.agent == first
    tickets.transfer_to_agent(ticket.pk, second, by=desk.by(), now=at(2, 3))
    desk.close(ticket, now=at(2, 4))
    # In January the first, in February both: one handed over, one closed.
    assert book.of(desk.project) == {JANUARY: (1, 0, 1), FEBRUARY: (0, 1, 2)}


def test_two_agents_on_one_ticket_are_one_ticket_and_two_agents(desk: Desk, book: Book) -> None:
    first, second = desk.agent_online(limit=5), desk.agent_online()
    ticket = desk.open_ticket(now=at(3, 1), wanted_agent=first)
    tickets.transfer_to_agent(ticket.pk, second, by=desk.by(), now=at(3, 2))
    desk.close(ticket, now=at(3, 3))
    assert book.of(desk.project) == {MARCH: (1, 1, 2)}


def test_a_closing_by_the_flow_is_a_closing_and_nobodys_work(desk: Desk, book: Book) -> None:
    ticket = desk.open_ticket(now=at(3, 1))
    tickets.close_by_flow(ticket.pk, by=FLOW, now=at(3, 2))
    assert book.of(desk.project) == {MARCH: (1, 1, 0)}


def test_who_is_online_without_a_ticket_is_not_active(desk: Desk, book: Book) -> None:
    desk.agent_online()
    assert book.of(desk.project) == {}


def test_a_removed_agent_stays_counted(desk: Desk, book: Book) -> None:
    agent = desk.agent_online()
    attended(desk, agent, at(2, 5), at(2, 6))
    desk.remove(agent)
    assert book.of(desk.project) == {FEBRUARY: (1, 1, 1)}


# Totals


def test_in_totals_an_agent_of_two_projects_counts_once(desk: Desk, book: Book) -> None:
    other = Desk.set_up(project_of(desk.project.organization))
    agent = desk.agent_online()
    project_member(other.project, user=agent)
    from queues.models import Status
    from tests.builders import put_on

    put_on(other.queue, agent)
    other.status(agent, Status.ONLINE)
    attended(desk, agent, at(2, 5), at(2, 6))
    attended(other, agent, at(2, 7), at(3, 8))
    assert book.totals() == {FEBRUARY: (2, 1, 1), MARCH: (0, 1, 1)}
    assert book.total() == Figures(2, 2, 1)


def test_another_organization_is_not_counted(desk: Desk, other_desk: Desk, book: Book) -> None:
    attended(other_desk, other_desk.agent_online(), at(2, 5), at(2, 6))
    assert book.totals() == {}
    assert book.total() == Figures()
    assert [row.pk for row in usage.usage_of(book.organization, MONTHS).projects] == [desk.project.pk]


def test_an_archived_project_is_there_while_it_has_figures(desk: Desk, book: Book) -> None:
    attended(desk, desk.agent_online(), at(2, 5), at(2, 6))
    empty = project_of(book.organization)
    orgs.archive_project(desk.project, by=desk.by())
    orgs.archive_project(empty, by=orgs_actor(book.organization))
    [row] = usage.usage_of(book.organization, MONTHS).projects
    assert (row.pk, row.archived, row.total) == (desk.project.pk, True, Figures(1, 1, 1))
    assert not usage.usage_of(book.organization, (APRIL,)).projects


def orgs_actor(organization: Organization) -> Any:
    from orgs.access import Actor

    return Actor(user=administrator_of(organization))


def test_a_past_counted_one_by_one(django_db_blocker: Any) -> None:
    """Whatever the tickets: each cell is what comes out when they are gone through one after the other."""
    with demo_project(django_db_blocker, tickets=400, days=70) as project:
        months = usage.last_months(date(2026, 3, 28), 5)
        found = usage.usage_of(project.organization, months)
        assert found.total.opened > 300
        for month, figures in zip(months, found.totals, strict=True):
            assert figures == by_hand(project, month), month
        everybody = {a.agent_id for a in Assignment.objects.filter(ticket__project=project)}
        assert found.total.agents == len(everybody)


def by_hand(project: Project, month: date) -> Figures:
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    ends = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    opened = closed = 0
    agents: set[UUID] = set()
    for ticket in Ticket.objects.filter(project=project).prefetch_related("assignments"):
        opened += begins <= ticket.opened_at < ends
        closed += ticket.closed_at is not None and begins <= ticket.closed_at < ends
        for segment in ticket.assignments.all():
            over = segment.ended_at or datetime.max.replace(tzinfo=UTC)
            if segment.started_at < ends and (over > begins or segment.started_at >= begins):
                agents.add(segment.agent_id)
    return Figures(opened, closed, len(agents))


def test_months() -> None:
    assert usage.last_months(date(2026, 2, 28), 3) == (date(2025, 12, 1), JANUARY, FEBRUARY)
    assert len(usage.last_months(date(2026, 2, 28))) == 12
    assert usage.months_of(2026, date(2026, 3, 1)) == (JANUARY, FEBRUARY, MARCH)
    assert len(usage.months_of(2025, date(2026, 3, 1))) == 12


def test_the_years_begin_with_the_first_ticket(desk: Desk) -> None:
    organization = desk.project.organization
    assert usage.years_of(organization, date(2026, 4, 20)) == (2026,)
    desk.open_ticket(now=datetime(2024, 12, 31, 23, 59, tzinfo=UTC))
    assert usage.years_of(organization, date(2026, 4, 20)) == (2026, 2025, 2024)


# The page


@pytest.fixture
def page(desk: Desk) -> Callable[..., Any]:
    """Return what somebody sees at the page, or at the file."""

    def get(user: User | None, name: str = "reports:usage", **query: Any) -> Any:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client.get(reverse(name, args=[desk.project.organization_id]), query)

    return get


@pytest.fixture
def financial(desk: Desk) -> User:
    return organization_member(desk.project.organization, OrganizationRole.FINANCIAL)


@pytest.mark.parametrize("name", ["reports:usage", "reports:usage_csv"])
def test_who_sees_the_usage(desk: Desk, page: Callable[..., Any], name: str) -> None:
    allowed = {OrganizationRole.ADMINISTRATOR, OrganizationRole.FINANCIAL}
    for role in OrganizationRole.values:
        member = organization_member(desk.project.organization, role)
        assert page(member, name).status_code == (200 if role in allowed else 403), role
    assert page(desk.person(ProjectRole.MODERATOR), name).status_code == 403
    assert page(person(), name).status_code == 404
    assert page(None, name).status_code == 302


def test_financial_reads_numbers_and_names_and_can_go_nowhere_else(
    desk: Desk, page: Callable[..., Any], financial: User
) -> None:
    attended(desk, desk.agent_online(), at(2, 5), at(2, 6))
    answer = page(financial)
    assert desk.project.name in text_of(answer)
    markup = answer.content.decode()
    assert f"/projects/{desk.project.pk}" not in markup
    organization = desk.project.organization_id
    assert f'href="{reverse("orgs:organization", args=[organization])}"' in markup
    for name in ("orgs:organization_members", "orgs:project_new"):
        assert reverse(name, args=[organization]) not in markup
    linked = page(desk.administrator).content.decode()
    assert reverse("orgs:project_home", args=[desk.project.pk]) in linked


def test_financial_lands_on_the_usage(desk: Desk, financial: User) -> None:
    client = Client()
    client.force_login(financial)
    usage_url = reverse("reports:usage", args=[desk.project.organization_id])
    assert client.get("/").url == usage_url
    home = client.get("/?all=1")
    assert usage_url in home.content.decode()
    orgs.add_to_project(desk.project, financial, ProjectRole.ATTENDANT, by=desk.by())
    assert client.get("/").url == reverse("orgs:project_home", args=[desk.project.pk])


def test_the_page_shows_the_figure_that_is_asked_for(desk: Desk, page: Callable[..., Any], financial: User) -> None:
    agent = desk.agent_online(limit=9)
    for day in (3, 4, 5):
        attended(desk, agent, at(2, day), at(2, day, 13) if day > 3 else None)
    for figure, expected in (("opened", 3), ("closed", 2), ("agents", 1)):
        context = page(financial, figure=figure).context
        [(_row, _url, values, total)] = context["rows"]
        assert (max(values), total, context["total"]) == (expected, expected, expected)
    context = page(financial, year=2026).context
    assert [m.month for m in context["usage"].months] == [1, 2, 3, 4]


def test_a_year_without_tickets_and_no_tickets_at_all(desk: Desk, page: Callable[..., Any], financial: User) -> None:
    assert "No tickets in this period" in text_of(page(financial))
    desk.close(desk.open_ticket(now=datetime(2024, 5, 5, tzinfo=UTC)), now=datetime(2024, 5, 6, tzinfo=UTC))
    assert "No tickets in this period" in text_of(page(financial, year=2025))
    assert "1" in text_of(page(financial, year=2024))


@pytest.mark.parametrize("field", ["year", "figure", "from"])
def test_nonsense_in_the_address_is_answered_with_a_sentence(
    page: Callable[..., Any], financial: User, field: str
) -> None:
    values = [*NASTY, "2023", "2027", "1999999999999999999999", "0x7ea"]
    for value in values:
        if len(value) > 10_000 or value == "":
            continue
        answer = page(financial, **{field: value})
        assert answer.status_code in {200, 422}, value
        if field != "from" or not value.isascii() or not value.isdigit():
            assert answer.status_code == 422, value
    assert page(financial, "reports:usage_csv", year="x").status_code == 400
    assert page(financial, **{"from": "999999"}).status_code == 200


def test_many_projects_are_shown_in_pages_and_counted_in_all(
    desk: Desk, page: Callable[..., Any], financial: User
) -> None:
    attended(desk, desk.agent_online(), at(2, 5), at(2, 6))
    organization = desk.project.organization
    Project.objects.bulk_create(
        Project(organization=organization, name=f"P{n:03}", slug=f"p{n:03}") for n in range(PAGE + 5)
    )
    first = page(financial)
    assert len(first.context["rows"]) == PAGE
    assert first.context["total"] == 1
    client = Client()
    client.force_login(financial)
    rest = client.get(reverse("reports:usage", args=[organization.pk]) + first.context["next_url"])
    assert len(rest.context["rows"]) == 6
    assert rest.context["total"] == 1
    assert not rest.context["next_url"]


def test_the_number_of_queries_does_not_grow(desk: Desk, page: Callable[..., Any], financial: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert page(financial).status_code == 200
        return len(captured)

    attended(desk, desk.agent_online(), at(2, 5), at(2, 6))
    queries()
    before = queries()
    for _ in range(3):
        other = Desk.set_up(project_of(desk.project.organization))
        attended(other, other.agent_online(), at(2, 5), at(2, 6))
    assert queries() == before


def test_the_file_has_the_same_figures(desk: Desk, page: Callable[..., Any], financial: User) -> None:
    orgs.rename_project(desk.project, "=1+1", by=desk.by())
    attended(desk, desk.agent_online(), at(2, 5), at(3, 6))
    answer = page(financial, "reports:usage_csv", year=2026)
    assert answer["Content-Disposition"] == 'attachment; filename="usage-2026-01-2026-04.csv"'
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert rows[0] == ["Month", "Project", "Tickets opened", "Tickets closed", "Active agents"]
    assert ["2026-02", "'=1+1", "1", "0", "1"] in rows
    assert ["2026-03", "All projects", "0", "1", "1"] in rows
    assert rows[-1] == ["All months", "All projects", "1", "1", "1"]
    assert len(rows) == 1 + 4 * 2 + 2


# The API


def test_the_api_says_the_same(desk: Desk, financial: User) -> None:
    attended(desk, desk.agent_online(), at(2, 5), at(3, 6))
    client = Client()
    client.force_login(financial)
    url = f"/api/v1/organizations/{desk.project.organization_id}/usage/"
    body = client.get(url, {"year": 2026}).json()
    [project] = body["projects"]
    assert project["name"] == desk.project.name
    assert project["months"][1] == {"month": "2026-02", "opened": 1, "closed": 0, "agents": 1}
    assert body["months"][2] == {"month": "2026-03", "opened": 0, "closed": 1, "agents": 1}
    assert body["total"] == project["total"] == {"opened": 1, "closed": 1, "agents": 1}
    assert len(client.get(url).json()["months"]) == 12


def test_who_asks_the_api(desk: Desk, other_desk: Desk, financial: User) -> None:
    organization = desk.project.organization
    url = f"/api/v1/organizations/{organization.pk}/usage/"

    def status(user: User | None = None, secret: str = "", **query: Any) -> int:
        client = Client()
        if user:
            client.force_login(user)
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return client.get(url, query, headers=headers).status_code

    assert status(financial) == status(desk.administrator) == 200
    assert status(organization_member(organization)) == 403
    assert status(other_desk.administrator) == 404
    assert status() == 401
    for scope, expected in ((TokenScope.READ, 200), (TokenScope.ADMINISTER, 200), (TokenScope.OPEN, 404)):
        _token, secret = orgs.create_token("P", by=desk.by(), scopes=[scope], organization=organization)
        assert status(secret=secret) == expected
    assert status(secret=token_for(desk, scopes=[TokenScope.READ])[1]) == 404
    for value in ("x", "-1", "1999", "2027", "1e3", "\x00", "9" * 50):
        assert status(financial, year=value) == 400, value


def test_the_page_takes_no_part_in_a_slow_database(desk: Desk, financial: User) -> None:
    """What is read does not depend on how many tickets there are: indexes alone."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    seen: list[str] = []
    original = usage._rows

    def explained(sql: str, *arguments: Any) -> Any:
        seen.extend(line for (line,) in original(f"EXPLAIN (COSTS OFF) {sql}", *arguments))
        return original(sql, *arguments)

    with mock.patch.object(usage, "_rows", explained):
        usage.usage_of(desk.project.organization, MONTHS)
    plan = "\n".join(seen)
    assert "assignment_of_sector" in plan
    assert "Seq Scan on tickets" not in plan, plan
