"""Where a ticket can go: found among hundreds, the ready first; back to the line (docs/rules.md, Transfer)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import NotAllowed
from core.form_fields import MAX_FOUND, MAX_OFFERED
from orgs.models import OrganizationMembership, OrganizationRole, ProjectMembership, ProjectRole, User
from queues.models import AgentStatus, QueueAgent, Status
from tests.builders import Desk, fresh
from tickets import errors, operations
from tickets.desk.transfer_targets import targets_of, targets_of_many
from tickets.models import Assignment, EventKind, Message, Ticket
from tickets.routing.agent_states import MAX_AGENTS, agents_on
from tickets.routing.explain import why_waiting
from tickets.supervision import overview
from tickets.views import supervision

from .desk_tools import Browser


def many_agents(desk: Desk, count: int) -> list[User]:
    """Put so many people on the desk's queue at once; they are offline."""
    users = User.objects.bulk_create(
        User(email=f"many-{n:03}@example.org", first_name="Agent", last_name=f"{n:03}") for n in range(count)
    )
    organization = desk.project.organization
    OrganizationMembership.objects.bulk_create(
        OrganizationMembership(organization=organization, user=user, role=OrganizationRole.VIEWER) for user in users
    )
    ProjectMembership.objects.bulk_create(
        ProjectMembership(organization=organization, project=desk.project, user=user, role=ProjectRole.ATTENDANT)
        for user in users
    )
    QueueAgent.objects.bulk_create(QueueAgent(queue=desk.queue, user=user) for user in users)
    return users


def online(desk: Desk, user: User) -> None:
    AgentStatus.objects.create(project=desk.project, user=user, status=Status.ONLINE)


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=5)


