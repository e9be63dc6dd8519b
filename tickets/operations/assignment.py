"""Handing a ticket on: to a queue, to an agent, back to its line; taking one from the line."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import NotAllowed
from orgs.access import SYSTEM, Actor, Member, member_of
from orgs.access.locks import lock_people
from orgs.models import Project, User
from queues.models import Queue
from queues.operations import apply_pending_pause
from sectors.locks import lock_sectors
from sectors.operations import NoAccessToChats
from tickets import errors, live_events, routing
from tickets.conversation import automatic_messages
from tickets.conversation.numbering import add_event
from tickets.models import (
    Assignment,
    EventKind,
    QueueStay,
    Ticket,
    TicketStatus,
)

from .locking import lock_ticket
from .messages import add_note


def _allow_handing(ticket: Ticket, by: Actor) -> None:
    """Raise NotAllowed unless it is the actor's own ticket or one of a sector whose tickets they direct."""
    if by.member is None:
        return
    mine = ticket.is_active and ticket.agent_id == by.member.user.pk
    if not mine and not by.member.may_direct_tickets_of(ticket.sector_id):
        raise NotAllowed


def _leave_agent(ticket: Ticket, now: datetime, why: str) -> None:
    Assignment.objects.filter(ticket=ticket, ended_at=None).update(ended_at=now, ended=why)
    ticket.agent = None
    ticket.seat = None
    # From now on the contact waits for somebody, not the other way round.
    ticket.silent_since = ticket.warned_at = None


def _pause_who_waited_for_it(ticket: Ticket, old_agent: User | None, now: datetime) -> None:
    """The agent who has just lost a ticket may have announced a pause after the last one."""
    if old_agent is not None:
        apply_pending_pause(ticket.project, old_agent.pk, now=now)


def _leave_line(ticket: Ticket, now: datetime, why: str) -> None:
    QueueStay.objects.filter(ticket=ticket, left_at=None).update(left_at=now, left=why)


def _sit(ticket: Ticket, agent: User, seat: int, over: bool, now: datetime) -> None:
    """Put a ticket on an agent's seat; the caller has ended what was before and saves the ticket."""
    ticket.status, ticket.agent, ticket.seat = TicketStatus.ACTIVE, agent, seat
    ticket.assigned_at = now
    ticket.waiting_told_at = None
    Assignment.objects.create(
        ticket=ticket,
        sector_id=ticket.sector_id,
        queue_id=ticket.queue_id,
        agent=agent,
        seat=seat,
        started_at=now,
        over_limit=over,
        reason={"by_hand": True},
    )


def _seat_of(ticket: Ticket, agent: User) -> tuple[int, bool]:
    """Return the agent's lowest free seat in the ticket's sector and whether it is above the limit."""
    taken = set(
        Ticket.objects.active()
        .filter(sector_id=ticket.sector_id, agent=agent)
        .exclude(pk=ticket.pk)
        .values_list("seat", flat=True)
    )
    seat = next(n for n in range(1, len(taken) + 2) if n not in taken)
    return seat, len(taken) >= ticket.sector.limits_of([agent.pk])[agent.pk]


