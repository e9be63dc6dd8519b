"""The devices a person is signed in on: what they are called, when they were last seen, how they end."""

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

#: Seconds between two notes of when a device was last seen.
SEEN_EVERY = 300
#: Devices that a process remembers to have noted.
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
        """Whether it was seen so lately that minutes say nothing."""
        return (timezone.now() - self.seen_at).total_seconds() < SEEN_EVERY


def device_name(user_agent: str) -> str:
    """Return what a browser is called: "Chrome on Linux", or the part of it that it tells."""
    browser = next((name for name, pattern in _BROWSERS if re.search(pattern, user_agent)), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, user_agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def devices(request: HttpRequest) -> list[Device]:
    """Return where the person is signed in: this device first, then those last seen. Sessions that are over go."""
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
    """End one session of the person who asks; returns it, or None where they have none of that id."""
    found = UserSession.objects.filter(user=request.user.pk, pk=session).first()
    if found is not None:
        found.end()
    return found


def end_other_sessions(user: User, keep: str | None) -> int:
    """End a person's sessions but the one with the key ``keep`` (None: all); returns how many.

    Each ends open pages too (``tickets.receivers``).
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
    """What keeps an account safe has changed: whoever is signed in elsewhere signs in again."""
    ours = request.user.is_authenticated and request.user.pk == user.pk
    end_other_sessions(user, request.session.session_key if ours else None)


@receiver(post_delete, sender=Authenticator)
def ask_again(instance: Authenticator, **_kwargs: Any) -> None:
    """A second step is gone: where an organization asks for two factors, the session that took it away is shut out
    too, and its open pages end."""
    rights_changed.send(sender=Authenticator, user_ids=[instance.user_id])


@receiver(password_reset)
def end_all_sessions(user: User, **_kwargs: Any) -> None:
    """A password was set by mail: whoever knew the old one is out, on every device."""
    end_other_sessions(user, None)


@receiver(authenticator_added)
def consume_code(request: HttpRequest, authenticator: Authenticator, **_kwargs: Any) -> None:
    """The code that set an app up was seen: it signs nobody in while its time lasts."""
    if authenticator.type == Authenticator.Type.TOTP:
        authenticator.wrap().validate_code(request.POST.get("code", ""))


class SeenMiddleware:
    """Note when a device was last seen, at most every five minutes, and only where a person opens pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.noted: OrderedDict[str, float] = OrderedDict()

    def __call__(self, request: HtmxHttpRequest) -> HttpResponseBase:
        """Note it, then answer."""
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
