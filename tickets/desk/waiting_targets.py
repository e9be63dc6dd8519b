"""How long somebody waits, seen from the sector's waiting target (docs/rules.md, Waiting target); reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import ngettext

from orgs.access import Member
from tickets.conversation.transcript import contact_name
from tickets.models import AttendanceRules, Ticket

#: From this part of the target on a wait is shown as one that needs somebody soon.
SOON = 0.75
#: An alert asks for at most so many tickets.
MAX_ALERTED = 50


def target_of(sector: OuterRef) -> Any:
    """Return a sector's waiting target in minutes (null: none), as an expression."""
    return Subquery(AttendanceRules.objects.filter(sector=sector).values("waiting_target"))


def tone_of(since: datetime, target: int | None, now: datetime | None = None) -> str:
    """Return how a wait stands to its target in minutes: ``late``, ``soon``, ``fine``; nothing where there is none.

    ``since`` and ``now`` are aware.
    """
    if target is None:
        return ""
    part = ((now or timezone.now()) - since) / timedelta(minutes=target)
    return "late" if part >= 1 else "soon" if part >= SOON else "fine"


@dataclass(frozen=True)
class Alert:
    """What somebody who directs lines is told of tickets that wait too long; ``first`` has waited longest."""

    first: Ticket
    sentence: str


def alert(member: Member, ticket_ids: Collection[UUID], now: datetime | None = None) -> Alert | None:
    """Return what to tell a member of tickets that have missed the target, as far as they still wait and the member
    directs them; None where there is nothing to tell. ``now`` is aware."""
    rows = (
        Ticket.objects.visible_to(member)
        .waiting()
        .filter(pk__in=list(ticket_ids)[:MAX_ALERTED], target_missed_at__isnull=False)
        .for_lists()
        .in_line_order()
    )
    late = [row for row in rows if member.may_direct_tickets_of(row.sector_id)]
    if not late:
        return None
    first = late[0]
    minutes = int(((now or timezone.now()) - first.queued_at).total_seconds() // 60)
    words = {
        "name": contact_name(first),
        "place": f"{first.sector.name} / {first.queue.name}",
        "minutes": minutes,
        "n": len(late) - 1,
    }
    said = ngettext(
        "%(name)s has waited for %(minutes)d minute in %(place)s.",
        "%(name)s has waited for %(minutes)d minutes in %(place)s.",
        minutes,
    )
    if len(late) > 1:
        more = ngettext("So has %(n)d other.", "So have %(n)d others.", len(late) - 1)
        said = f"{said} {more}"
    return Alert(first, said % words)
