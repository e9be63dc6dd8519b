"""A project's current set-up, with its rows."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from core.text import Fold, by_name
from orgs.models import Project
from queues.models import Queue, QueueAgent
from sectors.models import AgentLimit, AutomaticMessage, QuickMessage, Sector, SectorManager, WorkException, WorkRange
from tags.models import Tag
from tickets.models import AttendanceRules, Ticket

#: Defaults of a sector's service rules, by field name; ``close_tag`` is the tag's name.
ATTENDING: dict[str, Any] = {
    "give_back_after": None,
    "move_on_after": None,
    "warn_after": None,
    "warn_text": "",
    "close_after": None,
    "close_tag": None,
    "waiting_target": None,
    "retag_for": None,
    "agents_read_earlier": True,
}


@dataclass
class Thing:
    """A row of a sector (or the sector's own), its folded name, and its attributes as plain values."""

    row: Any
    key: Any
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """The name that people know."""
        return str(self.values.get("name") or self.values.get("shortcut") or self.row)

    @property
    def archived(self) -> bool:
        """Whether it is archived; False for rows that can't be."""
        return getattr(self.row, "archived_at", None) is not None


@dataclass
class SectorState(Thing):
    """A sector with its whole set-up; queues and tags in order, including archived ones."""

    queues: list[Thing] = field(default_factory=list)
    tags: list[Thing] = field(default_factory=list)
    days: list[Thing] = field(default_factory=list)
    quick: list[Thing] = field(default_factory=list)

    @property
    def parts(self) -> tuple[list[Thing], ...]:
        return (self.queues, self.tags, self.days, self.quick)


def state_of(project: Project, *, archived: Collection[str] | None = None) -> list[SectorState]:
    """Return the project's live sectors in order, each with its parts; eleven queries, however large the project.

    ``archived``: include archived parts, and the archived sectors with these folded names. Personal quick messages
    are private and left out.
    """
    rows = Sector.objects.filter(project=project).annotate(folded=Fold("name"))
    rows = rows.filter(Q(archived_at=None) | Q(folded__in=archived or ())).select_related("project__organization")
    sectors = {row.pk: _sector(row) for row in rows.order_by("position", *by_name())}
    here: dict[str, Any] = {"sector__in": list(sectors)}
    for span in WorkRange.objects.filter(**here).order_by("weekday", "opens"):
        sectors[span.sector_id].values["hours"][span.weekday].append([span.opens, span.closes])
    people = SectorManager.objects.filter(**here).order_by("user__email")
    for pk, email in people.values_list("sector_id", "user__email"):
        sectors[pk].values["managers"].append(email)
    limits = AgentLimit.objects.filter(**here).order_by("user__email")
    for pk, email, limit in limits.values_list("sector_id", "user__email", "ticket_limit"):
        sectors[pk].values["agent_limits"][email] = limit
    for message in AutomaticMessage.objects.filter(**here).order_by("moment"):
        sectors[message.sector_id].values["automatic_messages"][message.moment] = message.text
    for rules in AttendanceRules.objects.filter(**here).select_related("close_tag"):
        found = {name: getattr(rules, name) for name in ATTENDING}
        found["close_tag"] = rules.close_tag.name if rules.close_tag else None
        sectors[rules.sector_id].values.update(found)
    for special in WorkException.objects.filter(**here).order_by("yearly", "date", "pk"):
        special.sector = sectors[special.sector_id].row
        sectors[special.sector_id].days.append(Thing(special, key_of_day(special), values_of_day(special)))
    # Those that are files alone have nothing that the file could say.
    quick = (
        QuickMessage.objects.filter(**here)
        .exclude(text="")
        .annotate(folded=Fold("shortcut"))
        .order_by("shortcut", "pk")
    )
    for row in quick:
        assert row.sector_id
        place = sectors[row.sector_id]
        row.sector, row.project = place.row, project
        values = {"shortcut": row.shortcut, "text": row.text}
        place.quick.append(Thing(row, row.folded, values))
    _add_queues(sectors, here, archived is not None)
    _add_tags(sectors, here, archived is not None)
    return list(sectors.values())


def key_of_day(row: WorkException) -> Any:
    """Return what is unique among a sector's special days: the date, or the day of the year."""
    return (row.date.month, row.date.day) if row.yearly else row.date


def values_of_day(row: WorkException) -> dict[str, Any]:
    """Return a special day as plain values."""
    return {
        "date": row.date.isoformat(),
        "yearly": row.yearly,
        "label": row.label,
        "ranges": [list(pair) for pair in row.ranges],
    }


def _sector(row: Any) -> SectorState:
    values = {
        "name": row.name,
        "timezone": row.timezone,
        "always_open": row.always_open,
        "hours": [[] for _day in range(7)],
        "ticket_limit": row.ticket_limit,
        "agent_limits": {},
        "active_messages": row.active_messages,
        "managers": [],
        "automatic_messages": {},
        "waiting_every": row.waiting_every,
        **ATTENDING,
    }
    return SectorState(row, row.folded, values)


def _add_queues(sectors: dict[UUID, SectorState], here: dict[str, Any], archived: bool) -> None:
    agents: dict[Any, list[str]] = defaultdict(list)
    places = QueueAgent.objects.filter(queue__sector__in=list(sectors)).order_by("user__email")
    for pk, email in places.values_list("queue_id", "user__email"):
        agents[pk].append(email)
    rows = Queue.objects.filter(**here).annotate(folded=Fold("name")).order_by("position", *by_name())
    for row in rows if archived else rows.live():
        row.sector = sectors[row.sector_id].row
        values = {
            "name": row.name,
            "agents": agents[row.pk],
            "on_hold": row.on_hold,
            "max_waiting": row.max_waiting,
        }
        sectors[row.sector_id].queues.append(Thing(row, row.folded, values))


def _add_tags(sectors: dict[UUID, SectorState], here: dict[str, Any], archived: bool) -> None:
    # The name of a merged tag is free.
    rows = Tag.objects.filter(**here, merged_into=None).annotate(folded=Fold("name")).order_by("position", *by_name())
    for row in rows if archived else rows.choosable():
        row.sector = sectors[row.sector_id].row
        values = {"name": row.name, "description": row.description, "color": row.color}
        sectors[row.sector_id].tags.append(Thing(row, row.folded, values))


def open_tickets_of(project: Project) -> dict[UUID, int]:
    """Return the number of open tickets of each queue of a project; queues with none are omitted."""
    rows = Ticket.objects.open().filter(project=project).order_by()
    return dict(rows.values_list("queue").annotate(count=Count("pk")).values_list("queue", "count"))


def fingerprint_of(states: Iterable[SectorState]) -> str:
    """Return a fingerprint that changes whenever the set-up does."""
    facts = [
        [_fingerprinted(state), *([_fingerprinted(thing) for thing in part] for part in state.parts)]
        for state in states
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _fingerprinted(thing: Thing) -> list[Any]:
    return [str(thing.row.pk), thing.archived, thing.values]
