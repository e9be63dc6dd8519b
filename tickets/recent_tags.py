"""Which tags somebody closes with: those of their last closings are offered first (docs/rules.md, Closing)."""

from uuid import UUID

from django.db.models import Max

from orgs.models import User

from .models import Ticket, TicketTag

#: So many closings are looked back on, and so many tags are offered ahead of the others.
CLOSINGS = 30
MOST = 6


def recent_tags(user: User, sector_id: UUID) -> list[UUID]:
    """Return the tags of the last tickets that somebody closed in a sector, the last used first; at most ``MOST``.

    One query, which reads ``CLOSINGS`` tickets whatever there is.
    """
    last = Ticket.objects.closed().filter(closed_by=user, sector=sector_id).order_by("-closed_at")[:CLOSINGS]
    used = (
        TicketTag.objects.filter(ticket__in=last.values("pk"))
        .values("tag")
        .annotate(last=Max("closed_at"))
        .order_by("-last", "tag")
    )
    return [row["tag"] for row in used[:MOST]]
