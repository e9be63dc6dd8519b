"""What can happen to sectors; the only place that writes their tables."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.access import Actor, people_with_chats
from orgs.errors import DomainError, Invalid, NotAllowed, check_unchanged, rules_of_database
from orgs.locks import lock_people
from orgs.models import Project, User
from orgs.operations import audit
from orgs.operations.names import clean_name
from orgs.signals import rights_changed

from .hours import DAY, Range
from .locks import lock_sectors
from .models import MAX_LIMIT, Sector, SectorManager, WorkRange, known_timezone
from .signals import eligibility_changed

WeekRanges = Sequence[Sequence[Range]]


class NoAccessToChats(DomainError):
    """A person without access to Chats was picked as manager or agent."""

    code = "no_access_to_chats"
    sentence = _(
        "%(names)s can't be picked: they have no access to Chats in this project. "
        "Give them the role Human attendance first."
    )

    def __init__(self, users: Iterable[User], field: str) -> None:
        names = ", ".join(u.name for u in users)
        super().__init__(self.sentence % {"names": names}, field=field, names=names)


def _allow(by: Actor, allowed: bool) -> None:
    """Raise NotAllowed for a person without the right; programs and the system were checked by their caller."""
    if by.member is not None and not allowed:
        raise NotAllowed


def clean_limit(limit: object) -> int:
    """Return the limit as a number from 1 to 100. Raises Invalid."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        raise Invalid(
            _("The limit of simultaneous tickets is a number from 1 to 100."),
            code="limit_out_of_range",
            field="ticket_limit",
        )
    return limit


def clean_week(week: object) -> list[list[Range]]:
    """Return seven lists of ranges (minutes; Monday first), sorted. Raises Invalid where they overlap or are
    out of order, also across midnight and from Sunday into Monday."""
    bad = Invalid(
        _("Work hours are given as seven days with ranges that open before they close."),
        code="range_out_of_order",
        field="hours",
    )
    if not isinstance(week, list | tuple) or len(week) != 7:
        raise bad
    cleaned: list[list[Range]] = []
    spans: list[Range] = []
    for weekday, day in enumerate(week):
        if not isinstance(day, list | tuple):
            raise bad
        ranges: list[Range] = []
        for pair in day:
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise bad
            opens, closes = pair
            if type(opens) is not int or type(closes) is not int:
                raise bad
            if not (0 <= opens < DAY and opens < closes <= opens + DAY):
                raise bad
            ranges.append((opens, closes))
            spans.append((weekday * DAY + opens, weekday * DAY + closes))
        cleaned.append(sorted(ranges))
    spans.sort()
    wrapped = [*spans, *([(spans[0][0] + 7 * DAY, spans[0][1] + 7 * DAY)] if spans else [])]
    if any(one[1] > other[0] for one, other in pairwise(wrapped)):
        raise Invalid(_("Two ranges of work hours overlap."), code="ranges_overlap", field="hours")
    return cleaned


def clean_timezone(name: object) -> str:
    """Return a name of the IANA time zone database. Raises Invalid."""
    try:
        known_timezone(name if isinstance(name, str) else "")
    except (ValidationError, ValueError) as error:
        raise Invalid(_("Choose a time zone."), code="unknown_timezone", field="timezone") from error
    return str(name)


def clean_managers(project: Project, users: Collection[User]) -> list[User]:
    """Return the users if each has access to Chats in the project. Raises NoAccessToChats."""
    return clean_people(project, users, "managers")


def clean_people(project: Project, users: Collection[User], field: str) -> list[User]:
    """Return the users if each has access to Chats in the project; ``field`` is named where not.

    Raises NoAccessToChats.
    """
    allowed = set(people_with_chats(project).filter(pk__in=[u.pk for u in users]))
    without = [u for u in users if u not in allowed]
    if without:
        raise NoAccessToChats(without, field)
    return list(dict.fromkeys(users))


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

    The database asks for a live queue and tag by the end of the transaction: callers add them in the same one
    (``weni_chats.setup.operations.set_up_sector`` does). Raises NotAllowed, Invalid, NoAccessToChats,
    DomainError sector_name_taken.
    """
    _allow(by, by.member is not None and by.member.project == project and by.member.may_create_sectors())
    lock_people([user.pk for user in managers])
    with rules_of_database():
        sector = Sector.objects.create(
            project=project,
            name=clean_name(name),
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
    audit.record(by, "sector.created", sector, project=project, after=_facts(sector))
    return sector


@transaction.atomic
def update_sector(
    sector: Sector,
    *,
    by: Actor,
    week: WeekRanges | None = None,
    managers: Collection[User] | None = None,
    seen: datetime | None = None,
    **values: Any,
) -> Sector:
    """Change a sector: ``values`` of name, timezone, ticket_limit, active_messages, always_open; its week;
    its managers (appointing takes the right to create sectors). What is not given stays.

    A raised limit routes waiting tickets at once; a lowered one leaves conversations as they are.
    ``seen`` is the ``modified_at`` that the change was made from; somebody else's save since refuses it.
    Raises NotAllowed, Invalid, NoAccessToChats, Conflict, DomainError sector_name_taken.
    """
    _allow(by, by.member is not None and by.member.may_configure_sector(sector.pk))
    lock_people([user.pk for user in managers or ()])
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    check_unchanged(seen, sector.modified_at)
    old = _facts(sector)
    cleaners = {
        "name": clean_name,
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
    new = _facts(sector)
    if new != old:
        with rules_of_database():
            sector.save()
        changed = [k for k in new if new[k] != old[k]]
        audit.record(
            by,
            "sector.changed",
            sector,
            project=sector.project,
            before={k: old[k] for k in changed},
            after={k: new[k] for k in changed},
        )
    eligibility_changed.send(sender=Sector, sector_ids=[sector.pk])
    return sector


def _write_managers(sector: Sector, users: list[User], by: Actor) -> None:
    present = set(sector.appointments.values_list("user_id", flat=True))
    wanted = {u.pk for u in users}
    if present != wanted:
        _allow(by, by.member is not None and by.member.may_create_sectors())
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


def _facts(sector: Sector) -> dict[str, Any]:
    week: list[list[Range]] = [[] for _ in range(7)]
    for row in sector.ranges.all():
        week[row.weekday].append([row.opens, row.closes])  # type: ignore[arg-type]
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
def archive_sector(sector: Sector, *, by: Actor) -> Sector:
    """Archive a sector: it takes no tickets any more; its history stays. Idempotent.

    Raises NotAllowed, DomainError sector_has_open_tickets (checked by the database's trigger too).
    """
    _allow(
        by,
        by.member is not None and by.member.may_archive_sectors() and by.member.may_configure_sector(sector.pk),
    )
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    if sector.archived_at is None:
        with rules_of_database():
            sector.archived_at = timezone.now()
            sector.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "sector.archived", sector, project=sector.project)
    return sector


@transaction.atomic
def restore_sector(sector: Sector, *, by: Actor) -> Sector:
    """Bring an archived sector back. Idempotent. Raises NotAllowed."""
    _allow(
        by,
        by.member is not None and by.member.may_archive_sectors() and by.member.may_configure_sector(sector.pk),
    )
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    if sector.archived_at is not None:
        sector.archived_at = None
        sector.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "sector.restored", sector, project=sector.project)
    return sector


def end_appointments(user: User, project: Project) -> list[UUID]:
    """Take a person off the managers of every sector of a project; returns the sectors concerned."""
    rows = SectorManager.objects.filter(user=user, sector__project=project)
    sector_ids = list(rows.values_list("sector_id", flat=True))
    rows.delete()
    return sector_ids
