"""Closing tickets (docs/rules.md, Closing)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import NotAllowed
from orgs.access import Actor
from queues.operations import apply_pending_pause
from sectors.models import Moment
from tags.models import Tag
from tags.operations import tag_for_flow
from tickets import errors, live_events, metrics, routing
from tickets.conversation import automatic_messages
from tickets.conversation.numbering import add_event
from tickets.models import Assignment, Delivery, EventKind, QueueStay, Ticket, TicketStatus, TicketTag
from tickets.webhooks import outbox

from .locking import lock_ticket


@transaction.atomic
def close(ticket_id: UUID, *, by: Actor, tag_ids: Collection[UUID], now: datetime | None = None) -> Ticket:
    """Close a ticket with at least one choosable tag of its sector.

    For its agent and members who direct the sector's tickets. Idempotent: a closed ticket is returned unchanged.
    Notifies the flow, frees the seat and routes the next ticket. ``now`` is aware. Raises TagsRequired, ForeignTag,
    NotAllowed.
    """
    ticket = lock_ticket(ticket_id)
    if by.member is not None and not ticket.is_handled_by(by.member):
        raise NotAllowed
    if ticket.is_closed:
        return ticket
    wanted = set(tag_ids)
    if not wanted:
        raise errors.TagsRequired(field="tags")
    tags = list(Tag.objects.choosable().filter(pk__in=wanted, sector_id=ticket.sector_id))
    if len(tags) != len(wanted):
        raise errors.ForeignTag(field="tags")
    return end_ticket(ticket, tags, by, now or timezone.now(), tell_flow=True)


@transaction.atomic
def close_by_flow(ticket_id: UUID, *, by: Actor, now: datetime | None = None) -> Ticket:
    """Close a ticket for the flow, which sends no tags: it gets the sector's *closed by flow* tag.

    Idempotent. Sends no callback, since the flow already knows.
    """
    ticket = lock_ticket(ticket_id)
    if ticket.is_closed:
        return ticket
    tag = tag_for_flow(ticket.sector)
    return end_ticket(ticket, [tag], by, now or timezone.now(), tell_flow=False)


def end_ticket(ticket: Ticket, tags: list[Tag], by: Actor, now: datetime, *, tell_flow: bool, **facts: Any) -> Ticket:
    """Write the end of a ticket; ``facts`` are stored with the event.

    The caller has checked the request and holds the locks of the sector and the ticket's row.
    """
    agent_id = ticket.agent_id
    Assignment.objects.filter(ticket=ticket, ended_at=None).update(ended_at=now, ended=Assignment.Ended.CLOSED)
    QueueStay.objects.filter(ticket=ticket, left_at=None).update(left_at=now, left=QueueStay.Left.CLOSED)
    TicketTag.objects.bulk_create(
        TicketTag(ticket=ticket, tag=tag, sector_id=ticket.sector_id, closed_at=now) for tag in tags
    )
    ticket.status = TicketStatus.CLOSED
    ticket.seat = None
    ticket.closed_at = now
    ticket.closed_by = by.user
    ticket.closed_by_flow = not tell_flow
    ticket.unanswered_since = None
    ticket.unread_count = 0
    ticket.silent_since = None
    metrics.write(ticket)
    if tell_flow:
        # Before the closing: the flow releases the contact when it learns that the ticket is closed.
        automatic_messages.send_for_moment(ticket, Moment.CLOSING, now)
    facts |= {"token": by.token_name} if by.token_name and tell_flow else {}
    add_event(ticket, EventKind.CLOSED, now, by, tags=[tag.name for tag in tags], by_flow=not tell_flow, **facts)
    if tell_flow:
        outbox.enqueue(ticket, Delivery.Kind.UPDATE)
    ticket.save()
    if agent_id is not None:
        apply_pending_pause(ticket.project, agent_id, now=now)
    live_events.changed(ticket, "closed", queues=[ticket.queue_id], agents=[agent_id])
    routing.route([ticket.sector_id], now=now)
    return ticket
