"""Outbox of callbacks: stored in the transaction of the change, sent by the worker."""

from collections.abc import Iterable
from uuid import UUID

from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from tickets.models import Delivery, DeliveryState, Message, Ticket


def enqueue(ticket: Ticket, kind: Delivery.Kind, message: Message | None = None, *, url: str = "") -> Delivery | None:
    """Store a delivery and defer its job, both committed with the current transaction.

    The caller holds the ticket's row lock, so deliveries have the order of what happened. An update takes the number
    of the line just written, a message its own. ``url``: where it goes; empty: to the ticket's ``callback_url`` at
    the time of sending. An update with an ``url`` says that the room is closed for that address, whatever its state.
    Returns None if there is no address.
    """
    if not (url or ticket.callback_url):
        return None
    number = (message and message.number) or ticket.line_count
    delivery = Delivery.objects.create(
        ticket=ticket, message=message, number=number, kind=kind, url=url, state=DeliveryState.SENDING
    )
    hand_over([ticket.pk])
    return delivery


def enqueue_messages(messages: Iterable[Message]) -> None:
    """Do the same for messages of many tickets, whose row locks the caller holds, in two queries.

    Messages of tickets without a ``callback_url`` are skipped.
    """
    wanted = [message for message in messages if message.ticket.callback_url]
    if not wanted:
        return
    Delivery.objects.bulk_create(
        Delivery(
            ticket=message.ticket,
            message=message,
            number=message.number or 0,
            kind=Delivery.Kind.MESSAGE,
            state=DeliveryState.SENDING,
        )
        for message in wanted
    )
    hand_over({message.ticket_id for message in wanted})


def hand_over(ticket_ids: Iterable[UUID]) -> None:
    """Defer the delivery jobs of these tickets in one query; they start when the current transaction commits."""
    wanted: list[JSONDict] = [{"ticket_id": str(pk)} for pk in ticket_ids]
    app.configure_task("tickets.deliver", allow_unknown=False).batch_defer(*wanted)
