"""What went wrong with a callback, in words for those who answer contacts."""

from http import HTTPStatus

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Delivery, Failure, Held

from .retries import patience_for

_MEANINGS = {
    HTTPStatus.BAD_REQUEST: gettext_lazy("not accepted"),
    HTTPStatus.UNAUTHORIZED: gettext_lazy("not authorized"),
    HTTPStatus.FORBIDDEN: gettext_lazy("not allowed"),
    HTTPStatus.NOT_FOUND: gettext_lazy("conversation unknown"),
    HTTPStatus.METHOD_NOT_ALLOWED: gettext_lazy("wrong address"),
    HTTPStatus.GONE: gettext_lazy("conversation gone"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: gettext_lazy("too large"),
    HTTPStatus.UNPROCESSABLE_ENTITY: gettext_lazy("not valid"),
    HTTPStatus.TOO_MANY_REQUESTS: gettext_lazy("too many at once"),
}


def reason(delivery: Delivery) -> str:
    """Return why it waits, or why the last attempt failed, as part of a sentence; empty if neither."""
    if delivery.held == Held.PAUSE:
        return _("messages to the flow are paused")
    if delivery.held == Held.CIRCUIT:
        return _("the flow does not answer at the moment")
    if delivery.failure == Failure.STATUS:
        return _of_status(delivery.status or 0)
    if delivery.failure == Failure.TIMEOUT:
        return _("no answer within %(seconds)d seconds") % {"seconds": patience_for(delivery)}
    return {
        Failure.CUT_OFF.value: _("the connection ended before the flow answered"),
        Failure.UNREACHABLE.value: _("the flow could not be reached"),
        Failure.NOT_ALLOWED.value: _("the flow’s address is in a private network"),
        Failure.ADDRESS.value: _("the flow’s address can’t be used"),
    }.get(delivery.failure, "")


def _of_status(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _("the flow had an error (%(status)d)") % {"status": status}
    if status < HTTPStatus.BAD_REQUEST:
        return _("the flow sent it to another address (%(status)d)") % {"status": status}
    meaning = next((str(words) for known, words in _MEANINGS.items() if known == status), "")
    if meaning:
        return _("the flow refused it (%(status)d: %(meaning)s)") % {"status": status, "meaning": meaning}
    return _("the flow refused it (%(status)d)") % {"status": status}
