"""Operations of the queues app; the only code that writes its tables."""

from .agent_status import (
    GRACE,
    apply_pending_pause,
    apply_pending_pauses,
    leave_queues,
    sectors_of_agent,
    seen,
    set_lost_agents_offline,
    set_status,
)
from .pause_reasons import add_pause_reason, archive_pause_reason, change_pause_reason, restore_pause_reason
from .queues import (
    NewQueue,
    archive_queue,
    check_accepts_tickets,
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
    "apply_pending_pause",
    "apply_pending_pauses",
    "archive_pause_reason",
    "archive_queue",
    "change_pause_reason",
    "check_accepts_tickets",
    "create_queue",
    "create_queues",
    "leave_queues",
    "move_queue",
    "order_queues",
    "restore_pause_reason",
    "restore_queue",
    "sectors_of_agent",
    "seen",
    "set_lost_agents_offline",
    "set_status",
    "update_queue",
]
