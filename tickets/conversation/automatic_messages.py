"""Automatic messages to contacts (docs/rules.md, Automatic messages).

``send_automatic`` and ``send_automatic_to_all`` send any text; ``send_for_moment``, ``send_moment_to_all`` and
``send_assignment_notices`` send the texts that sectors have configured for a moment. The caller holds the tickets'
row locks. The number of queries does not depend on the number of tickets, which keeps a routing step cheap.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from sectors.message_variables import filled, first_name, values_of_fields
from sectors.models import AutomaticMessage, Moment
from tickets import live_events
from tickets.models import Assignment, DeliveryState, Message, MessageKind, Source, Ticket
from tickets.models.querysets import line_positions
from tickets.webhooks import outbox

from .numbering import next_number


def send_automatic(ticket: Ticket, text: str, moment: str, now: datetime) -> Message:
    """Write an automatic message as the ticket's next line and queue its delivery.

    The caller saves the ticket (``line_count``) afterwards. It is not an answer: unanswered, unread and first
    response stay unchanged. ``moment`` (``sectors.models.Moment`` or the caller's own word) is sent along on the
    wire. ``now`` is aware.
    """
    [message] = send_automatic_to_all([(ticket, text)], moment, now)
    return message


def send_automatic_to_all(lines: Iterable[tuple[Ticket, str]], moment: str, now: datetime) -> list[Message]:
    """Do the same for many (ticket, text) pairs."""
    pairs = list(lines)
    messages = Message.objects.bulk_create(
        Message(
            ticket=ticket,
            number=next_number(ticket),
            kind=MessageKind.AUTOMATIC,
            text=text,
            metadata={"automatic": str(moment)},
            created_on=now,
            stored_at=now,
            delivery=DeliveryState.SENDING if ticket.callback_url else DeliveryState.NONE,
        )
        for ticket, text in pairs
    )
    outbox.enqueue_messages(messages)
    live_events.lines([ticket for ticket, _text in pairs], "automatic")
    return messages


def send_for_moment(ticket: Ticket, moment: Moment, now: datetime) -> Message | None:
    """Send the text that the ticket's sector has for a moment, if any, as ``send_automatic`` does."""
    row = AutomaticMessage.objects.filter(sector=ticket.sector_id, moment=moment).first()
    words = render_text(row.text, ticket) if row else ""
    return send_automatic(ticket, words, moment, now) if words else None


def send_moment_to_all(ticket_ids: Collection[UUID], moment: Moment, now: datetime, **stamp: Any) -> int:
    """Send tickets the texts that their sectors have for a moment, if any; return how many were sent.

    Reads the rows again and writes them; the columns of ``stamp`` are written even if nothing is sent. ``now`` is
    aware.
    """
    told = _tell(Ticket.objects.filter(pk__in=ticket_ids), moment, now)
    if stamp:
        Ticket.objects.filter(pk__in=ticket_ids).update(**stamp)
    return told


def send_assignment_notices(ticket_ids: Collection[UUID], now: datetime) -> int:
    """Tell contacts who their agent is, as ``send_moment_to_all`` does; return how many were told.

    Only if the agent has changed, and not if an agent opened the conversation. The new assignments must be stored
    already. ``now`` is aware.
    """
    last = Assignment.objects.filter(ticket=OuterRef("pk"), ended_at__isnull=False).order_by("-ended_at", "-pk")
    rows = Ticket.objects.filter(pk__in=ticket_ids).exclude(source=Source.AGENT)
    rows = rows.annotate(agent_before=Subquery(last.values("agent")[:1]))
    return _tell(rows.filter(Q(agent_before=None) | ~Q(agent_before=F("agent"))), Moment.ASSIGNMENT, now)


def _tell(rows: QuerySet, moment: Moment, now: datetime) -> int:
    text = AutomaticMessage.objects.filter(sector=OuterRef("sector"), moment=moment).values("text")[:1]
    found = rows.select_related("contact", "queue", "sector", "agent").annotate(has_to_say=Subquery(text))
    tickets = list(found.exclude(has_to_say=None).order_by("queued_at", "pk"))
    places = line_positions([ticket.pk for ticket in tickets]) if tickets and moment == Moment.WAITING else {}
    said = [(ticket, render_text(ticket.has_to_say, ticket, places.get(ticket.pk))) for ticket in tickets]
    said = [(ticket, words) for ticket, words in said if words]
    if said:
        send_automatic_to_all(said, moment, now)
        Ticket.objects.filter(pk__in=[ticket.pk for ticket, _words in said]).update(
            line_count=F("line_count") + 1, modified_at=now
        )
    return len(said)


def render_text(text: str, ticket: Ticket, place: int | None = None) -> str:
    """Return a text with its variables filled in for a ticket (loaded with contact, queue, sector and agent).

    ``place``: position in the queue, from 1; None if it is in none. A contact without a name stays nameless: the URN
    is no substitute, as it may have to stay hidden.
    """
    values: Mapping[str, str] = {
        **values_of_fields(contact=ticket.contact.custom_fields, ticket=ticket.custom_fields),
        "contact.name": ticket.contact.name.strip(),
        "contact.first_name": first_name(ticket.contact.name),
        "agent.name": ticket.agent.name if ticket.agent else "",
        "ticket.protocol": ticket.protocol,
        "ticket.position": "" if place is None else str(place),
        "sector.name": ticket.sector.name,
        "queue.name": ticket.queue.name,
    }
    return filled(text, values).strip()
