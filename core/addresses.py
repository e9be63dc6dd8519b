"""Addresses of this installation, for e-mails, programs and identity providers.

They do not depend on a request: its host and scheme are what the client, or a proxy, says (docs/operations.md).
"""

from django.conf import settings
from django.http import HttpRequest


def origin() -> str:
    """Return the installation's base URL, without a slash at the end: ``ORIGIN``, else where `make run` listens."""
    return str(settings.ORIGIN or settings.LOCAL_ORIGIN)


def of_call(request: HttpRequest) -> str:
    """Return the URL of the call that is being answered, for links that its caller follows: where ``ORIGIN`` is not
    set, the caller's own way here is one that works.
    """
    return f"{settings.ORIGIN}{request.get_full_path()}" if settings.ORIGIN else str(request.build_absolute_uri())


def absolute(path: str) -> str:
    """Return the URL of a path of this installation."""
    return f"{origin()}{path}"
