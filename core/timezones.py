"""The time zone of whoever reads a page."""

from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest

#: Set by ``static/js/zone.js`` to the browser's time zone.
COOKIE = "zone"


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Return whether a time zone of that name (such as ``Europe/Madrid``) is known here."""
    return name in _all()


def zone_of(request: HttpRequest) -> str:
    """Return the time zone of the reader's browser; UTC where it has not been told."""
    name = request.COOKIES.get(COOKIE, "")
    return name if is_zone(name) else settings.TIME_ZONE
