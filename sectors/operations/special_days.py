"""Operations on special days: dates whose hours differ from their weekday's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice, pairwise
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError, Invalid, check_version, rules_of_database
from core.validation import clean_name, max_length
from orgs import audit
from orgs.access import Actor
from sectors.hours.schedule import DAY, Range
from sectors.locks import lock_sectors
from sectors.models import MAX_RANGES, YEARS, Sector, WorkException
from sectors.validation import allow_configuring

LABEL_LENGTH = max_length(WorkException, "label")
#: Maximum per sector, decades of holidays: computing hours loads all of them.
MAX_DAYS = 500


@dataclass(frozen=True)
class SpecialDay:
    """A date and its hours; no ranges means closed. ``yearly``: the same day of every year.

    ``ranges`` in minutes after midnight on the wall clock of the sector's zone, as in ``sectors.hours.schedule``.
    """

    day: date
    label: str = ""
    ranges: tuple[Range, ...] = ()
    yearly: bool = False

    @property
    def key(self) -> tuple[int, int] | date:
        """The key that is unique within a sector: the date, or the day of the year."""
        return (self.day.month, self.day.day) if self.yearly else self.day


def clean_ranges(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """Return a day's ranges sorted. Raises Invalid if they overlap or don't open before they close."""
    ordered = tuple(sorted(ranges))
    whole = all(type(value) is int for pair in ordered for value in pair)
    if not whole or any(not (0 <= a < DAY and a < b <= a + DAY) for a, b in ordered) or len(ordered) > MAX_RANGES:
        raise Invalid(
            _("Hours of a special day must be in order, must not overlap, and last at most 24 hours."),
            code="range_out_of_order",
            field="hours",
        )
    if any(one[1] > other[0] for one, other in pairwise(ordered)):
        raise Invalid(_("Two ranges of this day overlap."), code="ranges_overlap", field="hours")
    return ordered


def clean_day(given: SpecialDay) -> SpecialDay:
    """Return a special day as it is stored. Raises Invalid."""
    label = clean_name(given.label, field="label", limit=LABEL_LENGTH) if given.label.strip() else ""
    YEARS.clean(given.day.year, field="date")
    return replace(given, label=label, ranges=clean_ranges(given.ranges), yearly=bool(given.yearly))


@transaction.atomic
def add_special_days(
    sector: Sector, days: Iterable[SpecialDay], *, by: Actor, skip_present: bool = False
) -> list[WorkException]:
    """Add special days to a sector, all or none (docs/rules.md, Special days); returns those added.

    ``skip_present``: skip dates that already have a special day instead of raising. Raises NotAllowed, Invalid,
    DomainError special_day_taken, too_many_special_days.
    """
    allow_configuring(by, sector.pk)
    wanted = [clean_day(given) for given in islice(days, MAX_DAYS + 1)]
    lock_sectors([sector.pk])
    rows = WorkException.objects.filter(sector=sector)
    present = {_value(row).key for row in rows}
    if skip_present:
        unique: dict[Any, SpecialDay] = {}
        for day in wanted:
            if day.key not in present:
                unique.setdefault(day.key, day)
        wanted = list(unique.values())
    if len(present) + len(wanted) > MAX_DAYS:
        raise DomainError(
            _("A sector has at most %(limit)d special days. Remove past ones first.") % {"limit": MAX_DAYS},
            code="too_many_special_days",
        )
    with rules_of_database():
        made = WorkException.objects.bulk_create(
            WorkException(
                sector=sector,
                date=day.day,
                label=day.label,
                yearly=day.yearly,
                ranges=[list(pair) for pair in day.ranges],
            )
            for day in wanted
        )
    for row in made:
        audit.record(by, "special_day.added", row, project=sector.project, after=facts_of_day(row, sector))
    return made


@transaction.atomic
def change_special_day(
    row: WorkException, to: SpecialDay, *, by: Actor, expected_version: datetime | None = None
) -> WorkException:
    """Change a special day's date, name or hours; ``expected_version`` is the ``modified_at`` it is based on.

    Raises NotAllowed, Invalid, Conflict (changed or removed by somebody else since), DomainError special_day_taken.
    """
    sector = row.sector
    allow_configuring(by, sector.pk)
    value = clean_day(to)
    lock_sectors([sector.pk])
    present = WorkException.objects.select_related("sector__project").filter(pk=row.pk).first()
    if present is None:
        raise Conflict(_("Somebody else has removed this day in the meantime."))
    row = present
    check_version(expected_version, row.modified_at)
    old = facts_of_day(row, sector)
    row.date, row.label, row.yearly = value.day, value.label, value.yearly
    row.ranges = [list(pair) for pair in value.ranges]
    before, after = audit.differing(old, facts_of_day(row, sector))
    if after:
        with rules_of_database():
            row.save()
        audit.record(by, "special_day.changed", row, project=sector.project, before=before, after=after)
    return row


@transaction.atomic
def remove_special_day(row: WorkException, *, by: Actor, expected_version: datetime | None = None) -> None:
    """Remove a special day, so that its weekday's hours apply again. Idempotent. ``expected_version`` as in
    ``change_special_day``.

    Raises NotAllowed, Conflict.
    """
    sector = row.sector
    allow_configuring(by, sector.pk)
    lock_sectors([sector.pk])
    present = WorkException.objects.filter(pk=row.pk).first()
    if present is not None:
        check_version(expected_version, present.modified_at)
        audit.record(by, "special_day.removed", present, project=sector.project, before=facts_of_day(present, sector))
        present.delete()


def _value(row: WorkException) -> SpecialDay:
    return SpecialDay(row.date, row.label, tuple((int(a), int(b)) for a, b in row.ranges), row.yearly)


def facts_of_day(row: WorkException, sector: Sector) -> dict[str, Any]:
    """Return a special day's attributes as plain values for the audit log."""
    return {
        "sector": sector.name,
        "date": row.date.isoformat(),
        "label": row.label,
        "yearly": row.yearly,
        "ranges": row.ranges,
    }
