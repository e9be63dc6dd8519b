"""Time zones: validation, the reader's own, and days in one."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

#: Set by ``static/js/zone.js`` to the browser's time zone.
COOKIE = "zone"


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Return whether a time zone of that name (such as ``Europe/Madrid``) exists."""
    return name in _all()


def known_timezone(name: str) -> None:
    """Validator: reject names that are not in the IANA database."""
    if not is_zone(name):
        raise ValidationError(_("Unknown time zone."), code="unknown_timezone")


def zone_of(request: HttpRequest) -> str:
    """Return the time zone of the reader's browser; UTC if unknown."""
    name = request.COOKIES.get(COOKIE, "")
    return name if is_zone(name) else settings.TIME_ZONE


def start_of_day(day: date, zone: str) -> datetime:
    """Return the instant (UTC) at which a date begins in a zone."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def span_of_days(start: date | None, end: date | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the instants (UTC) at which the first date begins and the last one ends in a zone; None for none."""
    first = start_of_day(start, zone) if start else None
    last = start_of_day(end + timedelta(days=1), zone) if end else None
    return first, last


def between(column: str, start: datetime | None, end: datetime | None) -> Q:
    """Return the condition that a column lies between two instants, the second excluded; None sets no bound."""
    condition = Q()
    if start is not None:
        condition &= Q(**{f"{column}__gte": start})
    if end is not None:
        condition &= Q(**{f"{column}__lt": end})
    return condition
