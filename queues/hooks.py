"""Hooks that the tickets app implements."""

from collections.abc import Collection, Mapping
from uuid import UUID

from core.hooks import Hook
from orgs.models import Project


@Hook
def waiting_in(queue_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return how many tickets wait in each of the queues; queues with none are omitted."""
    raise NotImplementedError


@Hook
def has_active_tickets(project: Project, user_id: UUID) -> bool:
    """Return whether an agent has active tickets in a project."""
    raise NotImplementedError
