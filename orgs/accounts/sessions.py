"""A person's signed-in devices: names, last activity, signing out."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.signals import email_changed, password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.usersessions.models import UserSession
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from core.http import HtmxHttpRequest
from orgs.models import User
from orgs.signals import rights_changed

#: Minimum seconds between two updates of a device's last activity.
SEEN_EVERY = 300
#: Number of recently updated devices that a process remembers.
REMEMBERED = 10_000

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux"),
)


@dataclass
class Device:
    """A session as its owner sees it; times are aware."""

    pk: int
    name: str
    mobile: bool
    address: str
    signed_in_at: datetime
    seen_at: datetime
    current: bool

    @property
    def just_seen(self) -> bool:
        """Whether the last activity is too recent to be shown in minutes."""
        return (timezone.now() - self.seen_at).total_seconds() < SEEN_EVERY


def device_name(user_agent: str) -> str:
    """Return a readable name of a browser such as "Chrome on Linux", or as much of it as is known."""
    browser = next((name for name, pattern in _BROWSERS if re.search(pattern, user_agent)), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, user_agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def devices(request: HttpRequest) -> list[Device]:
    """Return the person's sessions: this device first, then by last activity. Deletes expired sessions."""
    key = request.session.session_key
    if not UserSession.objects.filter(session_key=key).exists():
        UserSession.objects.create_from_request(request)
    found = [
        Device(
            pk=session.pk,
            name=device_name(session.user_agent),
            mobile=bool(re.search("Mobile|Android|iPhone|iPad", session.user_agent)),
            address=session.ip,
            signed_in_at=session.created_at,
            seen_at=session.last_seen_at,
            current=session.session_key == key,
        )
        for session in UserSession.objects.purge_and_list(request.user)
    ]
    found.sort(key=lambda device: (device.current, device.seen_at), reverse=True)
    return found


def end_session(request: HttpRequest, session: int) -> UserSession | None:
    """End one of the user's own sessions; returns it, or None if they have none with that id."""
    found = UserSession.objects.filter(user=request.user.pk, pk=session).first()
    if found is not None:
        found.end()
    return found


def end_other_sessions(user: User, keep: str | None) -> int:
    """End a user's sessions except the one with the key ``keep`` (None: all); returns the number.

    Live streams of these sessions end too (``tickets.receivers``).
    """
    others = list(UserSession.objects.filter(user=user).exclude(session_key=keep or ""))
    for session in others:
        session.end()
    return len(others)


@receiver(password_changed)
@receiver(password_set)
@receiver(email_changed)
@receiver(authenticator_removed)
def end_sessions_elsewhere(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """After a change of credentials, sign the user out on all other devices."""
    ours = request.user.is_authenticated and request.user.pk == user.pk
    end_other_sessions(user, request.session.session_key if ours else None)


@receiver(post_delete, sender=Authenticator)
def ask_again(instance: Authenticator, **_kwargs: Any) -> None:
    """A second factor was removed: where an organization requires two, this session loses access too, and its live
    streams end."""
    rights_changed.send(sender=Authenticator, user_ids=[instance.user_id])


@receiver(password_reset)
def end_all_sessions(user: User, **_kwargs: Any) -> None:
    """After a password reset, sign the user out on all devices: the old password may be known to others."""
    end_other_sessions(user, None)


@receiver(authenticator_added)
def consume_code(request: HttpRequest, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Use up the code that set up an authenticator app, so that it can't be used to sign in."""
    if authenticator.type == Authenticator.Type.TOTP:
        authenticator.wrap().validate_code(request.POST.get("code", ""))


class SeenMiddleware:
    """Records a device's last activity, at most every five minutes, and only for page views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.noted: OrderedDict[str, float] = OrderedDict()

    def __call__(self, request: HtmxHttpRequest) -> HttpResponseBase:
        if "text/html" in request.headers.get("Accept", "") or request.htmx:
            self._note(request)
        return self.get_response(request)

    def _note(self, request: HttpRequest) -> None:
        key, now = request.session.session_key, time.monotonic()
        if not key or now - self.noted.get(key, -SEEN_EVERY) < SEEN_EVERY or not request.user.is_authenticated:
            return
        self.noted[key] = now
        self.noted.move_to_end(key)
        if len(self.noted) > REMEMBERED:
            self.noted.popitem(last=False)
        UserSession.objects.create_from_request(request)
