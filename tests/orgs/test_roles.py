"""The page *Roles and permissions* says what is decided: each cell is compared with what such a person gets."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orgs.access import Member, OrganizationMember, role_table
from orgs.access.role_table import NO, PART, YES, rights_of, tables
from orgs.checks import all_patterns, rule_of
from orgs.models import OrganizationRole, ProjectRole, User
from tests.builders import Desk, organization_member, person, put_on
from tests.pages import Pages, text_of
from tests.walk import World, fill, parameters, routes
from tickets import operations as tickets
from tickets.models import Ticket

ORGANIZATION, PROJECT, TICKETS = tables()
CELLS = [
    (table.key, row.key, column.key, cell)
    for table in tables()
    for row in table.rows
    for column, cell in zip(table.columns, row.cells, strict=True)
]


def cell_of(table: role_table.Table, right: str, role: str) -> str:
    [row] = [row for row in table.rows if row.key == right]
    return row.cells[[column.key for column in table.columns].index(role)]


# All of it is there


def test_every_right_has_its_row_and_its_words() -> None:
    for table, kind, words in (
        (ORGANIZATION, OrganizationMember, role_table._OF_ORGANIZATION),
        (PROJECT, Member, role_table._OF_PROJECT),
    ):
        assert {row.key for row in table.rows} == set(rights_of(kind))
        assert set(words) == set(rights_of(kind)), "a right without words, or words without a right"
        assert all(str(row.label) and str(row.note) for row in table.rows)


def test_every_role_has_its_column() -> None:
    assert [column.key for column in ORGANIZATION.columns] == OrganizationRole.values
    assert {column.key for column in PROJECT.columns} == {*ProjectRole.values, "manager", "agent"}


def test_a_right_that_has_no_words_yet_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Member, "may_fly", lambda self: self.is_administrator, raising=False)
    assert cell_of(tables()[1], "may_fly", "moderator") == YES
    assert cell_of(tables()[1], "may_fly", "viewer") == NO


def test_the_page_follows_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cell_of(tables()[1], "may_connect_flow", "contributor") == NO
    monkeypatch.setattr(Member, "may_connect_flow", lambda self: self.configures)
    assert cell_of(tables()[1], "may_connect_flow", "contributor") == YES


# It says what a real member is told


@pytest.fixture
def roles(desk: Desk) -> dict[str, User]:
    """A real person of each of the project's columns."""
    return desk.one_of_each()


def test_each_cell_is_what_a_member_from_the_database_answers(desk: Desk, roles: dict[str, User]) -> None:
    other = desk.add_sector()
    for column in PROJECT.columns:
        member = desk.member(roles[column.key])
        for row in PROJECT.rows:
            method = getattr(member, row.key)
            if row.key in {"may_configure_sector", "may_direct_tickets_of"}:
                real = {(True, True): YES, (True, False): PART, (False, False): NO}[
                    method(desk.sector.pk), method(other.pk)
                ]
            else:
                real = YES if method() else NO
            assert cell_of(PROJECT, row.key, column.key) == real, (row.key, column.key)


def test_an_administrator_of_the_organization_has_the_cells_of_a_moderator(desk: Desk) -> None:
    member = desk.member(organization_member(desk.project.organization, OrganizationRole.ADMINISTRATOR))
    for row in PROJECT.rows:
        method = getattr(member, row.key)
        answer = method(desk.sector.pk) if row.key in {"may_configure_sector", "may_direct_tickets_of"} else method()
        assert (cell_of(PROJECT, row.key, "moderator") == YES) is answer, row.key


def test_the_tickets_are_those_that_each_sees(desk: Desk, roles: dict[str, User]) -> None:
    far = desk.add_sector()
    second = desk.add_queue()
    # Nobody is online: all of these wait.
    everywhere = desk.open_ticket(sector=far)
    in_sector = desk.open_ticket(queue=second)
    for key, user in roles.items():
        if key != "viewer":
            tickets.assign(desk.open_ticket(queue=second).pk, user, by=desk.by())
    earlier = desk.close(desk.open_ticket("maria", queue=second))
    in_line = desk.open_ticket("maria", queue=desk.queue)
    for key, user in roles.items():
        seen = Ticket.objects.visible_to(desk.member(user))
        own = Ticket.objects.filter(agent=user)
        real = {
            "all": seen.filter(pk=everywhere.pk).exists(),
            "sectors": seen.filter(pk=in_sector.pk).exists(),
            # A manager of the sector sees its lines as well, by the row above.
            "lines": seen.filter(pk=in_line.pk).exists() and (key != "manager"),
            "own": seen.filter(pk__in=own).exists(),
            "earlier": seen.filter(pk=earlier.pk).exists() and (key != "manager"),
        }
        for row in TICKETS.rows:
            assert (cell_of(TICKETS, row.key, key) == YES) is real[row.key], (row.key, key)
    desk.overfull = True


# It says what a request is answered


@pytest.fixture
def world(db: None) -> World:
    """A project with something of each kind, and somebody of each column."""
    world = World.build()
    desk, organization = world.desk, world.desk.project.organization
    plain, agent = desk.person(), desk.person(word="agent")
    put_on(desk.queue, agent)
    world.users |= {"attendant": plain, "agent": agent}
    for role in OrganizationRole.values:
        world.users[f"organization_{role}"] = organization_member(organization, role)
    return world


