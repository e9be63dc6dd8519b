"""What can happen in the queues app; the only place that writes its tables."""

from .lines import archive_queue, create_queue, restore_queue, update_queue
from .presence import GRACE, expire_lost, leave_queues, sectors_of_agent, seen, set_status

__all__ = [
    "GRACE",
    "archive_queue",
    "create_queue",
    "expire_lost",
    "leave_queues",
    "restore_queue",
    "sectors_of_agent",
    "seen",
    "set_status",
    "update_queue",
]
