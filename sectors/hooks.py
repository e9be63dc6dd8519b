"""Hooks that the apps above implement: queues, tags and tickets belong to them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, QuerySet, Subquery

from core.hooks import Hook, Registry
from orgs.access import Member


@Hook
def sectors_of_queues(queue_ids: Collection[UUID]) -> QuerySet:
    """Return the ids of the sectors of the queues, as a subquery."""
    raise NotImplementedError


@Hook
def first_queue() -> Subquery:
    """Return the key of a sector's default queue (first live one, on hold last), to annotate sectors with."""
    raise NotImplementedError


@Hook
def queues_to_move_to(member: Member) -> QuerySet:
    """Return the queues open for tickets in the sectors that a member configures, ordered by sector."""
    raise NotImplementedError


@dataclass(frozen=True)
class OpenTickets:
    """Open tickets of a sector or queue: how many wait, how many are being handled."""

    waiting: int
    active: int

    @property
    def any(self) -> bool:
        return bool(self.waiting or self.active)


@Hook
def open_tickets(**place: Any) -> OpenTickets:
    """Count the open tickets of a ``queue`` or a ``sector``."""
    raise NotImplementedError


@dataclass(frozen=True)
class Lack:
    """Something missing: a code (queue, agent, tag, hours), texts, and the page that fixes it."""

    code: str
    short: str
    sentence: str
    action: str
    url: str


@dataclass(frozen=True)
class Need:
    """A prerequisite of a working sector: an annotation (``has_…``), and the ``Lack`` of a sector without it
    (annotated with ``first_queue``).
    """

    present: Callable[[], Exists]
    lack: Callable[[Any], Lack]


#: By code, most severe first.
NEEDS: Registry[Need] = Registry()

#: Counts shown beside sectors in lists, by attribute name. Each takes sector ids and returns the counts that aren't
#: zero.
FIGURES: Registry[Callable[[Collection[UUID]], Mapping[UUID, int]]] = Registry()
