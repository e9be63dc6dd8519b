"""What can happen to queues: made, changed, archived, restored."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.access import Actor
from orgs.errors import NotAllowed, check_unchanged, rules_of_database
from orgs.locks import lock_people
from orgs.models import User
from orgs.operations import audit
from orgs.operations.deferred import check_deferred
from orgs.operations.names import clean_name
from orgs.signals import rights_changed
from queues.models import Queue, QueueAgent
from sectors.locks import lock_sectors
from sectors.models import Sector
from sectors.operations import clean_people
from sectors.signals import eligibility_changed


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
