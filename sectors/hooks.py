"""What sectors ask of the apps above them: queues, tags and tickets belong to those."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, QuerySet, Subquery

from core.hooks import Hook, Registry
from orgs.access import Member


@Hook
def sectors_of_queues(queue_ids: Collection[UUID]) -> QuerySet:
    """Return the ids of the sectors that have these queues, as a subquery."""
    raise NotImplementedError


@Hook
def queues_of(sector: Any) -> QuerySet:
    """Return the live queues of a sector with their ``agent_count``, in the order in which tickets go to them."""
    raise NotImplementedError


@Hook
def first_queue() -> Subquery:
    """Return the key of the live queue that tickets of a sector go to by default, for annotating sectors."""
    raise NotImplementedError


@Hook
def queues_to_move_to(member: Member) -> QuerySet:
    """Return the queues that take tickets in the sectors a member configures, sector by sector."""
    raise NotImplementedError


@dataclass(frozen=True)
class OpenTickets:
    """Open tickets of a place: how many wait, how many are attended."""

    waiting: int
    active: int

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.waiting or self.active)


@Hook
def open_tickets(**place: Any) -> OpenTickets:
    """Count the open tickets of a place, named as ``queue=`` or ``sector=``."""
    raise NotImplementedError


@dataclass(frozen=True)
class Lack:
    """What is missing: a word for programs (queue, agent, tag, hours), sentences, and where it is mended."""

    code: str
    short: str
    sentence: str
    action: str
    url: str


@dataclass(frozen=True)
class Need:
    """Something that a sector can't work without: whether it is there, for annotating sectors as ``has_…``, and what
    to say of a sector (with its ``first_queue``) that lacks it."""

    present: Callable[[], Exists]
    lack: Callable[[Any], Lack]


#: By the word for programs, the worst to lack first.
NEEDS: Registry[Need] = Registry()

#: What lists of sectors show beside their names: given the sectors' ids, each returns a number for every sector that
#: has any. The name is that of the attribute.
FIGURES: Registry[Callable[[Collection[UUID]], Mapping[UUID, int]]] = Registry()
