"""Time zones: validation, and the reader's own."""

from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
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
