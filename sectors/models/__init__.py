"""The tables of the sectors app."""

from .messages import AutomaticMessage, Moment, QuickMessage
from .sectors import (
    DAY,
    MAX_LIMIT,
    MOST_RANGES,
    AgentLimit,
    Sector,
    SectorManager,
    WorkException,
    WorkRange,
)

__all__ = [
    "DAY",
    "MAX_LIMIT",
    "MOST_RANGES",
    "AgentLimit",
    "AutomaticMessage",
    "Moment",
    "QuickMessage",
    "Sector",
    "SectorManager",
    "WorkException",
    "WorkRange",
]
