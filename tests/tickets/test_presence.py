"""Who else has a ticket open: shown to those who see it, for moments only (docs/rules.md, Presence)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import NotAllowed
from orgs.models import User
from tests.builders import Desk, fresh
from tickets import jobs, operations
from tickets.desk.viewers import viewers_of
from tickets.models import Presence, Ticket

from .desk_tools import Browser


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online()


@pytest.fixture
def manager(desk: Desk) -> User:
    return desk.manager()


def names(desk: Desk, ticket: Ticket, user: User, later: int = 0) -> tuple[list[User], list[User]]:
    """Who writes and who looks on, as somebody sees it, so many seconds from now."""
    found = viewers_of(ticket, desk.member(user), timezone.now() + timedelta(seconds=later))
    return found.writing, found.looking


def test_each_sees_the_others_and_not_themselves(desk: Desk, agent: User, manager: User, ticket: Ticket) -> None:
    mine, theirs = Browser(agent, desk.project), Browser(manager, desk.project)
    assert mine.post("presence", ticket).content.decode().strip() == ""
    assert agent.name in theirs.post("presence", ticket, {"state": "writing"}).content.decode()
    page = mine.text("presence", ticket)
    assert manager.name in page
    assert "is writing" in page
    assert agent.name not in page
    theirs.post("presence", ticket, {"state": "there"})
    assert "has it open" in mine.text("presence", ticket)
    theirs.post("presence", ticket, {"state": "away"})
    assert manager.name not in mine.text("presence", ticket)


def test_who_is_not_heard_of_any_more_is_gone_and_forgotten(
    desk: Desk, agent: User, manager: User, ticket: Ticket
) -> None:
    operations.mark_viewing(ticket.pk, by=desk.by(manager), writing=True)
    assert names(desk, ticket, agent) == ([manager], [])
    assert names(desk, ticket, agent, later=10) == ([], [manager])
    assert names(desk, ticket, agent, later=80) == ([], [])
    jobs.purge_presence(0)
    assert Presence.objects.count() == 1
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=6))
    jobs.purge_presence(0)
    assert not Presence.objects.exists()


def test_looking_reads_nothing(desk: Desk, manager: User, ticket: Ticket) -> None:
    desk.message(ticket)
    Browser(manager, desk.project).post("presence", ticket)
    assert fresh(ticket).unread_count == 1
    assert fresh(ticket).line_count == ticket.line_count + 1


def test_who_does_not_see_a_ticket_is_not_there(desk: Desk, other_desk: Desk, ticket: Ticket) -> None:
    for user, place in ((desk.agent(), desk), (other_desk.administrator, other_desk)):
        assert Browser(user, desk.project).post("presence", ticket).status_code == 404
        with pytest.raises(NotAllowed):
            operations.mark_viewing(ticket.pk, by=place.by(user))
    assert not Presence.objects.exists()


def test_who_does_not_see_the_ticket_any_more_is_not_there(
    desk: Desk, agent: User, manager: User, ticket: Ticket
) -> None:
    colleague = desk.agent_online()
    for user in (agent, manager):
        operations.mark_viewing(ticket.pk, by=desk.by(user))
    assert names(desk, ticket, desk.administrator) == ([], [agent, manager])
    operations.assign(ticket.pk, colleague, by=desk.by())
    assert names(desk, fresh(ticket), desk.administrator) == ([], [manager])
    desk.remove(manager)
    assert names(desk, fresh(ticket), desk.administrator) == ([], [])
