"""What the flow tells afterwards of a conversation: before the hand-over, and since."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tickets import errors, live_events
from tickets.conversation.numbering import next_number
from tickets.models import Message, MessageKind, Ticket

from .locking import lock_row
from .media import attach_media
from .messages import HistoryLine, heard, save_lines, touch

#: Within this time a line of the history is the same as a live one with the same words.
SAME = timedelta(minutes=2)
#: What makes two lines the same: whether the contact's, the text, the addresses of files.
_Said = tuple[bool, str, tuple[str, ...]]
#: The addresses of a file of ours, which the flow knows by an address of its own.
_OURS = ("",)


@transaction.atomic
def add_history(
    ticket_id: UUID, lines: Sequence[HistoryLine], *, at_opening: bool = False, now: datetime | None = None
) -> int:
    """Store what the flow tells of a conversation, and return how many lines were new (docs/rules.md, History).

    Idempotent by the lines' keys. Lines from before the hand-over (all that come with it: ``at_opening``), or without
    a time, become the bot conversation; later ones go into the live conversation, unless they are there already.
    ``now`` is aware. Raises Ticket.DoesNotExist, ContactErased.
    """
    ticket = lock_row(ticket_id)
    if ticket.contact.is_erased:
        raise errors.ContactErased
    now = now or timezone.now()
    lines = _unknown(ticket, lines)
    if at_opening:
        before, since = lines, []
    else:
        before = [line for line in lines if (line.created_on or ticket.opened_at) <= ticket.opened_at]
        since = [line for line in lines if (line.created_on or ticket.opened_at) > ticket.opened_at]
    late = _not_live(ticket, sorted(since, key=lambda line: line.created_on or now))
    messages = [_message(ticket, line, now) for line in before]
    messages += [_message(ticket, line, now, number=next_number(ticket)) for line in late]
    if not messages:
        return 0
    Message.objects.bulk_create(messages)
    lines = [*before, *late]
    attach_media(
        (message, item.content_type, item.url)
        for message, line in zip(messages, lines, strict=True)
        for item in line.media
    )
    if before:
        live_events.line(ticket, "history")
    if late:
        touch(ticket, messages[-1])
        _note_unanswered(ticket, late, now)
        save_lines(ticket)
        live_events.line(ticket, "message")
    return len(messages)


def _unknown(ticket: Ticket, lines: Sequence[HistoryLine]) -> list[HistoryLine]:
    """Return the lines that have not been stored yet, each once."""
    by_key = {line.key: line for line in reversed(lines)}
    known = set(Message.objects.filter(ticket=ticket, history_key__in=by_key).values_list("history_key", flat=True))
    return [line for key, line in reversed(by_key.items()) if key not in known]


def _message(ticket: Ticket, line: HistoryLine, now: datetime, number: int | None = None) -> Message:
    return Message(
        ticket=ticket,
        number=number,
        is_history=number is None,
        is_late=number is not None,
        kind=MessageKind.CONTACT if line.incoming else MessageKind.BOT,
        text=line.text,
        created_on=line.created_on or now,
        stored_at=now,
        history_key=line.key,
    )


def _not_live(ticket: Ticket, lines: Sequence[HistoryLine]) -> list[HistoryLine]:
    """Return the lines that the live conversation doesn't have yet. Each live line stands for one of them.

    The flow sends an answer of an agent as a message per file and one for the text: so it comes back.
    """
    if not lines:
        return []
    times = [line.created_on for line in lines if line.created_on is not None]
    rows = Message.objects.filter(
        ticket=ticket, is_history=False, stored_at__gte=min(times) - SAME, stored_at__lte=max(times) + SAME
    ).exclude(kind=MessageKind.NOTE)
    live: dict[_Said, list[datetime]] = {}
    for row in rows.order_by("number").prefetch_related("attachments"):
        for part in _parts(row):
            live.setdefault(part, []).append(row.stored_at)
    return [line for line in lines if not _take(live, line)]


def _parts(row: Message) -> list[_Said]:
    urls = tuple(file.url for file in row.attachments.all())
    if row.kind in {MessageKind.CONTACT, MessageKind.BOT}:
        return [(row.kind == MessageKind.CONTACT, row.text, urls)]
    return [*([(False, row.text, ())] if row.text else []), *([(False, "", _OURS)] * len(urls))]


def _take(live: dict[_Said, list[datetime]], line: HistoryLine) -> bool:
    """Return whether a live line stands for this one, and take it off ``live``."""
    said = [(line.incoming, line.text, tuple(item.url for item in line.media))]
    if not line.incoming and line.media:
        said.append((False, line.text, ()) if line.text else (False, "", _OURS))
    for part in said:
        for at in live.get(part, ()):
            if line.created_on is not None and abs(at - line.created_on) <= SAME:
                live[part].remove(at)
                return True
    return False


def _note_unanswered(ticket: Ticket, late: Sequence[HistoryLine], now: datetime) -> None:
    """Note the contact's late words that nobody has answered since."""
    answers = Message.objects.filter(ticket=ticket, kind=MessageKind.AGENT, is_history=False)
    answered = answers.order_by("-number").values_list("stored_at", flat=True).first()
    open_words = [
        line
        for line in late
        if line.incoming and line.created_on is not None and (answered is None or line.created_on > answered)
    ]
    if ticket.is_open and open_words:
        heard(ticket, now, len(open_words))
