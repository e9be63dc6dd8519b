"""Agents' pause times today, against the allowances of their project (docs/rules.md, Agent status)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from core import timezones
from orgs.models import Project
from sectors.models import Sector

from .models import PauseReason, Status, StatusChange


@dataclass(frozen=True)
class Allowance:
    """A pause reason and the whole minutes used today."""

    reason: PauseReason
    used: int

    @property
    def allowed(self) -> int | None:
        """Allowance in minutes per day; None for no limit."""
        return self.reason.daily_minutes

    @property
    def is_over(self) -> bool:
        return self.allowed is not None and self.used > self.allowed


def start_of_day(project: Project, now: datetime) -> datetime:
    """Return the last midnight before an aware ``now`` in the zone of most of the project's sectors (else UTC)."""
    zone = Sector.objects.filter(project=project).zones()[0]
    return timezones.start_of_day(now.astimezone(ZoneInfo(zone)).date(), zone)


def paused_today_by_reason(
    project: Project, users: Collection[UUID], *, now: datetime | None = None
) -> dict[tuple[UUID, str], timedelta]:
    """Return the pause time of each person since midnight by the present name of the reason.

    An ongoing interval counts up to an aware ``now``; one from before midnight counts from midnight.
    """
    now = now or timezone.now()
    midnight = start_of_day(project, now)
    stretches = StatusChange.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=midnight),
        project=project,
        user__in=users,
        status=Status.PAUSED,
        started_at__lt=now,
    )
    found: dict[tuple[UUID, str], timedelta] = {}
    named = stretches.annotate(present_name=Coalesce("pause_reason__name", "reason"))
    for user, reason, start, end in named.values_list("user_id", "present_name", "started_at", "ended_at"):
        spent = min(end or now, now) - max(start, midnight)
        found[user, reason] = found.get((user, reason), timedelta()) + max(spent, timedelta())
    return found


def allowances(project: Project, user: UUID, *, now: datetime | None = None) -> list[Allowance]:
    """Return the project's pause reasons in order, with the person's use of each today."""
    reasons = list(PauseReason.objects.filter(project=project, archived_at=None))
    if not reasons:
        return []
    spent = paused_today_by_reason(project, [user], now=now)
    return [Allowance(r, int(spent.get((user, r.name), timedelta()).total_seconds() // 60)) for r in reasons]
