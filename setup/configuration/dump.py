"""Exporting a project's configuration as plain values (docs/configuration.md)."""

from collections.abc import Sequence
from typing import Any

from orgs.models import Project

from . import times
from .state import ATTENDING, SectorState, Thing, state_of

Facts = dict[str, Any]


def configuration_of(project: Project) -> list[Facts]:
    """Return the project's live sectors in order, with everything that a file contains.

    Eleven queries, however large the project. Personal quick messages are private and left out, and so is the tag of
    closings by the flow.
    """
    return [_sector(state) for state in state_of(project)]


def _sector(state: SectorState) -> Facts:
    values = state.values
    return {
        "name": values["name"],
        "time_zone": values["timezone"],
        "always_open": values["always_open"],
        "hours": {day: _hours(ranges) for day, ranges in zip(times.WEEKDAYS, values["hours"], strict=True)},
        "special_days": [_special_day(thing) for thing in state.days],
        "limit": values["ticket_limit"],
        "agent_limits": values["agent_limits"],
        "active_messages": values["active_messages"],
        "managers": values["managers"],
        "automatic_messages": values["automatic_messages"],
        "waiting_every": values["waiting_every"],
        "attending": {name: values[name] for name, off in ATTENDING.items() if values[name] != off},
        "quick_messages": {thing.values["shortcut"]: thing.values["text"] for thing in state.quick},
        "queues": [thing.values for thing in state.queues],
        "tags": [thing.values for thing in state.tags],
    }


def _hours(ranges: Sequence[Sequence[int]]) -> list[str]:
    return [times.written((opens, closes)) for opens, closes in ranges]


def _special_day(thing: Thing) -> Facts:
    values = thing.values
    return {
        "date": values["date"],
        "yearly": values["yearly"],
        "name": values["label"],
        "hours": _hours(values["ranges"]),
    }
