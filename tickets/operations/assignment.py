"""Assigning, transferring, taking and returning tickets."""

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
from tickets.models import Assignment, EventKind, QueueStay, Ticket, TicketStatus

from .locking import lock_ticket
from .messages import add_note


def check_may_hand_on(ticket: Ticket, by: Actor) -> None:
    """Raise NotAllowed unless the actor has the ticket or directs its sector's tickets."""
    if by.member is None:
        return
    mine = ticket.is_active and ticket.agent_id == by.member.user.pk
    if not mine and not by.member.may_direct_tickets_of(ticket.sector_id):
        raise NotAllowed


def _leave_agent(ticket: Ticket, now: datetime, why: str) -> None:
    Assignment.objects.filter(ticket=ticket, ended_at=None).update(ended_at=now, ended=why)
    ticket.agent = None
    ticket.seat = None
    # From now on the contact waits for an agent, not the agent for the contact.
    ticket.silent_since = ticket.warned_at = None


def _pause_who_waited_for_it(ticket: Ticket, old_agent: User | None, now: datetime) -> None:
    """Start the pause of an agent who announced one and has just lost their last ticket."""
    if old_agent is not None:
        apply_pending_pause(ticket.project, old_agent.pk, now=now)


def _leave_line(ticket: Ticket, now: datetime, why: str) -> None:
    QueueStay.objects.filter(ticket=ticket, left_at=None).update(left_at=now, left=why)


def _sit(ticket: Ticket, agent: User, seat: int, over: bool, now: datetime) -> None:
    """Assign the ticket to an agent's seat. The caller has ended the previous state and saves the ticket."""
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
    """Return the agent's lowest free seat in the ticket's sector and whether it exceeds the limit."""
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
    """Move a ticket to the end of a queue of the same project and route it (docs/rules.md, Transfer).

    The other sector's hours don't matter: the conversation is already open. ``now`` is aware. Raises NotAllowed,
    TicketClosed, UnknownPlace (another project's queue), Archived, QueueOnHold, ThereAlready (``return_to_line``
    gives a ticket back to the line of its own queue).
    """
    ticket = lock_ticket(ticket_id, also=[queue.sector_id])
    check_may_hand_on(ticket, by)
    if ticket.is_closed:
        raise errors.TicketClosed
    queue = Queue.objects.select_related("sector").get(pk=queue.pk)
    if queue.sector.project_id != ticket.project_id:
        raise errors.UnknownPlace
    if queue.archived_at or queue.sector.archived_at:
        raise errors.Archived
    if queue.pk == ticket.queue_id:
        raise errors.ThereAlready(field="to")
    if queue.on_hold:
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
    live_events.changed(
        ticket, "transferred", queues=[old_queue.pk, queue.pk], agents=[old_agent.pk if old_agent else None]
    )
    if old_sector.pk != queue.sector_id:
        live_events.ticket(ticket.pk, project=ticket.project_id, sector=old_sector.pk, what="transferred")
    routing.route({old_sector.pk, queue.sector_id}, now=now)
    return Ticket.objects.for_lists().get(pk=ticket.pk)


@transaction.atomic
def transfer_to_agent(
    ticket_id: UUID,
    agent: User,
    *,
    by: Actor,
    note: str = "",
    now: datetime | None = None,
    only_waiting: bool = False,
) -> Ticket:
    """Transfer a ticket to an agent of its queue.

    Members who direct the sector's tickets may exceed the limit or choose an agent who is not online (both are
    recorded); anyone else only an eligible agent. ``only_waiting``: refuse a ticket that has an agent by the time its
    sector is locked. ``now`` is aware. Raises NotAllowed, TicketClosed, RoomHasAgent, NotEligible, NoAccessToChats.
    """
    lock_people([agent.pk])
    ticket = lock_ticket(ticket_id)
    check_may_hand_on(ticket, by)
    _check_waits(ticket, only_waiting)
    return _give(ticket, agent, by, now or timezone.now(), EventKind.TRANSFERRED, note)


