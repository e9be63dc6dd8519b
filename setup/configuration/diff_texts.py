"""The text of a diff, for the page and the command (docs/configuration.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core.errors import Sentence
from orgs.audit import descriptions

from .diff import Change, Difference, FieldChange, Kind, Part, SectorChange

#: Maximum number of changes shown per kind and list; the others are counted.
MAX_SHOWN = 40

#: By kind of change: its label, and the tone of its pill.
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
    """A changed object: its name, the kind of change, and its fields before and after."""

    name: str
    kind: str
    label: str
    tone: str
    fields: Sequence[descriptions.Difference]


@dataclass(frozen=True)
class Shown:
    """The changes to one list: objects shown by name only, by kind; those with fields; the new order."""

    label: str
    names: Sequence[tuple[Row, Sequence[str], int]]
    rows: Sequence[Row]
    more: int
    order: Sequence[str]


@dataclass(frozen=True)
class ShownSector:
    """The changes to a sector and its parts."""

    row: Row
    parts: Sequence[Shown]
    count: int


def _row(change: Change) -> Row:
    label, tone = KINDS[change.kind]
    fields = [summary_text for one in change.fields for summary_text in _said(one, new=change.kind is Kind.ADDED)]
    name = f"/{change.name}" if change.what == "quick_message" else change.name
    return Row(name, change.kind, str(label), tone, fields)


def _said(one: FieldChange, *, new: bool) -> Iterator[descriptions.Difference]:
    """Yield a field as text; of several values only those that differ."""
    label = descriptions.label_of(one.field)
    if new:
        yield descriptions.Difference(label, None, descriptions.say(one.field, one.after))
    elif one.field == "hours":
        for weekday, (before, after) in enumerate(zip(one.before, one.after, strict=True)):
            if before != after:
                day = f"{label}, {WEEKDAYS[weekday]}"
                yield descriptions.Difference(
                    day, descriptions.say("ranges", before), descriptions.say("ranges", after)
                )
    elif isinstance(one.after, dict):
        for name in sorted({**one.before, **one.after}):
            was, will = one.before.get(name), one.after.get(name)
            if was != will:
                yield descriptions.Difference(f"{label}, {name}", _perhaps(was), _perhaps(will))
    elif isinstance(one.after, list) and one.field != "ranges":
        gone, come = [x for x in one.before if x not in one.after], [x for x in one.after if x not in one.before]
        yield descriptions.Difference(label, _perhaps(gone), _perhaps(come))
    else:
        yield descriptions.Difference(
            label, descriptions.say(one.field, one.before), descriptions.say(one.field, one.after)
        )


def _perhaps(value: object) -> str | None:
    return descriptions.say("", value) if value not in (None, []) else None


def _shown(label: Sentence, part: Part) -> Shown:
    rows = [_row(change) for change in part.changes]
    with_fields = [row for row in rows if row.fields]
    names = []
    for kind in Kind:
        of_kind = [row for row in rows if row.kind == kind and not row.fields]
        if of_kind:
            found = [row.name for row in of_kind]
            names.append((of_kind[0], found[:MAX_SHOWN], max(len(found) - MAX_SHOWN, 0)))
    more = max(len(with_fields) - MAX_SHOWN, 0)
    return Shown(str(label), names, with_fields[:MAX_SHOWN], more, part.order[:MAX_SHOWN])


def shown(difference: Difference) -> list[ShownSector]:
    """Return the changed sectors, archived ones first, since they matter most."""
    gone = [one for one in difference.sectors if one.kind is Kind.ARCHIVED]
    return [_sector(one) for one in (*gone, *(one for one in difference.sectors if one.kind is not Kind.ARCHIVED))]


def _sector(change: SectorChange) -> ShownSector:
    parts = [_shown(label, part) for label, part in zip(_LISTS, change.parts, strict=True) if part]
    count = len(change.fields) + sum(len(part.changes) + bool(part.order) for part in change.parts)
    return ShownSector(_row(change), parts, count)


def summary_text(difference: Difference) -> str:
    """Return a one-line summary of the changes."""
    counts = difference.counts
    sentences = {
        "added": lambda n: ngettext("%(count)d new", "%(count)d new", n),
        "changed": lambda n: ngettext("%(count)d changed", "%(count)d changed", n),
        "restored": lambda n: ngettext("%(count)d restored", "%(count)d restored", n),
        "archived": lambda n: ngettext("%(count)d archived", "%(count)d archived", n),
        "removed": lambda n: ngettext("%(count)d removed", "%(count)d removed", n),
        "reordered": lambda n: ngettext("%(count)d list reordered", "%(count)d lists reordered", n),
    }
    return ", ".join(sentences[name](count) % {"count": count} for name, count in counts.items())


def lines(difference: Difference) -> Iterator[str]:
    """Yield the whole diff as lines of text."""
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
    fields = [f"{one.label}: {' → '.join(_both(one))}" for one in row.fields]
    return f"{indent}{row.label}: {row.name}" + (f" ({'; '.join(fields)})" if fields else "")


def _both(one: descriptions.Difference) -> list[str]:
    """Return a field before and after; of a list or of names, what is removed and what is added."""
    return [part for part in (one.before, one.after or descriptions.NONE) if part is not None]
