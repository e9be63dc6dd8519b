"""Tickets handed over: transferred and taken (docs/rules.md, Transfer, Taking)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import NotAllowed
from orgs.models import ProjectRole
from queues.models import Status
from queues.operations import archive_queue
from sectors.operations import NoAccessToChats
from tests.builders import Desk, fresh, person, take_off
from tests.refusals import refused
from tickets import errors, operations
from tickets.models import Assignment, EventKind

from .tools import MONDAY_NINE, kinds


def test_a_transfer_to_a_queue_joins_the_end_of_its_line(desk: Desk) -> None:
    agent = desk.agent_online()
    second = desk.add_queue()
    waiting = desk.open_ticket(queue=second)
    ticket = desk.open_ticket()
    operations.transfer_to_queue(ticket.pk, second, by=desk.by(agent), note="About an invoice")
    ticket = fresh(ticket)
    assert (ticket.queue, ticket.agent, ticket.position) == (second, None, 2)
    assert fresh(waiting).position == 1
    assert kinds(ticket) == ["opened", "assigned", "transferred"]
    assert ticket.messages.get(kind="note").text == "About an invoice"
    assert ticket.transfer_count == 1


def test_a_transfer_to_another_sector_takes_its_tags(desk: Desk) -> None:
    other = desk.add_sector()
    ticket = desk.open_ticket()
    operations.transfer_to_queue(ticket.pk, other.queues.get(), by=desk.by())
    with pytest.raises(errors.ForeignTag):
        desk.close(ticket)
    assert desk.close(ticket, tags=list(other.tags.all())).is_closed


def test_a_transfer_does_not_ask_for_hours(desk: Desk) -> None:
    closed = desk.add_sector(always_open=False)
    ticket = desk.open_ticket()
    operations.transfer_to_queue(ticket.pk, closed.queues.get(), by=desk.by())
    assert fresh(ticket).sector == closed


def test_each_agents_segment_stays_theirs(desk: Desk) -> None:
    one, other = desk.agent_online(), desk.agent_online()
    ticket = desk.open_ticket(now=MONDAY_NINE)
    assert ticket.agent == one
    operations.transfer_to_agent(ticket.pk, other, by=desk.by(one), now=MONDAY_NINE + timedelta(minutes=5))
    desk.close(ticket, by=other, now=MONDAY_NINE + timedelta(minutes=12))
    found = [
        (a.agent, a.ended, (a.ended_at - a.started_at).total_seconds())
        for a in Assignment.objects.filter(ticket=ticket).order_by("started_at")
    ]
    assert found == [(one, "transferred", 300), (other, "closed", 420)]
    assert fresh(ticket).handling_seconds == 720


def test_an_agent_hands_on_to_an_eligible_one_only(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    ticket = desk.open_ticket()
    full, paused, elsewhere = (desk.agent_online(), desk.agent(), desk.agent_online(desk.add_queue()))
    desk.open_ticket()
    desk.status(paused, Status.PAUSED)
    for other in (full, paused, elsewhere):
        with pytest.raises(errors.NotEligible):
            operations.transfer_to_agent(ticket.pk, other, by=desk.by(agent))
    desk.status(paused, Status.ONLINE)
    operations.transfer_to_agent(ticket.pk, paused, by=desk.by(agent))
    assert fresh(ticket).agent == paused


def test_a_manager_hands_to_whom_they_choose(desk: Desk) -> None:
    desk.overfull = True
    manager, paused = desk.manager(), desk.agent()
    desk.status(paused, Status.PAUSED)
    ticket = desk.open_ticket()
    operations.transfer_to_agent(ticket.pk, paused, by=desk.by(manager))
    assert fresh(ticket).agent == paused


def test_nobody_hands_a_ticket_to_who_has_no_access(desk: Desk, other_desk: Desk) -> None:
    viewer, stranger = desk.person(ProjectRole.VIEWER), person("stranger")
    ticket = desk.open_ticket()
    for user in (viewer, stranger, other_desk.administrator):
        with pytest.raises(NoAccessToChats):
            operations.assign(ticket.pk, user, by=desk.by())


def test_where_a_ticket_can_not_be_transferred(desk: Desk, other_desk: Desk) -> None:
    ticket, second = desk.open_ticket(), desk.add_queue()
    archive_queue(second, by=desk.by())
    with pytest.raises(errors.Archived):
        operations.transfer_to_queue(ticket.pk, second, by=desk.by())
    with pytest.raises(errors.UnknownPlace):
        operations.transfer_to_queue(ticket.pk, other_desk.queue, by=desk.by())
    desk.close(ticket)
    with pytest.raises(errors.TicketClosed):
        operations.transfer_to_queue(ticket.pk, desk.queue, by=desk.by())
    with pytest.raises(errors.TicketClosed):
        operations.assign(ticket.pk, desk.administrator, by=desk.by())


# Taking


def test_an_agent_takes_from_an_own_line_below_the_limit(desk: Desk) -> None:
    agent, stranger_to_it = desk.agent(), desk.agent(desk.add_queue())
    desk.limit(1)
    one, other = desk.open_ticket(), desk.open_ticket()
    operations.take(one.pk, by=desk.by(agent))
    assert fresh(one).agent == agent
    with pytest.raises(errors.NotEligible):
        operations.take(other.pk, by=desk.by(agent))
    with pytest.raises(NotAllowed):
        operations.take(other.pk, by=desk.by(stranger_to_it))


def test_taking_again_is_no_harm_and_taking_anothers_is_told(desk: Desk) -> None:
    agent, colleague = desk.agent(), desk.agent()
    ticket = desk.open_ticket()
    operations.take(ticket.pk, by=desk.by(agent))
    operations.take(ticket.pk, by=desk.by(agent))
    assert Assignment.objects.filter(ticket=ticket).count() == 1
    with pytest.raises(errors.TakenByAnother, match=agent.name):
        operations.take(ticket.pk, by=desk.by(colleague))


def test_who_was_taken_off_the_queue_meanwhile_does_not_take(desk: Desk) -> None:
    agent = desk.agent()
    by = desk.by(agent)
    assert by.member is not None
    assert by.member.queue_ids
    ticket = desk.open_ticket()
    take_off(desk.queue, agent)
    with pytest.raises(errors.NotEligible):
        operations.take(ticket.pk, by=by)


def test_to_the_queue_it_is_in_nobody_transfers_a_ticket(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    with refused("there_already"):
        operations.transfer_to_queue(ticket.pk, desk.queue, by=desk.by(agent), note="Not for me")
    outcomes = operations.transfer_many([ticket.pk], desk.queue, by=desk.by())
    assert [outcome.code for outcome in outcomes] == ["there_already"]
    assert (fresh(ticket).agent, fresh(ticket).transfer_count) == (agent, 0)
    assert not ticket.events.filter(kind__in=[EventKind.TRANSFERRED, EventKind.RETURNED]).exists()
    assert not ticket.messages.exists()


def test_what_waits_in_the_queue_already_is_refused_wherever_it_is_asked(desk: Desk, client) -> None:
    ticket = desk.open_ticket()
    with refused("there_already"):
        operations.transfer_to_queue(ticket.pk, desk.queue, by=desk.by())
    assert [o.code for o in operations.transfer_many([ticket.pk], desk.queue, by=desk.by())] == ["there_already"]
    client.force_login(desk.administrator)
    path = reverse("tickets:transfer", args=[desk.project.pk, ticket.pk])
    answer = client.post(path, {"to": f"queue:{desk.queue.pk}", "note": "Kept"})
    assert answer.status_code >= 400
    assert "is in that queue already" in answer.content.decode()
    assert (fresh(ticket).transfer_count, fresh(ticket).line_count) == (0, ticket.line_count)
