"""Operations of the sectors app; the only code that writes its tables."""

from sectors.validation import NoAccessToChats, WeekRanges, clean_people, clean_week

from .agent_limits import end_agent_limits, set_agent_limits
from .automatic_messages import set_automatic_messages
from .copy import copy_texts_and_days
from .quick_message_files import NewFile, removed_on_failure
from .quick_messages import QuickText, add_quick_messages, change_quick_message, remove_quick_message
from .sectors import (
    archive_sector,
    create_sector,
    end_appointments,
    facts_of,
    lock_list,
    move_sector,
    order_sectors,
    restore_sector,
    update_sector,
)
from .special_days import SpecialDay, add_special_days, change_special_day, remove_special_day

__all__ = [
    "NewFile",
    "NoAccessToChats",
    "QuickText",
    "SpecialDay",
    "WeekRanges",
    "add_quick_messages",
    "add_special_days",
    "archive_sector",
    "change_quick_message",
    "change_special_day",
    "clean_people",
    "clean_week",
    "copy_texts_and_days",
    "create_sector",
    "end_agent_limits",
    "end_appointments",
    "facts_of",
    "lock_list",
    "move_sector",
    "order_sectors",
    "remove_quick_message",
    "remove_special_day",
    "removed_on_failure",
    "restore_sector",
    "set_agent_limits",
    "set_automatic_messages",
    "update_sector",
]
