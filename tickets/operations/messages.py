"""Adding messages to a conversation, and sending failed ones again."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid, NotAllowed, constraint_sentence
from core.validation import max_length
from orgs.access import Actor
from orgs.access.current import actor_now
from tickets import errors, live_events
from tickets.conversation.numbering import PREVIEW, next_number
from tickets.models import (
    RECEIVED_TEXT_LENGTH,
    TEXT_LENGTH,
    Assignment,
    Attachment,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Ticket,
)
from tickets.webhooks import outbox

from .callbacks import send_failed
from .files import attach
from .locking import lock_row
from .media import attach_media
from .mentions import check_mentions, store_mentions

#: How long after its closing a ticket takes messages if the flow could not be told of it.
TELLING = timedelta(minutes=2)
#: How long a message may be on its way that was sent before the flow was told.
IN_FLIGHT = timedelta(seconds=10)
EXTERNAL_ID_LENGTH = max_length(Message, "external_id")


@dataclass(frozen=True)
class Media:
    """An attachment hosted by the channel."""

    content_type: str
    url: str


@dataclass(frozen=True)
class HistoryLine:
    """A line of the conversation that the flow tells afterwards.

    ``created_on``: the channel's time (aware), None if it gave none that can be; ``sent_as`` is what it gave then.
    """

    incoming: bool
    created_on: datetime | None
    text: str
    media: Sequence[Media] = ()
    sent_as: str = ""

    @property
    def key(self) -> str:
        """What makes a line the same when it is sent again: direction, time, text, addresses of files."""
        at = self.created_on
        sent = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") if at else self.sent_as
        parts = ["contact" if self.incoming else "bot", sent, self.text, *(item.url for item in self.media)]
        return hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


def clean_text(text: object, *, required: bool = True) -> str:
    """Return the text of a message. Raises Invalid if it is not a string, too long, or empty when required."""
    if not isinstance(text, str):
        raise Invalid(_("A message is text."), field="text")
    text = text.replace("\x00", "").strip()
    if required and not text:
        raise Invalid(_("Write a message first."), code="empty_message", field="text")
    if len(text) > TEXT_LENGTH:
        raise Invalid(constraint_sentence("message_text_fits"), code="message_too_long", field="text")
    return text


def touch(ticket: Ticket, message: Message, files: Sequence[Attachment] = ()) -> None:
    """Update the ticket's preview fields for lists; saved together with ``line_count``."""
    ticket.last_message_at = message.stored_at
    ticket.last_message_text = (message.text or (files[0].name if files else _("Attachment")))[:PREVIEW]


@transaction.atomic
def receive(
    ticket_id: UUID,
    text: str,
    *,
    incoming: bool = True,
    media: Sequence[Media] = (),
    created_on: datetime | None = None,
    external_id: str = "",
    metadata: Any = None,
    now: datetime | None = None,
) -> tuple[Message, bool]:
    """Store a message of the contact (``incoming``) or of the bot. Returns it and whether it is new.

    A repeated ``external_id`` returns the first message and stores nothing. ``created_on`` is the channel's time
    (aware); messages are ordered by arrival. A closed ticket takes messages until the flow knows that it is closed
    (docs/rules.md, After closing). Raises Invalid (no text, media or metadata), TicketClosed.
    """
    if not isinstance(text, str):
        raise Invalid(_("A message is text."), field="text")
    text = text.replace("\x00", "").strip()
    if len(text) > RECEIVED_TEXT_LENGTH:
        raise Invalid(constraint_sentence("message_text_fits"), code="message_too_long", field="text")
    if not (text or media or metadata):
        raise Invalid(_("Send a text, an attachment, or both."), code="empty_message", field="text")
    external_id = external_id[:EXTERNAL_ID_LENGTH]
    ticket = lock_row(ticket_id)
    if external_id:
        seen = Message.objects.filter(ticket=ticket, external_id=external_id).first()
        if seen is not None:
            return seen, False
    now = now or timezone.now()
    if ticket.is_closed and not _takes_late_messages(ticket, now):
        raise errors.TicketClosed
    message = Message.objects.create(
        ticket=ticket,
        number=next_number(ticket),
        kind=MessageKind.CONTACT if incoming else MessageKind.BOT,
        text=text,
        external_id=external_id,
        metadata={} if metadata is None else metadata,
        created_on=created_on or now,
        stored_at=now,
    )
    attach_media((message, item.content_type, item.url) for item in media)
    touch(ticket, message)
    if incoming and ticket.is_open:
        heard(ticket, now)
    save_lines(ticket)
    live_events.line(ticket, "message")
    return message, True


