"""The name that people give a contact, beside the one that the flow tells."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import NotAllowed
from core.validation import clean_name, max_length
from orgs import audit
from orgs.access import Actor
from tickets import errors, live_events
from tickets.models import Contact, Ticket

from .joining import lock_people_by_hand


@transaction.atomic
def rename_contact(ticket_id: UUID, name: str, *, by: Actor) -> Contact:
    """Name the contact of a ticket that the actor has or directs (docs/rules.md, Contacts).

    The flow's name is kept beside it, and what the flow tells afterwards changes that one alone. An empty ``name``
    gives the contact the flow's name back. Raises NotAllowed, Invalid, ContactErased.
    """
    ticket = Ticket.objects.get(pk=ticket_id)
    if by.member is not None and not ticket.is_handled_by(by.member):
        raise NotAllowed
    contact = lock_people_by_hand(ticket.project_id, [ticket.contact_id])[ticket.contact_id]
    if contact.is_erased:
        raise errors.ContactErased
    before = contact.name
    if name.strip():
        chosen = clean_name(name, limit=max_length(Contact, "name"))
        if chosen == before:
            return contact
        if contact.named_at is None:
            contact.flow_name = contact.name
        contact.name, contact.named_at = chosen, timezone.now()
    elif contact.named_at is None:
        return contact
    else:
        contact.name, contact.flow_name, contact.named_at = contact.flow_name, "", None
    contact.save(update_fields=["name", "flow_name", "named_at", "modified_at"])
    audit.record(
        by, "contact.renamed", contact, project=contact.project, before={"name": before}, after={"name": contact.name}
    )
    live_events.lines(Ticket.objects.open().filter(contact=contact), "fields")
    return contact
