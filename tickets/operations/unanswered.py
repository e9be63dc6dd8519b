"""Giving tickets back that their agent does not answer (docs/rules.md, Unanswered tickets)."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import SYSTEM
from tickets import due, routing
from tickets.models import Assignment, AttendanceRules, EventKind

from .handing import return_to_line
from .locking import lock_ticket

logger = logging.getLogger("tickets.attending")


@transaction.atomic
def give_back(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Put a ticket back at the head of its line that its agent has not answered in the sector's time, and route.

    Nothing happens, and False is returned, where that is not so (any more), or where the ticket would come straight
    back, nobody else being eligible: it is found again while it stays unanswered. ``now`` is aware.
    """
    ticket = lock_ticket(ticket_id)
    now = now or timezone.now()
    rules = AttendanceRules.objects.filter(sector=ticket.sector_id).first()
    segment = Assignment.objects.filter(ticket=ticket, ended_at=None, answered_at=None).first()
    if rules is None or rules.give_back_after is None or segment is None or ticket.agent is None:
        return False
    if max(segment.started_at, rules.modified_at) + timedelta(minutes=rules.give_back_after) > now:
        return False
    agents = routing.capacities([ticket.sector_id])[ticket.sector_id]
    if routing.comes_straight_back(agents, ticket.agent.pk, ticket.queue_id):
        return False
    ticket.given_back_by = ticket.agent
    return_to_line(
        ticket,
        by=SYSTEM,
        now=now,
        ended=Assignment.Ended.GIVEN_BACK,
        kind=EventKind.GIVEN_BACK,
        minutes=rules.give_back_after,
    )
    routing.route([ticket.sector_id], now=now)
    return True


def give_back_unanswered(*, now: datetime | None = None) -> int:
    """Give back every ticket whose time is over, each in a transaction of its own; returns how many. For the worker."""
    now = now or timezone.now()
    rows = due.unanswered(now)
    capacities = routing.capacities({row.sector_id for row in rows}) if rows else {}
    return sum(
        give_back(row.ticket_id, now=now)
        for row in rows
        # A first look without locks; the operation looks again with them.
        if not routing.comes_straight_back(capacities[row.sector_id], row.agent_id, row.queue_id)
    )
