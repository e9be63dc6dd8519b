"""A conversation on paper is whole, or says that it is not (docs/rules.md, History)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core.errors import NotAllowed
from orgs.models import ProjectRole, User
from reports import printing
from tests.builders import Desk, fresh
from tests.tickets.desk_tools import numbers, talked
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=5)


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    return desk.open_ticket()


def printed(user: User, ticket: Ticket):
    client = Client()
    client.force_login(user)
    return client.get(reverse("reports:print", args=[ticket.project_id, ticket.pk]))


def page_of(user: User, ticket: Ticket) -> str:
    return b"".join(printed(user, ticket).streaming_content).decode()


def test_five_thousand_messages_are_all_there_in_order(agent: User, ticket: Ticket) -> None:
    talked(ticket, 120, "bot {}", bot=True)
    talked(ticket, 5_000)
    page = page_of(agent, ticket)
    assert numbers(page) == list(range(1, fresh(ticket).line_count + 1))
    assert re.findall(r'dir="auto">(?:bot|message) (\d+)</div>', page) == [
        *map(str, range(120)),
        *map(str, range(5_000)),
    ]
    assert "The whole conversation: 5122 lines." in page
    assert page.count("Handed over to an agent") == 1
    assert page.rstrip().endswith("</html>")


def test_what_is_cut_is_said(agent: User, ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "MAX_LINES", 70)
    talked(ticket, 60, "bot {}", bot=True)
    talked(ticket, 500)
    page = page_of(agent, ticket)
    assert page.count("data-line=") == 70
    assert page.count("The first 70 of 562 lines. The rest is not printed.") == 2


def test_days_are_shown_once_across_parts(agent: User, ticket: Ticket) -> None:
    talked(ticket, 450)
    assert page_of(agent, ticket).count("data-day") in (1, 2)


def test_who_does_not_see_the_ticket_prints_nothing(desk: Desk, ticket: Ticket) -> None:
    assert printed(desk.agent_online(), ticket).status_code == 404


def test_it_ends_with_the_right_to_read_on(desk: Desk, ticket: Ticket) -> None:
    talked(ticket, 450)
    moderator = desk.person(ProjectRole.MODERATOR)
    parts = iter(printed(moderator, ticket).streaming_content)
    assert [bool(next(parts)) for _ in range(2)] == [True, True]
    desk.remove(moderator)
    with pytest.raises(NotAllowed):
        list(parts)


def test_pages_that_hold_a_part_say_so_on_paper_and_lead_to_the_whole(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    talked(ticket, 300)
    client = Client()
    client.force_login(agent)
    address = reverse("reports:print", args=[ticket.project_id, ticket.pk])
    for name in ("reports:ticket", "tickets:ticket"):
        page = client.get(reverse(name, args=[ticket.project_id, ticket.pk])).content.decode()
        assert address in page
        assert "only-print" in page