def heard(ticket: Ticket, at: datetime, messages: int = 1) -> None:
    """Note that the contact wrote at ``at`` and waits for an answer."""
    ticket.unread_count += messages
    ticket.unanswered_since = ticket.unanswered_since or at
    ticket.silent_since = ticket.warned_at = None


def _takes_late_messages(ticket: Ticket, now: datetime) -> bool:
    """Return whether the flow can't know yet that the ticket is closed, so that its contact's messages still come."""
    if ticket.closed_by_flow or ticket.closed_at is None or now >= ticket.closed_at + TELLING:
        return False
    if ticket.contact.is_erased:
        return False
    told = ticket.deliveries.filter(kind=Delivery.Kind.UPDATE, url="", state=DeliveryState.SENT)
    return not told.filter(delivered_at__lte=now - IN_FLIGHT).exists()


def save_lines(ticket: Ticket) -> None:
    """Save what a new line changes on its ticket."""
    ticket.save(
        update_fields=[
            "line_count",
            "last_message_at",
            "last_message_text",
            "unread_count",
            "unanswered_since",
            "first_response_at",
            "silent_since",
            "warned_at",
            "given_back_by",
            "modified_at",
        ]
    )


def _sent_before(ticket: Ticket, by: Actor, key: UUID | None) -> Message | None:
    """Return the message the person already stored with that key. The caller holds the ticket's row lock.

    Raises Conflict if the key is somebody else's.
    """
    sent = Message.objects.filter(ticket=ticket, sent_key=key).first() if key else None
    if sent is not None and sent.user_id != (by.user and by.user.pk):
        raise Conflict
    return sent


def _write(
    ticket: Ticket, kind: MessageKind, text: str, *, by: Actor, now: datetime, key: UUID | None, **values: Any
) -> Message:
    """Store what a person wrote."""
    return Message.objects.create(
        ticket=ticket,
        number=next_number(ticket),
        kind=kind,
        user=by.user,
        text=text,
        created_on=now,
        stored_at=now,
        sent_key=key,
        **values,
    )


@transaction.atomic
def reply(
    ticket_id: UUID,
    text: str,
    *,
    by: Actor,
    files: Sequence[UUID] = (),
    key: UUID | None = None,
    now: datetime | None = None,
) -> Message:
    """Answer the contact as the ticket's agent; the worker delivers the message to the flow engine.

    ``files``: ids of the agent's uploads (``add_file``); with files the text may be empty. ``key``: a repeated call
    with the same key returns the first message (docs/rules.md, Conversation). Raises Invalid (see also ``attach``),
    NotAllowed for anyone but the ticket's agent (a manager takes over first), TicketClosed.
    """
    text = clean_text(text, required=not files)
    ticket = lock_row(ticket_id)
    if (stored := _sent_before(ticket, by, key)) is not None:
        return stored
    if ticket.is_closed:
        raise errors.TicketClosed
    if by.user is None or ticket.agent_id != by.user.pk:
        raise NotAllowed(_("Only the agent of the ticket answers. Take the ticket first."))
    now = now or timezone.now()
    delivery = DeliveryState.SENDING if ticket.callback_url else DeliveryState.NONE
    message = _write(ticket, MessageKind.AGENT, text, by=by, now=now, key=key, delivery=delivery)
    sent = attach(message, files)
    outbox.enqueue(ticket, Delivery.Kind.MESSAGE, message, files=sent)
    touch(ticket, message, sent)
    Assignment.objects.filter(ticket=ticket, ended_at=None, answered_at=None).update(answered_at=now)
    ticket.unanswered_since = None
    ticket.unread_count = 0
    ticket.first_response_at = ticket.first_response_at or now
    ticket.silent_since, ticket.warned_at, ticket.given_back_by = now, None, None
    save_lines(ticket)
    live_events.line(ticket, "message")
    return message


