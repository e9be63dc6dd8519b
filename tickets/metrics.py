"""Metrics of a ticket, computed once at closing (defined in docs/reports.md)."""

from collections.abc import Iterable
from datetime import datetime

from .models import Assignment, Message, MessageKind, QueueStay, Ticket


def write(ticket: Ticket) -> None:
    """Set the metrics of a ticket that is being closed; does not save. Its stays and assignments must have ended.

    Seconds of wall-clock time; ``…_open_seconds`` count only the sector's current work hours.
    """
    hours = ticket.sector.hours
    stays = [(stay.entered_at, stay.left_at) for stay in QueueStay.objects.filter(ticket=ticket) if stay.left_at]
    ticket.waiting_seconds = sum(((b - a).total_seconds() for a, b in stays), 0.0)
    ticket.waiting_open_seconds = sum((hours.open_seconds_between(a, b) for a, b in stays), 0.0)
    if ticket.first_response_at is not None:
        opened, first = ticket.opened_at, ticket.first_response_at
        ticket.first_response_seconds = (first - opened).total_seconds()
        ticket.first_response_open_seconds = hours.open_seconds_between(opened, first)
    exchanges = exchanges_of(
        Message.objects.filter(ticket=ticket, is_history=False).order_by("number").values_list("kind", "stored_at")
    )
    if exchanges:
        ticket.response_seconds = sum((b - a).total_seconds() for a, b in exchanges) / len(exchanges)
        ticket.response_open_seconds = sum(hours.open_seconds_between(a, b) for a, b in exchanges) / len(exchanges)
    segments = Assignment.objects.filter(ticket=ticket)
    ticket.handling_seconds = sum(
        ((row.ended_at - row.started_at).total_seconds() for row in segments if row.ended_at), 0.0
    )


def exchanges_of(lines: Iterable[tuple[str, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return (asked, answered) per exchange: the contact's earliest unanswered message, and the next answer.

    ``lines`` are (kind, time) in order.
    """
    found: list[tuple[datetime, datetime]] = []
    asked: datetime | None = None
    for kind, at in lines:
        if kind == MessageKind.CONTACT:
            asked = asked or at
        elif kind == MessageKind.AGENT and asked is not None:
            found.append((asked, at))
            asked = None
    return found
