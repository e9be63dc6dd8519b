"""What can happen in the sectors app; the only place that writes its tables."""

from .cleaning import NoAccessToChats, WeekRanges, clean_people, clean_week
from .sectors import archive_sector, create_sector, end_appointments, facts_of, restore_sector, update_sector

__all__ = [
    "NoAccessToChats",
    "WeekRanges",
    "archive_sector",
    "clean_people",
    "clean_week",
    "create_sector",
    "end_appointments",
    "facts_of",
    "restore_sector",
    "update_sector",
]
