"""What can happen to queues and to agents' status; the only place that writes their tables."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.access import SYSTEM, Actor
from orgs.errors import Invalid, NotAllowed, check_unchanged, rules_of_database
from orgs.locks import lock_people
from orgs.models import Project, User
from orgs.operations import audit
from orgs.operations.deferred import check_deferred
from orgs.operations.names import clean_name
from orgs.signals import rights_changed
from sectors.locks import lock_sectors
from sectors.models import Sector
from sectors.operations import clean_people
from sectors.signals import eligibility_changed

from .models import AgentStatus, Queue, QueueAgent, Status, StatusChange
from .signals import status_changed

#: How long an agent stays online after the live connection is lost.
GRACE = timedelta(seconds=60)


def _allow(by: Actor, sector_id: UUID) -> None:
    if by.member is not None and not by.member.may_configure_sector(sector_id):
        raise NotAllowed


@transaction.atomic
def create_queue(sector: Sector, name: str, *, by: Actor, agents: Collection[User] = ()) -> Queue:
    """Create a queue at the end of the sector's list, with its agents.

    Raises NotAllowed, Invalid, NoAccessToChats, DomainError queue_name_taken.
    """
    _allow(by, sector.pk)
    lock_people([user.pk for user in agents])
    lock_sectors([sector.pk])
    with rules_of_database():
        queue = Queue.objects.create(
            sector=sector,
            name=clean_name(name),
            position=Queue.objects.filter(sector=sector).count(),
        )
    people = clean_people(sector.project, agents, "agents")
    QueueAgent.objects.bulk_create(QueueAgent(queue=queue, user=user) for user in people)
    audit.record(
        by,
        "queue.created",
        queue,
        project=sector.project,
        after={"name": queue.name, "sector": sector.name, "agents": sorted(u.email for u in people)},
    )
    return queue


@transaction.atomic
def update_queue(
    queue: Queue,
    *,
    by: Actor,
    name: str | None = None,
    agents: Collection[User] | None = None,
    seen: datetime | None = None,
) -> Queue:
    """Rename a queue and set who is on it; what is not given stays.

    Added agents who are online get waiting tickets at once; removed ones keep their conversations.
    ``seen`` is the ``modified_at`` that the change was made from; somebody else's save since refuses it.
    Raises NotAllowed, Invalid, NoAccessToChats, Conflict, DomainError queue_name_taken.
    """
    _allow(by, queue.sector_id)
    lock_people([user.pk for user in agents or ()])
    lock_sectors([queue.sector_id])
    queue = Queue.objects.select_related("sector__project").get(pk=queue.pk)
    check_unchanged(seen, queue.modified_at)
    before, after = audit.changes(queue, {"name": clean_name(name)} if name is not None else {})
    if agents is not None:
        _set_agents(queue, clean_people(queue.sector.project, agents, "agents"), by, before, after)
    if after:
        with rules_of_database():
            queue.save(update_fields=["name", "modified_at"])
        audit.record(by, "queue.changed", queue, project=queue.sector.project, before=before, after=after)
        eligibility_changed.send(sender=Queue, sector_ids=[queue.sector_id])
    return queue


def _set_agents(queue: Queue, people: list[User], by: Actor, before: dict, after: dict) -> None:
    present = {place.user_id: place.user for place in queue.places.select_related("user")}
    wanted = {user.pk: user for user in people}
    if present.keys() == wanted.keys():
        return
    before["agents"] = sorted(u.email for u in present.values())
    after["agents"] = sorted(u.email for u in wanted.values())
    removed = present.keys() - wanted.keys()
    queue.places.filter(user_id__in=removed).delete()
    QueueAgent.objects.bulk_create(QueueAgent(queue=queue, user_id=pk) for pk in wanted.keys() - present.keys())
    rights_changed.send(sender=Queue, user_ids=present.keys() ^ wanted.keys())


@transaction.atomic
def archive_queue(queue: Queue, *, by: Actor) -> Queue:
    """Archive a queue. Idempotent.

    Raises NotAllowed; DomainError last_queue and queue_has_open_tickets (both held by the database).
    """
    _allow(by, queue.sector_id)
    lock_sectors([queue.sector_id])
    queue = Queue.objects.select_related("sector__project").get(pk=queue.pk)
    if queue.archived_at is None:
        with rules_of_database():
            queue.archived_at = timezone.now()
            queue.save(update_fields=["archived_at", "modified_at"])
            check_deferred("sector_keeps_queue")
        audit.record(by, "queue.archived", queue, project=queue.sector.project)
    return queue


@transaction.atomic
def restore_queue(queue: Queue, *, by: Actor) -> Queue:
    """Bring an archived queue back. Idempotent. Raises NotAllowed."""
    _allow(by, queue.sector_id)
    lock_sectors([queue.sector_id])
    queue = Queue.objects.select_related("sector__project").get(pk=queue.pk)
    if queue.archived_at is not None:
        queue.archived_at = None
        queue.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "queue.restored", queue, project=queue.sector.project)
    return queue


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
