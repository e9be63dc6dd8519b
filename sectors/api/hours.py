"""REST API of special days and of a sector's status at a moment, on the same operations as the pages."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Instant, Text, YesNo, expected_version
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import MayReadAtAll, ProjectScopedViewSet, RestViewSet, checked
from sectors import operations
from sectors.hours.holidays import FIRST_YEAR, LAST_YEAR, countries, holidays_of, regions_of
from sectors.hours.schedule import Range
from sectors.ical import MAX_BYTES, Why, read_days
from sectors.models import Sector, WorkException
from sectors.operations.special_days import MAX_DAYS, SpecialDay
from sectors.preview import answer_for

from .sectors import sector_of
from .serializers import DAY_SCHEMA, as_written, range_of

#: How many events of a file that give no day are named.
MAX_LEFT_OUT = 500


@extend_schema_field(DAY_SCHEMA)
class RangesField(serializers.Field):
    """Hours of one day."""

    default_error_messages = {
        "invalid": _('Send a list of ranges like ["09:00", "18:00"]; an empty one means closed.')
    }

    def to_internal_value(self, data: Any) -> tuple[Range, ...]:
        """Return ranges in minutes; the operation rejects overlaps."""
        if not isinstance(data, list):
            self.fail("invalid")
        try:
            return tuple(range_of(pair) for pair in data)
        except (ValueError, TypeError):
            self.fail("invalid")

    def to_representation(self, value: Any) -> list[list[str]]:
        """Format ranges."""
        return as_written(value)


class SpecialDaySerializer(serializers.Serializer):
    """A special day."""

    id = serializers.UUIDField()
    date = serializers.DateField()
    label = serializers.CharField()  # type: ignore[assignment]
    yearly = serializers.BooleanField()
    ranges = RangesField()
    modified_at = serializers.DateTimeField()


class SpecialDayChange(serializers.Serializer):
    """What may change in a special day; what is not named stays."""

    date = serializers.DateField(required=False)
    label = Text(required=False, max_length=1000, allow_blank=True)  # type: ignore[assignment]
    yearly = YesNo(required=False)
    ranges = RangesField(required=False)
    modified_at = expected_version()


class SpecialDayNew(SpecialDayChange):
    """A new special day; without ranges it is closed."""

    modified_at = None  # type: ignore[assignment]
    date = serializers.DateField()


class SpecialDaysNew(serializers.Serializer):
    """New special days of a sector."""

    days = serializers.ListField(child=SpecialDayNew(), allow_empty=False, max_length=MAX_DAYS)
    skip_present = YesNo(required=False, help_text="Leave dates that are there already as they are.")


@extend_schema_serializer(many=False)
class SpecialDays(serializers.Serializer):
    """Special days, by date."""

    results = SpecialDaySerializer(many=True)


class Proposal(serializers.Serializer):
    """A day to choose from."""

    date = serializers.DateField(source="day")
    label = serializers.CharField()  # type: ignore[assignment]
    yearly = serializers.BooleanField()


class Proposals(serializers.Serializer):
    """Days to choose from."""

    results = Proposal(many=True)


class CalendarFile(serializers.Serializer):
    """A calendar file."""

    content = Text(max_length=MAX_BYTES, trim_whitespace=False, help_text="iCalendar (RFC 5545).")


class LeftOutEvent(serializers.Serializer):
    """An event of a calendar file that gives no day."""

    name = serializers.CharField(allow_blank=True)
    line = serializers.IntegerField(help_text="Where it begins in the file, from 1.")
    why = serializers.ChoiceField(
        choices=[str(why) for why in Why],
        help_text="`timed`: it has a time of day. `replaced`: the file has a newer version of it. `other_years`: it "
        "has no day in this year or the next. `too_many_days`: it alone has more days than a file may.",
    )


class FileProposals(Proposals):
    """The whole days of a calendar file, and what is left out of it."""

    timed = serializers.IntegerField(help_text="How many events with a time of day are left out.")
    left_out_count = serializers.IntegerField(help_text="How many events give no day.")
    left_out = LeftOutEvent(many=True, help_text=f"The first of them, at most {MAX_LEFT_OUT}.")


class HolidaysQuery(serializers.Serializer):
    """Which public holidays."""

    country = serializers.CharField(max_length=2, help_text="ISO 3166-1, two letters.")
    region = serializers.CharField(max_length=40, required=False, help_text="Code of a region of the country.")
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)


class HolidaySerializer(serializers.Serializer):
    """A public holiday."""

    date = serializers.DateField(source="day")
    label = serializers.CharField(source="name")  # type: ignore[assignment]
    fixed = serializers.BooleanField(help_text="Whether the next year has it on the same date.")


@extend_schema_serializer(many=False)
class Holidays(serializers.Serializer):
    """Public holidays of a year."""

    results = HolidaySerializer(many=True)


class CalendarsQuery(serializers.Serializer):
    """Whose regions."""

    country = serializers.CharField(max_length=2, required=False, help_text="ISO 3166-1, two letters.")


class CalendarName(serializers.Serializer):
    """A country or a region that has a calendar."""

    code = serializers.CharField()
    name = serializers.CharField()

    def to_representation(self, instance: tuple[str, str]) -> dict[str, Any]:
        return super().to_representation(dict(zip(("code", "name"), instance, strict=True)))


class Calendars(serializers.Serializer):
    """The countries that have a calendar of public holidays, and the regions of one."""

    countries = CalendarName(many=True)
    regions = CalendarName(many=True, help_text="Of the country asked for, those with days of their own.")


class MomentQuery(serializers.Serializer):
    """Which moment."""

    at = Instant(required=False, help_text="With its offset; left out: now.")


class HoursAnswer(serializers.Serializer):
    """What a sector's hours say of a moment."""

    at = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    changes_at = serializers.DateTimeField(
        allow_null=True, help_text="When it opens or closes next; null where it stays as it is."
    )
    special_day = serializers.CharField(
        source="special", allow_blank=True, help_text="The name of that date's special day."
    )
    sentence = serializers.CharField()


