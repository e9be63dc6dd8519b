"""URLs below ``/v1/generic/{place}``; the trailing slash is optional, since a POST can't be redirected."""

from typing import Any

from django.urls import URLPattern, re_path

from core.api.routing import UUID_PATTERN

from .views import GenericViewSet

_TICKETS = rf"^(?P<place>{UUID_PATTERN})/v1/tickets"
_TICKET = rf"{_TICKETS}/(?P<external_id>{UUID_PATTERN})"


def _route(path: str, name: str, **actions: Any) -> URLPattern:
    return re_path(rf"{path}/?$", GenericViewSet.as_view(actions), name=name)


app_name = "generic"
urlpatterns = [
    _route(_TICKETS, "tickets", post="create"),
    _route(_TICKET, "ticket", get="retrieve"),
    _route(f"{_TICKET}/messages", "messages", post="messages"),
    _route(f"{_TICKET}/history", "history", post="history"),
    _route(f"{_TICKET}/close", "close", post="close"),
    _route(f"{_TICKET}/reopen", "reopen", post="reopen"),
]
