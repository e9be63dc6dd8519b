"""Giving tickets back that their agent does not answer (docs/rules.md, Unanswered tickets)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import SYSTEM
from tickets import routing
from tickets.models import Assignment, AttendanceRules, EventKind

from .handing import return_to_line
from .locking import lock_ticket


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
