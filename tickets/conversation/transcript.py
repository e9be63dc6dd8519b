"""The transcript of a conversation: messages, notes and events, in order, page by page.

Lines share one numbering per ticket (``tickets.conversation.numbering``), so a page asks for numbers below or above
one it knows and gets each line exactly once. The bot conversation before the hand-over has no numbers: it is ordered
and paged by the channel's time.
"""

import zoneinfo
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.pagination import Key, Keyset
from orgs.models import User
from tickets.models import Attachment, EventKind, Mention, Message, MessageKind, Ticket, TicketEvent

from .delivery_troubles import Trouble, troubles_of
from .event_texts import names_in, sentence

#: Lines per page.
PAGE = 50
#: Messages by the same author within this time are grouped under one name.
TOGETHER = timedelta(minutes=5)
#: A message that came so much later than the contact wrote it has both times.
DELAYED = timedelta(minutes=1)
_LAST_NUMBER = 2**31 - 1
#: The order of the bot conversation.
HISTORY = Keyset("created_on", "id")


@dataclass
class Line:
    """A line. ``number`` is None before the hand-over; ``kind`` is a message's kind, or ``event``.

    ``is_late``: it came with the history after the hand-over; ``after_closing``: its ticket was closed already.
    ``stands_at`` is the moment by which it has its place: of a late line, when it came; only then it differs from
    ``at``, and its own date is shown if it stands under another day.
    ``sent_at`` and ``arrived_at`` are set if a message came noticeably later than it was written.
    ``new_day`` and ``follows`` (same author, shortly after) depend on the previous line.
    """

    pk: UUID
    number: int | None
    at: datetime
    kind: str
    came_at: datetime | None = None
    author: str = ""
    author_id: UUID | None = None
    person: User | None = None
    text: str = ""
    delivery: str = ""
    sent_key: UUID | None = None
    event: str = ""
    tags: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    is_late: bool = False
    after_closing: bool = False
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    trouble: Trouble | None = None
    new_day: bool = False
    follows: bool = False

    @property
    def stands_at(self) -> datetime:
        return self.came_at or self.at

    @property
    def is_event(self) -> bool:
        return self.kind == "event"

    @property
    def side(self) -> str:
        """Where the line is shown: ``in`` (contact), ``out`` (agent), ``bot``, ``auto`` or ``note``."""
        sides: dict[str, str] = {MessageKind.CONTACT: "in", MessageKind.AGENT: "out"}
        return sides.get(self.kind, self.kind)


@dataclass(frozen=True)
class Page:
    """Lines in reading order, and whether there are earlier and later ones."""

    lines: list[Line]
    earlier: bool
    later: bool = False

    @property
    def first(self) -> Line | None:
        """The line before which earlier ones are requested."""
        return self.lines[0] if self.lines else None

    @property
    def last(self) -> Line | None:
        """The line after which later ones are requested."""
        return self.lines[-1] if self.lines else None


def contact_name(ticket: Ticket) -> str:
    """Return the contact's name, else the URN if it may be shown, else a generic word."""
    if ticket.contact.is_erased:
        return str(ticket.contact)
    return ticket.contact.name or ticket.urn_to_show or _("Contact")


def page_before(ticket: Ticket, number: int | None = None) -> Page:
    """Return the newest lines below ``number`` (or of all). Six queries, whatever the length."""
    known = Q(number__lt=_LAST_NUMBER if number is None else min(max(number, 0), _LAST_NUMBER))
    lines = _merged(ticket, known, "-number", PAGE + 1)[-(PAGE + 1) :]
    earlier = len(lines) > PAGE
    before = lines[0] if earlier else _end_of_history(ticket)
    return Page(_joined(ticket, lines[-PAGE:], before=before), earlier)


def page_after(ticket: Ticket, number: int) -> Page:
    """Return the oldest lines above ``number``, up to a page."""
    number = min(max(number, 0), _LAST_NUMBER)
    lines = _merged(ticket, Q(number__gt=number), "number", PAGE + 1)
    before = _line_at(ticket, number)
    joined = _joined(ticket, lines[:PAGE], before=before or _end_of_history(ticket))
    return Page(joined, earlier=before is not None, later=len(lines) > PAGE)


def lines_after(ticket: Ticket, number: int, again: Collection[int] = ()) -> list[Line]:
    """Return the lines above ``number``, oldest first, at most ``4 × PAGE``, preceded by those in ``again``.

    ``again``: numbers of lines that the page already shows and that may have changed.
    """
    number = min(max(number, 0), _LAST_NUMBER)
    fresh = _merged(ticket, Q(number__gt=number), "number", PAGE * 4)
    if fresh:
        fresh = _joined(ticket, fresh, before=_line_at(ticket, number) or _end_of_history(ticket))
    return lines_again(ticket, [n for n in again if 0 < n <= number][:PAGE]) + fresh


def lines_again(ticket: Ticket, numbers: Collection[int]) -> list[Line]:
    """Return the lines with these numbers, each joined to the previous one.

    Callbacks of closings use up numbers without a line, never two in a row: looking two back always finds the
    previous line.
    """
    if not numbers:
        return []
    near = {n - step for n in numbers for step in range(3)}
    before = _end_of_history(ticket) if min(near) < 1 else None
    lines = _joined(ticket, _merged(ticket, Q(number__in=near), "number", len(near)), before=before)
    return [line for line in lines if line.number in numbers]


