"""The user's language, theme and time zone."""

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

from core.http import Respond
from core.timezones import zone_of
from orgs import hooks
from orgs.models import Organization, Project, Theme

THEME_COOKIE = "theme"
_YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """Return the theme from the signed-in user's profile, else from the cookie: light, dark or auto."""
    # A request rejected early (for an unknown host) has no user yet.
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return user.theme
    chosen = request.COOKIES.get(THEME_COOKIE, Theme.AUTO)
    return chosen if chosen in Theme.values else Theme.AUTO


def remember_theme(response: HttpResponse, theme: str) -> None:
    """Store the theme in a cookie, for pages before sign-in."""
    response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR, httponly=True, samesite="Lax")


def zone_for(request: HttpRequest, place: Organization | Project) -> str:
    """Return the time zone of the reader's browser; while it is unknown, that of most sectors of the place."""
    return zone_of(request, partial(hooks.zone_of, place))


class PreferencesMiddleware:
    """Activates the language of the user's profile; without one, Django's choice stands (cookie, then browser)."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)
