"""What queues ask of tickets, which belong to an app above."""

from collections.abc import Collection, Mapping
from uuid import UUID

from core.hooks import Hook
from orgs.models import Project


@Hook
def waiting_in(queue_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return how many tickets wait in each of the queues; those without any are left out."""
    raise NotImplementedError


@Hook
def has_active_tickets(project: Project, user_id: UUID) -> bool:
    """Return whether an agent attends tickets of a project now."""
    raise NotImplementedError
