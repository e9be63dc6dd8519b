"""Models of the tickets app."""

from .assignments import Assignment
from .conversation import (
    TEXT_LENGTH,
    Attachment,
    DeliveryState,
    EventKind,
    Message,
    MessageKind,
    TicketEvent,
    Upload,
)
from .deliveries import (
    ANSWER_LENGTH,
    HOST_LENGTH,
    SPAN,
    Delivery,
    Failure,
    Held,
    HostCircuit,
    HostPause,
    SigningSecret,
)
from .service import MAX_MINUTES, MINUTES, RULES, AttendanceRules, Mention, Presence
from .tickets import Contact, QueueStay, Source, SweepCatch, Ticket, TicketStatus, TicketTag, protocol_for

__all__ = [
    "ANSWER_LENGTH",
    "HOST_LENGTH",
    "MAX_MINUTES",
    "MINUTES",
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
    "Held",
    "HostCircuit",
    "HostPause",
    "Mention",
    "Message",
    "MessageKind",
    "Presence",
    "QueueStay",
    "SigningSecret",
    "Source",
    "SweepCatch",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
    "TicketTag",
    "Upload",
    "protocol_for",
]
