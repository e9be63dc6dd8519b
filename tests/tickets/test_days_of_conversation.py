"""Each day of a conversation stands over its lines once, however they are loaded (docs/desk.md)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from orgs.models import User
from tests.builders import Desk, fresh
from tickets.conversation.transcript import lines_after, page_after, page_before
from tickets.models import Message, Ticket

from .desk_tools import talked

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = re.compile(r'data-day><time datetime="([\d-]+)"')


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=5)


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    with time_machine.travel(NOON, tick=False):
        ticket = desk.open_ticket()
        talked(ticket, 3, "bot {}", bot=True)
        talked(ticket, 3)
    return fresh(ticket)


def days(user: User, route: str, ticket: Ticket, query: str = "") -> list[str]:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(route, args=[ticket.project_id, ticket.pk]) + query)
    content = b"".join(answer) if answer.streaming else answer.content
    return DAY.findall(content.decode())


@pytest.mark.parametrize(
    "route", ["tickets:ticket", "tickets:lines", "tickets:beside", "reports:ticket", "reports:print"]
)
def test_the_day_of_the_bot_conversation_goes_on_after_the_hand_over(agent: User, ticket: Ticket, route: str) -> None:
    assert days(agent, route, ticket) == ["2026-05-20"]


def test_a_line_loaded_again_brings_no_day_of_its_own(agent: User, ticket: Ticket) -> None:
    assert days(agent, "tickets:lines", ticket, "?after=4&again=1,2") == []


def test_a_new_day_after_the_hand_over_is_shown(agent: User, ticket: Ticket) -> None:
    Message.objects.filter(ticket=ticket, is_history=True).update(created_on=NOON - timedelta(days=1))
    assert days(agent, "tickets:ticket", ticket) == ["2026-05-19", "2026-05-20"]


@pytest.mark.parametrize(
    "lines",
    [
        lambda ticket: page_before(ticket).lines,
        lambda ticket: page_after(ticket, 0).lines,
        lambda ticket: lines_after(ticket, 0),
    ],
)
def test_a_late_line_stands_under_the_day_it_came_and_shows_its_own(
    agent: User, ticket: Ticket, lines: Callable[[Ticket], list]
) -> None:
    late = Message.objects.filter(ticket=ticket, is_history=False).order_by("number")[1]
    Message.objects.filter(pk=late.pk).update(
        is_late=True, history_key="late", created_on=NOON - timedelta(days=1), stored_at=late.stored_at
    )
    assert [line.pk for line in lines(ticket) if line.new_day] == []
    assert days(agent, "reports:ticket", ticket) == ["2026-05-20"]
