"""Sectors: departments of a project, their managers, limits and work hours."""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.errors import register_constraint
from core.models import ListedModel, UUIDModel
from core.text import Fold
from core.timezones import known_timezone
from core.validation import NumberRange
from orgs.models import Project
from sectors.db_functions import RangesInOrder
from sectors.hours.schedule import Range, WorkHours
from sectors.querysets import SectorQuerySet

MAX_LIMIT = 100
#: Maximum number of ranges per day; more are rejected, not truncated.
MAX_RANGES = 12
DAY = 24 * 60
#: Of the dates of special days.
YEARS = NumberRange(1970, 2200, "date_out_of_range", _("Choose a date between %(least)s and %(most)s."))
TICKET_LIMIT = NumberRange(
    1,
    MAX_LIMIT,
    "limit_out_of_range",
    _("The limit of simultaneous tickets is a number from %(least)s to %(most)s."),
)
WAITING_EVERY = NumberRange(
    1,
    DAY,
    "waiting_every_out_of_range",
    _("The minutes between two messages while waiting are a number from %(least)s to %(most)s."),
)


class Sector(ListedModel):
    """A department (Support, Sales). Deferred triggers ensure at least one live queue and tag.

    ``waiting_every``: minutes after which a waiting contact is told their position again; null: told once.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="sectors")
    name = models.CharField(_("name"), max_length=80)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[known_timezone])
    ticket_limit = models.PositiveSmallIntegerField(
        _("limit of simultaneous tickets per agent"),
        default=3,
        validators=TICKET_LIMIT.validators,
    )
    active_messages = models.BooleanField(_("active messages"), default=False)
    always_open = models.BooleanField(_("open around the clock"), default=False)
    waiting_every = models.PositiveSmallIntegerField(
        _("minutes between two messages while waiting"),
        null=True,
        blank=True,
        validators=WAITING_EVERY.validators,
    )
    created_at = models.DateTimeField(default=now)

    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="SectorManager", related_name="managed_sectors"
    )

    objects = SectorQuerySet.as_manager()

    class Meta(ListedModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint("project", Fold("name"), name="sector_name_once_per_project"),
            models.UniqueConstraint(fields=["project", "id"], name="sector_in_project"),
            models.CheckConstraint(condition=TICKET_LIMIT.condition("ticket_limit"), name="sector_limit_in_range"),
            models.CheckConstraint(condition=~Q(name=""), name="sector_has_name"),
            models.CheckConstraint(
                condition=WAITING_EVERY.condition("waiting_every", null=True), name="sector_waiting_every_in_range"
            ),
        ]

    @property
    def hours(self) -> WorkHours:
        """Return the sector's work hours as a value object, without further queries.

        Uses prefetched ``ranges`` and ``exceptions`` if present.
        """
        week: list[list[Range]] = [[] for _ in range(7)]
        for row in self.ranges.all():
            week[row.weekday].append((row.opens, row.closes))
        exceptions, yearly = {}, {}
        for exception in self.exceptions.all():
            ranges = tuple((int(a), int(b)) for a, b in exception.ranges)
            if exception.yearly:
                yearly[exception.date.month, exception.date.day] = ranges
            else:
                exceptions[exception.date] = ranges
        return WorkHours(
            zone=ZoneInfo(self.timezone),
            week=tuple(tuple(sorted(day)) for day in week),
            exceptions=exceptions,
            yearly=yearly,
            always=self.always_open,
        )

    def limits_of(self, users: Collection[UUID]) -> dict[UUID, int]:
        """Return each person's limit of simultaneous tickets here: their own if set, else the sector's."""
        own = dict(self.agent_limits.filter(user__in=users).values_list("user_id", "ticket_limit"))
        return {pk: own.get(pk, self.ticket_limit) for pk in users}


class SectorManager(UUIDModel):
    """A member appointed as manager of a sector: configures it, sees its history and dashboard."""

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="appointments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sector_appointments")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sector", "user"], name="sector_manager_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class AgentLimit(UUIDModel):
    """A person's own limit of simultaneous tickets in a sector, overriding the sector's."""

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="agent_limits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="agent_limits")
    ticket_limit = models.PositiveSmallIntegerField(
        _("limit of simultaneous tickets"), validators=TICKET_LIMIT.validators
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sector", "user"], name="agent_limit_once"),
            models.CheckConstraint(condition=TICKET_LIMIT.condition("ticket_limit"), name="agent_limit_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.ticket_limit}"


def _minutes_of_week(shift: int) -> Func:
    """Return a work range as an SQL expression in minutes after Monday's midnight, shifted by ``shift`` minutes."""
    return Func(
        F("weekday") * DAY + F("opens") + shift,
        F("weekday") * DAY + F("closes") + shift,
        function="int4range",
        output_field=IntegerRangeField(),
    )


