"""Who has a ticket open at the desk, and who is writing there; kept for moments, never part of the conversation."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import NotAllowed
from orgs.access import Actor
from tickets import live_events
from tickets.models import Presence, Ticket

#: How long somebody counts as there after their page was last heard, and as writing after the last key.
THERE = timedelta(seconds=75)
WRITING = timedelta(seconds=8)
#: When rows are removed that nobody asks for any more.
KEPT = timedelta(minutes=5)


@transaction.atomic
def mark_viewing(ticket_id: UUID, *, by: Actor, writing: bool = False, now: datetime | None = None) -> None:
    """Note that somebody has a ticket open, and whether they are writing (docs/rules.md, Presence).

    Open pages hear of it where something changed: who came, who began to write or stopped. Nothing is read by it.
    ``now`` is aware. Raises NotAllowed for whoever does not see the ticket.
    """
    if by.user is None or by.member is None:
        raise NotAllowed
    ticket = Ticket.objects.visible_to(by.member).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotAllowed
    now = now or timezone.now()
    row, came = Presence.objects.select_for_update().get_or_create(
        ticket=ticket, user=by.user, defaults={"seen_at": now, "typing_at": now if writing else None}
    )
    changed = came or row.seen_at <= now - THERE or writing != is_writing(row, now)
    row.seen_at, row.typing_at = now, now if writing else None
    row.save(update_fields=["seen_at", "typing_at"])
    if changed:
        live_events.presence(ticket)


@transaction.atomic
def stop_viewing(ticket_id: UUID, *, by: Actor) -> None:
    """Note that somebody has left a ticket."""
    gone, _kinds = Presence.objects.filter(ticket=ticket_id, user=by.user).delete()
    if gone:
        live_events.presence(Ticket.objects.get(pk=ticket_id))


def is_writing(row: Presence, now: datetime) -> bool:
    """Whether somebody counts as writing. ``now`` is aware."""
    return row.typing_at is not None and row.typing_at > now - WRITING


def purge_presence(now: datetime | None = None) -> int:
    """Remove what is too old to count; returns how many rows. ``now`` is aware."""
    removed, _kinds = Presence.objects.filter(seen_at__lt=(now or timezone.now()) - KEPT).delete()
    return removed
