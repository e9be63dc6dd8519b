"""Moving all open tickets of a queue or sector that is being archived (docs/rules.md, Archiving)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from orgs.access import Actor
from queues.models import Queue
from sectors.locks import lock_sectors
from tickets import live_events, routing
from tickets.models import Assignment, EventKind, QueueStay, Ticket, TicketEvent

from .assignment import transfer_to_queue


@transaction.atomic
def move_open_tickets(queue_ids: Collection[UUID], to: Queue, *, by: Actor, now: datetime | None = None) -> int:
    """Move every open ticket of the queues to another one; return how many.

    Waiting tickets keep ``queued_at`` and so their order. An active ticket stays with its agent if the new queue is
    in the same sector; in another sector it waits for an agent there. ``now`` is aware.
    """
    sectors = {*Queue.objects.filter(pk__in=queue_ids).values_list("sector_id", flat=True), to.sector_id}
    lock_sectors(sectors)
    now = now or timezone.now()
    active = list(Ticket.objects.active().filter(queue__in=queue_ids).order_by("queued_at", "pk"))
    moved = _move_waiting(queue_ids, to, by, now)
    for ticket in active:
        if ticket.sector_id == to.sector_id:
            _move_active(ticket.pk, to, by, now)
        else:
            transfer_to_queue(ticket.pk, to, by=Actor(user=by.user, token_name=by.token_name), now=now)
    routing.route(sectors, now=now)
    return moved + len(active)


def _event(ticket_id: UUID, number: int, old: Queue, to: Queue, by: Actor, now: datetime) -> TicketEvent:
    return TicketEvent(
        ticket_id=ticket_id,
        number=number,
        kind=EventKind.TRANSFERRED,
        at=now,
        actor=by.user,
        data={"from_queue": f"{old.sector} / {old}", "to_queue": f"{to.sector} / {to}", "archived": True},
    )


def _move_waiting(queue_ids: Collection[UUID], to: Queue, by: Actor, now: datetime) -> int:
    """Move a whole queue in bulk: it may be long."""
    rows = list(
        Ticket.objects.waiting()
        .select_for_update(of=("self",), no_key=True)
        .filter(queue__in=queue_ids)
        .order_by("queued_at", "pk")
        .values_list("pk", "queue_id", "line_count", "sector_id")
    )
    keys = [pk for pk, *_rest in rows]
    queues = {queue.pk: queue for queue in Queue.objects.filter(pk__in=queue_ids).select_related("sector")}
    QueueStay.objects.filter(ticket__in=keys, left_at=None).update(left_at=now, left=QueueStay.Left.TRANSFERRED)
    Ticket.objects.filter(pk__in=keys).update(
        queue=to, sector=to.sector_id, line_count=F("line_count") + 1, modified_at=now, waiting_told_at=None
    )
    QueueStay.objects.bulk_create(QueueStay(ticket_id=pk, queue=to, entered_at=now) for pk in keys)
    TicketEvent.objects.bulk_create(
        _event(pk, count + 1, queues[queue], to, by, now) for pk, queue, count, _sector in rows
    )
    for pk, queue, _count, sector in rows:
        _tell(pk, to, queue, sector, [])
    return len(rows)


def _move_active(ticket_id: UUID, to: Queue, by: Actor, now: datetime) -> None:
    """Move an active ticket to another queue of its sector; agent and seat stay, a new assignment begins."""
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True).select_related("queue__sector", "agent")
    ticket = rows.get(pk=ticket_id)
    if ticket.agent is None:
        return
    old = ticket.queue
    segment = Assignment.objects.get(ticket=ticket, ended_at=None)
    segment.ended_at, segment.ended = now, Assignment.Ended.TRANSFERRED
    segment.save(update_fields=["ended_at", "ended"])
    Assignment.objects.create(
        ticket=ticket,
        sector_id=ticket.sector_id,
        queue=to,
        agent=ticket.agent,
        seat=segment.seat,
        started_at=now,
        # The agent stays the same: an answer still counts, and an unanswered ticket gets its full time again.
        answered_at=segment.answered_at,
        over_limit=segment.over_limit,
        reason={"by_hand": True},
    )
    ticket.line_count += 1
    _event(ticket.pk, ticket.line_count, old, to, by, now).save()
    ticket.queue = to
    ticket.save(update_fields=["queue", "line_count", "modified_at"])
    _tell(ticket.pk, to, old.pk, ticket.sector_id, [ticket.agent_id])


def _tell(ticket_id: UUID, to: Queue, old: UUID, sector: UUID, agents: list[UUID | None]) -> None:
    project = to.sector.project_id
    live_events.ticket(
        ticket_id, project=project, sector=to.sector_id, queues=[old, to.pk], agents=agents, what="transferred"
    )
    if sector != to.sector_id:
        live_events.ticket(ticket_id, project=project, sector=sector, what="transferred")
