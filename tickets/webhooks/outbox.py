"""Outbox of callbacks: stored in the transaction of the change, sent by the worker."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from tickets.models import Attachment, Delivery, DeliveryState, Message, Ticket

from .hosts import host_of


def enqueue(
    ticket: Ticket,
    kind: Delivery.Kind,
    message: Message | None = None,
    *,
    files: Sequence[Attachment] = (),
    url: str = "",
    external_id: UUID | None = None,
) -> None:
    """Store what is to be delivered and defer its job, both committed with the current transaction.

    A message becomes one delivery for each of its ``files``, in their order, and one for its text, if it has any. The
    caller holds the ticket's row lock, so deliveries have the order of what happened. An update takes the number of
    the line just written, a message its own. ``url``: where it goes; empty: to the ticket's ``callback_url`` at the
    time of sending. An update with an ``url`` says that the room is closed for that address, whatever its state; with
    an ``external_id`` too, to an engine of the type *generic*, which calls the room so.
    Without any address nothing is stored.
    """
    if not (url or ticket.callback_url):
        return
    if message is None:
        when = earliest(ticket, timezone.now())
        rows = [
            Delivery(
                project_id=ticket.project_id,
                ticket=ticket,
                number=ticket.line_count,
                kind=kind,
                url=url,
                external_id=external_id,
                host=host_of(url or ticket.callback_url),
                next_attempt_at=when,
            )
        ]
    else:
        rows = _parts(ticket, message, files)
    Delivery.objects.bulk_create(rows)
    _hand_over_when_due(rows)


def enqueue_messages(messages: Iterable[Message]) -> None:
    """Do the same for messages without files, of many tickets whose row locks the caller holds, in two queries."""
    wanted = [message for message in messages if message.ticket.callback_url]
    if not wanted:
        return
    rows = [row for message in wanted for row in _parts(message.ticket, message, ())]
    Delivery.objects.bulk_create(rows)
    _hand_over_when_due(rows)


def address_changed(ticket: Ticket) -> None:
    """Send what waits to the ticket's new address: what was held for the host of the one before at once, and nothing
    before ``callbacks_from``.

    The caller holds the ticket's row lock.
    """
    when = earliest(ticket, timezone.now())
    waiting = Delivery.objects.filter(ticket=ticket, state=DeliveryState.SENDING, url="")
    if waiting.exclude(held="").update(held="", host=host_of(ticket.callback_url), next_attempt_at=when):
        hand_over([ticket.pk], at=when)
    waiting.filter(next_attempt_at__lt=when).update(next_attempt_at=when)


def earliest(ticket: Ticket, now: datetime, url: str = "") -> datetime:
    """Return when a callback of the ticket, to an ``url`` of its own if it has one, may be sent at the earliest."""
    return now if url or ticket.callbacks_from is None else max(now, ticket.callbacks_from)


def _parts(ticket: Ticket, message: Message, files: Sequence[Attachment]) -> list[Delivery]:
    when, host = earliest(ticket, timezone.now()), host_of(ticket.callback_url)
    parts: list[Attachment | None] = [*files]
    if message.text:
        parts.append(None)
    return [
        Delivery(
            project_id=ticket.project_id,
            ticket=ticket,
            message=message,
            attachment=attachment,
            number=message.number or 0,
            part=part,
            kind=Delivery.Kind.MESSAGE,
            host=host,
            next_attempt_at=when,
        )
        for part, attachment in enumerate(parts)
    ]


def _hand_over_when_due(rows: Sequence[Delivery]) -> None:
    now = timezone.now()
    later = {row.ticket_id: row.next_attempt_at for row in rows if row.next_attempt_at > now}
    if at_once := {row.ticket_id for row in rows} - later.keys():
        hand_over(at_once)
    for ticket_id, at in later.items():
        hand_over([ticket_id], at=at)


def hand_over(ticket_ids: Iterable[UUID], *, at: datetime | None = None) -> None:
    """Defer the delivery jobs of these tickets in one query; they start when the current transaction commits, but
    not before ``at`` (aware)."""
    wanted: list[JSONDict] = [{"ticket_id": str(pk)} for pk in ticket_ids]
    app.configure_task("tickets.deliver", allow_unknown=False, schedule_at=at).batch_defer(*wanted)
