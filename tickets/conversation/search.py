"""Searching within one conversation: the number of hits, and the next one from the current position."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.text import holds_text
from tickets.models import Message, Ticket

#: Maximum length of a search, in characters.
MAX_WORDS = 200


@dataclass(frozen=True)
class SearchHit:
    """A hit: the message, its rank from the newest (1), and the total. ``message`` is None without hits."""

    message: Message | None
    place: int
    count: int


def find_message(ticket: Ticket, words: str, *, beside: UUID | None = None, newer: bool = False) -> SearchHit:
    """Return the newest message of the ticket that contains ``words``, folded.

    With ``beside`` (the message of a previous hit), the next older one, or with ``newer`` the next newer one; wraps
    around at either end. At most three queries, whatever the length of the conversation; one reads its texts.
    """
    words = words.replace("\x00", "").strip()[:MAX_WORDS]
    if not words:
        return SearchHit(None, 0, 0)
    messages = Message.objects.filter(ticket=ticket).values_list("is_history", "number", "created_on", "pk")
    hits = sorted((_place(*row) for row in messages.filter(holds_text("text", words))), reverse=True)
    if not hits:
        return SearchHit(None, 0, 0)
    here = messages.filter(pk=beside).first() if beside else None
    at = _next(hits, _place(*here) if here else None, newer)
    return SearchHit(Message.objects.get(pk=hits[at].pk), at + 1, len(hits))


class _Place(NamedTuple):
    """Where a message stands; the later in the conversation, the greater.

    The bot conversation has no numbers and stands before everything numbered.
    """

    is_live: bool
    number: int
    created_on: datetime
    pk: UUID


def _place(is_history: bool, number: int | None, created_on: datetime, pk: UUID) -> _Place:
    return _Place(not is_history, number or 0, created_on, pk)


def _next(hits: list[_Place], here: _Place | None, newer: bool) -> int:
    """Return the index of the hit next to ``here`` in a direction, the newest being the first; without ``here``, or
    beyond either end, the first one in that direction."""
    first = len(hits) - 1 if newer else 0
    if here is None:
        return first
    if newer:
        return next((n for n in reversed(range(len(hits))) if hits[n] > here), first)
    return next((n for n, hit in enumerate(hits) if hit < here), first)
