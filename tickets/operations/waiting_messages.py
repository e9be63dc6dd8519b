"""Periodic messages to waiting contacts (docs/rules.md, Automatic messages).

Each batch is its own transaction and locks its tickets' rows, never a sector, so routing continues meanwhile. Rows
locked by somebody else are left for the next run: nothing blocks, and no contact is told twice.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.utils import timezone

from sectors.models import Moment, Sector
from tickets.conversation.automatic_messages import send_moment_to_all
from tickets.models import Ticket

#: Tickets per transaction.
BATCH = 100


def send_waiting_messages(now: datetime | None = None) -> int:
    """Tell contacts their position in the queue: at first, then again at the sector's interval.

    Only while the sector is open. ``now`` is aware. Returns how many messages were sent.
    """
    now = now or timezone.now()
    every = ExpressionWrapper(F("waiting_every") * Value(timedelta(minutes=1)), output_field=DurationField())
    before = ExpressionWrapper(Value(now) - every, output_field=DateTimeField())
    told = 0
    for sector in (
        _speaking(Moment.WAITING)
        .annotate(told_before=before)
        .filter(_some(waiting_told_at=None) | _some(waiting_told_at__lte=OuterRef("told_before")))
    ):
        if sector.hours.is_open(now):
            due = Q(waiting_told_at=None)
            if sector.waiting_every is not None:
                due |= Q(waiting_told_at__lte=now - timedelta(minutes=sector.waiting_every))
            told += _tell(sector, due, Moment.WAITING, now, waiting_told_at=now)
    return told


def send_closed_notices(now: datetime | None = None) -> int:
    """Tell contacts still waiting in a sector that it has closed, once per closing, if it has a text for that.

    ``now`` is aware. Returns how many messages were sent.
    """
    now = now or timezone.now()
    last = _waiting(closed_told_at__isnull=False).order_by("closed_told_at").values("closed_told_at")[:1]
    sectors = _speaking(Moment.CLOSED).filter(always_open=False)
    told = 0
    for sector in sectors.annotate(untold=_some(closed_told_at=None), told_at=Subquery(last)).filter(
        Q(untold=True) | Q(told_at__isnull=False)
    ):
        since = sector.hours.closed_since(now)
        if since is not None and (sector.untold or sector.told_at < since):
            due = Q(closed_told_at=None) | Q(closed_told_at__lt=since)
            told += _tell(sector, due, Moment.CLOSED, now, closed_told_at=now)
    return told


def _speaking(moment: Moment) -> Any:
    """Return the sectors with an automatic message for a moment, with their hours."""
    rows = Sector.objects.live().filter(automatic_messages__moment=moment)
    return rows.prefetch_related("ranges", "exceptions").order_by("pk")


def _waiting(**which: Any) -> Any:
    return Ticket.objects.waiting().filter(sector=OuterRef("pk"), **which)


def _some(**which: Any) -> Exists:
    return Exists(_waiting(**which))


def _tell(sector: Sector, due: Q, moment: Moment, now: datetime, **stamp: datetime) -> int:
    """Message all waiting tickets of a sector that are due, those waiting longest first."""
    told = 0
    while True:
        with transaction.atomic():
            rows = Ticket.objects.waiting().filter(due, sector=sector).order_by("queued_at", "pk")
            locked = rows.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
            batch = list(locked[:BATCH])
            if not batch:
                return told
            told += send_moment_to_all(batch, moment, now, **stamp)
