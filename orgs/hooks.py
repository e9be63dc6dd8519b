"""What orgs asks of apps above it, which own sectors, queues and tickets."""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from core.hooks import Hook

from .models import Organization, Project, User


@Hook
def managed_sectors(user: User, project: Project) -> Collection[UUID]:
    """Return the sectors of a project that a user manages, including archived ones."""
    raise NotImplementedError


@Hook
def sectors_of(project: Project) -> Collection[UUID]:
    """Return all sectors of a project, including archived ones."""
    raise NotImplementedError


@Hook
def live_sectors_of(project: Project) -> Mapping[UUID, str]:
    """Return the names of a project's live sectors by id, ordered by name."""
    raise NotImplementedError


@Hook
def managers_of(project: Project) -> Mapping[UUID, list[str]]:
    """Return who manages live sectors of a project: the sectors' names by user, ordered by name."""
    raise NotImplementedError


@Hook
def zone_of(place: Organization | Project) -> str:
    """Return the time zone of most sectors of a project, or of an organization's projects; UTC without any."""
    raise NotImplementedError


@Hook
def names_of_sectors(sector_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of sectors by id, including archived ones."""
    raise NotImplementedError


@Hook
def queues_of_agent(user: User, project: Project) -> Collection[UUID]:
    """Return the live queues of a project that a user is an agent of."""
    raise NotImplementedError


class AgentState(NamedTuple):
    """An agent's status for the page header, and a pause that starts once their tickets are closed."""

    status: str
    reason: str
    then_pause: bool
    then_reason: str


@Hook
def status_of_agent(user: User, project: Project) -> AgentState | None:
    """Return an agent's status in a project, or None if they have never had one."""
    raise NotImplementedError


@Hook
def active_tickets_of(user: User) -> int:
    """Return the number of active tickets of a user in all projects."""
    raise NotImplementedError


@Hook
def is_set_up(project: Project, user: User) -> bool:
    """Return whether nothing is left to do on a project's set-up checklist, as a user sees it."""
    raise NotImplementedError


@Hook
def open_tickets(project: Project) -> int:
    """Return the number of waiting and active tickets of a project, counted to at most 1000."""
    raise NotImplementedError
