"""How many tickets a member has of how many, so that pages say before what the operations refuse."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from orgs.access import Member
from sectors.models import AgentLimit, Sector
from tickets.models import Ticket


@dataclass(frozen=True)
class Capacity:
    """A member's active tickets in a sector, and the limit there."""

    sector: Sector
    active: int
    limit: int

    @property
    def is_full(self) -> bool:
        """At or above the limit."""
        return self.active >= self.limit

    @property
    def reason(self) -> str:
        """Why no more can be taken, to the member; empty below the limit."""
        if not self.is_full:
            return ""
        return _("You are at your limit: %(active)d of %(limit)d.") % {"active": self.active, "limit": self.limit}


def capacities_of(member: Member, sectors: Collection[Sector]) -> dict[UUID, Capacity]:
    """Return the member's capacity in each of the sectors. Two queries."""
    if not sectors:
        return {}
    ids = {sector.pk for sector in sectors}
    own = dict(AgentLimit.objects.filter(user=member.user, sector__in=ids).values_list("sector_id", "ticket_limit"))
    mine = Ticket.objects.attended_by(member).filter(sector__in=ids).order_by()
    active = Counter(mine.values_list("sector_id", flat=True))
    return {
        sector.pk: Capacity(sector, active[sector.pk], own.get(sector.pk, sector.ticket_limit)) for sector in sectors
    }
