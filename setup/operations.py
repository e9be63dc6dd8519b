"""Operations that set up several apps at once."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.constraints import check_deferred
from core.errors import DomainError, rules_of_database
from core.text import by_name
from core.validation import max_length
from orgs.access import Actor, people_with_chats
from orgs.access.locks import lock_people
from orgs.models import Project, User
from queues.models import QueueAgent
from queues.operations import NewQueue, create_queue, create_queues
from sectors.models import Sector
from sectors.operations import copy_texts_and_days, create_sector, removed_on_failure
from sectors.validation import allow_creating
from tags.models import Tag
from tags.operations import MAX_AT_ONCE, NewTag, add_tags, starter_name
from tickets.operations import copy_service_rules


@transaction.atomic
def set_up_sector(
    project: Project,
    name: str,
    *,
    by: Actor,
    first_queue: str,
    agents: Collection[User] = (),
    tags: Sequence[str] = (),
    managers: Collection[User] = (),
    **values: Any,
) -> Sector:
    """Create a sector with its first queue and its tags, all or nothing (docs/rules.md, Sector).

    ``values`` are the sector's, as ``create_sector`` takes them. Without tags it gets the starter tag. Raises what
    ``create_sector``, ``create_queue`` and ``add_tags`` raise.
    """
    # Lock everybody at once, before anything else: one by one could deadlock with another set-up.
    lock_people([user.pk for user in (*managers, *agents)])
    sector = create_sector(project, name, by=by, managers=managers, **values)
    try:
        create_queue(sector, first_queue, by=by, agents=agents)
    except DomainError as error:
        # The form has two names: use the queue's field.
        error.field = "queue_name" if error.field == "name" else error.field
        raise
    add_tags(sector, [tag for tag in tags if tag.strip()] or [starter_name()], by=by)
    with rules_of_database():
        check_deferred("sector_keeps_queue")
        check_deferred("sector_keeps_tag")
    return sector


def name_of_copy(sector: Sector) -> str:
    """Return the default name of a copy, in the active language."""
    suffix = _("(copy)")
    return f"{Truncator(sector.name).chars(max_length(Sector, 'name') - len(suffix) - 1)} {suffix}"


def copy_sector(
    source: Sector, name: str, *, by: Actor, with_agents: bool = False, with_managers: bool = False
) -> Sector:
    """Create a copy of a sector in the same project, all or nothing (docs/rules.md, Sector).

    Copies work hours, special days, limit, messages, service rules, live queues and live tags. ``with_agents``: also
    the queues' agents and their limits; ``with_managers``: also the managers; people without access to Chats are left
    out. Raises NotAllowed, Invalid, DomainError sector_name_taken.
    """
    with removed_on_failure() as stored:
        return _copy(source, name, by, stored, with_agents=with_agents, with_managers=with_managers)


@transaction.atomic
def _copy(
    source: Sector, name: str, by: Actor, stored: list[str], *, with_agents: bool, with_managers: bool
) -> Sector:
    allow_creating(by, source.project)
    source = Sector.objects.select_related("project").prefetch_related("ranges").get(pk=source.pk)
    queues = list(source.queues.live().order_by("position", *by_name()))
    agents = _agents(source) if with_agents else {}
    allowed = people_with_chats(source.project)
    managers = list(allowed.filter(pk__in=source.appointments.values("user"))) if with_managers else []
    # Lock everybody at once, before anything else: one by one could deadlock with another set-up.
    lock_people([user.pk for users in (managers, *agents.values()) for user in users])
    target = create_sector(
        source.project,
        name,
        by=by,
        timezone_name=source.timezone,
        week=[list(day) for day in source.hours.week],
        always_open=source.always_open,
        ticket_limit=source.ticket_limit,
        active_messages=source.active_messages,
        managers=managers,
    )
    new = [NewQueue(row.name, agents.get(row.pk, ()), row.on_hold, row.max_waiting) for row in queues]
    create_queues(target, new, by=by)
    _copy_tags(source, target, by)
    copy_texts_and_days(source, target, by=by, stored=stored, people=with_agents)
    copy_service_rules(source, target, by=by)
    with rules_of_database():
        check_deferred("sector_keeps_queue")
        check_deferred("sector_keeps_tag")
    return target


def _agents(source: Sector) -> dict:
    """Return the agents of each live queue who still have access to Chats, by the queue's key."""
    places = QueueAgent.objects.filter(
        queue__sector=source, queue__archived_at=None, user__in=people_with_chats(source.project)
    ).select_related("user")
    found: dict = {}
    for place in places:
        users: list[User] = found.setdefault(place.queue_id, [])
        users.append(place.user)
    return found


def _copy_tags(source: Sector, target: Sector, by: Actor) -> None:
    tags = Tag.objects.choosable().filter(sector=source).order_by("position", *by_name())
    new = [NewTag(tag.name, tag.description, tag.color) for tag in tags] or [NewTag(starter_name())]
    for start in range(0, len(new), MAX_AT_ONCE):
        add_tags(target, new[start : start + MAX_AT_ONCE], by=by)
