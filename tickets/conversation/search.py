"""Searching within one conversation: the number of hits, and the next one from the current position."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

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
    around at either end. At most four queries, whatever the length of the conversation.
    """
    words = words.replace("\x00", "").strip()[:MAX_WORDS]
    if not words:
        return SearchHit(None, 0, 0)
    hits = Message.objects.filter(holds_text("text", words), ticket=ticket)
    count = hits.count()
    if not count:
        return SearchHit(None, 0, 0)
    here = Message.objects.filter(ticket=ticket, pk=beside).first() if beside else None
    found = _next(hits, here, newer) or _next(hits, None, newer)
    assert found is not None
    return SearchHit(found, hits.filter(_newer_than(found)).count() + 1, count)


def _next(hits: QuerySet[Message], here: Message | None, newer: bool) -> Message | None:
    """Return the hit next to ``here`` in a direction; without ``here``, the first one in that direction.

    The bot conversation has no numbers and sorts before everything numbered.
    """
    if here is not None:
        hits = hits.filter(_newer_than(here) if newer else ~_newer_than(here) & ~Q(pk=here.pk))
    order = ("is_history", "number", "created_on", "pk")
    if newer:
        return hits.order_by("-is_history", *order[1:]).first()
    return hits.order_by("is_history", *(f"-{name}" for name in order[1:])).first()


def _newer_than(message: Message) -> Q:
    if not message.is_history:
        return Q(is_history=False, number__gt=message.number)
    later = Q(created_on__gt=message.created_on) | Q(created_on=message.created_on, pk__gt=message.pk)
    return Q(is_history=False) | Q(is_history=True) & later
