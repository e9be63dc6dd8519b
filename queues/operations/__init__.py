"""What can happen in the queues app; the only place that writes its tables."""

from .agent_status import (
    GRACE,
    expire_lost,
    leave_queues,
    pause_if_done,
    pause_who_is_done,
    sectors_of_agent,
    seen,
    set_status,
)
from .pause_reasons import add_pause_reason, archive_pause_reason, change_pause_reason, restore_pause_reason
from .queues import (
    NewQueue,
    archive_queue,
    check_takes,
    create_queue,
    create_queues,
    move_queue,
    order_queues,
    restore_queue,
    update_queue,
)

__all__ = [
    "GRACE",
    "NewQueue",
    "add_pause_reason",
    "archive_pause_reason",
    "archive_queue",
    "change_pause_reason",
    "check_takes",
    "create_queue",
    "create_queues",
    "expire_lost",
    "leave_queues",
    "move_queue",
    "order_queues",
    "pause_if_done",
    "pause_who_is_done",
    "restore_pause_reason",
    "restore_queue",
    "sectors_of_agent",
    "seen",
    "set_status",
    "update_queue",
]
