"""Looking for words inside one conversation: how many lines have them, and the next one from where one is."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from tickets.models import Message, Ticket

#: Characters that are looked for at most.
MAX_WORDS = 200


@dataclass(frozen=True)
class SearchHit:
    """One hit: the message, its place counted from the newest (1), and how many there are. None of it: no hit."""

    message: Message | None
    place: int
    count: int


def find_message(ticket: Ticket, words: str, *, beside: UUID | None = None, newer: bool = False) -> SearchHit:
    """Return the newest message of the ticket that has ``words``, whatever their case.

    With ``beside`` (the message of a hit before) the next older one, or with ``newer`` the next newer one; past
    either end it goes on at the other. Four queries at most, whatever the length of the conversation.
    """
    words = words.replace("\x00", "").strip()[:MAX_WORDS]
    if not words:
        return SearchHit(None, 0, 0)
    hits = Message.objects.filter(ticket=ticket, text__icontains=words)
    count = hits.count()
    if not count:
        return SearchHit(None, 0, 0)
    here = Message.objects.filter(ticket=ticket, pk=beside).first() if beside else None
    found = _next(hits, here, newer) or _next(hits, None, newer)
    assert found is not None
    return SearchHit(found, hits.filter(_newer_than(found)).count() + 1, count)


def _next(hits: QuerySet[Message], here: Message | None, newer: bool) -> Message | None:
    """Return the hit next to ``here`` in a direction; without ``here`` the one at the end it begins from.

    The bot conversation has no numbers and comes before all that has one.
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
