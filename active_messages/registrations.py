"""Answers of this app to the hooks of lower apps."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tickets import hooks
from tickets.models import Contact, Ticket

from . import operations


@hooks.expected_start.answer
def _expected_start(contact: Contact, flow_uuid: str, *, now: datetime) -> hooks.Expected | None:
    return operations.find_expected(contact, flow_uuid, now=now)


@hooks.start_has_opened.answer
def _start_has_opened(start: UUID, ticket: Ticket, *, now: datetime) -> None:
    operations.note_opened(start, ticket, now=now)


@hooks.contacts_erased.answer
def _contacts_erased(contacts: Collection[Contact]) -> None:
    operations.erase_starts(contacts)
