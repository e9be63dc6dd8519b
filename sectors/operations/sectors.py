"""Operations on sectors: create, update, reorder, archive, restore."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.constraints import check_deferred
from core.errors import check_version, rules_of_database
from core.ordering import arrange, move
from core.validation import clean_name, max_length
from orgs import audit
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.models import Project, User
from orgs.signals import rights_changed
from sectors.hours.schedule import Range
from sectors.locks import lock_sectors
from sectors.models import Sector, SectorManager, WorkRange
from sectors.signals import eligibility_changed, sector_closing
from sectors.validation import (
    WeekRanges,
    allow,
    allow_configuring,
    allow_creating,
    clean_limit,
    clean_managers,
    clean_timezone,
    clean_week,
)


def _clean_name(name: object) -> str:
    return clean_name(name, limit=max_length(Sector, "name"))


@transaction.atomic
def create_sector(
    project: Project,
    name: str,
    *,
    by: Actor,
    timezone_name: str = "UTC",
    week: WeekRanges = ((),) * 7,
    always_open: bool = False,
    ticket_limit: int = 3,
    active_messages: bool = False,
    managers: Collection[User] = (),
) -> Sector:
    """Create a sector with its hours and managers (docs/rules.md, Sector).

    The database requires a live queue and tag by the end of the transaction: callers add them in the same one
    (``setup.operations.set_up_sector`` does). Raises NotAllowed, Invalid, NoAccessToChats, DomainError
    sector_name_taken.
    """
    allow_creating(by, project)
    lock_people([user.pk for user in managers])
    lock_list(project)
    with rules_of_database():
        sector = Sector.objects.create(
            project=project,
            name=_clean_name(name),
            timezone=clean_timezone(timezone_name),
            ticket_limit=clean_limit(ticket_limit),
            active_messages=bool(active_messages),
            always_open=bool(always_open),
            position=Sector.objects.filter(project=project).count(),
        )
    _write_week(sector, clean_week(week))
    SectorManager.objects.bulk_create(
        SectorManager(sector=sector, user=user) for user in clean_managers(project, managers)
    )
    audit.record(by, "sector.created", sector, project=project, after=facts_of(sector))
    return sector


@transaction.atomic
def update_sector(
    sector: Sector,
    *,
    by: Actor,
    week: WeekRanges | None = None,
    managers: Collection[User] | None = None,
    expected_version: datetime | None = None,
    **values: Any,
) -> Sector:
    """Update a sector: ``values`` of name, timezone, ticket_limit, active_messages, always_open; its week; its
    managers (which requires the right to create sectors). Whatever isn't given stays unchanged.

    A raised limit routes waiting tickets at once; a lowered one leaves conversations as they are.
    ``expected_version`` is the ``modified_at`` that the edit is based on; a later save by somebody else raises
    Conflict. Raises NotAllowed, Invalid, NoAccessToChats, Conflict, DomainError sector_name_taken.
    """
    allow_configuring(by, sector.pk)
    lock_people([user.pk for user in managers or ()])
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    check_version(expected_version, sector.modified_at)
    old = facts_of(sector)
    cleaners: dict[str, Callable[[Any], Any]] = {
        "name": _clean_name,
        "timezone": clean_timezone,
        "ticket_limit": clean_limit,
        "active_messages": bool,
        "always_open": bool,
    }
    if set(values) - set(cleaners):
        raise TypeError(f"unknown fields: {sorted(set(values) - set(cleaners))}")
    for field, value in values.items():
        setattr(sector, field, cleaners[field](value))
    if week is not None:
        sector.ranges.all().delete()
        _write_week(sector, clean_week(week))
    if managers is not None:
        _write_managers(sector, clean_managers(sector.project, managers), by)
    before, after = audit.differing(old, facts_of(sector))
    if after:
        with rules_of_database():
            sector.save()
        audit.record(by, "sector.changed", sector, project=sector.project, before=before, after=after)
    eligibility_changed.send(sender=Sector, sector_ids=[sector.pk])
    return sector


def _write_managers(sector: Sector, users: list[User], by: Actor) -> None:
    present = set(sector.appointments.values_list("user_id", flat=True))
    wanted = {u.pk for u in users}
    if present != wanted:
        allow(by, lambda member: member.may_create_sectors())
    sector.appointments.exclude(user_id__in=wanted).delete()
    SectorManager.objects.bulk_create(SectorManager(sector=sector, user_id=pk) for pk in wanted - present)
    rights_changed.send(sender=Sector, user_ids=present ^ wanted)


def _write_week(sector: Sector, week: list[list[Range]]) -> None:
    with rules_of_database():
        WorkRange.objects.bulk_create(
            WorkRange(sector=sector, weekday=weekday, opens=opens, closes=closes)
            for weekday, day in enumerate(week)
            for opens, closes in day
        )


def facts_of(sector: Sector) -> dict[str, Any]:
    """Return a sector's attributes as plain values for the audit log."""
    week: list[list[list[int]]] = [[] for _ in range(7)]
    for row in sector.ranges.all():
        week[row.weekday].append([row.opens, row.closes])
    return {
        "name": sector.name,
        "timezone": sector.timezone,
        "ticket_limit": sector.ticket_limit,
        "active_messages": sector.active_messages,
        "always_open": sector.always_open,
        "hours": week,
        "managers": sorted(sector.managers.values_list("email", flat=True)),
    }


