"""What can happen to the status of agents: whether they take tickets, and the log of it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.access import SYSTEM, Actor
from orgs.errors import Invalid, NotAllowed
from orgs.locks import lock_people
from orgs.models import Project, User
from queues.models import AgentStatus, QueueAgent, Status, StatusChange
from queues.signals import status_changed
from sectors.locks import lock_sectors
from sectors.models import Sector
from sectors.signals import eligibility_changed

#: How long an agent stays online after the live connection is lost.
GRACE = timedelta(seconds=60)


def sectors_of_agent(project: Project, user: User) -> list[UUID]:
    """Return the sectors of the project on whose queues the person is."""
    return list(
        Sector.objects.filter(project=project, queues__places__user=user)
        .order_by()
        .distinct()
        .values_list("pk", flat=True)
    )


@transaction.atomic
def set_status(
    project: Project,
    user: User,
    status: str,
    *,
    by: Actor,
    reason: str = "",
    now: datetime | None = None,
    kept: bool | None = None,
) -> AgentStatus:
    """Set an agent online, paused or offline (docs/rules.md, Agent status), and route what waits.

    The stretch before is closed in the status log. Idempotent: the same status and reason change nothing but
    the sign of life. ``now`` is aware. Raises Invalid for an unknown status, NotAllowed for another's status
    without managing one of their sectors.
    """
    if status not in Status.values:
        raise Invalid(_("Choose a status."), field="status")
    if len(reason) > 80:
        raise Invalid(_("Use at most %(limit)d characters.") % {"limit": 80}, field="reason")
    lock_people([user.pk])
    sector_ids = sectors_of_agent(project, user)
    if (
        by.member is not None
        and by.member.user != user
        and not any(by.member.may_direct_tickets_of(pk) for pk in sector_ids)
    ):
        raise NotAllowed
    reason = reason if status == Status.PAUSED else ""
    now = now or timezone.now()
    lock_sectors(sector_ids)
    AgentStatus.objects.get_or_create(project=project, user=user, defaults={"since": now, "seen_at": now})
    row = AgentStatus.objects.select_for_update(of=("self",), no_key=True).get(project=project, user=user)
    row.seen_at = now
    if kept is not None:
        row.kept = kept
    if (row.status, row.reason) != (status, reason):
        row.status, row.reason, row.since = status, reason, now
        StatusChange.objects.filter(project=project, user=user, ended_at=None).update(ended_at=now)
        StatusChange.objects.create(
            project=project, user=user, status=status, reason=reason, started_at=now, set_by=by.user
        )
        row.save()
        status_changed.send(sender=AgentStatus, project=project, user=user, status=status)
        if status == Status.ONLINE:
            eligibility_changed.send(sender=AgentStatus, sector_ids=sector_ids)
    else:
        row.save()
    return row


def seen(user: User, project: Project, *, now: datetime | None = None) -> None:
    """Note a sign of life of an agent's live connection."""
    AgentStatus.objects.filter(project=project, user=user).update(seen_at=now or timezone.now())


def expire_lost(now: datetime | None = None) -> int:
    """Set agents offline whose live connection has been lost for 60 s; returns how many."""
    limit = (now or timezone.now()) - GRACE
    lost = AgentStatus.objects.filter(seen_at__lt=limit, kept=False).exclude(status=Status.OFFLINE)
    count = 0
    for row in lost.select_related("project", "user")[:500]:
        count += _expire(row, limit)
    return count


@transaction.atomic
def _expire(lost: AgentStatus, limit: datetime) -> bool:
    """Set one agent offline, unless there was a sign of life since the row was read."""
    lock_people([lost.user_id])
    still_lost = AgentStatus.objects.filter(pk=lost.pk, seen_at__lt=limit, kept=False).exists()
    if still_lost:
        set_status(lost.project, lost.user, Status.OFFLINE, by=SYSTEM)
    return still_lost


def leave_queues(project: Project, user: User, *, by: Actor) -> list[UUID]:
    """Take a person off every queue of a project and set them offline; returns the sectors concerned.

    The caller holds the sectors' locks (``lock_sectors(sectors_of_agent(…))``).
    """
    sector_ids = sectors_of_agent(project, user)
    QueueAgent.objects.filter(queue__sector__project=project, user=user).delete()
    now = timezone.now()
    AgentStatus.objects.filter(project=project, user=user).update(
        status=Status.OFFLINE, reason="", since=now, kept=False
    )
    StatusChange.objects.filter(project=project, user=user, ended_at=None).update(ended_at=now)
    return sector_ids
