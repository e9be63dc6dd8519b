"""Tables of the tickets app."""

from .conversation import (
    TEXT_LENGTH,
    Attachment,
    Delivery,
    DeliveryState,
    EventKind,
    Message,
    MessageKind,
    TicketEvent,
    Upload,
)
from .tickets import (
    Assignment,
    Contact,
    QueueStay,
    Source,
    Ticket,
    TicketStatus,
    TicketTag,
    protocol_for,
)

__all__ = [
    "TEXT_LENGTH",
    "Assignment",
    "Attachment",
    "Contact",
    "Delivery",
    "DeliveryState",
    "EventKind",
    "Message",
    "MessageKind",
    "QueueStay",
    "Source",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
    "TicketTag",
    "Upload",
    "protocol_for",
]
