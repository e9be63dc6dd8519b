"""Models of the sectors app."""

from .messages import MAX_QUICK_FILES, TEXT_LENGTH, AutomaticMessage, Moment, QuickMessage, QuickMessageFile
from .sectors import (
    DAY,
    MAX_LIMIT,
    MAX_RANGES,
    TICKET_LIMIT,
    WAITING_EVERY,
    YEARS,
    AgentLimit,
    Sector,
    SectorManager,
    WorkException,
    WorkRange,
)

__all__ = [
    "DAY",
    "MAX_LIMIT",
    "MAX_QUICK_FILES",
    "MAX_RANGES",
    "TEXT_LENGTH",
    "TICKET_LIMIT",
    "WAITING_EVERY",
    "YEARS",
    "AgentLimit",
    "AutomaticMessage",
    "Moment",
    "QuickMessage",
    "QuickMessageFile",
    "Sector",
    "SectorManager",
    "WorkException",
    "WorkRange",
]