class WorkRange(UUIDModel):
    """A range of a weekday in which tickets can be opened.

    ``opens`` and ``closes`` are minutes after midnight of ``weekday`` (Monday is 0) on the wall clock of the sector's
    zone; a ``closes`` above 1440 passes midnight.
    """

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="ranges")
    weekday = models.PositiveSmallIntegerField()
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, opens__lt=DAY, closes__gt=F("opens"), closes__lte=F("opens") + DAY),
                name="work_range_in_order",
            ),
            ExclusionConstraint(
                name="work_ranges_apart",
                expressions=[
                    (F("sector"), RangeOperators.EQUAL),
                    (
                        # Twice, a week apart: a range that passes midnight on Sunday extends into Monday.
                        Func(
                            _minutes_of_week(0),
                            _minutes_of_week(-7 * DAY),
                            function="int4multirange",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class WorkException(UUIDModel):
    """A date whose hours differ from its weekday's: closed (no ranges), or the ranges given.

    ``ranges`` is a list of [opens, closes] in minutes as in ``WorkRange``, sorted and not overlapping.
    """

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="exceptions")
    date = models.DateField(_("date"))
    yearly = models.BooleanField(_("every year"), default=False)
    label = models.CharField(_("name"), max_length=80, blank=True)
    ranges = models.JSONField(default=list, blank=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["date"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sector", "date"], condition=Q(yearly=False), name="work_exception_once_per_date"
            ),
            models.UniqueConstraint(
                "sector",
                ExtractMonth("date"),
                ExtractDay("date"),
                condition=Q(yearly=True),
                name="work_exception_once_per_year",
            ),
            models.CheckConstraint(condition=RangesInOrder("ranges"), name="work_exception_ranges_in_order"),
            models.CheckConstraint(condition=YEARS.condition("date__year"), name="work_exception_date_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.label}"


register_constraint(
    "sector_name_once_per_project",
    "sector_name_taken",
    _("The project already has a sector of this name (archived ones count: restore it instead)."),
    field="name",
)
register_constraint("work_ranges_apart", "ranges_overlap", _("Two ranges of work hours overlap."), field="hours")
register_constraint(
    "work_range_in_order",
    "range_out_of_order",
    _("A range of work hours must open before it closes and last at most 24 hours."),
    field="hours",
)
for _name in ("work_exception_once_per_date", "work_exception_once_per_year"):
    register_constraint(
        _name, "special_day_taken", _("There is a special day on this date already. Change that one."), field="date"
    )
register_constraint(
    "work_exception_ranges_in_order",
    "range_out_of_order",
    _("Hours of a special day must be in order, must not overlap, and last at most 24 hours."),
    field="hours",
)
register_constraint("work_exception_date_in_range", YEARS.code, YEARS.refusal, field="date")
register_constraint("sector_limit_in_range", TICKET_LIMIT.code, TICKET_LIMIT.refusal, field="ticket_limit")
register_constraint("agent_limit_in_range", TICKET_LIMIT.code, TICKET_LIMIT.refusal, field="agent_limits")
register_constraint("sector_waiting_every_in_range", WAITING_EVERY.code, WAITING_EVERY.refusal, field="waiting_every")
register_constraint(
    "sector_keeps_queue",
    "last_queue",
    _("A sector keeps at least one queue. Add another one first."),
)
register_constraint("sector_keeps_tag", "last_tag", _("A sector keeps at least one tag. Add another one first."))
register_constraint(
    "token_sector_of_project",
    "foreign_sector",
    _("Choose a sector of the project."),
    field="sector",
)
