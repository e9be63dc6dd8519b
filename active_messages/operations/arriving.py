"""The conversation that a started flow hands over (docs/rules.md, Active messages)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from active_messages import live_events
from active_messages.models import EXPECTED, Start, StartState
from tickets.hooks import Expected
from tickets.models import Contact, Ticket

#: A conversation that comes later than this after its start is one like any other.
EXPECTED_FOR = timedelta(days=3)


def find_expected(contact: Contact, flow_uuid: str, *, now: datetime) -> Expected | None:
    """Return the newest start of this flow for this person from which no conversation has come yet, locked.

    ``now`` is aware.
    """
    starts = Start.objects.filter(
        project=contact.project_id, flow_uuid=flow_uuid.lower(), state__in=EXPECTED, created_at__gt=now - EXPECTED_FOR
    )
    same = Q(engine_contact=contact.external_id) | Q(contact__main=contact.main_id)
    if keys := contact.keys.given:
        same |= Q(person_key__in=keys)
    locked = starts.filter(same).select_for_update(of=("self",), no_key=True).order_by("-created_at", "-pk")
    start = locked.select_related("by").first()
    return Expected(start.pk, start.by) if start else None


def note_opened(start_id: UUID, ticket: Ticket, *, now: datetime) -> None:
    """Note that a start has led to a ticket. ``now`` is aware."""
    start = Start.objects.select_for_update(of=("self",), no_key=True).get(pk=start_id)
    start.state, start.ticket, start.settled_at = StartState.OPENED, ticket, now
    start.contact = start.contact or ticket.contact
    start.save(update_fields=["state", "ticket", "contact", "settled_at"])
    if start.name and not ticket.contact.name:
        # The engine created the contact from a number: the name is known only to the person who wrote to them.
        Contact.objects.filter(pk=ticket.contact_id, name="").update(name=start.name)
        ticket.contact.name = start.name
    live_events.changed(start)
