"""Pages of tickets by key (core.pagination)."""

from dataclasses import dataclass

from django.db.models import QuerySet

from core import pagination
from tickets.models import Ticket

PAGE = 50
#: Totals are counted up to this, and then said to be more.
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Page:
    """Tickets, newest first, and the keys from which the pages beside it start (empty where there is none)."""

    tickets: list[Ticket]
    newer: str
    older: str


def page(tickets: QuerySet[Ticket], column: str, *, before: str = "", after: str = "") -> Page:
    """Return a page of tickets by (``column``, id), newest first.

    ``before`` and ``after`` are keys that a page gave. Raises Invalid for anything else.
    """
    found = pagination.page(tickets, column, PAGE, before=before, after=after)
    return Page(found.rows, found.newer, found.older)


def bounded_count(tickets: QuerySet[Ticket]) -> int:
    """Return how many there are, but at most one more than ``MOST_COUNTED``."""
    return tickets.order_by().values("pk")[: MOST_COUNTED + 1].count()
