"""What lists of queues show beside their names."""

from collections import Counter
from typing import TYPE_CHECKING, Any, TypedDict, cast

from .models import Queue, QueueAgent

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Figures(TypedDict):
    """What ``with_figures`` adds to a queue."""

    agent_count: int
    waiting_count: int


def with_figures(queues: list[Queue]) -> "list[WithAnnotations[Queue, Figures]]":
    """Give loaded queues ``agent_count`` and ``waiting_count``, in two queries however many they are."""
    keys = [queue.pk for queue in queues]
    agents = Counter(QueueAgent.objects.filter(queue__in=keys).values_list("queue_id", flat=True))
    # Tickets belong to an app above; the related name is the link.
    tickets: Any = Queue._meta.get_field("tickets").related_model
    waiting = Counter(tickets.objects.filter(queue__in=keys, status="waiting").values_list("queue_id", flat=True))
    counted = cast("list[WithAnnotations[Queue, Figures]]", queues)
    for queue in counted:
        queue.agent_count, queue.waiting_count = agents[queue.pk], waiting[queue.pk]
    return counted
