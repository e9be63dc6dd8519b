"""Special days and what the hours say of a moment: the operations of the pages, as JSON."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Instant, Text, YesNo, version_seen
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import MayReadAtAll, ProjectView, RestView, checked
from sectors import operations
from sectors.hours.holidays import FIRST_YEAR, LAST_YEAR, countries, holidays_of, regions_of
from sectors.hours.schedule import Range
from sectors.ical import MOST_BYTES, read_days
from sectors.models import Sector, WorkException
from sectors.operations.special_days import MOST_DAYS, SpecialDay
from sectors.preview import answer_for

from .sectors import sector_of
from .serializers import DAY_SCHEMA, as_written, range_of


@extend_schema_field(DAY_SCHEMA)
class RangesField(serializers.Field):
    """Hours of one day."""

    default_error_messages = {
        "invalid": _('Send a list of ranges like ["09:00", "18:00"]; an empty one means closed.')
    }

    def to_internal_value(self, data: Any) -> tuple[Range, ...]:
        """Return ranges in minutes; overlaps are the operation's matter."""
        if not isinstance(data, list):
            self.fail("invalid")
        try:
            return tuple(range_of(pair) for pair in data)
        except (ValueError, TypeError):
            self.fail("invalid")

    def to_representation(self, value: Any) -> list[list[str]]:
        """Return ranges as people write them."""
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
    modified_at = version_seen()


class SpecialDayNew(SpecialDayChange):
    """A new special day; without ranges it is closed."""

    modified_at = None  # type: ignore[assignment]
    date = serializers.DateField()


class SpecialDaysNew(serializers.Serializer):
    """New special days of a sector."""

    days = serializers.ListField(child=SpecialDayNew(), allow_empty=False, max_length=MOST_DAYS)
    skip_present = YesNo(required=False, help_text="Leave dates that are there already as they are.")


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

    content = Text(max_length=MOST_BYTES, trim_whitespace=False, help_text="iCalendar (RFC 5545).")


class FileProposals(Proposals):
    """The whole days of a calendar file."""

    timed = serializers.IntegerField(help_text="Events with a time of day, which are left out.")


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


class Holidays(serializers.Serializer):
    """Public holidays of a year."""

    results = HolidaySerializer(many=True)


