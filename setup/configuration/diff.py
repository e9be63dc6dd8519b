"""Diffing a configuration file against a project's state, without side effects."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .problems import Problems, path_of
from .state import ATTENDING, SectorState, Thing
from .validate import Wanted, WantedSector

#: Defaults of a new sector, queue, tag or quick message for whatever the file omits.
SECTOR: dict[str, Any] = {
    "timezone": "UTC",
    "always_open": False,
    "hours": [[]] * 7,
    "ticket_limit": 3,
    "agent_limits": {},
    "active_messages": False,
    "managers": [],
    "automatic_messages": {},
    "waiting_every": None,
    **ATTENDING,
}
QUEUE: dict[str, Any] = {"agents": [], "on_hold": False, "max_waiting": None}
TAG: dict[str, Any] = {"description": "", "color": ""}


class Kind(StrEnum):
    """What happens to something."""

    ADDED = "added"
    CHANGED = "changed"
    RESTORED = "restored"
    ARCHIVED = "archived"
    REMOVED = "removed"


@dataclass(frozen=True)
class FieldChange:
    """A field before and after, as plain values; ``before`` is None for a new one."""

    field: str
    before: Any
    after: Any


@dataclass
class Change:
    """A change to a sector, queue, tag, special day or quick message; ``what`` is its type.

    ``row`` is the existing row; ``values`` all of a new one's, or those in the file for an existing one.
    """

    what: str
    name: str
    kind: Kind
    fields: list[FieldChange] = field(default_factory=list)
    row: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    #: A new one's folded name, to find it in the wanted order.
    key: Any = None


@dataclass
class Part:
    """The changes to one list of a sector, or to the list of sectors.

    ``order``: the names in the wanted order, if the remaining ones are in a different order now. ``keys``: the folded
    names in the wanted order; None if the list is unordered or missing from the file.
    """

    changes: list[Change] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    keys: list[Any] | None = None

    def __bool__(self) -> bool:
        return bool(self.changes or self.order)


@dataclass
class SectorChange(Change):
    """The changes to a sector and its parts. ``kind`` CHANGED without ``fields``: only its parts change."""

    queues: Part = field(default_factory=Part)
    tags: Part = field(default_factory=Part)
    days: Part = field(default_factory=Part)
    quick: Part = field(default_factory=Part)

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.queues, self.tags, self.days, self.quick)


@dataclass
class Difference:
    """Everything a file would change, all problems that prevent applying it, and the fingerprint of the state that it
    was compared with.
    """

    sectors: list[SectorChange]
    order: list[str]
    keys: list[Any]
    problems: Problems
    fingerprint: str

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not self.sectors and not self.order

    @property
    def counts(self) -> dict[str, int]:
        """Number of changes by kind, over all types; ``reordered`` counts lists of which only the order changes."""
        found: Counter[str] = Counter()
        for sector in self.sectors:
            if sector.kind is not Kind.CHANGED or sector.fields:
                found[sector.kind] += 1
            for part in sector.parts:
                found.update(change.kind for change in part.changes)
                found["reordered"] += bool(part.order)
        found["reordered"] += bool(self.order)
        return {name: found[name] for name in (*Kind, "reordered") if found[name]}


class Comparison:
    """Compares the file's content with the current state; what can't be changed is recorded as a problem."""

    def __init__(
        self, problems: Problems, *, open_tickets: Mapping[UUID, int], may_archive: bool, starter: str
    ) -> None:
        """``open_tickets`` by queue; ``may_archive``: sectors may be archived and restored; ``starter``: the tag of a
        new sector for which the file has none.
        """
        self.problems = problems
        self.open_tickets = open_tickets
        self.may_archive = may_archive
        self.starter = starter

    def of(self, present: Sequence[SectorState], wanted: Sequence[WantedSector], fingerprint: str) -> Difference:
        """Return the diff between a project and a file."""
        there = {state.key: state for state in present}
        found = []
        for one in wanted:
            state = there.get(one.key)
            change = self._new(one) if state is None else self._same(state, one)
            if change is not None:
                found.append(change)
        kept = {one.key for one in wanted}
        found += [self._archived(state) for state in present if state.key not in kept and not state.archived]
        order = _order(present, wanted)
        return Difference(found, order, [one.key for one in wanted], self.problems, fingerprint)

    def _new(self, one: WantedSector) -> SectorChange:
        self._closing_tag([], one, SECTOR)
        values = {**SECTOR, **one.values}
        change = SectorChange("sector", one.name, Kind.ADDED, _given(one.values, SECTOR), values=values, key=one.key)
        if one.queues is None:
            one.place.say(_("A new sector needs a queue: write one below “queues:”."))
        change.queues = self._part("queue", [], one.queues, QUEUE)
        change.tags = self._part("tag", [], one.tags, TAG)
        if one.tags is None:
            change.tags = Part([Change("tag", self.starter, Kind.ADDED, values={"name": self.starter, **TAG})])
        change.days = self._days([], one)
        change.quick = self._part("quick_message", [], one.quick, {})
        return change

    def _same(self, state: SectorState, one: WantedSector) -> SectorChange | None:
        kind = Kind.RESTORED if state.archived else Kind.CHANGED
        self._closing_tag(state.tags, one, state.values)
        if state.archived and not self.may_archive:
            one.place.say(_("A sector of this name is archived. Ask an administrator of the project to restore it."))
        change = SectorChange(
            "sector", one.name, kind, _differing(state.values, one.values), row=state.row, values=one.values
        )
        change.queues = self._part("queue", state.queues, one.queues, QUEUE, self._close_queue)
        change.tags = self._part("tag", state.tags, one.tags, TAG)
        change.days = self._days(state.days, one)
        change.quick = self._part("quick_message", state.quick, one.quick, {})
        changes = change.fields or any(change.parts) or kind is Kind.RESTORED
        return change if changes else None

    def _archived(self, state: SectorState) -> SectorChange:
        path = path_of("sectors", state.name)
        if not self.may_archive:
            self.problems.add(
                path, None, _("It is not in the file, so it would be archived, which only administrators may.")
            )
        self._say_open(path, sum(self.open_tickets.get(queue.row.pk, 0) for queue in state.queues))
        return SectorChange("sector", state.name, Kind.ARCHIVED, row=state.row)

    def _closing_tag(self, present: Sequence[Thing], one: WantedSector, before: Mapping[str, Any]) -> None:
        """Look up the tag for closing tickets of silent contacts among those that the sector will have."""
        names = {tag.key: tag.name for tag in present if not tag.archived}
        if one.tags is not None:
            names = {tag.key: tag.name for tag in one.tags}
        wanted = one.close_tag
        if wanted is not None and wanted.key in names:
            one.values["close_tag"] = names[wanted.key]
        elif wanted is not None:
            wanted.place.say(_("The sector has no tag of this name. Write one of its tags."))
        elif before["close_tag"] and one.values.get("close_after", before["close_after"]) is not None:
            # The file lists tags, but not the required one.
            kept = {tag.key for tag in present if tag.name == before["close_tag"]} & names.keys()
            if not kept:
                sentence = _(
                    "Tickets of silent contacts are closed with “%(name)s”. Keep it, or say “attending:” too."
                )
                one.place.say(sentence % {"name": before["close_tag"]})

    def _close_queue(self, queue: Thing) -> None:
        path = path_of("sectors", queue.row.sector.name, "queues", queue.name)
        self._say_open(path, self.open_tickets.get(queue.row.pk, 0))

    def _say_open(self, path: str, count: int) -> None:
        if count:
            sentence = ngettext(
                "It is not in the file, so it would be archived, but has %(count)d open ticket. Close it, or archive"
                " this on its page, which moves it.",
                "It is not in the file, so it would be archived, but has %(count)d open tickets. Close them, or"
                " archive this on its page, which moves them.",
                count,
            )
            self.problems.add(path, None, sentence % {"count": count})

    def _part(
        self,
        what: str,
        present: Sequence[Thing],
        wanted: Sequence[Wanted] | None,
        defaults: dict[str, Any],
        on_archive: Callable[[Thing], None] = lambda _thing: None,
    ) -> Part:
        if wanted is None:
            return Part()
        there = {thing.key: thing for thing in present}
        part = Part(keys=[one.key for one in wanted])
        if what != "quick_message":
            part.order = _order(present, wanted)
        for one in wanted:
            thing = there.get(one.key)
            if thing is None:
                values = {**defaults, **one.values}
                fields = _given(one.values, defaults)
                part.changes.append(Change(what, one.name, Kind.ADDED, fields, values=values, key=one.key))
                continue
            self._say_unusable(thing, one)
            fields = _differing(thing.values, one.values)
            if fields or thing.archived:
                kind = Kind.RESTORED if thing.archived else Kind.CHANGED
                part.changes.append(Change(what, one.name, kind, fields, thing.row, one.values))
        kept = set(part.keys or ())
        gone = Kind.REMOVED if what == "quick_message" else Kind.ARCHIVED
        for thing in present:
            if thing.key not in kept and not thing.archived and not getattr(thing.row, "closed_by_flow", False):
                on_archive(thing)
                part.changes.append(Change(what, thing.name, gone, row=thing.row))
        return part

    @staticmethod
    def _say_unusable(thing: Thing, one: Wanted) -> None:
        if getattr(thing.row, "closed_by_flow", False):
            one.place.say(_("The flow's own closings use the tag of this name. Choose another name."))

    @staticmethod
    def _days(present: Sequence[Thing], one: WantedSector) -> Part:
        if one.days is None:
            return Part()
        there = {thing.key: thing for thing in present}
        part = Part()
        for day in one.days:
            thing = there.get(day.key)
            values = {
                "date": day.day.isoformat(),
                "yearly": day.yearly,
                "label": day.label,
                "ranges": [list(pair) for pair in day.ranges],
            }
            name = f"{values['date']} {day.label}".strip()
            # The year of a yearly day has no meaning, but it is stored.
            fields = _differing(thing.values, values) if thing else _given(values, {"label": "", "yearly": False})
            if thing is None or fields:
                kind = Kind.CHANGED if thing else Kind.ADDED
                row = thing.row if thing else None
                part.changes.append(Change("special_day", name, kind, fields, row, {"day": day}))
        kept = {day.key for day in one.days}
        part.changes += [
            Change("special_day", str(thing.row).strip(), Kind.REMOVED, row=thing.row)
            for thing in present
            if thing.key not in kept
        ]
        return part


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    return [FieldChange(name, before[name], value) for name, value in after.items() if before[name] != value]


def _given(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[FieldChange]:
    """Return a new object's values, except the name and defaults."""
    given = {name: value for name, value in values.items() if name not in {"name", "shortcut", "date"}}
    return [
        FieldChange(name, None, value)
        for name, value in given.items()
        if name not in defaults or value != defaults[name]
    ]


def _order(present: Iterable[Thing], wanted: Iterable[Wanted]) -> list[str]:
    """Return the names in the file's order, if the live ones that remain are in a different order now."""
    names = {one.key: one.name for one in wanted}
    before = [thing.key for thing in present if not thing.archived and thing.key in names]
    staying = set(before)
    after = [key for key in names if key in staying]
    return list(names.values()) if before != after else []


def people_in(states: Collection[SectorState]) -> set[str]:
    """Return the addresses of all people assigned anywhere in the set-up."""
    found: set[str] = set()
    for state in states:
        found |= {*state.values["managers"], *state.values["agent_limits"]}
        found.update(email for queue in state.queues for email in queue.values["agents"])
    return found
