"""Rate limits against guessing, counted in the cache that all processes share (docs/rules.md, Throttles).

The limits are django-allauth's (``ACCOUNT_RATE_LIMITS``). Unlike allauth, an attempt that can't be counted because
the cache fails is refused.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from allauth.core.internal import ratelimit
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from .errors import DomainError

R = TypeVar("R", bound=HttpRequest)
P = ParamSpec("P")
View = Callable[Concatenate[R, P], HttpResponseBase]


class CacheUnavailable(DomainError):
    """The cache can't be read or written, so attempts can't be counted."""

    code = "unavailable"
    status = 503
    sentence = _(
        "That can't be done at this moment. Try again in a minute; if it stays, tell those who run Weni Chats."
    )


class CountingCache(DatabaseCache):
    """Django's database cache, made safe for counting: errors are raised, and entries are evicted only once they
    expire.

    The original ignores failed writes, which would lift a limit, and evicts live entries when there are many.
    """

    _table: str

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        """Return the existing entries. Raises CacheUnavailable."""
        try:
            with transaction.atomic():
                return super().get_many(keys, version)
        except DatabaseError as error:
            raise CacheUnavailable from error

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        try:
            with transaction.atomic():
                # Private to Django, so missing from the stubs.
                done = bool(super()._base_set(mode, key, value, timeout))  # type: ignore[misc]
        except DatabaseError as error:
            raise CacheUnavailable from error
        if mode == "set" and not done:
            raise CacheUnavailable
        return done

    def _cull(self, db: str, cursor: Any, now: Any, num: int) -> None:
        cursor.execute(f'DELETE FROM "{self._table}" WHERE expires < %s', [now])


def limited(action: str, rate: str) -> Callable[[View[R, P]], View[R, P]]:
    """Decorate a view with a rate limit such as ``20/m/ip`` (django-allauth's notation); GET counts too.

    Responds with 429 above the limit, 503 if the cache is unavailable.
    """

    def decorate(view: View[R, P]) -> View[R, P]:
        @wraps(view)
        def counted(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            refused = ratelimit.consume_or_429(
                request, app="orgs", action=action, config={action: rate}, limit_get=True
            )
            return refused or view(request, *args, **kwargs)

        return counted

    return decorate
