"""A difference in words, for the page and the command (docs/configuration.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from orgs import audit_words
from orgs.errors import Sentence

from .comparing import Change, Difference, Kind, Part, SectorChange

#: So many of each kind of change are shown of a list; the others are counted.
MOST_SHOWN = 40

#: By kind of change: the word, and the tone of its pill.
KINDS: dict[str, tuple[Sentence, str]] = {
    Kind.ADDED: (pgettext_lazy("in a difference", "New"), "success"),
    Kind.CHANGED: (pgettext_lazy("in a difference", "Changed"), "info"),
    Kind.RESTORED: (pgettext_lazy("in a difference", "Restored"), "accent"),
    Kind.ARCHIVED: (pgettext_lazy("in a difference", "Archived"), "warning"),
    Kind.REMOVED: (pgettext_lazy("in a difference", "Removed"), "warning"),
}
_LISTS: tuple[Sentence, ...] = (
    gettext_lazy("Queues"),
    gettext_lazy("Tags"),
    gettext_lazy("Special days"),
    gettext_lazy("Quick messages"),
)


@dataclass(frozen=True)
class Row:
    """Something that changes: its name, what happens to it, and its fields before and after."""

    name: str
    kind: str
    label: str
    tone: str
    fields: Sequence[audit_words.Difference]


@dataclass(frozen=True)
class Shown:
    """What happens in one list: things of which only the name is said, by kind; those with fields; the new order."""

    label: str
    names: Sequence[tuple[Row, Sequence[str], int]]
    rows: Sequence[Row]
    more: int
    order: Sequence[str]


@dataclass(frozen=True)
class ShownSector:
    """What happens to a sector and in it."""

    row: Row
    parts: Sequence[Shown]
    count: int


def _row(change: Change) -> Row:
    label, tone = KINDS[change.kind]
    fields = [
        audit_words.Difference(
            audit_words.label_of(one.field),
            audit_words.say(one.field, one.before) if change.kind is not Kind.ADDED else None,
            audit_words.say(one.field, one.after),
        )
        for one in change.fields
    ]
    return Row(change.name, change.kind, str(label), tone, fields)


def _shown(label: Sentence, part: Part) -> Shown:
    rows = [_row(change) for change in part.changes]
    with_fields = [row for row in rows if row.fields]
    names = []
    for kind in Kind:
        of_kind = [row for row in rows if row.kind == kind and not row.fields]
        if of_kind:
            found = [row.name for row in of_kind]
            names.append((of_kind[0], found[:MOST_SHOWN], max(len(found) - MOST_SHOWN, 0)))
    more = max(len(with_fields) - MOST_SHOWN, 0)
    return Shown(str(label), names, with_fields[:MOST_SHOWN], more, part.order[:MOST_SHOWN])


def shown(difference: Difference) -> list[ShownSector]:
    """Return the sectors that change; those that go first, since that is what may not be overlooked."""
    gone = [one for one in difference.sectors if one.kind is Kind.ARCHIVED]
    return [_sector(one) for one in (*gone, *(one for one in difference.sectors if one.kind is not Kind.ARCHIVED))]


def _sector(change: SectorChange) -> ShownSector:
    parts = [_shown(label, part) for label, part in zip(_LISTS, change.parts, strict=True) if part]
    count = len(change.fields) + sum(len(part.changes) + bool(part.order) for part in change.parts)
    return ShownSector(_row(change), parts, count)


def said(difference: Difference) -> str:
    """Return how much changes, in a line."""
    counts = difference.counts
    sentences = {
        "added": lambda n: ngettext("%(count)d new", "%(count)d new", n),
        "changed": lambda n: ngettext("%(count)d changed", "%(count)d changed", n),
        "restored": lambda n: ngettext("%(count)d restored", "%(count)d restored", n),
        "archived": lambda n: ngettext("%(count)d archived", "%(count)d archived", n),
        "removed": lambda n: ngettext("%(count)d removed", "%(count)d removed", n),
        "reordered": lambda n: ngettext("%(count)d list in another order", "%(count)d lists in another order", n),
    }
    return ", ".join(sentences[name](count) % {"count": count} for name, count in counts.items())


def lines(difference: Difference) -> Iterator[str]:
    """Yield the whole difference as lines of text."""
    for sector in difference.sectors:
        yield _line(sector, "")
        for label, part in zip(_LISTS, sector.parts, strict=True):
            if part:
                yield f"  {label}"
            for change in part.changes:
                yield _line(change, "    ")
            if part.order:
                yield f"    {_('New order')}: {', '.join(part.order)}"
    if difference.order:
        yield f"{_('Order of the sectors')}: {', '.join(difference.order)}"


def _line(change: Change, indent: str) -> str:
    row = _row(change)
    fields = [
        f"{one.label}: {one.after}" if one.before is None else f"{one.label}: {one.before} → {one.after}"
        for one in row.fields
    ]
    return f"{indent}{row.label}: {row.name}" + (f" ({'; '.join(fields)})" if fields else "")
