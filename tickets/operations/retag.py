"""Changing the tags of closed tickets (docs/rules.md, Tags after closing; Tag)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.errors import NotAllowed
from orgs.access import Actor, Member
from tags.models import Tag
from tickets import errors, live_events
from tickets.conversation.numbering import add_event
from tickets.models import AttendanceRules, EventKind, Ticket, TicketTag

from .locking import lock_ticket


def may_retag(ticket: Ticket, member: Member, now: datetime | None = None) -> bool:
    """Return whether a member may change the tags of a closed ticket at ``now`` (aware).

    Members who direct the sector's tickets always may; the ticket's last agent may for as long after closing as the
    sector allows.
    """
    if not ticket.is_closed or ticket.closed_at is None:
        return False
    if member.may_direct_tickets_of(ticket.sector_id):
        return True
    if ticket.agent_id != member.user.pk:
        return False
    rules = AttendanceRules.objects.filter(sector=ticket.sector_id)
    minutes = rules.values_list("retag_for", flat=True).first()
    return minutes is not None and (now or timezone.now()) < ticket.closed_at + timedelta(minutes=minutes)


def check_retag(ticket: Ticket, member: Member | None, now: datetime | None = None) -> None:
    """Raise NotAllowed, TicketOpen or RetagTimeOver unless the member may change the tags at ``now`` (aware).

    ``member`` None is the system itself.
    """
    if member is not None:
        if not ticket.is_handled_by(member):
            raise NotAllowed
        if ticket.is_closed and not may_retag(ticket, member, now):
            raise errors.RetagTimeOver
    if not ticket.is_closed:
        raise errors.TicketOpen


@transaction.atomic
def retag(ticket_id: UUID, *, by: Actor, tag_ids: Collection[UUID], now: datetime | None = None) -> Ticket:
    """Replace the tags of a closed ticket: at least one, each choosable in its sector or already on the ticket.

    History, reports and filters follow; the conversation records the old tags. Setting the same tags changes nothing.
    ``now`` is aware. Raises TicketOpen, NotAllowed, RetagTimeOver, TagsRequired, ForeignTag.
    """
    ticket = lock_ticket(ticket_id)
    now = now or timezone.now()
    check_retag(ticket, by.member, now)
    # Never None on a closed ticket (``ticket_closed_has_time_and_no_seat``).
    closed_at = cast("datetime", ticket.closed_at)
    wanted = set(tag_ids)
    if not wanted:
        raise errors.TagsRequired(field="tags")
    present = {row.tag_id: row.tag for row in ticket.ticket_tags.select_related("tag")}
    new = list(Tag.objects.choosable().filter(pk__in=wanted - set(present), sector_id=ticket.sector_id))
    if len(new) != len(wanted - set(present)):
        raise errors.ForeignTag(field="tags")
    if wanted == set(present):
        return ticket
    TicketTag.objects.filter(ticket=ticket).exclude(tag__in=wanted).delete()
    TicketTag.objects.bulk_create(
        TicketTag(ticket=ticket, tag=tag, sector_id=ticket.sector_id, closed_at=closed_at) for tag in new
    )
    after = [tag for pk, tag in present.items() if pk in wanted] + new
    add_event(ticket, EventKind.RETAGGED, now, by, before=_names(present.values()), after=_names(after))
    ticket.save(update_fields=["line_count", "modified_at"])
    live_events.changed(ticket, "retagged", agents=[ticket.agent_id])
    return ticket


def _names(tags: Collection[Tag]) -> list[str]:
    return [tag.name for tag in sorted(tags, key=lambda tag: (tag.position, tag.name))]


@transaction.atomic
def replace_merged_tag(source: Tag, into: Tag) -> None:
    """Give what has a merged tag the other one: closed tickets, without duplicates, and rules for silent contacts."""
    given = TicketTag.objects.filter(tag=source)
    has_both = TicketTag.objects.filter(ticket=OuterRef("ticket"), tag=into)
    given.filter(Exists(has_both)).delete()
    given.update(tag=into)
    AttendanceRules.objects.filter(close_tag=source).update(close_tag=into)
