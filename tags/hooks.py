"""Hooks that the tickets app implements."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from core.hooks import Hook


@Hook
def closed_with(tag_ids: Collection[UUID], since: datetime) -> Mapping[UUID, int]:
    """Return how many tickets were closed with each of the tags since a time; tags with none are omitted."""
    raise NotImplementedError


@Hook
def uses_of(tag_id: UUID, *, most: int) -> int:
    """Return how many tickets have a tag, counting up to ``most``."""
    raise NotImplementedError
