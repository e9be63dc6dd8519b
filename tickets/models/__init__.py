"""Models of the tickets app."""

from .assignments import Assignment
from .conversation import (
    TEXT_LENGTH,
    Attachment,
    Delivery,
    DeliveryState,
    EventKind,
    FetchError,
    FetchState,
    Message,
    MessageKind,
    TicketEvent,
    Upload,
)
from .service import MAX_MINUTES, MINUTES, RULES, AttendanceRules, Mention, Presence
from .tickets import Contact, QueueStay, Source, SweepCatch, Ticket, TicketStatus, TicketTag, protocol_for

__all__ = [
    "MAX_MINUTES",
    "MINUTES",
    "RULES",
    "TEXT_LENGTH",
    "Assignment",
    "Attachment",
    "AttendanceRules",
    "Contact",
    "Delivery",
    "DeliveryState",
    "EventKind",
    "FetchError",
    "FetchState",
    "Mention",
    "Message",
    "MessageKind",
    "Presence",
    "QueueStay",
    "Source",
    "SweepCatch",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
    "TicketTag",
    "Upload",
    "protocol_for",
]