@extend_schema(tags=["sectors"])
class SpecialDayViewSet(ProjectScopedViewSet):
    """The special days of a sector."""

    rules: ClassVar = {"list": Member.may_use_chats} | dict.fromkeys(
        ("create", "partial_update", "destroy", "read_file"), Member.may_configure_some_sector
    )
    serializer_class = SpecialDaySerializer
    lookup_url_kwarg = "day"

    @cached_property
    def sector(self) -> Sector:
        """Return the sector of the URL."""
        return sector_of(self.member, self.kwargs["sector"])

    def get_queryset(self) -> QuerySet[WorkException]:
        """Return the sector's special days."""
        return WorkException.objects.select_related("sector__project").filter(sector=self.sector)

    @extend_schema(operation_id="special_days_list", responses=SpecialDays)
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List a sector's special days by date; there are at most 500."""
        return Response(SpecialDays({"results": self.get_queryset().order_by("date", "pk")}).data)

    @extend_schema(operation_id="special_days_add", request=SpecialDaysNew, responses={201: SpecialDays})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add special days, all or none."""
        sector = self.sector
        data = checked(SpecialDaysNew, request.data)
        days = [
            SpecialDay(day["date"], day.get("label") or "", day.get("ranges", ()), day.get("yearly", False))
            for day in data["days"]
        ]
        made = operations.add_special_days(sector, days, by=self.actor, skip_present=data.get("skip_present", False))
        return Response(SpecialDays({"results": made}).data, 201)

    @extend_schema(operation_id="special_days_change", request=SpecialDayChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change a special day."""
        row = self.get_object()
        data = checked(SpecialDayChange, request.data)
        to = SpecialDay(
            data.get("date", row.date),
            data.get("label", row.label) or "",
            data.get("ranges", tuple((a, b) for a, b in row.ranges)),
            data.get("yearly", row.yearly),
        )
        # Missing fields keep the values read: nobody may have saved since.
        version = data.get("expected_version", row.modified_at)
        return self.answer(operations.change_special_day(row, to, by=self.actor, expected_version=version))

    @extend_schema(operation_id="special_days_remove", responses={200: SpecialDaySerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove a special day: its weekday's hours count again. Answers with what it was."""
        row = self.get_object()
        was = self.answer(row)
        operations.remove_special_day(row, by=self.actor)
        return was

    @extend_schema(operation_id="special_days_read_file", request=CalendarFile, responses=FileProposals)
    @action(detail=False, methods=["post"], url_path="read-file", url_name="file")
    def read_file(self, request: Request, **kwargs: Any) -> Response:
        """Read the whole days of a calendar file, to choose from; nothing is stored."""
        sector = self.sector
        content = checked(CalendarFile, request.data)["content"]
        zone = sector.hours.zone
        read = read_days(content.encode("utf-8", "replace"), timezone.now().astimezone(zone).date(), zone)
        left_out = read.left_out[:MAX_LEFT_OUT]
        answer = {"results": read.days, "timed": read.timed, "left_out": left_out}
        return Response(FileProposals(answer | {"left_out_count": len(read.left_out)}).data)


@extend_schema(tags=["sectors"])
class SectorHoursViewSet(ProjectScopedViewSet):
    """Whether a sector is open."""

    queries: ClassVar = {"retrieve": MomentQuery}
    rules: ClassVar = {"retrieve": Member.may_use_chats}
    serializer_class = HoursAnswer

    @extend_schema(operation_id="sectors_hours")
    def retrieve(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Say whether a sector is open at a moment, and when that changes."""
        found = sector_of(self.member, sector)
        at = self.asked.get("at") or timezone.now()
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise Invalid(
                _("Choose a year from %(first)d to %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR},
                code="year_out_of_range",
                field="at",
            )
        return self.answer(answer_for(found, at))


@extend_schema(tags=["sectors"])
class HolidayViewSet(RestViewSet):
    """Public holidays, to choose from."""

    queries: ClassVar = {"list": HolidaysQuery, "calendars": CalendarsQuery}
    rules: ClassVar = {"list": MayReadAtAll, "calendars": MayReadAtAll}

    @extend_schema(operation_id="holidays_list", responses=Holidays)
    def list(self, request: Request) -> Response:
        """List the public holidays of a country, and of one of its regions, in a year."""
        asked = self.asked
        found = holidays_of(asked["country"], asked.get("region", ""), asked["year"])
        return Response(Holidays({"results": found}).data)

    @extend_schema(operation_id="holidays_calendars", responses=Calendars)
    def calendars(self, request: Request) -> Response:
        """List the countries whose public holidays are known and, where one is named, its regions."""
        country = self.asked.get("country")
        found = {"countries": countries(), "regions": regions_of(country) if country else []}
        return Response(Calendars(found).data)