def _day(sector: Sector, pk: UUID) -> WorkException:
    found = WorkException.objects.select_related("sector__project").filter(sector=sector, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _shown(rows: Any) -> dict[str, Any]:
    return {"results": SpecialDaySerializer(rows, many=True).data}


class SectorDays(ProjectView):
    """The special days of a sector."""

    rules: ClassVar = {"GET": Member.may_use_chats, "POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="special_days_list", tags=["sectors"], responses=SpecialDays)
    def get(self, request: Request, project: UUID, sector: UUID) -> Response:
        """List a sector's special days by date; there are at most 500."""
        return Response(_shown(sector_of(self.member, sector).exceptions.order_by("date", "pk")))

    @extend_schema(
        operation_id="special_days_add", tags=["sectors"], request=SpecialDaysNew, responses={201: SpecialDays}
    )
    def post(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Add special days, all or none."""
        found = sector_of(self.member, sector)
        data = checked(SpecialDaysNew, request.data)
        days = [
            SpecialDay(day["date"], day.get("label") or "", day.get("ranges", ()), day.get("yearly", False))
            for day in data["days"]
        ]
        made = operations.add_special_days(found, days, by=self.actor, skip_present=data.get("skip_present", False))
        return Response(_shown(made), 201)


class SectorDay(ProjectView):
    """One special day."""

    rules: ClassVar = {"PATCH": Member.may_configure_some_sector, "DELETE": Member.may_configure_some_sector}

    @extend_schema(
        operation_id="special_days_change", tags=["sectors"], request=SpecialDayChange, responses=SpecialDaySerializer
    )
    def patch(self, request: Request, project: UUID, sector: UUID, day: UUID) -> Response:
        """Change a special day."""
        row = _day(sector_of(self.member, sector), day)
        data = checked(SpecialDayChange, request.data)
        to = SpecialDay(
            data.get("date", row.date),
            data.get("label", row.label) or "",
            data.get("ranges", tuple((a, b) for a, b in row.ranges)),
            data.get("yearly", row.yearly),
        )
        # What is not named comes from the row as it was read: nobody may have saved since.
        seen = data.get("modified_at", row.modified_at)
        return Response(SpecialDaySerializer(operations.change_special_day(row, to, by=self.actor, seen=seen)).data)

    @extend_schema(operation_id="special_days_remove", tags=["sectors"], responses={200: SpecialDaySerializer})
    def delete(self, request: Request, project: UUID, sector: UUID, day: UUID) -> Response:
        """Remove a special day: its weekday's hours count again. Answers with what it was."""
        row = _day(sector_of(self.member, sector), day)
        was = SpecialDaySerializer(row).data
        operations.remove_special_day(row, by=self.actor)
        return Response(was)


class SectorDaysFile(ProjectView):
    """Days of a calendar file."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(
        operation_id="special_days_read_file", tags=["sectors"], request=CalendarFile, responses=FileProposals
    )
    def post(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Read the whole days of a calendar file, to choose from; nothing is stored."""
        found = sector_of(self.member, sector)
        content = checked(CalendarFile, request.data)["content"]
        read = read_days(content.encode(), timezone.now().astimezone(found.hours.zone).date())
        return Response({"results": Proposal(read.days, many=True).data, "timed": read.timed})


class PublicHolidays(RestView):
    """Public holidays, to choose from."""

    rules: ClassVar = {"GET": MayReadAtAll}

    @extend_schema(operation_id="holidays_list", tags=["sectors"], parameters=[HolidaysQuery], responses=Holidays)
    def get(self, request: Request) -> Response:
        """List the public holidays of a country, and of one of its regions, in a year."""
        asked = checked(HolidaysQuery, request.query_params)
        found = holidays_of(asked["country"], asked.get("region", ""), asked["year"])
        return Response({"results": HolidaySerializer(found, many=True).data})


class CalendarsQuery(serializers.Serializer):
    """Whose regions."""

    country = serializers.CharField(max_length=2, required=False, help_text="ISO 3166-1, two letters.")


class CalendarName(serializers.Serializer):
    """A country or a region that has a calendar."""

    code = serializers.CharField()
    name = serializers.CharField()


class Calendars(serializers.Serializer):
    """The countries that have a calendar of public holidays, and the regions of one."""

    countries = CalendarName(many=True)
    regions = CalendarName(many=True, help_text="Of the country asked for, those with days of their own.")


class HolidayCalendars(RestView):
    """Which calendars of public holidays there are."""

    rules: ClassVar = {"GET": MayReadAtAll}

    @extend_schema(
        operation_id="holidays_calendars", tags=["sectors"], parameters=[CalendarsQuery], responses=Calendars
    )
    def get(self, request: Request) -> Response:
        """List the countries whose public holidays are known and, where one is named, its regions."""
        country = checked(CalendarsQuery, request.query_params).get("country")
        found = {"countries": countries(), "regions": regions_of(country) if country else []}
        return Response({kind: [{"code": a, "name": b} for a, b in pairs] for kind, pairs in found.items()})


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


class SectorHours(ProjectView):
    """Whether a sector is open."""

    rules: ClassVar = {"GET": Member.may_use_chats}

    @extend_schema(operation_id="sectors_hours", tags=["sectors"], parameters=[MomentQuery], responses=HoursAnswer)
    def get(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Say whether a sector is open at a moment, and when that changes."""
        found = sector_of(self.member, sector)
        at = checked(MomentQuery, request.query_params).get("at") or timezone.now()
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise Invalid(
                _("Choose a year from %(first)d to %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR},
                code="year_out_of_range",
                field="at",
            )
        return Response(HoursAnswer(answer_for(found, at)).data)
