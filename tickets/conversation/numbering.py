"""Messages and events of a ticket share one gapless numbering."""

from datetime import datetime
from typing import Any

from orgs.access import Actor
from tickets.models import Ticket, TicketEvent

PREVIEW = 160


def next_number(ticket: Ticket) -> int:
    """Return the number of the next line. The caller holds the ticket's row lock and saves ``line_count``."""
    ticket.line_count += 1
    return ticket.line_count


def add_event(ticket: Ticket, kind: str, at: datetime, by: Actor, **data: Any) -> TicketEvent:
    """Store an event as the next line. The caller holds the row lock and saves the ticket."""
    return TicketEvent.objects.create(
        ticket=ticket, number=next_number(ticket), kind=kind, at=at, actor=by.user, data=data
    )
