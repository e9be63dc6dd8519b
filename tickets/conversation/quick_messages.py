"""Quick messages for a ticket: the sector's and the member's own, with their variables filled in."""

from dataclasses import dataclass

from django.db.models import Q

from core.text import by_name
from orgs.access import Member
from sectors.message_variables import fill
from sectors.models import QuickMessage
from tickets.models import Ticket

from .transcript import contact_name


@dataclass(frozen=True)
class Suggestion:
    """A quick message as it would be inserted; ``own``: the member's, not the sector's."""

    shortcut: str
    text: str
    own: bool


def suggestions(ticket: Ticket, member: Member) -> list[Suggestion]:
    """Return the quick messages a member may insert in a ticket, by shortcut (docs/rules.md, Quick messages).

    At most 1,000: 500 of the sector and 500 of the member. The ticket's sector, queue and contact should be loaded.
    """
    values = {
        "contact.name": contact_name(ticket),
        "agent.name": member.user.name,
        "ticket.protocol": ticket.protocol,
        "sector.name": ticket.sector.name,
        "queue.name": ticket.queue.name,
    }
    rows = QuickMessage.objects.filter(
        Q(sector=ticket.sector_id) | Q(project=ticket.project_id, user=member.user.pk)
    ).order_by(*by_name("shortcut"))
    return [Suggestion(row.shortcut, fill(row.text, values), row.user_id is not None) for row in rows[:1000]]
