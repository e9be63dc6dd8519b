"""Authorization of the event stream, and agents' signs of life (docs/rules.md, Visibility)."""

from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from live.asgi import EventStream, NotSignedIn, Scope, Subscription, cookie_of
from orgs.access import Member, member_of
from orgs.access.two_factor import lacks_two_factor
from queues import operations as queues
from tickets.live_events import topics_of


def authorize(scope: Scope) -> Subscription | None:
    """Authorize a signed-in person with access to Chats in the project.

    Called again with the same cookie, it also ends streams of people who signed out or changed their password.

    Args: scope: of the request, with the project's UUID as ``live_project``.

    Returns: The subscription, or None: no such project, or not for this person.

    Raises: NotSignedIn: the cookie has no valid session.
    """
    key, project_id = _session_key(scope), scope["live_project"]
    user, session = _user(key)
    if user is None:
        raise NotSignedIn
    member = _member(user, project_id, session)
    if member is None:
        return None

    def recheck() -> frozenset[str] | None:
        now_user, now_session = _user(key)
        now = _member(now_user, project_id, now_session)
        return topics_of(now) if now else None

    return Subscription(topics_of(member), recheck, holder=member)


def seen(subscription: Subscription) -> None:
    """Record a sign of life of the member's page (docs/rules.md, Agent status)."""
    member: Member = subscription.holder
    queues.seen(member.user, member.project)


def _member(user: Any, project_id: UUID, session: Any) -> Member | None:
    member = member_of(user, project_id) if user else None
    if member is None or not member.has_chats or lacks_two_factor(member.project.organization, user, session):
        return None
    return member


def _user(key: str) -> tuple[Any, Any]:
    """Return the session's user (or None) as Django's middleware would, and the session."""
    if not key:
        return None, None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return (user if user.is_authenticated else None), request.session


def _session_key(scope: Scope) -> str:
    return parse_cookie(cookie_of(scope).decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")


#: The application that serves ``/live/``. Django must be set up before this module is imported.
stream = EventStream(authorize, on_open=seen, on_beat=seen)