def guarded() -> Iterator[tuple[str, str, str]]:
    """Yield (right, name, path) of each page whose stated rule is a right of a member."""
    rules = {path: rule_of(pattern.callback) or "" for path, pattern in all_patterns()}
    for name, path in routes():
        kind, _dot, right = rules.get(path, "").partition(".")
        if kind in {"Member", "OrganizationMember"} and not name.startswith(("rest:", "external:")):
            yield f"{kind}.{right}", name, path


#: Rights that no page names as its rule: what decides is asked inside, of the sector or ticket at hand.
ASKED_INSIDE = {"Member.may_configure_sector", "Member.may_direct_tickets_of"}
#: Watching is a part of the desk.
WITHOUT_PAGES = {"Member.may_watch"}


def test_each_right_guards_a_page() -> None:
    guarding = {right for right, _name, _path in guarded()}
    found = {f"{kind.__name__}.{right}" for kind in (Member, OrganizationMember) for right in rights_of(kind)}
    assert found - guarding - ASKED_INSIDE <= WITHOUT_PAGES


@pytest.mark.parametrize("table", [ORGANIZATION, PROJECT], ids=["organization", "project"])
def test_each_cell_is_what_a_request_is_answered(world: World, table: role_table.Table) -> None:
    """Who has the right is let in, who lacks it is told 403: each page, each role, as the table says."""
    kind = "OrganizationMember" if table.key == "organization" else "Member"
    asked, wrong = 0, []
    for right, name, path in guarded():
        if not right.startswith(f"{kind}."):
            continue
        for column in table.columns:
            who = f"organization_{column.key}" if table.key == "organization" else column.key
            cell = cell_of(table, right.partition(".")[2], column.key)
            status = _ask(world, who, path)
            asked += 1
            # A page about one thing may have more to say about it, but never to who lacks the right.
            let_in = status not in {403, 404} if _is_plain(name, path) else status != 403 or cell == YES
            if let_in is not (cell != NO):
                wrong.append(f"{name} as {column.key}: {status}, and the page says {cell}")
    assert asked > 20
    assert not wrong, "\n".join(wrong)


#: Pages about things that their query names, of which there is nothing without them.
NAMED_IN_QUERY = {"tickets:tags"}


def _is_plain(name: str, path: str) -> bool:
    """Return whether an address names nothing but the project or organization."""
    return name not in NAMED_IN_QUERY and set(parameters(path)) <= {"project", "organization"}


def _ask(world: World, who: str, path: str) -> int:
    """Return the status of a page; of an address that takes formsand leads to their page, that of an empty one."""
    url = fill(path, world.ids(path, "own"))
    status = world.ask(who, "GET", url).status_code
    if status not in {302, 405}:
        return status
    posted = world.ask(who, "POST", url).status_code
    return status if posted == 405 else posted


def test_what_is_decided_by_sector_is_decided_as_the_page_says(world: World) -> None:
    desk = world.desk
    other = desk.add_sector()
    tickets_of = {desk.sector.pk: desk.open_ticket(), other.pk: desk.open_ticket(sector=other)}
    for column in PROJECT.columns:
        user = world.users[column.key]
        pages = Pages(user, desk.project)
        for right, allowed in (
            (
                "may_configure_sector",
                lambda sector, pages=pages: pages.get("sectors:detail", sector).status_code == 200,
            ),
            ("may_direct_tickets_of", lambda sector, user=user: _may_close(desk, user, tickets_of[sector])),
        ):
            real = {(True, True): YES, (True, False): PART, (False, False): NO}[
                allowed(desk.sector.pk), allowed(other.pk)
            ]
            assert real == cell_of(PROJECT, right, column.key), (right, column.key)


def _may_close(desk: Desk, user: User, ticket: Ticket) -> bool:
    """Return whether a person may assign a ticket that is not theirs; nothing stays of it."""
    from django.db import transaction

    from core.errors import NotAllowed

    point = transaction.savepoint()
    try:
        tickets.assign(ticket.pk, desk.administrator, by=desk.by(user))
    except NotAllowed:
        return False
    finally:
        transaction.savepoint_rollback(point)
    return True


# The page


def test_anyone_signed_in_reads_it(db: None) -> None:
    response = Pages(person()).client.get(reverse("orgs:roles"))
    assert response.status_code == 200
    page = text_of(response)
    for table in tables():
        for words in (*(row.label for row in table.rows), *(column.label for column in table.columns)):
            assert str(words) in page
    assert Client().get(reverse("orgs:roles")).status_code == 302


def test_what_the_page_shows_are_the_cells(db: None) -> None:
    markup = Pages(person()).client.get(reverse("orgs:roles")).content.decode()
    assert re.findall(r'data-cell="(\w+)"', markup) == [cell for *_where, cell in CELLS]
    words = {YES: "yes", PART: "own sectors", NO: "no"}
    said = re.findall(r'data-cell="(\w+)">(.*?)</td>', markup, re.S)
    assert all(words[cell] in re.sub(r"<[^>]+>", " ", inside) for cell, inside in said)


def test_it_is_led_to_from_the_menu_and_the_profile(db: None) -> None:
    client = Pages(person()).client
    assert client.get(reverse("orgs:profile")).content.decode().count(f'href="{reverse("orgs:roles")}"') >= 2


def test_it_asks_the_database_nothing_about_roles(db: None, django_assert_max_num_queries: Any) -> None:
    client = Pages(person()).client
    client.get(reverse("orgs:roles"))
    with django_assert_max_num_queries(4):
        client.get(reverse("orgs:roles"))