def history_before(ticket: Ticket, key: Key | None = None) -> Page:
    """Return the newest lines of the bot conversation, before ``key`` if given."""
    known = Q() if key is None else HISTORY.beyond(key, back=True)
    newest = list(_history(ticket, known, "-created_on", "-id")[: PAGE + 1])
    earlier = len(newest) > PAGE
    lines = [_said(ticket, row) for row in reversed(newest)]
    return Page(_joined(ticket, lines[-PAGE:], before=lines[0] if earlier else None), earlier)


def history_after(ticket: Ticket, key: Key, *, itself: bool = False) -> Page:
    """Return the oldest lines of the bot conversation after ``key``; with ``itself``, including that one."""
    rows = _history(ticket, HISTORY.beyond(key), *HISTORY.ordering)
    own = list(_history(ticket, Q(created_on=key[0], pk=key[1]), "pk")) if itself else []
    oldest = [*own, *rows[: PAGE + 1]]
    before = history_before(ticket, key).last
    lines = [_said(ticket, row) for row in oldest[:PAGE]]
    return Page(_joined(ticket, lines, before=before), earlier=before is not None, later=len(oldest) > PAGE)


def _line_at(ticket: Ticket, number: int) -> Line | None:
    """Return the last line up to ``number``."""
    found = _merged(ticket, Q(number__lte=number), "-number", 1) if number > 0 else []
    return found[-1] if found else None


def _end_of_history(ticket: Ticket) -> Line | None:
    """Return where the bot conversation ends, for the day on which the ticket's first line goes on; nobody's line."""
    newest = Message.objects.filter(ticket=ticket, is_history=True).order_by("-created_on", "-id")
    at = newest.values_list("created_on", flat=True).first()
    return None if at is None else Line(ticket.pk, None, at, "")


def _history(ticket: Ticket, which: Q, *order: str) -> QuerySet[Message]:
    rows = Message.objects.filter(which, ticket=ticket, is_history=True)
    return rows.select_related("user").prefetch_related("attachments").order_by(*order)


def _merged(ticket: Ticket, which: Q, order: str, most: int) -> list[Line]:
    """Return the messages and events selected by ``which``, in order; at most ``most`` from the start of it."""
    messages = (
        Message.objects.filter(which, ticket=ticket, is_history=False)
        .select_related("user")
        .prefetch_related("attachments", Prefetch("mentions", Mention.objects.select_related("user")))
        .order_by(order)[:most]
    )
    events = list(TicketEvent.objects.filter(which, ticket=ticket).select_related("actor").order_by(order)[:most])
    names = names_in(events)
    troubles = troubles_of(messages)
    lines = [_said(ticket, row, troubles.get(row.pk)) for row in messages]
    lines += [_happened(event, names) for event in events]
    lines.sort(key=lambda line: line.number or 0)
    return lines[-most:] if order.startswith("-") else lines[:most]


def _said(ticket: Ticket, row: Message, trouble: Trouble | None = None) -> Line:
    nobody: dict[str, str] = {
        MessageKind.CONTACT: contact_name(ticket),
        MessageKind.BOT: _("Bot"),
        MessageKind.AUTOMATIC: _("Automatic message"),
    }
    author = nobody.get(row.kind)
    from_channel = row.kind in {MessageKind.CONTACT, MessageKind.BOT} and not row.is_history
    delayed = from_channel and row.stored_at - row.created_on > DELAYED
    return Line(
        pk=row.pk,
        number=row.number,
        at=row.created_on if row.is_history or row.is_late else row.stored_at,
        kind=row.kind,
        came_at=row.stored_at if row.is_late and not row.is_history else None,
        author=author or (row.user.name if row.user else ""),
        author_id=row.user_id,
        person=row.user,
        text=row.words,
        delivery=row.delivery,
        trouble=trouble,
        sent_key=row.sent_key,
        attachments=list(row.attachments.all()),
        mentions=list(row.mentions.all()) if row.kind == MessageKind.NOTE else [],
        is_late=row.is_late,
        sent_at=row.created_on if delayed else None,
        arrived_at=row.stored_at if delayed else None,
        after_closing=from_channel and ticket.closed_at is not None and row.stored_at > ticket.closed_at,
    )


def _happened(event: TicketEvent, names: dict[str, str]) -> Line:
    return Line(
        pk=event.pk,
        number=event.number,
        at=event.at,
        kind="event",
        event=event.kind,
        text=sentence(event, names),
        tags=_tags_of(event),
    )


def _tags_of(event: TicketEvent) -> list[str]:
    """Return the tags a ticket was given, at closing or later."""
    fields = {EventKind.CLOSED: "tags", EventKind.RETAGGED: "after"}
    return list(event.data.get(fields.get(EventKind(event.kind), ""), []))


def _joined(ticket: Ticket, lines: Iterable[Line], before: Line | None) -> list[Line]:
    """Set ``new_day`` and ``follows`` of each line from the previous one; days are in the sector's time zone."""
    zone = zoneinfo.ZoneInfo(ticket.sector.timezone)
    result = []
    for line in lines:
        day = timezone.localtime(line.stands_at, zone).date()
        line.new_day = before is None or day > timezone.localtime(before.stands_at, zone).date()
        line.follows = (
            before is not None
            and not line.new_day
            and not line.is_event
            and (before.kind, before.author_id) == (line.kind, line.author_id)
            and line.at - before.at < TOGETHER
        )
        result.append(line)
        before = line
    return result
