"""Returning a ticket to its line by hand."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import Actor
from tickets import errors, routing
from tickets.models import Ticket

from .assignment import check_may_hand_on, comes_straight_back, return_to_queue
from .locking import lock_ticket
from .messages import add_note


@transaction.atomic
def return_to_line(ticket_id: UUID, *, by: Actor, note: str = "", now: datetime | None = None) -> Ticket:
    """Return an active ticket to its own queue and route it (docs/rules.md, Transfer).

    It keeps its place by the time it first joined, and goes to somebody else; it is no transfer. ``now`` is aware.
    Raises NotAllowed, TicketClosed, NotWithAnAgent, ComesStraightBack (nobody else is eligible).
    """
    ticket = lock_ticket(ticket_id)
    check_may_hand_on(ticket, by)
    if ticket.is_closed:
        raise errors.TicketClosed
    if ticket.agent is None:
        raise errors.NotWithAnAgent(field="to")
    if comes_straight_back(ticket):
        raise errors.ComesStraightBack(field="to")
    now = now or timezone.now()
    if note:
        add_note(ticket.pk, note, by=by, now=now)
        ticket.refresh_from_db()
    ticket.given_back_by = ticket.agent
    return_to_queue(ticket, by=by, now=now, by_hand=True)
    routing.route([ticket.sector_id], now=now)
    return Ticket.objects.for_lists().get(pk=ticket.pk)
