"""What orgs asks of the apps above it: sectors, queues and tickets belong to them."""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from core.hooks import Hook

from .models import Project, User


@Hook
def managed_sectors(user: User, project: Project) -> Collection[UUID]:
    """Return the sectors of a project that somebody is appointed to, archived ones too."""
    raise NotImplementedError


@Hook
def sectors_of(project: Project) -> Collection[UUID]:
    """Return all sectors of a project, archived ones too."""
    raise NotImplementedError


@Hook
def live_sectors_of(project: Project) -> Mapping[UUID, str]:
    """Return the names of a project's live sectors, in the order of their names."""
    raise NotImplementedError


@Hook
def names_of_sectors(sector_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of sectors, archived ones too."""
    raise NotImplementedError


@Hook
def queues_of_agent(user: User, project: Project) -> Collection[UUID]:
    """Return the live queues of a project that somebody is put on."""
    raise NotImplementedError


class AgentState(NamedTuple):
    """An agent's status as the header shows it, and the pause announced for when the tickets are done."""

    status: str
    reason: str
    then_pause: bool
    then_reason: str


@Hook
def status_of_agent(user: User, project: Project) -> AgentState | None:
    """Return an agent's status in a project; None for somebody who has never had one."""
    raise NotImplementedError


@Hook
def active_tickets_of(user: User) -> int:
    """Return how many tickets somebody attends now, in whatever project."""
    raise NotImplementedError


@Hook
def open_tickets(project: Project) -> int:
    """Return how many tickets of a project wait or are attended, counted to 1000."""
    raise NotImplementedError
