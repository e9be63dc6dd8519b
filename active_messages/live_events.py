"""Live events of starts; see ``tickets.live_events`` for the topics."""

from uuid import UUID

from live import publish
from tickets.live_events import agent_topic

from .models import Start


def changed(start: Start) -> None:
    """Publish on commit, to the person who started it, that the state of a start has changed."""
    of_person(start.project_id, start.by_id, start.batch)


def of_person(project: UUID, user: UUID, batch: UUID) -> None:
    """Publish on commit, to the person who started them, that starts of a batch have changed."""
    publish([agent_topic(project, user)], "start", batch=str(batch))