def test_of_302_agents_the_ready_one_is_first_and_each_is_found_by_name(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    users = many_agents(desk, 301)
    online(desk, users[300])
    found = targets_of(ticket, directs=False)
    assert found.people is not None
    assert found.people[0].agent.user == users[300]
    assert [person.may for person in found.people].count(True) == 1
    assert (len(found.people), found.more_people) == (MAX_OFFERED, 201)
    assert found.bounded
    searched = targets_of(ticket, directs=False, search="AGENT 299")
    assert searched.people is not None
    assert [person.agent.user for person in searched.people] == [users[299]]
    many = targets_of(ticket, directs=False, search="agent")
    assert (len(many.people or ()), many.more_people) == (MAX_FOUND, 301 - MAX_FOUND)
    # Also over several tickets, in the answer to why one waits, and beside it.
    several = targets_of_many(desk.project.pk, {desk.sector}, 3)
    assert several.people is not None
    assert {several.people[0].agent.user, several.people[1].agent.user} == {users[300], agent}
    assert several.more_people == 302 - MAX_OFFERED


def test_why_a_ticket_waits_counts_all_agents_and_names_the_nearest(desk: Desk) -> None:
    users = many_agents(desk, 302)
    for user in users[299:]:
        online(desk, user)
    desk.limit(1)
    for user in users[299:]:
        desk.open_ticket(wanted_agent=user)
    waiting = desk.open_ticket()
    why = why_waiting(waiting)
    assert why is not None
    assert why.sentence == "All 3 agents who are online are at the limit."
    assert {state.user for state in why.agents[:3]} == set(users[299:])
    assert (len(why.agents), why.found.left_out) == (MAX_AGENTS, 302 - MAX_AGENTS)
    page = Browser(desk.manager(), desk.project).text("panes", waiting)
    assert f"and {302 - MAX_AGENTS} more on this queue" in page
    beside = agents_on([desk.queue])[desk.queue.pk]
    assert {state.user for state in beside.agents} == set(users[299:])
    assert beside.states == {"full": 3, "offline": 299}


def test_the_number_of_queries_does_not_depend_on_how_many_there_are(desk: Desk, agent: User, ticket: Ticket) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            targets_of(fresh(ticket), directs=True, search="agent")
        return len(queries)

    before = cost()
    many_agents(desk, 150)
    for n in range(MAX_FOUND):
        desk.add_queue(f"Agent's line {n}")
    # One more counts the queues that are left out.
    assert cost() <= before + 1


def test_queues_are_searched_by_sector_and_name_and_the_own_sector_is_first(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    other = desk.add_sector(name="Adegas")
    elsewhere = desk.add_queue("Açúcar", sector=other)
    own = desk.add_queue("Ácidos")
    rows = targets_of(ticket, directs=False).queues
    assert rows[0] == own
    assert desk.queue not in rows
    assert targets_of(ticket, directs=False, search="acucar adegas").queues == [elsewhere]
    assert targets_of(ticket, directs=False, search="100%").queues == []


def test_the_part_of_the_dialog_that_a_search_fetches(desk: Desk, agent: User, ticket: Ticket) -> None:
    users = many_agents(desk, 120)
    browser = Browser(agent, desk.project)
    whole = browser.text("transfer", ticket)
    assert "and 20 more: type to find them" in whole
    assert f'data-search="{browser.url("transfer", ticket)}?part=1"' in whole
    part = browser.text("transfer", ticket, part="1", filter="agent 119")
    assert re.findall(r'value="(agent:[^"]*)"', part) == [f"agent:{users[119].pk}"]
    assert "<form" not in part
    manager = Browser(desk.manager(), desk.project)
    part = manager.text("transfer_many", part="1", tickets=[str(ticket.pk)], filter="agent 119")
    assert re.findall(r'value="(agent:[^"]*)"', part) == [f"agent:{users[119].pk}"]


def test_the_own_queue_is_offered_as_the_way_back(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = Browser(agent, desk.project)
    page = browser.text("transfer", ticket)
    assert 'value="line"' in page
    assert f"queue:{desk.queue.pk}" not in page
    desk.status(agent, "offline")
    waiting = desk.open_ticket()
    assert 'value="line"' not in Browser(desk.manager(), desk.project).text("transfer", waiting)


def test_a_ticket_goes_back_to_its_queue_and_on_to_somebody_else(desk: Desk, agent: User, ticket: Ticket) -> None:
    other = desk.agent_online(limit=5)
    queued = ticket.queued_at
    response = Browser(agent, desk.project).post("transfer", ticket, {"to": "line", "note": "I have to go"})
    assert response.status_code == 204
    ticket = fresh(ticket)
    assert (ticket.agent, ticket.queued_at, ticket.transfer_count) == (other, queued, 0)
    assert Message.objects.get(ticket=ticket).text == "I have to go"
    returned = ticket.events.get(kind=EventKind.RETURNED)
    assert returned.actor == agent
    assert Assignment.objects.filter(ticket=ticket, agent=agent, ended=Assignment.Ended.RETURNED).exists()
    page = Browser(other, desk.project).text("panes", ticket)
    assert f"{agent.name} returned the ticket to its queue." in page


def test_what_would_come_straight_back_is_refused_and_what_nobody_can_take_waits(
    desk: Desk, agent: User, ticket: Ticket
) -> None:
    browser = Browser(agent, desk.project)
    refused = browser.post("transfer", ticket, {"to": "line", "note": "Kept"})
    assert refused.status_code == 422
    assert "it would come straight back" in refused.content.decode()
    assert "Kept" in refused.content.decode()
    assert fresh(ticket).agent == agent
    desk.status(agent, "paused")
    assert browser.post("transfer", ticket, {"to": "line"}).status_code == 204
    assert fresh(ticket).status == "waiting"


def test_only_who_has_or_directs_a_ticket_returns_it(desk: Desk, agent: User, ticket: Ticket) -> None:
    other = desk.agent_online(limit=5)
    with pytest.raises(NotAllowed):
        operations.return_to_line(ticket.pk, by=desk.by(other))
    operations.return_to_line(ticket.pk, by=desk.by(desk.manager()))
    assert fresh(ticket).agent == other
    desk.close(ticket)
    with pytest.raises(errors.TicketClosed):
        operations.return_to_line(ticket.pk, by=desk.by())
    desk.status(agent, "offline")
    desk.status(other, "offline")
    with pytest.raises(errors.NotWithAnAgent):
        operations.return_to_line(desk.open_ticket().pk, by=desk.by())


def test_the_page_of_lines_counts_what_it_does_not_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MAX_QUEUES", 2)
    monkeypatch.setattr(supervision, "MAX_QUEUES", 2)
    for _ in range(3):
        desk.open_ticket(queue=desk.add_queue())
    browser = Browser(desk.manager(), desk.project)
    page = browser.text("waiting")
    assert '<span class="count count--quiet">3</span>' in page
    assert "These are the first: choose a sector or a queue to see others." in page
