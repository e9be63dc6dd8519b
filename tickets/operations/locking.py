"""Locking a ticket together with its sector, in the order that never deadlocks."""

from collections.abc import Collection
from uuid import UUID

from orgs.errors import Conflict
from sectors.locks import lock_sectors
from tickets.models import Ticket

#: A ticket that changes sector between the look and the lock is looked at again; this often at most.
_TRIES = 5


def lock_ticket(ticket_id: UUID, *, also: Collection[UUID] = ()) -> Ticket:
    """Lock a ticket's sector (and the sectors in ``also``), then its row; return it as it is now.

    Raises Ticket.DoesNotExist, Conflict where it moves about faster than it can be caught.
    """
    for _try in range(_TRIES):
        sector_id = Ticket.objects.values_list("sector_id", flat=True).get(pk=ticket_id)
        lock_sectors({sector_id, *also})
        ticket = (
            Ticket.objects.select_for_update(of=("self",), no_key=True)
            .select_related("contact", "sector", "queue", "agent", "project")
            .get(pk=ticket_id)
        )
        if ticket.sector_id == sector_id:
            return ticket
    raise Conflict
