"""Counts the tries of people who are signed in to show who they are (docs/rules.md, Throttles)."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.http import HttpRequest

from orgs.models import User

#: The limit's name in ``ACCOUNT_RATE_LIMITS``.
_ACTION = "reauthentication_failed"


def count_try(request: HttpRequest, user: User) -> Callable[[], None]:
    """Count a try of a signed-in person to show who they are; returns what forgets the count once it worked.

    Raises ValidationError after too many.
    """
    key = f"{user.pk}:{request.session.session_key}"
    if not ratelimit.consume(request, action=_ACTION, key=key):
        raise get_adapter().validation_error("too_many_login_attempts")
    return lambda: ratelimit.clear(request, action=_ACTION, key=key)
