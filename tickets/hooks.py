"""What tickets asks of the app above it that starts conversations."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.hooks import Hook
from orgs.models import User

from .models import Contact, Ticket


class Expected(NamedTuple):
    """A conversation that somebody started and that a ticket is now being opened for."""

    pk: UUID
    by: User


@Hook
def expected_start(contact: Contact, flow_uuid: str, *, now: datetime) -> Expected | None:
    """Return the start that a ticket of this contact, opened by this flow, comes from; it stays locked.

    ``now`` is aware.
    """
    raise NotImplementedError


@Hook
def start_has_opened(start: UUID, ticket: Ticket, *, now: datetime) -> None:
    """Note that a start has led to this ticket. ``now`` is aware."""
    raise NotImplementedError


@Hook
def contacts_erased(contacts: Collection[Contact]) -> None:
    """Erase what is personal of the conversations that were started for these contacts, who are one person.

    Called while what is known of them is still stored. Raises Conflict if such a start is in progress.
    """
    raise NotImplementedError
