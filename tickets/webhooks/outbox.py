"""What must reach the flow engine: written in the transaction of the change, sent by the worker."""

from collections.abc import Iterable
from uuid import UUID

from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from tickets.models import Delivery, DeliveryState, Message, Ticket


def enqueue(ticket: Ticket, kind: Delivery.Kind, message: Message | None = None) -> Delivery | None:
    """Write a delivery and hand it to the worker, both when the transaction commits and never without it.

    The caller holds the ticket's row lock, so the order of deliveries is the order of what happened. An update
    goes with the line written just before, a message with its own. Returns None where the ticket has no
    ``callback_url``.
    """
    if not ticket.callback_url:
        return None
    number = (message and message.number) or ticket.line_count
    delivery = Delivery.objects.create(
        ticket=ticket, message=message, number=number, kind=kind, state=DeliveryState.SENDING
    )
    hand_over([ticket.pk])
    return delivery


def enqueue_messages(messages: Iterable[Message]) -> None:
    """As ``enqueue`` for messages of many tickets, whose row locks the caller holds: two statements whatever their
    number. Those of tickets without a ``callback_url`` go nowhere."""
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
    """Hand tickets' pending deliveries to the worker in one statement, when the present transaction commits."""
    wanted: list[JSONDict] = [{"ticket_id": str(pk)} for pk in ticket_ids]
    app.configure_task("tickets.deliver", allow_unknown=False).batch_defer(*wanted)
