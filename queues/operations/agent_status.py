"""Operations on agent status and its log."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed
from core.ids import uuid7
from core.text import Fold, one_line
from core.validation import check_length, max_length
from orgs.access import SYSTEM, Actor, people_with_chats
from orgs.access.locks import lock_people
from orgs.models import Project, User
from queues import hooks
from queues.models import AgentStatus, PauseReason, QueueAgent, Status, StatusChange
from queues.signals import status_changed
from sectors.models import Sector
from sectors.signals import eligibility_changed

#: How long an agent stays online after the live connection is lost.
GRACE = timedelta(seconds=60)


def sectors_of_agent(project: Project, user: User) -> list[UUID]:
    """Return the project's sectors in which the person is an agent."""
    return list(
        Sector.objects.filter(project=project, queues__places__user=user)
        .order_by()
        .distinct()
        .values_list("pk", flat=True)
    )


_LOCK_SECTORS = """
SELECT id FROM sectors_sector
 WHERE project_id = %s AND id IN (
       SELECT q.sector_id FROM queues_queue q JOIN queues_queueagent place ON place.queue_id = q.id
        WHERE place.user_id = %s)
 ORDER BY id FOR NO KEY UPDATE
"""

# One statement under the sectors' locks, not three. The count makes the old interval end before the new one begins.
_CHANGE = """
WITH ended AS (
  UPDATE queues_statuschange SET ended_at = %(now)s
   WHERE project_id = %(project)s AND user_id = %(user)s AND ended_at IS NULL
  RETURNING 1
), begun AS (
  INSERT INTO queues_statuschange (id, project_id, user_id, status, reason, pause_reason_id, started_at, set_by_id)
  SELECT %(stretch)s, %(project)s, %(user)s, %(status)s, %(reason)s,
         (SELECT id FROM queues_pausereason WHERE project_id = %(project)s AND name = %(reason)s), %(now)s, %(by)s
    FROM (SELECT count(*) FROM ended) AS done
)
UPDATE queues_agentstatus
   SET status = %(status)s, reason = %(reason)s, then_pause = false, then_reason = '', since = %(now)s,
       seen_at = %(seen)s, kept = %(kept)s
 WHERE id = %(row)s
"""