@transaction.atomic
def transfer_to_queue(
    ticket_id: UUID, queue: Queue, *, by: Actor, note: str = "", now: datetime | None = None
) -> Ticket:
    """Move a ticket to the end of a queue's line, in the same project, and route (docs/rules.md, Transfer).

    Hours of the other sector don't matter: the conversation is open already. ``now`` is aware.
    Raises NotAllowed, TicketClosed, UnknownPlace (another project's queue), Archived, QueueOnHold.
    """
    ticket = lock_ticket(ticket_id, also=[queue.sector_id])
    _allow_handing(ticket, by)
    if ticket.is_closed:
        raise errors.TicketClosed
    queue = Queue.objects.select_related("sector").get(pk=queue.pk)
    if queue.sector.project_id != ticket.project_id:
        raise errors.UnknownPlace
    if queue.archived_at or queue.sector.archived_at:
        raise errors.Archived
    if queue.on_hold and queue.pk != ticket.queue_id:
        raise errors.QueueOnHold(field="to")
    now = now or timezone.now()
    if note:
        add_note(ticket.pk, note, by=by, now=now)
        ticket.refresh_from_db()
    old_queue, old_sector, old_agent = ticket.queue, ticket.sector, ticket.agent
    if old_agent is not None:
        _leave_agent(ticket, now, Assignment.Ended.TRANSFERRED)
    else:
        _leave_line(ticket, now, QueueStay.Left.TRANSFERRED)
    ticket.queue, ticket.sector = queue, queue.sector
    ticket.status, ticket.queued_at = TicketStatus.WAITING, now
    ticket.target_missed_at = None
    ticket.waiting_told_at = None
    if old_sector.pk != queue.sector_id:
        ticket.closed_told_at = None
    ticket.transfer_count += 1
    QueueStay.objects.create(ticket=ticket, queue=queue, entered_at=now)
    add_event(
        ticket,
        EventKind.TRANSFERRED,
        now,
        by,
        from_queue=f"{old_sector} / {old_queue}",
        from_agent=old_agent and old_agent.name,
        to_queue=f"{queue.sector} / {queue}",
    )
    ticket.save()
    _pause_who_waited_for_it(ticket, old_agent, now)
    live_events.ticket(
        ticket.pk,
        project=ticket.project_id,
        sector=ticket.sector_id,
        queues=[old_queue.pk, queue.pk],
        agents=[old_agent.pk if old_agent else None],
        what="transferred",
    )
    if old_sector.pk != queue.sector_id:
        live_events.ticket(ticket.pk, project=ticket.project_id, sector=old_sector.pk, what="transferred")
    routing.route({old_sector.pk, queue.sector_id}, now=now)
    return Ticket.objects.for_lists().get(pk=ticket.pk)


@transaction.atomic
def transfer_to_agent(
    ticket_id: UUID, agent: User, *, by: Actor, note: str = "", now: datetime | None = None
) -> Ticket:
    """Hand a ticket to an agent of its queue. Who directs the sector's tickets may do so over the limit or to
    one who is not online (recorded); anyone else only to an eligible one.

    Raises NotAllowed, TicketClosed, NotEligible, NoAccessToChats.
    """
    lock_people([agent.pk])
    ticket = lock_ticket(ticket_id)
    _allow_handing(ticket, by)
    return _give(ticket, agent, by, now or timezone.now(), EventKind.TRANSFERRED, note)


@transaction.atomic
def assign(ticket_id: UUID, agent: User, *, by: Actor, note: str = "", now: datetime | None = None) -> Ticket:
    """Give a waiting or active ticket to an agent by hand, over the limit too; for who directs the sector's tickets.

    Raises NotAllowed, TicketClosed, NoAccessToChats.
    """
    lock_people([agent.pk])
    ticket = lock_ticket(ticket_id)
    if by.member is None or not by.member.may_direct_tickets_of(ticket.sector_id):
        raise NotAllowed
    return _give(ticket, agent, by, now or timezone.now(), EventKind.ASSIGNED, note)


@transaction.atomic
def take(ticket_id: UUID, *, by: Actor, now: datetime | None = None) -> Ticket:
    """Take a ticket from the line of an own queue, below the limit; or take over any ticket of a directed sector.

    The loser of two who take at once reads who was faster. Raises NotAllowed, TakenByAnother, NotEligible,
    TicketClosed.
    """
    if by.member is None:
        raise NotAllowed
    lock_people([by.member.user.pk])
    ticket = lock_ticket(ticket_id)
    if ticket.is_closed:
        raise errors.TicketClosed
    directs = by.member.may_direct_tickets_of(ticket.sector_id)
    if ticket.agent_id == by.member.user.pk:
        return ticket
    if not directs and ticket.queue_id not in by.member.queue_ids:
        raise NotAllowed
    if ticket.is_active and ticket.agent is not None and not directs:
        raise errors.TakenByAnother(_("%(name)s was faster and has this ticket.") % {"name": ticket.agent.name})
    now = now or timezone.now()
    return _give(ticket, by.member.user, by, now, EventKind.TAKEN)


