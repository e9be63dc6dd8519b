"""Time zones: validation, the reader's own, and days in one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_location
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import get_language
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


def zone_of(request: HttpRequest, otherwise: Callable[[], str] | None = None) -> str:
    """Return the time zone of the reader's browser; if unknown that of the place (``otherwise``), or UTC."""
    name = request.COOKIES.get(COOKIE, "")
    if is_zone(name):
        return name
    return otherwise() if otherwise else settings.TIME_ZONE


def zone_name(zone: str) -> str:
    """Return a time zone as people call it, by its city in the active language: "São Paulo" for America/Sao_Paulo."""
    return _named(zone, get_language() or "en")


@cache
def _named(zone: str, language: str) -> str:
    if not is_zone(zone):
        return zone
    city: str = get_timezone_location(zone, locale=language.replace("-", "_"), return_city=True)
    # Names that the CLDR doesn't know keep their last part, after a region or a country.
    return city.rsplit("/", 1)[-1].replace("_", " ")


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
