"""Names stand in one order everywhere: by their fold, then as they are written (docs/rules.md, Searching)."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from django.db import connection

from core.pagination import PAGE
from core.text import by_name
from orgs.access import people_with_chats
from orgs.models import Organization, Project, User
from orgs.querysets import by_person
from orgs.views.organizations import BY_NAME
from queues.models import PauseReason, Queue
from reports.figures import by_agent, by_sector, by_tag
from reports.filter_choices import agents_of as agents_to_filter_by
from reports.filters import Filters, Selection
from sectors import operations as sectors
from sectors.forms.people import find_people
from sectors.models import Sector
from tags.models import Tag
from tests.builders import Desk, put_on
from tests.pages import Pages, text_of
from tickets import operations as tickets
from tickets.routing.agent_states import agents_of, agents_on
from tickets.supervision.overview import busy_agents, people_in_scope

PEOPLE = ["Álvaro Núñez", "ana lima", "Anthony Morton", "Tyler Huffman"]
NAMES = ["Água", "agua fria", "Ｂeta", "beta 2", "Çapa", "zinc", "Zorro"]


def named(user: User, name: str) -> User:
    first, _blank, last = name.partition(" ")
    User.objects.filter(pk=user.pk).update(first_name=first, last_name=last)
    user.refresh_from_db()
    return user


@pytest.fixture
def agents(desk: Desk) -> list[User]:
    """Four people, made in the opposite order, all online with a closed ticket each."""
    made = [named(desk.agent_online(), name) for name in reversed(PEOPLE)]
    for user in made:
        desk.close(desk.open_ticket(wanted_agent=user), by=user)
    return made


def people_in(desk: Desk, names: list[str]) -> list[str]:
    """Return the names of the four people out of a list."""
    return [name for name in names if name in PEOPLE]


def test_people(desk: Desk, agents: list[User]) -> None:
    member = desk.member(desk.administrator)
    project = desk.project
    for user in agents:
        desk.open_ticket(wanted_agent=user)
    lists: dict[str, Any] = {
        "with access to Chats": people_with_chats(project),
        "in the history's filter": agents_to_filter_by(member),
        "on the queues one directs": people_in_scope(member, None, None),
        "with active tickets": busy_agents(member, None, None),
        "in why a ticket waits": [state.user for state in agents_of(desk.sector).agents],
        "on a queue": [state.user for state in agents_on([desk.queue], most=10)[desk.queue.pk].agents],
        "by closed tickets": by_agent(Selection(member, Filters()), 4),
    }
    shown = {
        what: people_in(desk, [getattr(one, "name", "") or one.label for one in rows]) for what, rows in lists.items()
    }
    assert shown == dict.fromkeys(lists, PEOPLE)
    labels = [one["text"].partition(" · ")[0] for one in find_people(people_with_chats(project), "e")]
    assert [name for name in labels if name in PEOPLE] == PEOPLE


def test_people_on_pages(desk: Desk, agents: list[User]) -> None:
    sectors.set_agent_limits(desk.sector, dict.fromkeys(agents, 3), by=desk.by())
    pages = Pages(desk.administrator, desk.project)
    for page in ("sectors:limits", "sectors:detail"):
        text = text_of(pages.get(page, desk.sector.pk))
        assert sorted(PEOPLE, key=text.rindex) == PEOPLE, page


def test_somebody_without_name_stands_where_their_address_is_shown(desk: Desk) -> None:
    rows = [named(desk.agent(desk.queue), name) for name in ("Zoe", "", "Ana")]
    User.objects.filter(pk=rows[1].pk).update(email="maria@example.org")
    names = [user.name for user in User.objects.filter(pk__in=[row.pk for row in rows]).order_by(*by_person())]
    assert names == ["Ana", "maria", "Zoe"]


def test_rows_without_an_order_of_their_own(desk: Desk) -> None:
    project, sector = desk.project, desk.sector
    models = {
        Queue: [Queue(sector=sector, name=name, position=7) for name in reversed(NAMES)],
        Tag: [Tag(sector=sector, name=name, position=7) for name in reversed(NAMES)],
        PauseReason: [PauseReason(project=project, name=name, position=7) for name in reversed(NAMES)],
    }
    for model, rows in models.items():
        model.objects.bulk_create(rows)  # type: ignore[attr-defined]
        found = model.objects.filter(position=7)  # type: ignore[attr-defined]
        assert [row.name for row in found] == NAMES, model
        assert [row.name for row in found.order_by(*by_name())] == NAMES, model
    Queue.objects.filter(position=7).delete()
    Tag.objects.filter(position=7).delete()


def test_sectors_and_their_tags_by_closed_tickets(desk: Desk) -> None:
    """Equal in number, they stand by name."""
    agent = desk.agent()
    for name in reversed(NAMES):
        sector = desk.add_sector(name=name)
        queue = sector.queues.get()
        put_on(queue, agent)
        ticket = desk.open_ticket(queue=queue)
        tickets.close(ticket.pk, by=desk.by(), tag_ids=[sector.tags.get(name="Resolved").pk])
    selection = Selection(desk.member(desk.administrator), Filters())
    assert [row.label for row in by_sector(selection, 7)] == NAMES
    assert [row.label.partition(" · ")[0] for row in by_tag(selection, 7)] == NAMES
    assert set(Sector.objects.filter(project=desk.project).values_list("name", flat=True)) >= set(NAMES)


@pytest.fixture
def organization(desk: Desk) -> Organization:
    """An organization with more projects than are on three pages, many of names that are equal but for accents."""
    made = desk.project.organization
    letters = ["Álvaro", "alvaro", "ÁLVARO", "ana", "Àna", "Ｂruno", "bruno", "çapa", "Zé", "ze", "a,b"]
    Project.objects.bulk_create(
        Project(organization=made, name=f"{letters[n % len(letters)]} {n // 40}", slug=f"slug-{n}")
        for n in range(3 * PAGE + 7)
    )
    return made


def test_pages_of_projects_go_on_where_the_last_one_ended(organization: Organization) -> None:
    rows = Project.objects.filter(organization=organization)
    expected = list(rows.order_by(*by_name()).values_list("pk", flat=True))
    onward: list[UUID] = []
    query: dict[str, str] = {}
    while True:
        page = BY_NAME.list_page(query, rows)
        onward += [row.pk for row in page.rows]
        if not page.older_url:
            break
        query = dict(parse_qsl(page.older_url[1:]))
    assert onward == expected
    back = [row.pk for row in page.rows]
    while page.newer_url:
        page = BY_NAME.list_page(dict(parse_qsl(page.newer_url[1:])), rows)
        back = [row.pk for row in page.rows] + back
    assert back == expected


def test_pages_of_projects_are_read_by_an_index(organization: Organization) -> None:
    Project.objects.bulk_create(
        Project(organization=organization, name=f"Project {n}", slug=f"more-{n}") for n in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orgs_project")
    rows = Project.objects.filter(organization=organization)
    key = BY_NAME.key_of(rows.get(slug="more-1500"))
    for condition in (rows, rows.filter(BY_NAME.beyond(key))):
        plan = condition.order_by(*BY_NAME.order())[: PAGE + 1].explain()
        assert "project_by_name" in plan, plan
        assert "Sort" not in plan, plan
