"""Waits compared with the sector's waiting target (docs/rules.md, Waiting target); read-only."""

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

#: Share of the target from which a wait is shown as ``soon``.
SOON = 0.75
#: Tickets per alert.
MAX_ALERTED = 50


def target_of(sector: OuterRef) -> Any:
    """Return a sector's waiting target in minutes (null for none) as an expression."""
    return Subquery(AttendanceRules.objects.filter(sector=sector).values("waiting_target"))


def tone_of(since: datetime, target: int | None, now: datetime | None = None) -> str:
    """Return how a wait compares with its target in minutes: ``late``, ``soon``, ``fine``; empty without a target.

    ``since`` and ``now`` are aware.
    """
    if target is None:
        return ""
    part = ((now or timezone.now()) - since) / timedelta(minutes=target)
    return "late" if part >= 1 else "soon" if part >= SOON else "fine"


@dataclass(frozen=True)
class Alert:
    """What a manager is told about tickets over their target; ``first`` has waited longest."""

    first: Ticket
    sentence: str


def alert(member: Member, ticket_ids: Collection[UUID], now: datetime | None = None) -> Alert | None:
    """Return what to tell a member about tickets over their target; None if there is nothing to tell.

    Counts those that still wait and that the member directs. ``now`` is aware.
    """
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