def _lock_sectors_of_agent(project: Project, user: User) -> list[UUID]:
    """Lock the sectors of ``sectors_of_agent`` (as ``lock_sectors`` does) and return them, in one statement.

    The caller holds the person's lock, so the person's queues don't change meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SECTORS, [project.pk, user.pk])
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def set_status(
    project: Project,
    user: User,
    status: str,
    *,
    by: Actor,
    reason: str = "",
    after_tickets: bool = False,
    now: datetime | None = None,
    kept: bool | None = None,
) -> AgentStatus:
    """Set an agent online, paused or offline (docs/rules.md, Agent status), and route waiting tickets.

    Ends the current interval of the status log. Idempotent: with the same status and reason only the sign of life is
    updated. ``after_tickets``: an online agent with tickets pauses when none is left, and gets no new ones until
    then. ``now`` is aware. Raises Invalid for an unknown status or a reason that isn't one of the project's (any text
    if the project has none); NotAllowed for another person's status without managing one of their sectors, and for
    people without access to Chats, except to go offline.
    """
    if status not in Status.values:
        raise Invalid(_("Choose a status."), field="status")
    reason = clean_reason(project, reason, by) if status == Status.PAUSED else ""
    lock_people([user.pk])
    sector_ids = _lock_sectors_of_agent(project, user)
    if (
        by.member is not None
        and by.member.user != user
        and not any(by.member.may_direct_tickets_of(pk) for pk in sector_ids)
    ):
        raise NotAllowed
    # Agents of a queue have access; anybody else may have lost it while this waited for their lock.
    if status != Status.OFFLINE and not sector_ids and not people_with_chats(project).filter(pk=user.pk).exists():
        raise NotAllowed
    # Taken after the locks: the change takes effect once they are held.
    now = now or timezone.now()
    row = _row_of(project, user, now)
    row.project, row.user = project, user
    row.seen_at = now
    if kept is not None:
        row.kept = kept
    announced = status == Status.PAUSED and after_tickets and row.status == Status.ONLINE
    if announced and hooks.has_active_tickets(project, user.pk):
        if (row.then_pause, row.then_reason) != (True, reason):
            row.then_pause, row.then_reason = True, reason
            status_changed.send(sender=AgentStatus, project=project, user=user, sector_ids=sector_ids)
        row.save()
        return row
    if (row.status, row.reason, row.then_pause) != (status, reason, False):
        _change(row, status, reason, by, now, sector_ids)
        if status == Status.ONLINE:
            eligibility_changed.send(sender=AgentStatus, sector_ids=sector_ids)
    else:
        row.save()
    return row


def _row_of(project: Project, user: User, now: datetime) -> AgentStatus:
    """Return an agent's row, locked; a new row is offline. The caller holds the person's lock."""
    rows = AgentStatus.objects.select_for_update(of=("self",), no_key=True).filter(project=project, user=user)
    row = rows.first()
    return row or AgentStatus.objects.create(project=project, user=user, since=now, seen_at=now)


def clean_reason(project: Project, given: str, by: Actor) -> str:
    """Return the reason of a pause as the project spells it. Raises Invalid: too long, or not one of the project's.

    Without a person as actor, or in a project without reasons, any text is valid.
    """
    given = one_line(given)
    check_length(given, max_length(AgentStatus, "reason"), field="reason")
    if by.member is None:
        return given
    offered = PauseReason.objects.filter(project=project, archived_at=None)
    found = offered.alias(folded=Fold("name")).filter(folded=Fold(Value(given))).first()
    if found is None and offered.exists():
        raise Invalid(_("Choose one of the reasons for a pause."), code="unknown_reason", field="reason")
    return found.name if found else given


def _change(
    row: AgentStatus, status: str, reason: str, by: Actor, now: datetime, sector_ids: list[UUID] | None = None
) -> None:
    """Write the new status and the log's next interval; the caller has locked the row. Going online from an announced
    pause starts no new interval, since the agent was online. ``sector_ids``: the agent's sectors, if known.
    """
    another = (row.status, row.reason) != (status, reason)
    row.status, row.reason, row.then_pause, row.then_reason = status, reason, False, ""
    if another:
        row.since = now
        with connection.cursor() as cursor:
            cursor.execute(
                _CHANGE,
                {
                    "row": row.pk,
                    "project": row.project_id,
                    "user": row.user_id,
                    "status": status,
                    "reason": reason,
                    "now": now,
                    "seen": row.seen_at,
                    "kept": row.kept,
                    "stretch": uuid7(),
                    "by": by.user.pk if by.user else None,
                },
            )
    else:
        row.save()
    if sector_ids is None:
        sector_ids = sectors_of_agent(row.project, row.user)
    status_changed.send(sender=AgentStatus, project=row.project, user=row.user, sector_ids=sector_ids)


@transaction.atomic
def apply_pending_pause(project: Project, user_id: UUID, *, now: datetime | None = None) -> bool:
    """Pause an agent who announced it and has no active tickets left; returns whether it did.

    Call inside the transaction in which a ticket leaves the agent; ``now`` is aware.
    """
    rows = AgentStatus.objects.select_for_update(of=("self",), no_key=True).select_related("project", "user")
    row = rows.filter(project=project, user=user_id, then_pause=True).first()
    if row is None or hooks.has_active_tickets(project, user_id):
        return False
    _change(row, Status.PAUSED, row.then_reason, Actor(user=row.user), now or timezone.now())
    return True


def apply_pending_pauses() -> int:
    """Pause all agents who announced it and have no tickets left; returns how many.

    Catches what ``apply_pending_pause`` missed.
    """
    announced = AgentStatus.objects.filter(then_pause=True).select_related("project")
    return sum(apply_pending_pause(row.project, row.user_id) for row in announced[:500])


def seen(user: User, project: Project, *, now: datetime | None = None) -> None:
    """Record a sign of life of an agent's live connection."""
    AgentStatus.objects.filter(project=project, user=user).update(seen_at=now or timezone.now())


def set_lost_agents_offline(now: datetime | None = None) -> int:
    """Set agents offline whose live connection has been lost for 60 seconds; returns how many."""
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
    """Remove a person from all queues of a project and set them offline; returns the affected sectors.

    The caller holds the sectors' locks (``lock_sectors(sectors_of_agent(…))``).
    """
    sector_ids = sectors_of_agent(project, user)
    QueueAgent.objects.filter(queue__sector__project=project, user=user).delete()
    now = timezone.now()
    AgentStatus.objects.filter(project=project, user=user).update(
        status=Status.OFFLINE, reason="", then_pause=False, then_reason="", since=now, kept=False
    )
    StatusChange.objects.filter(project=project, user=user, ended_at=None).update(ended_at=now)
    return sector_ids
