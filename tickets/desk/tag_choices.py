"""The tags a closing dialog offers: a short list, with a search for the rest (docs/rules.md, Closing).

A sector may have thousands of tags. An answer holds the chosen ones, recently used ones, and the first other matches;
the number of queries does not depend on how many there are.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Max, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.db.models.lookups import StartsWith
from django.utils.translation import gettext_lazy as _

from core.form_fields import MAX_FOUND, MAX_OFFERED, clean_query
from core.text import Fold, by_name, search_by_name
from orgs.models import User
from tags.models import Tag
from tickets.models import Ticket, TicketTag

#: With several sectors, tags offered of each at least.
LEAST_OF_EACH = 3


@dataclass(frozen=True)
class TagGroup:
    """Tags under one title, each with whether it is ticked."""

    title: Any
    rows: list[tuple[Tag, bool]]


@dataclass(frozen=True)
class TagChoices:
    """Tags to choose from.

    ``found``: how many matches are included; ``left_out``: there are further matches. ``more``: there are so many
    tags that the page searches on the server. ``words``: the search text if this answers a search.
    """

    groups: list[TagGroup]
    found: int
    left_out: bool
    more: bool
    words: str = ""


def tag_choices(
    choosable: QuerySet[Tag],
    sectors: Collection[UUID],
    *,
    by: User | None = None,
    chosen: Collection[UUID] = (),
    search: str = "",
    narrow: bool = False,
) -> TagChoices:
    """Return the tags to show out of ``choosable``, all of which belong to ``sectors``.

    All of them if they are few: the page filters them itself, unless ``narrow`` is set. Otherwise those whose name
    contains every word of ``search``. With one sector, tags that ``by`` used recently come first; with
    several, each gets a share. ``chosen`` tags are always included.
    """
    rows, more = _first(choosable, sectors, "", MAX_OFFERED)
    words, matching, left_out = "", choosable, more
    if search and (more or narrow):
        words = clean_query(search)
    if words:
        matching = search_by_name(choosable, words)
        rows, left_out = _first(matching, sectors, words, MAX_FOUND)
    there = {tag.pk for tag in rows}
    recent: list[Tag] = []
    if by is not None and len(sectors) == 1:
        used = recent_tags(by, next(iter(sectors)))
        found = {tag.pk: tag for tag in matching.filter(pk__in=used)} if used else {}
        recent = [found[pk] for pk in used if pk in found]
        there |= found.keys()
    apart = [*choosable.filter(pk__in=set(chosen) - there).select_related("sector")] if set(chosen) - there else []
    groups = list(_groups(rows, recent, apart, set(chosen), len(sectors) == 1))
    return TagChoices(groups, len(there), left_out, more, words)


def _first(tags: QuerySet[Tag], sectors: Collection[UUID], words: str, most: int) -> tuple[list[Tag], bool]:
    """Return the first tags, those starting with ``words`` ahead, and whether there are more."""
    order: list[Any] = [F("position"), *by_name()]
    if words:
        begins = StartsWith(Fold("name"), Fold(Value(words)))
        order.insert(0, Case(When(begins, then=Value(0)), default=Value(1)))
    if len(sectors) == 1:
        rows = list(tags.order_by(*order)[: most + 1])
        return rows[:most], len(rows) > most
    of_each = max(most // max(len(sectors), 1), LEAST_OF_EACH)
    place = Window(RowNumber(), partition_by=F("sector"), order_by=order)
    numbered = tags.select_related("sector").annotate(place=place).filter(place__lte=of_each + 1)
    by_sector = list(numbered.order_by("sector__position", *by_name("sector__name"), "place"))
    kept: list[Tag] = [tag for tag in by_sector if tag.place <= of_each]
    return kept, len(kept) < len(by_sector)


def _groups(
    rows: list[Tag], recent: list[Tag], apart: list[Tag], chosen: set[UUID], one_sector: bool
) -> Iterator[TagGroup]:
    def ticked(tags: Iterable[Tag]) -> list[tuple[Tag, bool]]:
        return [(tag, tag.pk in chosen) for tag in tags]

    if apart:
        yield TagGroup(_("Chosen"), ticked(apart))
    if recent:
        yield TagGroup(_("Recently used"), ticked(recent))
    if one_sector:
        if others := [tag for tag in rows if tag not in recent]:
            yield TagGroup(_("Other tags") if apart or recent else _("Tags"), ticked(others))
        return
    by_sector: dict[UUID, list[Tag]] = {}
    for tag in rows:
        by_sector.setdefault(tag.sector_id, []).append(tag)
    for tags in by_sector.values():
        yield TagGroup(tags[0].sector.name, ticked(tags))


#: Closings to look back on, and tags to offer ahead of the others.
RECENT_CLOSINGS = 30
MAX_RECENT_TAGS = 6


def recent_tags(user: User, sector_id: UUID) -> list[UUID]:
    """Return the tags a person last closed tickets with in a sector, most recent first; at most ``MAX_RECENT_TAGS``.

    One query, which reads at most ``RECENT_CLOSINGS`` tickets.
    """
    last = Ticket.objects.closed().filter(closed_by=user, sector=sector_id).order_by("-closed_at")[:RECENT_CLOSINGS]
    used = (
        TicketTag.objects.filter(ticket__in=last.values("pk"))
        .values("tag")
        .annotate(last=Max("closed_at"))
        .order_by("-last", "tag")
    )
    return [row["tag"] for row in used[:MAX_RECENT_TAGS]]
