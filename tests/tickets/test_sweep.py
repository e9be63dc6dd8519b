"""The net under routing: it catches what a writer around the code left behind, and keeps what it caught."""

import logging

import pytest

from queues.models import AgentStatus, QueueAgent, Status
from sectors.models import Sector
from tests.builders import Desk, fresh
from tickets import jobs, routing
from tickets.models import QueueStay, SweepCatch


def caught() -> list[tuple]:
    return list(SweepCatch.objects.values_list("ticket", "queue", "agent"))


def test_it_finds_nothing_where_everybody_keeps_the_rules(desk: Desk) -> None:
    desk.agent_online(limit=1)
    for _ in range(3):
        desk.open_ticket()
    assert routing.sweep() == 0
    assert caught() == []


def test_a_ticket_written_around_the_code_is_routed_and_kept_as_caught(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.unsaved_ticket()
    ticket.save()
    QueueStay.objects.create(ticket=ticket, queue=desk.queue, entered_at=ticket.queued_at)
    assert routing.sweep() == 1
    assert fresh(ticket).agent == agent
    assert caught() == [(ticket.pk, desk.queue.pk, agent.pk)]
    assert routing.sweep() == 0


@pytest.mark.parametrize("what", ["status", "membership", "limit", "pause called off"])
def test_a_place_that_became_free_around_the_code_is_found(desk: Desk, what: str) -> None:
    elsewhere = desk.add_queue()
    agent = desk.agent_online(elsewhere if what == "membership" else desk.queue, limit=1)
    desk.open_ticket(queue=elsewhere if what == "membership" else desk.queue)
    statuses = AgentStatus.objects.filter(user=agent)
    if what == "status":
        desk.limit(2)
        desk.status(agent, Status.PAUSED)
    if what == "pause called off":
        desk.limit(2)
        desk.status(agent, Status.PAUSED, after_tickets=True)
    if what == "membership":
        desk.limit(2)
    ticket = desk.open_ticket()
    assert ticket.is_waiting
    if what == "status":
        statuses.update(status=Status.ONLINE)
    elif what == "pause called off":
        statuses.update(then_pause=False)
    elif what == "membership":
        QueueAgent.objects.create(queue=desk.queue, user=agent)
    else:
        Sector.objects.filter(pk=desk.sector.pk).update(ticket_limit=2)
    assert routing.sweep() == 1
    assert caught() == [(ticket.pk, desk.queue.pk, agent.pk)]


def test_it_sweeps_all_sectors_and_catches_only_where_something_is_wrong(desk: Desk, other_desk: Desk) -> None:
    for one in (desk, other_desk):
        one.open_ticket()
    agent = other_desk.agent()
    AgentStatus.objects.create(project=other_desk.project, user=agent, status=Status.ONLINE)
    assert routing.sweep() == 1
    assert SweepCatch.objects.get().sector == other_desk.sector


def test_the_worker_logs_what_it_caught_as_an_error(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    agent = desk.agent()
    desk.open_ticket()
    with caplog.at_level(logging.ERROR, "tickets.jobs"):
        jobs.sweep(0)
        assert caplog.records == []
        AgentStatus.objects.create(project=desk.project, user=agent, status=Status.ONLINE)
        jobs.sweep(0)
    assert len(caplog.records) == 1
