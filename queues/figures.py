"""What lists of queues show beside their names."""

from collections import Counter
from typing import Any

from .models import Queue, QueueAgent


def with_figures(queues: list[Queue]) -> list[Queue]:
    """Give loaded queues ``agent_count`` and ``waiting_count``, in two queries however many they are."""
    keys = [queue.pk for queue in queues]
    agents = Counter(QueueAgent.objects.filter(queue__in=keys).values_list("queue_id", flat=True))
    # Tickets belong to an app above; the related name is the link.
    tickets: Any = Queue._meta.get_field("tickets").related_model
    waiting = Counter(tickets.objects.filter(queue__in=keys, status="waiting").values_list("queue_id", flat=True))
    for queue in queues:
        queue.agent_count, queue.waiting_count = agents[queue.pk], waiting[queue.pk]  # type: ignore[attr-defined]
    return queues
