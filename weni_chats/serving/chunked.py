"""Request bodies in chunked transfer encoding."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings

from .unread import DISCARDED, discard

Application = Callable[[Any, Any], Iterable[bytes]]


class KnownLength:
    """WSGI middleware: buffers a chunked body, up to the size limit, so that Django can read it.

    Django reads ``Content-Length`` bytes, and none without the header: the client would be told that every field is
    missing. Only for servers that end the input with the body (``wsgi.input_terminated``), since reading would block
    otherwise. A body over the limit gets a length over the limit and is rejected as too large.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if chunked and not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                discard(environ["wsgi.input"], DISCARDED)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self.application(environ, start_response)


def terminated(application: Application) -> Application:
    """Wrap an application and mark its input as terminated, as the one-port server's is."""

    def told(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input_terminated"] = True
        return application(environ, start_response)

    return told
