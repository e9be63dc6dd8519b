"""Locking tickets and their sectors in an order that cannot deadlock."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.errors import Conflict
from sectors.locks import lock_sectors
from tickets.models import Ticket

#: Attempts to lock tickets that change sector between the read and the lock.
_TRIES = 5


def lock_row(ticket_id: UUID) -> Ticket:
    """Lock a ticket's row and return it in its current state with its relations. Raises Ticket.DoesNotExist.

    In two queries: after waiting for a lock, Postgres continues with the new version of the row but the joins of the
    old one, so a ticket transferred meanwhile would seem not to exist.
    """
    Ticket.objects.select_for_update(no_key=True).values_list("pk").get(pk=ticket_id)
    return Ticket.objects.select_related("contact", "sector", "queue", "agent", "project").get(pk=ticket_id)


def lock_ticket(ticket_id: UUID, *, also: Collection[UUID] = ()) -> Ticket:
    """Lock a ticket's sector (and the sectors in ``also``), then its row; return its current state.

    Raises Ticket.DoesNotExist; Conflict if the ticket keeps changing sector.
    """
    sectors = {Ticket.objects.values_list("sector_id", flat=True).get(pk=ticket_id), *also}
    for _try in range(_TRIES):
        with transaction.atomic():
            lock_sectors(sectors)
            ticket = lock_row(ticket_id)
            if ticket.sector_id in sectors:
                return ticket
            # Release the locks: waiting for another one while holding them would break the lock order.
            transaction.set_rollback(True)
        sectors.add(ticket.sector_id)
    raise Conflict


def lock_sectors_of(tickets: QuerySet[Ticket], *, also: Iterable[UUID] = ()) -> None:
    """Lock the sectors of tickets and those in ``also``; until the transaction ends, none of the tickets leaves its.

    Raises Conflict if tickets keep changing sector.
    """
    theirs = tickets.order_by().values_list("sector_id", flat=True).distinct()
    sectors = {*also, *theirs.all()}
    for _try in range(_TRIES):
        with transaction.atomic():
            lock_sectors(sectors)
            if not (new := {*theirs.all()} - sectors):
                return
            # As above.
            transaction.set_rollback(True)
        sectors |= new
    raise Conflict
