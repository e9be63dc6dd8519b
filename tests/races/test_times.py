"""Whoever waits for a sector's lock takes the time at which they got it (docs/routing.md, One writer per sector).

Otherwise somebody who comes later would be before them in the line, and the record would show a seat taken twice.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from orgs import operations as orgs
from queues.models import Queue, Status
from sectors.locks import lock_sectors
from tests.builders import FLOW, Desk
from tickets import operations
from tickets.api.external.intake import open_room
from tickets.models import Assignment, AttendanceRules, QueueStay, Ticket, TicketEvent

from .parallel import PATIENCE, at_once, succeeded, until_waiting


def when_it_got_the_lock(desk: Desk, call: Callable[[], object]) -> datetime:
    """Call while another connection has the sector's lock; return a time at which the call was still waiting."""
    locked = threading.Event()

    def hold() -> datetime:
        with transaction.atomic():
            lock_sectors([desk.sector.pk])
            locked.set()
            until_waiting()
            return timezone.now()

    def follow() -> object:
        locked.wait(PATIENCE)
        return call()

    return succeeded(at_once(hold, follow))[0]


def times() -> set[datetime]:
    """Every time that routing has recorded."""
    rows = [
        *Assignment.objects.values_list("started_at", "ended_at"),
        *QueueStay.objects.values_list("entered_at", "left_at"),
        *Ticket.objects.values_list("queued_at", "assigned_at", "closed_at"),
        *TicketEvent.objects.values_list("at"),
    ]
    return {at for row in rows for at in row if at}


def opened_by_the_flow(desk: Desk) -> Callable[[], object]:
    token, _secret = orgs.create_token("Flow", by=desk.by(), scopes=["open"], project=desk.project)
    data = {"sector_uuid": desk.sector.pk, "contact": {"external_id": "somebody", "name": "Somebody"}}
    return lambda: open_room(token, data, by=FLOW)


def given_back(desk: Desk) -> Callable[[], object]:
    desk.rules(give_back_after=5)
    AttendanceRules.objects.update(modified_at=timezone.now() - timedelta(hours=1))
    desk.agent_online()
    desk.open_ticket(now=timezone.now() - timedelta(minutes=30))
    desk.agent_online()
    return operations.apply_service_rules


def closed_for_silence(desk: Desk) -> Callable[[], object]:
    desk.rules(close_after=5, close_tag=desk.tags[0])
    AttendanceRules.objects.update(modified_at=timezone.now() - timedelta(hours=1))
    agent = desk.agent_online()
    past = timezone.now() - timedelta(minutes=30)
    desk.reply(desk.open_ticket(now=past), agent, now=past)
    return operations.apply_service_rules


def of_an_attended_ticket(act: Callable[[Desk, Ticket], object]) -> Callable[[Desk], Callable[[], object]]:
    """Another ticket waits for the place."""

    def way(desk: Desk) -> Callable[[], object]:
        desk.agent_online(limit=1)
        tickets = [desk.open_ticket() for _ in range(2)]
        return lambda: act(desk, tickets[0])

    return way


def to_another_queue(call: Callable[[Desk, Ticket, Queue], object]) -> Callable[[Desk], Callable[[], object]]:
    def prepare(desk: Desk) -> Callable[[], object]:
        other = desk.add_queue()
        return of_an_attended_ticket(lambda desk, ticket: call(desk, ticket, other))(desk)

    return prepare


def coming_online(desk: Desk) -> Callable[[], object]:
    agent = desk.agent()
    desk.open_ticket()
    return lambda: desk.status(agent, Status.ONLINE)


WAYS: dict[str, Callable[[Desk], Callable[[], object]]] = {
    "opening": lambda desk: desk.open_ticket,
    "opening by the flow": opened_by_the_flow,
    "closing": of_an_attended_ticket(lambda desk, ticket: desk.close(ticket)),
    "closing by the flow": of_an_attended_ticket(lambda _desk, ticket: operations.close_by_flow(ticket.pk, by=FLOW)),
    "transfer": to_another_queue(
        lambda desk, ticket, queue: operations.transfer_to_queue(ticket.pk, queue, by=desk.by())
    ),
    "assigning": of_an_attended_ticket(
        lambda desk, ticket: operations.assign(ticket.pk, desk.administrator, by=desk.by())
    ),
    "taking": of_an_attended_ticket(lambda desk, ticket: operations.take(ticket.pk, by=desk.by())),
    "closing many": of_an_attended_ticket(
        lambda desk, ticket: operations.close_many([ticket.pk], by=desk.by(), tag_ids=[desk.tags[0].pk])
    ),
    "transferring many": to_another_queue(
        lambda desk, ticket, queue: operations.transfer_many([ticket.pk], queue, by=desk.by())
    ),
    "assigning many": of_an_attended_ticket(
        lambda desk, ticket: operations.assign_many([ticket.pk], desk.administrator, by=desk.by())
    ),
    "the end of access": of_an_attended_ticket(lambda desk, ticket: desk.remove(ticket.agent)),
    "coming online": coming_online,
    "giving back": given_back,
    "closing for silence": closed_for_silence,
}


@pytest.mark.parametrize("way", WAYS)
def test_the_recorded_time_is_the_one_of_the_lock(desk: Desk, way: str) -> None:
    call = WAYS[way](desk)
    before = times()
    got_it = when_it_got_the_lock(desk, call)
    written = times() - before
    assert written
    assert min(written) >= got_it
