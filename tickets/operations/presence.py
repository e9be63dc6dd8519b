"""Who is viewing a ticket at the desk, and who is typing; ephemeral, never part of the conversation."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import NotAllowed
from orgs.access import Actor
from tickets import live_events
from tickets.models import Presence, Ticket

#: How long somebody counts as viewing after the last ping, and as typing after the last key.
THERE = timedelta(seconds=75)
WRITING = timedelta(seconds=8)
#: Age at which rows are purged.
KEPT = timedelta(minutes=5)


@transaction.atomic
def mark_viewing(ticket_id: UUID, *, by: Actor, writing: bool = False, now: datetime | None = None) -> None:
    """Record that a member has a ticket open, and whether they are typing (docs/rules.md, Presence).

    Open pages are notified only when something changes. Does not mark messages as read. ``now`` is aware. Raises
    NotAllowed if the member does not see the ticket.
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
    """Record that a member has left a ticket."""
    gone, _kinds = Presence.objects.filter(ticket=ticket_id, user=by.user).delete()
    if gone:
        live_events.presence(Ticket.objects.get(pk=ticket_id))


def is_writing(row: Presence, now: datetime) -> bool:
    """Return whether somebody counts as typing at ``now`` (aware)."""
    return row.typing_at is not None and row.typing_at > now - WRITING


def purge_presence(now: datetime | None = None) -> int:
    """Delete expired rows; return how many. ``now`` is aware."""
    removed, _kinds = Presence.objects.filter(seen_at__lt=(now or timezone.now()) - KEPT).delete()
    return removed
