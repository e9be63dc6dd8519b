"""A project's configuration as it is now, as the plain values that a file of it holds (docs/configuration.md)."""

from collections import defaultdict
from typing import Any

from orgs.models import Project
from queues.models import Queue, QueueAgent
from sectors.models import (
    AgentLimit,
    AutomaticMessage,
    QuickMessage,
    Sector,
    SectorManager,
    WorkException,
    WorkRange,
)
from tags.models import Tag

from . import times

Facts = dict[str, Any]


def configuration_of(project: Project) -> list[Facts]:
    """Return the project's sectors in their order, each with all that a file says of it; nothing archived.

    Ten queries, however large the project. Personal quick messages are nobody else's and stay out, and so does the
    tag that closings by the flow get.
    """
    rows = list(Sector.objects.live().filter(project=project).order_by("position", "name", "pk"))
    sectors = {row.pk: _sector(row) for row in rows}
    of_sectors: Facts = {"sector__project": project, "sector__archived_at": None}
    for span in WorkRange.objects.filter(**of_sectors).order_by("weekday", "opens"):
        day = sectors[span.sector_id]["hours"][times.WEEKDAYS[span.weekday]]
        day.append(times.written((span.opens, span.closes)))
    for special in WorkException.objects.filter(**of_sectors).order_by("yearly", "date"):
        sectors[special.sector_id]["special_days"].append(_special_day(special))
    for pk, email in _people(SectorManager.objects.filter(**of_sectors)):
        sectors[pk]["managers"].append(email)
    limits = AgentLimit.objects.filter(**of_sectors).order_by("user__email")
    for pk, email, limit in limits.values_list("sector_id", "user__email", "ticket_limit"):
        sectors[pk]["agent_limits"][email] = limit
    for message in AutomaticMessage.objects.filter(**of_sectors).order_by("moment"):
        sectors[message.sector_id]["automatic_messages"][message.moment] = message.text
    quick = QuickMessage.objects.filter(**of_sectors).order_by("shortcut", "pk")
    for pk, shortcut, text in quick.values_list("sector_id", "shortcut", "text"):
        sectors[pk]["quick_messages"][shortcut] = text
    _add_queues(sectors, of_sectors)
    tags = Tag.objects.live().filter(closed_by_flow=False, **of_sectors).order_by("position", "name", "pk")
    for tag in tags:
        sectors[tag.sector_id]["tags"].append({"name": tag.name, "description": tag.description, "color": tag.color})
    return [sectors[row.pk] for row in rows]


def _people(rows: Any) -> Any:
    return rows.order_by("user__email").values_list("sector_id", "user__email")


def _sector(row: Sector) -> Facts:
    return {
        "name": row.name,
        "time_zone": row.timezone,
        "always_open": row.always_open,
        "hours": {day: [] for day in times.WEEKDAYS},
        "special_days": [],
        "limit": row.ticket_limit,
        "agent_limits": {},
        "active_messages": row.active_messages,
        "managers": [],
        "automatic_messages": {},
        "waiting_every": row.waiting_every,
        "quick_messages": {},
        "queues": [],
        "tags": [],
    }


def _special_day(row: WorkException) -> Facts:
    ranges = [times.written((opens, closes)) for opens, closes in row.ranges]
    return {"date": row.date.isoformat(), "yearly": row.yearly, "name": row.label, "hours": ranges}


def _add_queues(sectors: dict[Any, Facts], of_sectors: Facts) -> None:
    agents: dict[Any, list[str]] = defaultdict(list)
    places = QueueAgent.objects.filter(
        queue__archived_at=None, **{f"queue__{name}": value for name, value in of_sectors.items()}
    )
    for pk, email in places.order_by("user__email").values_list("queue_id", "user__email"):
        agents[pk].append(email)
    for queue in Queue.objects.live().filter(**of_sectors).order_by("position", "name", "pk"):
        sectors[queue.sector_id]["queues"].append(
            {
                "name": queue.name,
                "agents": agents[queue.pk],
                "on_hold": queue.on_hold,
                "max_waiting": queue.max_waiting,
            }
        )
