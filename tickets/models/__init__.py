"""Models of the tickets app."""

from .assignments import Assignment
from .conversation import (
    RECEIVED_TEXT_LENGTH,
    TEXT_LENGTH,
    Attachment,
    DeliveryState,
    EventKind,
    IntakeCorrection,
    Message,
    MessageKind,
    TicketEvent,
    Upload,
)
from .deliveries import ANSWER_LENGTH, SPAN, Delivery, Failure
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
    "ANSWER_LENGTH",
    "MAX_MINUTES",
    "MINUTES",
    "RECEIVED_TEXT_LENGTH",
    "RULES",
    "SPAN",
    "TEXT_LENGTH",
    "Assignment",
    "Attachment",
    "AttendanceRules",
    "Contact",
    "Delivery",
    "DeliveryState",
    "EventKind",
    "Failure",
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
