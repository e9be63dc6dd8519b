"""Sending an answer again that did not reach the flow engine."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import Actor
from orgs.errors import NotAllowed
from tickets import announce
from tickets.models import DeliveryState, Message, Ticket


@transaction.atomic
def send_again(ticket_id: UUID, message_id: UUID, *, by: Actor, now: datetime | None = None) -> Message:
    """Hand a failed answer to the worker again, with a full span of tries (docs/rules.md, Delivery).

    For the ticket's agent and who directs the sector's tickets. Idempotent: a message that has not failed is
    returned as it is. ``now`` is aware. Raises NotAllowed, Message.DoesNotExist (not of this ticket).
    """
    from tickets.jobs import defer_delivery

    ticket = Ticket.objects.select_for_update(of=("self",), no_key=True).get(pk=ticket_id)
    if by.member is not None:
        mine = ticket.agent_id == by.member.user.pk
        if not mine and not by.member.may_direct_tickets_of(ticket.sector_id):
            raise NotAllowed
    message = Message.objects.select_related("outbox").get(pk=message_id, ticket=ticket)
    if message.delivery != DeliveryState.FAILED:
        return message
    now = now or timezone.now()
    delivery = message.outbox
    delivery.state, delivery.attempts, delivery.last_error = DeliveryState.SENDING, 0, ""
    delivery.created_at = delivery.next_attempt_at = now
    delivery.save()
    message.delivery = DeliveryState.SENDING
    message.save(update_fields=["delivery"])
    defer_delivery(ticket)
    announce.line(ticket, "delivery")
    return message