@transaction.atomic
def add_note(
    ticket_id: UUID,
    text: str,
    *,
    by: Actor,
    files: Sequence[UUID] = (),
    mentions: Collection[UUID] = (),
    key: UUID | None = None,
    now: datetime | None = None,
) -> Message:
    """Add an internal note, which is never sent. Anyone who sees the ticket may, even when it is closed, but for
    agents who only read it beside another one (``noted_by``).

    ``files`` and ``key`` as in ``reply``; ``mentions``: ids of people to mention, who see the ticket or are on its
    queue and see it by this. Raises Invalid, NotAllowed, ContactErased.
    """
    text = clean_text(text, required=not files)
    ticket = lock_row(ticket_id)
    # While this waited for the ticket, the person may have lost it.
    by = actor_now(by)
    if by.user is None or by.member is None:
        raise NotAllowed
    if not Ticket.objects.noted_by(by.member).filter(pk=ticket.pk).exists():
        raise NotAllowed
    if (stored := _sent_before(ticket, by, key)) is not None:
        return stored
    if ticket.contact.is_erased:
        raise errors.ContactErased
    people = check_mentions(ticket, mentions, by=by)
    now = now or timezone.now()
    message = _write(ticket, MessageKind.NOTE, text, by=by, now=now, key=key)
    attach(message, files)
    store_mentions(message, people, by=by, now=now)
    ticket.save(update_fields=["line_count", "modified_at"])
    live_events.line(ticket, "note")
    return message


@transaction.atomic
def mark_read(ticket_id: UUID, *, by: Actor, now: datetime | None = None) -> None:
    """Mark the contact's messages as read by the ticket's agent; does nothing for anyone else."""
    ticket = lock_row(ticket_id)
    if by.user is None or ticket.agent_id != by.user.pk or not ticket.unread_count:
        return
    Message.objects.filter(ticket=ticket, kind=MessageKind.CONTACT, seen_at=None).update(
        seen_at=now or timezone.now()
    )
    ticket.unread_count = 0
    ticket.save(update_fields=["unread_count", "modified_at"])
    live_events.line(ticket, "read")


@transaction.atomic
def send_again(ticket_id: UUID, message_id: UUID, *, by: Actor, now: datetime | None = None) -> Message:
    """Queue what failed of an answer for delivery again, with a fresh set of attempts (docs/rules.md, Delivery).

    Parts that were delivered are not sent again. For the ticket's agent and members who direct the sector's tickets.
    Idempotent: a message that has not failed is returned unchanged. ``now`` is aware. Raises NotAllowed,
    Message.DoesNotExist (not of this ticket).
    """
    ticket = _locked_to_send(ticket_id, by)
    message = Message.objects.get(pk=message_id, ticket=ticket)
    send_failed(ticket.pk, message.deliveries.values_list("pk", flat=True), now=now)
    message.refresh_from_db(fields=["delivery"])
    return message


@transaction.atomic
def send_delivery_again(ticket_id: UUID, delivery_id: UUID, *, by: Actor, now: datetime | None = None) -> Delivery:
    """Queue any failed delivery to the flow engine again, as ``send_again`` does.

    Raises NotAllowed, Delivery.DoesNotExist (not of this ticket).
    """
    ticket = _locked_to_send(ticket_id, by)
    delivery = Delivery.objects.get(pk=delivery_id, ticket=ticket)
    send_failed(ticket.pk, [delivery.pk], now=now)
    delivery.refresh_from_db()
    return delivery


def _locked_to_send(ticket_id: UUID, by: Actor) -> Ticket:
    """Return the ticket, locked. Raises NotAllowed if the actor may not resend its deliveries."""
    ticket = Ticket.objects.select_for_update(of=("self",), no_key=True).get(pk=ticket_id)
    if by.member is not None and not ticket.is_handled_by(by.member):
        raise NotAllowed
    return ticket