def _give(ticket: Ticket, agent: User, by: Actor, now: datetime, kind: EventKind, note: str = "") -> Ticket:
    if ticket.is_closed:
        raise errors.TicketClosed
    target: Member | None = member_of(agent, ticket.project_id)
    if target is None or not target.has_chats:
        raise NoAccessToChats([agent], "agent")
    if ticket.agent_id == agent.pk:
        return ticket
    seat, over = _seat_of(ticket, agent)
    directs = by.member is not None and by.member.may_direct_tickets_of(ticket.sector_id)
    if not directs and (over or not _eligible(ticket, agent, taking=kind == EventKind.TAKEN)):
        raise errors.NotEligible
    if note:
        add_note(ticket.pk, note, by=by, now=now)
        ticket.refresh_from_db()
    old_agent = ticket.agent
    if old_agent is not None:
        _leave_agent(
            ticket,
            now,
            Assignment.Ended.TRANSFERRED if kind == EventKind.TRANSFERRED else Assignment.Ended.TAKEN_OVER,
        )
        ticket.transfer_count += 1
    else:
        _leave_line(ticket, now, QueueStay.Left.ASSIGNED)
    _sit(ticket, agent, seat, over, now)
    add_event(
        ticket,
        kind,
        now,
        by,
        agent=agent.name,
        agent_id=str(agent.pk),
        from_agent=old_agent and old_agent.name,
        over_limit=over,
    )
    ticket.save()
    automatic_messages.send_assignment_notices([ticket.pk], now)
    _pause_who_waited_for_it(ticket, old_agent, now)
    live_events.ticket(
        ticket.pk,
        project=ticket.project_id,
        sector=ticket.sector_id,
        queues=[ticket.queue_id],
        agents=[agent.pk, old_agent.pk if old_agent else None],
        what="assigned",
    )
    routing.route([ticket.sector_id], now=now)
    return Ticket.objects.for_lists().get(pk=ticket.pk)


def _eligible(ticket: Ticket, agent: User, *, taking: bool) -> bool:
    """On the queue and online; who takes a ticket need not be online, since they are plainly there."""
    if taking:
        return agent.queue_places.filter(queue_id=ticket.queue_id).exists()
    found = routing.capacities([ticket.sector_id], agent.pk)[ticket.sector_id]
    return any(ticket.queue_id in a.queues and a.has_room for a in found)


def return_to_queue(
    ticket: Ticket,
    *,
    by: Actor,
    now: datetime,
    ended: str = Assignment.Ended.RETURNED,
    kind: EventKind = EventKind.RETURNED,
    **facts: Any,
) -> None:
    """Put an active ticket back into its queue's line, where its ``queued_at`` places it: before all that came
    later. ``facts`` go with the line that says so.

    The caller holds the locks of the sector and the ticket's row, and routes when all is returned.
    """
    agent = ticket.agent
    _leave_agent(ticket, now, ended)
    ticket.status = TicketStatus.WAITING
    QueueStay.objects.create(ticket=ticket, queue=ticket.queue, entered_at=now)
    add_event(ticket, kind, now, by, from_agent=agent and agent.name, **facts)
    ticket.save()
    _pause_who_waited_for_it(ticket, agent, now)
    live_events.ticket(
        ticket.pk,
        project=ticket.project_id,
        sector=ticket.sector_id,
        queues=[ticket.queue_id],
        agents=[agent.pk if agent else None],
        what=str(kind),
    )


@transaction.atomic
def return_tickets(user: User, project: Project, *, by: Actor = SYSTEM, now: datetime | None = None) -> int:
    """Return all active tickets of a person in a project to their lines and route; returns how many.

    The person must no longer be eligible (off the queues) or the tickets may come straight back.
    """
    now = now or timezone.now()
    mine = Ticket.objects.active().filter(project=project, agent=user)
    rows = list(mine.values_list("pk", "sector_id"))
    sectors = {sector for _pk, sector in rows}
    lock_sectors(sectors)
    system = Actor(user=by.user, token_name=by.token_name)
    for pk, _sector in rows:
        ticket = lock_ticket(pk)
        if ticket.is_active:
            return_to_queue(ticket, by=system, now=now)
    routing.route(sectors, now=now)
    return len(rows)
