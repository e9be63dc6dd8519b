"""Locking a ticket, alone or together with its sector, in the order that never deadlocks."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from core.errors import Conflict
from sectors.locks import lock_sectors
from tickets.models import Ticket

#: A ticket that changes sector between the look and the lock is tried again with both; this often at most.
_TRIES = 5


def lock_row(ticket_id: UUID) -> Ticket:
    """Lock a ticket's row; return it as it is now, with what belongs to it. Raises Ticket.DoesNotExist.

    In two steps. After waiting for a lock the database goes on with the row's new version but joins it to what
    belonged to the old one: a ticket transferred meanwhile would seem not to exist.
    """
    Ticket.objects.select_for_update(no_key=True).values_list("pk").get(pk=ticket_id)
    return Ticket.objects.select_related("contact", "sector", "queue", "agent", "project").get(pk=ticket_id)


def lock_ticket(ticket_id: UUID, *, also: Collection[UUID] = ()) -> Ticket:
    """Lock a ticket's sector (and the sectors in ``also``), then its row; return it as it is now.

    Raises Ticket.DoesNotExist, Conflict where it moves about faster than it can be caught.
    """
    sectors = {Ticket.objects.values_list("sector_id", flat=True).get(pk=ticket_id), *also}
    for _try in range(_TRIES):
        with transaction.atomic():
            lock_sectors(sectors)
            ticket = lock_row(ticket_id)
            if ticket.sector_id in sectors:
                return ticket
            # Give the locks back: to hold them while waiting for one more breaks the order.
            transaction.set_rollback(True)
        sectors.add(ticket.sector_id)
    raise Conflict
