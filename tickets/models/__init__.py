"""Models of the tickets app."""

from .assignments import Assignment
from .contacts import Contact, ContactsApart, JoinReason
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
from .deliveries import ANSWER_LENGTH, HOST_LENGTH, SPAN, Delivery, Failure, Held, HostCircuit, HostPause
from .service import MAX_MINUTES, MINUTES, RULES, AttendanceRules, Mention, Presence
from .tickets import (
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
    "HOST_LENGTH",
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
    "ContactsApart",
    "Delivery",
    "DeliveryState",
    "EventKind",
    "Failure",
    "Held",
    "HostCircuit",
    "HostPause",
    "IntakeCorrection",
    "JoinReason",
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
