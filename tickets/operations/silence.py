"""Contacts who stay silent: warning them, then closing (docs/rules.md, Silent contacts)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import SYSTEM
from tickets.automatic import in_words, say
from tickets.models import AttendanceRules, Ticket

from .closing import end_ticket
from .locking import lock_row, lock_ticket

#: What a warning is called on the wire.
WARNING = "silence"


def _is_over(ticket: Ticket, rules: AttendanceRules, minutes: int, now: datetime) -> bool:
    """Whether the contact has been silent for so long, counted from the last change of the rules at the earliest."""
    since = ticket.silent_since
    return since is not None and max(since, rules.modified_at) + timedelta(minutes=minutes) <= now


@transaction.atomic
def warn_silent(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Send the sector's warning to a contact who has been silent for its time, once for each answer of the agent.

    Returns whether it was sent; where the contact has written meanwhile, nothing happens. ``now`` is aware.
    """
    ticket = lock_row(ticket_id)
    now = now or timezone.now()
    rules = AttendanceRules.objects.filter(sector=ticket.sector_id).first()
    if rules is None or rules.warn_after is None or not ticket.is_active or ticket.warned_at is not None:
        return False
    if not _is_over(ticket, rules, rules.warn_after, now):
        return False
    # Of nothing but a name that the contact does not have, nothing is left to say.
    if words := in_words(rules.warn_text, ticket):
        say(ticket, words, WARNING, now)
    ticket.warned_at = now
    ticket.save(update_fields=["line_count", "warned_at", "modified_at"])
    return True


@transaction.atomic
def close_silent(ticket_id: UUID, *, now: datetime | None = None) -> bool:
    """Close a ticket whose contact has been silent for the sector's time, with the tag chosen for that.

    Where the sector warns, a contact who was warned late has as much longer. Returns whether it was closed; where the
    contact has written meanwhile, nothing happens. The flow is told. ``now`` is aware.
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
    """Whether the contact has had the time between warning and closing, where the sector warns."""
    if rules.warn_after is None or rules.close_after is None:
        return True
    left = timedelta(minutes=rules.close_after - rules.warn_after)
    return ticket.warned_at is not None and ticket.warned_at + left <= now
