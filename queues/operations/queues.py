"""Operations on queues: create, update, reorder, archive, restore."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import check_deferred
from core.errors import Invalid, check_version, rules_of_database
from core.ordering import arrange, move
from core.validation import clean_name, max_length
from orgs import audit
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.models import Project, User
from orgs.signals import rights_changed
from queues.models import WAITING_RANGE, Queue, QueueAgent
from queues.signals import tickets_must_go
from sectors.locks import lock_sectors
from sectors.models import Sector
from sectors.signals import eligibility_changed
from sectors.validation import allow_configuring, clean_people


def clean_max_waiting(given: object) -> int | None:
    """Return a queue's maximum number of waiting tickets, None for no limit. Raises Invalid."""
    return None if given is None else WAITING_RANGE.clean(given, field="max_waiting")


@transaction.atomic
def create_queue(
    sector: Sector,
    name: str,
    *,
    by: Actor,
    agents: Collection[User] = (),
    on_hold: bool = False,
    max_waiting: int | None = None,
) -> Queue:
    """Create a queue with its agents at the end of the sector's list (docs/rules.md, Queue).

    Raises NotAllowed, Invalid, NoAccessToChats, DomainError queue_name_taken.
    """
    new = NewQueue(name, tuple(agents), on_hold, max_waiting)
    return create_queues(sector, [new], by=by)[0]


@dataclass(frozen=True)
class NewQueue:
    """A queue to create, with its agents."""

    name: str
    agents: Collection[User] = ()
    on_hold: bool = False
    max_waiting: int | None = None


@transaction.atomic
def create_queues(sector: Sector, new: Sequence[NewQueue], *, by: Actor) -> list[Queue]:
    """Create queues like ``create_queue``, all or none, with as many statements as for one."""
    allow_configuring(by, sector.pk)
    agents = {user.pk: user for one in new for user in one.agents}
    lock_people(list(agents))
    lock_sectors([sector.pk])
    start = Queue.objects.filter(sector=sector).count()
    with rules_of_database():
        made = Queue.objects.bulk_create(
            Queue(
                sector=sector,
                name=clean_name(one.name, limit=max_length(Queue, "name")),
                on_hold=bool(one.on_hold),
                max_waiting=clean_max_waiting(one.max_waiting),
                position=start + number,
            )
            for number, one in enumerate(new)
        )
    clean_people(sector.project, list(agents.values()), "agents")
    people = [list(dict.fromkeys(one.agents)) for one in new]
    QueueAgent.objects.bulk_create(
        QueueAgent(queue=queue, user=user) for queue, on in zip(made, people, strict=True) for user in on
    )
    facts = (
        (queue, {"name": queue.name, "sector": sector.name, "agents": sorted(user.email for user in on)})
        for queue, on in zip(made, people, strict=True)
    )
    audit.record_all(by, "queue.created", facts, project=sector.project)
    return made


@transaction.atomic
def update_queue(
    queue: Queue,
    *,
    by: Actor,
    name: str | None = None,
    agents: Collection[User] | None = None,
    expected_version: datetime | None = None,
    **values: Any,
) -> Queue:
    """Update a queue's name, agents, and ``values`` of on_hold and max_waiting; whatever isn't given stays unchanged.

    A queue on hold or above its maximum takes no new tickets; waiting ones continue. Added agents who are online get
    waiting tickets at once; removed ones keep their conversations. ``expected_version`` is the ``modified_at`` that
    the edit is based on; a later save by somebody else raises Conflict. Raises NotAllowed, Invalid, NoAccessToChats,
    Conflict, DomainError queue_name_taken.
    """
    allow_configuring(by, queue.sector_id)
    lock_people([user.pk for user in agents or ()])
    lock_sectors([queue.sector_id])
    queue = Queue.objects.select_related("sector__project").get(pk=queue.pk)
    check_version(expected_version, queue.modified_at)
    cleaners: dict[str, Callable[[Any], Any]] = {"on_hold": bool, "max_waiting": clean_max_waiting}
    if set(values) - set(cleaners):
        raise TypeError(f"unknown fields: {sorted(set(values) - set(cleaners))}")
    wanted = {field: cleaners[field](value) for field, value in values.items()}
    if name is not None:
        wanted["name"] = clean_name(name, limit=max_length(Queue, "name"))
    before, after = audit.changes(queue, wanted)
    if agents is not None:
        _set_agents(queue, clean_people(queue.sector.project, agents, "agents"), by, before, after)
    if after:
        with rules_of_database():
            queue.save(update_fields=["name", "on_hold", "max_waiting", "modified_at"])
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
def archive_queue(queue: Queue, *, by: Actor, move_to: Queue | None = None) -> Queue:
    """Archive a queue; its open tickets move to ``move_to`` first, in the same transaction. Idempotent.

    Raises NotAllowed; Invalid for a target that isn't open for tickets; DomainError last_queue and
    queue_has_open_tickets (both enforced by the database).
    """
    allow_configuring(by, queue.sector_id)
    lock_sectors([queue.sector_id, *([move_to.sector_id] if move_to else [])])
    queue = Queue.objects.select_related("sector__project").get(pk=queue.pk)
    if queue.archived_at is None:
        if move_to is not None:
            tickets_must_go.send(
                sender=Queue, queues=[queue.pk], to=check_accepts_tickets(move_to, queue.sector.project), by=by
            )
        with rules_of_database():
            queue.archived_at = timezone.now()
            queue.save(update_fields=["archived_at", "modified_at"])
            check_deferred("sector_keeps_queue")
        audit.record(by, "queue.archived", queue, project=queue.sector.project)
    return queue


def check_accepts_tickets(queue: Queue, project: Project) -> Queue:
    """Return a queue's current row if tickets of a project can move there; the caller holds its sector's lock.

    Raises Invalid: of another project, archived, on hold.
    """
    place = Queue.objects.select_related("sector").get(pk=queue.pk)
    if place.sector.project_id != project.pk or place.archived_at or place.sector.archived_at or place.on_hold:
        raise Invalid(_("Choose a queue that takes tickets."), code="queue_takes_none", field="move_to")
    return place


@transaction.atomic
def move_queue(queue: Queue, step: str, *, by: Actor) -> None:
    """Move a queue within its sector's list; the first one open for tickets is the sector's default. Raises
    NotAllowed, Invalid.
    """
    allow_configuring(by, queue.sector_id)
    lock_sectors([queue.sector_id])
    if move(Queue.objects.live().filter(sector=queue.sector_id), queue.pk, step):
        audit.record(by, "queue.moved", queue, project=queue.sector.project)


@transaction.atomic
def order_queues(sector: Sector, keys: Sequence[UUID], *, by: Actor) -> None:
    """Order a sector's queues by the given keys; queues not in ``keys`` come last. Raises NotAllowed."""
    allow_configuring(by, sector.pk)
    lock_sectors([sector.pk])
    if arrange(Queue.objects.live().filter(sector=sector), keys):
        audit.record(by, "queues.ordered", sector, project=sector.project)


@transaction.atomic
def restore_queue(queue: Queue, *, by: Actor) -> Queue:
    """Restore an archived queue. Idempotent. Raises NotAllowed."""
    allow_configuring(by, queue.sector_id)
    lock_sectors([queue.sector_id])
    queue = Queue.objects.select_related("sector__project").get(pk=queue.pk)
    if queue.archived_at is not None:
        queue.archived_at = None
        queue.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "queue.restored", queue, project=queue.sector.project)
    return queue
