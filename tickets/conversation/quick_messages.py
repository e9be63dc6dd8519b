"""Quick messages for a ticket: the sector's and the member's own, with their variables filled in."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from core.text import by_name
from orgs.access import Member
from sectors.message_variables import fill, first_name, values_of_fields
from sectors.models import QuickMessage, QuickMessageFile
from tickets.models import Ticket

from .transcript import contact_name


@dataclass(frozen=True)
class Suggestion:
    """A quick message as it would be inserted; ``own``: the member's, not the sector's."""

    id: UUID
    shortcut: str
    text: str
    own: bool
    files: tuple[QuickMessageFile, ...] = ()


def for_ticket(ticket: Ticket, member: Member) -> QuerySet[QuickMessage]:
    """Return the quick messages that somebody may use in a ticket: its sector's, and their own.

    Those of the sector are for people who have a place in it, and for the one who handles the ticket now.
    """
    found = QuickMessage.objects.filter(
        Q(sector=ticket.sector_id) | Q(project=ticket.project_id, user=member.user.pk)
    )
    if ticket.is_active and ticket.agent_id == member.user.pk:
        return found
    return found.filter(pk__in=QuickMessage.objects.visible_to(member).values("pk"))


def suggestions(ticket: Ticket, member: Member) -> list[Suggestion]:
    """Return the quick messages a member may insert in a ticket, by shortcut (docs/rules.md, Quick messages).

    At most 1,000: 500 of the sector and 500 of the member. The ticket's sector, queue and contact should be loaded.
    """
    values = {
        **values_of_fields(contact=ticket.contact.custom_fields, ticket=ticket.custom_fields),
        "contact.name": ticket.contact.name.strip(),
        "contact.first_name": first_name(ticket.contact.name),
        "agent.name": member.user.name,
        "ticket.protocol": ticket.protocol,
        "sector.name": ticket.sector.name,
        "queue.name": ticket.queue.name,
    }
    rows = for_ticket(ticket, member).prefetch_related("files").order_by(*by_name("shortcut"))
    # Only the agent reads it before it is sent, and may put something else there.
    otherwise = {"contact.name": contact_name(ticket)}
    return [
        Suggestion(
            row.pk,
            row.shortcut,
            fill(row.text, values, otherwise=otherwise),
            row.user_id is not None,
            tuple(row.files.all()),
        )
        for row in rows[:1000]
    ]
