"""The agents' page: who is there now, with how many tickets, and setting their status (docs/desk.md, Agents)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orgs.models import User
from queues import operations as queues
from queues.models import AgentStatus, Status
from sectors.models import AgentLimit
from tests.builders import Desk
from tests.pages import said, text_of


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(desk: Desk, user: User | None = None, **asked: str) -> Any:
    return client_of(user or desk.administrator).get(reverse("tickets:agents", args=[desk.project.pk]), asked)


def set_status(desk: Desk, agent: User, by: User | None = None, **data: str) -> Any:
    url = reverse("tickets:agent_status", args=[desk.project.pk, agent.pk])
    return client_of(by or desk.administrator).post(url, data)


def test_it_says_who_is_there_with_how_many_tickets(desk: Desk) -> None:
    desk.limit(2)
    agent = desk.agent_online()
    desk.open_ticket(wanted_agent=agent)
    text = text_of(page(desk))
    assert agent.name in text
    assert "Online" in text
    assert f"{desk.sector.name} 1/2" in text
    assert desk.queue.name in text


def test_a_limit_of_ones_own_counts(desk: Desk) -> None:
    agent = desk.agent_online()
    AgentLimit.objects.create(sector=desk.sector, user=agent, ticket_limit=7)
    assert f"{desk.sector.name} 0/7" in text_of(page(desk))


def test_a_pause_is_shown_beside_what_is_allowed(desk: Desk) -> None:
    queues.add_pause_reason(desk.project, "Lunch", by=desk.by(), daily_minutes=30)
    agent = desk.agent()
    desk.status(agent, Status.PAUSED, reason="Lunch")
    text = text_of(page(desk))
    assert "Paused: Lunch" in text
    assert "0 of 30 min today" in text


def test_a_manager_sees_and_sets_those_of_the_managed_sectors(desk: Desk) -> None:
    other = desk.add_sector()
    hidden = desk.agent_online(other.queues.get())
    agent = desk.agent()
    manager = desk.manager()
    text = text_of(page(desk, manager))
    assert agent.email in text
    assert hidden.email not in text
    assert set_status(desk, agent, manager, status="online").status_code == 302
    assert AgentStatus.objects.get(user=agent).status == "online"
    assert set_status(desk, hidden, manager, status="offline").status_code == 404
    assert AgentStatus.objects.get(user=hidden).status == "online"


@pytest.mark.parametrize(
    ("data", "sentence", "state"),
    [
        ({"status": "online"}, "is online.", ("online", False)),
        ({"status": "paused", "reason": "Meeting"}, "is paused.", ("paused", False)),
        ({"status": "paused", "after_tickets": "on"}, "pauses after the last ticket.", ("online", True)),
        ({"status": "offline"}, "is offline.", ("offline", False)),
        ({"status": "away"}, "Choose a status.", ("online", False)),
        ({}, "Choose a status.", ("online", False)),
        ({"status": "paused", "reason": "x" * 81}, "80", ("online", False)),
    ],
)
def test_what_can_be_set(desk: Desk, data: dict[str, str], sentence: str, state: tuple[str, bool]) -> None:
    agent = desk.agent_online()
    desk.open_ticket(wanted_agent=agent)
    answer = set_status(desk, agent, **data)
    assert answer.status_code == 302
    assert sentence in " ".join(said(answer))
    row = AgentStatus.objects.get(user=agent)
    assert (row.status, row.then_pause) == state


def test_it_is_filtered_by_sector_status_and_name(desk: Desk) -> None:
    other = desk.add_sector()
    here, there = desk.agent_online(), desk.agent(other.queues.get())
    assert there.email not in text_of(page(desk, sector=str(desk.sector.pk)))
    assert there.email in text_of(page(desk, status="offline"))
    assert here.email not in text_of(page(desk, status="offline"))
    assert here.email in text_of(page(desk, q=here.email))
    assert "Nobody found" in text_of(page(desk, q="nobody of this name"))


@pytest.mark.parametrize("asked", [{"sector": "x"}, {"status": "x" * 5000}, {"q": "\x00%_"}, {"after": "\x00"}])
def test_nonsense_in_the_address_is_answered(desk: Desk, asked: dict[str, str]) -> None:
    assert page(desk, **asked).status_code == 200


def test_it_costs_the_same_with_many_agents(desk: Desk, django_assert_num_queries: Any) -> None:
    client = client_of(desk.administrator)
    url = reverse("tickets:agents", args=[desk.project.pk])
    desk.agent_online()
    client.get(url)
    with django_assert_num_queries(19) as few:
        client.get(url)
    for _n in range(8):
        desk.agent_online(desk.add_queue())
    with django_assert_num_queries(len(few)):
        client.get(url)


def test_the_status_menu_says_what_is_used_today(desk: Desk) -> None:
    queues.add_pause_reason(desk.project, "Lunch", by=desk.by(), daily_minutes=30)
    agent = desk.agent_online()
    desk.open_ticket(wanted_agent=agent)
    text = text_of(client_of(agent).get(reverse("tickets:status", args=[desk.project.pk]), {"menu": "1"}))
    assert "0 of 30 min today" in text
    assert "Pause after my current tickets" in text


def test_the_menu_says_which_pause_is_announced_and_what_calls_it_off(desk: Desk) -> None:
    agent = desk.agent_online()
    desk.open_ticket(wanted_agent=agent)
    url, client = reverse("tickets:status", args=[desk.project.pk]), client_of(agent)
    before = client.get(url).content.decode()
    assert "New tickets come to you" in before
    assert before.count('aria-current="true"') == 1
    after = client.post(url, {"status": "paused", "reason": "Lunch", "after_tickets": "on"}).content.decode()
    assert "Cancels the pause" in after
    # It is neither online as before, nor offline, nor on a pause yet.
    assert 'aria-current="true"' not in after
    menu = client.get(url, {"menu": "1"})
    assert "You pause when your last ticket is done: Lunch" in text_of(menu)
    assert 'value="Lunch"' in menu.content.decode()


def test_an_agent_pauses_after_the_tickets_at_hand(desk: Desk) -> None:
    agent = desk.agent_online()
    desk.open_ticket(wanted_agent=agent)
    url = reverse("tickets:status", args=[desk.project.pk])
    answer = client_of(agent).post(url, {"status": "paused", "reason": "Lunch", "after_tickets": "on"})
    assert "Pauses soon" in text_of(answer)
