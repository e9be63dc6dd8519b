"""What is said to contacts without anybody writing it (docs/rules.md, Automatic messages)."""

from collections.abc import Iterable
from datetime import datetime

from tickets import announce, outbox
from tickets.lines import next_number
from tickets.models import DeliveryState, Message, MessageKind, Ticket


def say(ticket: Ticket, text: str, moment: str, now: datetime) -> Message:
    """Write an automatic message as the ticket's next line and hand it to the worker.

    The caller holds the ticket's row lock and saves the ticket (``line_count``) afterwards. It is nobody's answer:
    what counts as unanswered, as unread, and as first response stays as it is. ``moment`` says what it was sent for
    (``sectors.models.Moment`` or a word of the caller's) and goes along on the wire. ``now`` is aware.
    """
    [message] = say_all([(ticket, text)], moment, now)
    return message


def say_all(lines: Iterable[tuple[Ticket, str]], moment: str, now: datetime) -> list[Message]:
    """As ``say``, to many tickets: a constant number of statements whatever their number."""
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
    outbox.put_messages(messages)
    for ticket, _text in pairs:
        announce.line(ticket, "message")
    return messages
