"""One port for everything: the event stream as ASGI, the rest as the WSGI application.

Pages and API cost several times as much under ASGI, so it serves only long-lived requests.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weni_chats.settings")

from a2wsgi import WSGIMiddleware

# First: it sets up Django, which the stream's authorization needs.
from weni_chats.wsgi import application as pages  # isort: skip
from weni_chats.serving.chunked import terminated  # isort: skip
from weni_chats.live_access import stream  # isort: skip

_THREADS = int(os.environ.get("PAGE_THREADS", "12"))
_pages: Any = WSGIMiddleware(terminated(pages), workers=_THREADS)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Route ``/live/`` and the server's lifespan to the stream, the rest to WSGI."""
    if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"].startswith("/live/")):
        await stream(scope, receive, send)
    elif scope["type"] == "http":

        async def body() -> dict[str, Any]:
            # The server's own receive returns an awaitable; the WSGI adapter runs it as a coroutine from a thread.
            message: dict[str, Any] = await receive()
            return message

        await _pages(scope, body, send)
