"""Models of the tickets app."""

from .assignments import Assignment
from .conversation import (
    RECEIVED_TEXT_LENGTH,
    TEXT_LENGTH,
    Attachment,
    Delivery,
    DeliveryState,
    EventKind,
    IntakeCorrection,
    Message,
    MessageKind,
    TicketEvent,
    Upload,
)
from .service import MAX_MINUTES, MINUTES, RULES, AttendanceRules, Mention, Presence
from .tickets import (
    Contact,
    QueueStay,
    ReplacedTicketUuid,
    Source,
    SweepCatch,
    Ticket,
    TicketStatus,
    TicketTag,
    protocol_for,
)

__all__ = [
    "MAX_MINUTES",
    "MINUTES",
    "RECEIVED_TEXT_LENGTH",
    "RULES",
    "TEXT_LENGTH",
    "Assignment",
    "Attachment",
    "AttendanceRules",
    "Contact",
    "Delivery",
    "DeliveryState",
    "EventKind",
    "IntakeCorrection",
    "Mention",
    "Message",
    "MessageKind",
    "Presence",
    "QueueStay",
    "ReplacedTicketUuid",
    "Source",
    "SweepCatch",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
    "TicketTag",
    "Upload",
    "protocol_for",
]
