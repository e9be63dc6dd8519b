"""Silence: warn contacts who stay silent, then close; return tickets that agents leave unanswered (docs/rules.md).

Agents leave a ticket unanswered by not giving a first answer, or by being offline while its contact waits.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import SYSTEM
from queues.models import AgentStatus, Status
from tickets import routing
from tickets.conversation.automatic_messages import render_text, send_automatic
from tickets.models import Assignment, AttendanceRules, EventKind, Ticket

from .assignment import comes_straight_back, return_to_queue
from .closing import end_ticket
from .locking import lock_row, lock_ticket

#: ``metadata.automatic`` of a warning on the wire.
WARNING = "silence"


def _is_over(ticket: Ticket, rules: AttendanceRules, minutes: int, now: datetime) -> bool:
    """Whether the contact has been silent that long, counted at the earliest from the last change of the rules."""
    since = ticket.silent_since
    return since is not None and max(since, rules.modified_at) + timedelta(minutes=minutes) <= now


@transaction.atomic
def warn_silent_contact(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Send the sector's warning to a contact who has been silent too long, once per answer of the agent.

    Returns whether it was sent; does nothing if the contact has written meanwhile. ``now`` is aware.
    """
    ticket = lock_row(ticket_id)
    now = now or timezone.now()
    rules = AttendanceRules.objects.filter(sector=ticket.sector_id).first()
    if rules is None or rules.warn_after is None or not ticket.is_active or ticket.warned_at is not None:
        return False
    if not _is_over(ticket, rules, rules.warn_after, now):
        return False
    # The text may render empty, for example if it is only the name of a contact who has none.
    if words := render_text(rules.warn_text, ticket):
        send_automatic(ticket, words, WARNING, now)
    ticket.warned_at = now
    ticket.save(update_fields=["line_count", "warned_at", "modified_at"])
    return True


@transaction.atomic
def close_silent_ticket(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Close a ticket whose contact has been silent too long, with the tag chosen for that.

    If the sector warns first, a late warning delays the closing accordingly. Notifies the flow. Returns whether it
    was closed; does nothing if the contact has written meanwhile. ``now`` is aware.
    """
    ticket = lock_ticket(ticket_id)
    now = now or timezone.now()
    rules = AttendanceRules.objects.select_related("close_tag").filter(sector=ticket.sector_id).first()
    if rules is None or rules.close_after is None or rules.close_tag is None or not ticket.is_active:
        return False
    if not _is_over(ticket, rules, rules.close_after, now) or not _was_warned(ticket, rules, now):
        return False
    end_ticket(ticket, [rules.close_tag], SYSTEM, now, tell_flow=True, minutes=rules.close_after)
    return True


def _was_warned(ticket: Ticket, rules: AttendanceRules, now: datetime) -> bool:
    """Whether the time between warning and closing has passed, if the sector warns."""
    if rules.warn_after is None or rules.close_after is None:
        return True
    left = timedelta(minutes=rules.close_after - rules.warn_after)
    return ticket.warned_at is not None and ticket.warned_at + left <= now


@transaction.atomic
def return_unanswered(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Return a ticket that its agent has not answered in time to the head of its queue, and route.

    Returns False and does nothing if that no longer holds, or if the ticket would be routed straight back because
    nobody else is eligible; it is found again as long as it stays unanswered. ``now`` is aware.
    """
    ticket = lock_ticket(ticket_id)
    now = now or timezone.now()
    rules = AttendanceRules.objects.filter(sector=ticket.sector_id).first()
    segment = Assignment.objects.filter(ticket=ticket, ended_at=None, answered_at=None).first()
    if rules is None or rules.give_back_after is None or segment is None or ticket.agent is None:
        return False
    if max(segment.started_at, rules.modified_at) + timedelta(minutes=rules.give_back_after) > now:
        return False
    if comes_straight_back(ticket):
        return False
    _give_back(ticket, now, minutes=rules.give_back_after)
    return True


@transaction.atomic
def move_on_from_offline(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Return a ticket whose contact waits for an agent who has been offline too long to its queue, and route.

    Returns False and does nothing if that no longer holds. ``now`` is aware.
    """
    ticket = lock_ticket(ticket_id)
    now = now or timezone.now()
    rules = AttendanceRules.objects.filter(sector=ticket.sector_id).first()
    segment = Assignment.objects.filter(ticket=ticket, ended_at=None).first()
    if rules is None or rules.move_on_after is None or segment is None or ticket.unanswered_since is None:
        return False
    # Locked, so that an agent who comes online at this moment either keeps the ticket or comes after it has moved.
    statuses = AgentStatus.objects.select_for_update(no_key=True)
    status = statuses.filter(project=ticket.project_id, user=ticket.agent_id).first()
    if status is not None and status.status != Status.OFFLINE:
        return False
    since = max(segment.started_at, rules.modified_at, *([status.since] if status else []))
    if since + timedelta(minutes=rules.move_on_after) > now:
        return False
    _give_back(ticket, now, minutes=rules.move_on_after, offline=True)
    return True


def _give_back(ticket: Ticket, now: datetime, **facts: Any) -> None:
    """Return a ticket that its agent left unanswered, and route. ``facts`` are stored with the event."""
    ticket.given_back_by = ticket.agent
    return_to_queue(ticket, by=SYSTEM, now=now, ended=Assignment.Ended.GIVEN_BACK, kind=EventKind.GIVEN_BACK, **facts)
    routing.route([ticket.sector_id], now=now)