@transaction.atomic
def move_sector(sector: Sector, step: str, *, by: Actor) -> None:
    """Move a sector within its project's list. Raises NotAllowed, Invalid."""
    allow_creating(by, sector.project)
    lock_list(sector.project)
    if move(Sector.objects.live().filter(project=sector.project_id), sector.pk, step):
        audit.record(by, "sector.moved", sector, project=sector.project)


@transaction.atomic
def order_sectors(project: Project, keys: Sequence[UUID], *, by: Actor) -> None:
    """Order a project's sectors by the given keys; sectors not in ``keys`` come last. Raises NotAllowed."""
    allow_creating(by, project)
    lock_list(project)
    if arrange(Sector.objects.live().filter(project=project), keys):
        audit.record(by, "sectors.ordered", project, project=project)


def lock_list(project: Project) -> None:
    """Lock a project's list of sectors until the transaction ends, so that none is created or moved meanwhile. Lock
    order: after people, before sectors.
    """
    Project.objects.select_for_update(no_key=True).values_list("pk").get(pk=project.pk)


@transaction.atomic
def archive_sector(sector: Sector, *, by: Actor, move_to: Any = None) -> Sector:
    """Archive a sector: it takes no more tickets; its history stays. Idempotent.

    ``move_to`` is a queue of another sector that receives the open tickets, in the same transaction. Raises
    NotAllowed, Invalid for a queue that isn't open for tickets, DomainError sector_has_open_tickets (enforced by a
    trigger).
    """
    allow(by, lambda member: member.may_archive_sectors() and member.may_configure_sector(sector.pk))
    lock_sectors([sector.pk, *([move_to.sector_id] if move_to else [])])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    if sector.archived_at is None:
        if move_to is not None:
            sector_closing.send(sender=Sector, sector=sector, to=move_to, by=by)
        with rules_of_database():
            sector.archived_at = timezone.now()
            sector.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "sector.archived", sector, project=sector.project)
    return sector


@transaction.atomic
def restore_sector(sector: Sector, *, by: Actor) -> Sector:
    """Restore an archived sector. Idempotent.

    Raises NotAllowed, DomainError last_queue or last_tag if all its queues or tags have been archived since.
    """
    allow(by, lambda member: member.may_archive_sectors() and member.may_configure_sector(sector.pk))
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    if sector.archived_at is not None:
        with rules_of_database():
            sector.archived_at = None
            sector.save(update_fields=["archived_at", "modified_at"])
            check_deferred("sector_keeps_queue")
            check_deferred("sector_keeps_tag")
        audit.record(by, "sector.restored", sector, project=sector.project)
    return sector


def end_appointments(user: User, project: Project) -> list[UUID]:
    """Remove a person as manager from every sector of a project; returns the affected sectors."""
    rows = SectorManager.objects.filter(user=user, sector__project=project)
    sector_ids = list(rows.values_list("sector_id", flat=True))
    rows.delete()
    return sector_ids
