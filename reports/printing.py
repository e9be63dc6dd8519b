"""A whole conversation on paper: the page is sent part by part, so its length costs no memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from core.pagination import Key
from tickets.conversation.transcript import Line, history_after, lines_after
from tickets.models import Message, Ticket

#: Lines on paper at most. What is cut is said on the first page.
MAX_LINES = 20_000
_BEGINNING: Key = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True)
class Extent:
    """How many lines a conversation has: of the bot before the hand-over, and since then."""

    before: int
    after: int

    @property
    def total(self) -> int:
        return self.before + self.after

    @property
    def printed(self) -> int:
        """How many of them are printed."""
        return min(self.total, MAX_LINES)

    @property
    def is_cut(self) -> bool:
        return self.total > MAX_LINES


@dataclass(frozen=True)
class Part:
    """Some consecutive lines; ``first_of_people``: the conversation with people begins with them."""

    lines: list[Line]
    first_of_people: bool = False


def extent_of(ticket: Ticket) -> Extent:
    """Return how long a conversation is now. Two queries."""
    messages = Message.objects.filter(ticket=ticket)
    before = messages.filter(is_history=True).count()
    return Extent(before, messages.filter(is_history=False).count() + ticket.events.count())


def parts_of(ticket: Ticket, extent: Extent) -> Iterator[Part]:
    """Yield the lines of a conversation from its beginning, at most ``MAX_LINES``, part by part."""
    left = extent.printed
    key = _BEGINNING
    while left > 0:
        page = history_after(ticket, key)
        if not page.lines:
            break
        yield Part(page.lines[:left])
        left -= len(page.lines)
        key = (page.lines[-1].at, page.lines[-1].pk)
    number, first = 0, bool(extent.before)
    while left > 0:
        lines = lines_after(ticket, number)
        if not lines:
            return
        yield Part(lines[:left], first)
        left -= len(lines)
        number, first = lines[-1].number or 0, False
