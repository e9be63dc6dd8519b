"""Tickets that wait longer than their sector's target (docs/rules.md, Waiting target)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tickets import live_events, service_rules
from tickets.models import Ticket


@transaction.atomic
def mark_missed_targets(*, now: datetime | None = None) -> int:
    """Mark tickets that have exceeded their sector's waiting target and alert its managers' open pages.

    Returns how many. Each ticket is marked once; rows locked by somebody else, for example while they are assigned,
    are left for the next run. ``now`` is aware.
    """
    now = now or timezone.now()
    rows = list(
        Ticket.objects.waiting()
        .select_for_update(skip_locked=True, no_key=True)
        .filter(pk__in=service_rules.with_missed_target(now), target_missed_at=None)
        .values_list("pk", "project_id", "sector_id")
    )
    Ticket.objects.filter(pk__in=[pk for pk, *_place in rows]).update(target_missed_at=now)
    for pk, project, sector in rows:
        live_events.target_missed(pk, project=project, sector=sector)
    return len(rows)
