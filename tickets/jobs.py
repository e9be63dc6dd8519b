"""Background work of the tickets app: thin callers of operations."""

from .models import Ticket


def defer_delivery(ticket: Ticket) -> None:
    """Hand a ticket's pending deliveries to the worker, when the present transaction commits."""