@transaction.atomic
def assign(
    ticket_id: UUID,
    agent: User,
    *,
    by: Actor,
    note: str = "",
    now: datetime | None = None,
    only_waiting: bool = False,
) -> Ticket:
    """Assign a waiting or active ticket by hand, even over the limit; for members who direct the sector's tickets.

    ``only_waiting``: as for ``transfer_to_agent``. ``now`` is aware. Raises NotAllowed, TicketClosed, RoomHasAgent,
    NoAccessToChats.
    """
    lock_people([agent.pk])
    ticket = lock_ticket(ticket_id)
    if by.member is None or not by.member.may_direct_tickets_of(ticket.sector_id):
        raise NotAllowed
    _check_waits(ticket, only_waiting)
    return _give(ticket, agent, by, now or timezone.now(), EventKind.ASSIGNED, note)


@transaction.atomic
def take(ticket_id: UUID, *, by: Actor, now: datetime | None = None) -> Ticket:
    """Take a waiting ticket of one's own queue, below the limit, or take over any ticket of a directed sector.

    If two take it at once, the error names the one who was faster. ``now`` is aware. Raises NotAllowed,
    TakenByAnother, NotEligible, TicketClosed.
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


def _check_waits(ticket: Ticket, only_waiting: bool) -> None:
    """Raise RoomHasAgent if only a waiting ticket is wanted and the locked one has an agent."""
    if only_waiting and ticket.is_active:
        raise errors.RoomHasAgent


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
    agents = [agent.pk, old_agent.pk if old_agent else None]
    live_events.changed(ticket, "assigned", queues=[ticket.queue_id], agents=agents)
    routing.route([ticket.sector_id], now=now)
    return Ticket.objects.for_lists().get(pk=ticket.pk)


def _eligible(ticket: Ticket, agent: User, *, taking: bool) -> bool:
    """Whether the agent is on the queue and online with room; to take a ticket, being on the queue is enough."""
    if taking:
        return agent.queue_places.filter(queue_id=ticket.queue_id).exists()
    found = routing.capacities([ticket.sector_id], agent.pk)[ticket.sector_id]
    return any(ticket.queue_id in a.queues and a.has_room for a in found)


def comes_straight_back(ticket: Ticket) -> bool:
    """Whether its agent is the only one eligible for an active ticket, and would get it again if it was returned."""
    agents = routing.capacities([ticket.sector_id])[ticket.sector_id]
    return ticket.agent is not None and routing.comes_straight_back(agents, ticket.agent.pk, ticket.queue_id)


def return_to_queue(
    ticket: Ticket,
    *,
    by: Actor,
    now: datetime,
    ended: str = Assignment.Ended.RETURNED,
    kind: EventKind = EventKind.RETURNED,
    **facts: Any,
) -> None:
    """Return an active ticket to its queue; its ``queued_at`` puts it ahead of everything that came later.

    ``facts`` are stored with the event. The caller holds the locks of the sector and the ticket's row, and routes
    once everything is returned.
    """
    agent = ticket.agent
    _leave_agent(ticket, now, ended)
    ticket.status = TicketStatus.WAITING
    QueueStay.objects.create(ticket=ticket, queue=ticket.queue, entered_at=now)
    add_event(ticket, kind, now, by, from_agent=agent and agent.name, **facts)
    ticket.save()
    _pause_who_waited_for_it(ticket, agent, now)
    live_events.changed(ticket, str(kind), queues=[ticket.queue_id], agents=[agent.pk if agent else None])


@transaction.atomic
def return_tickets(user: User, project: Project, *, by: Actor = SYSTEM, now: datetime | None = None) -> int:
    """Return all active tickets of a person in a project to their queues and route; return how many.

    The person must no longer be eligible (off the queues), or the tickets may come straight back. ``now`` is aware.
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
