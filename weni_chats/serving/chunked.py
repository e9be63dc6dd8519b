"""Bodies that come in pieces, without a length said before."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings

Application = Callable[[Any, Any], Iterable[bytes]]


class KnownLength:
    """WSGI middleware: collect a chunked body, up to the size limit, so that Django finds it.

    Django reads as many bytes as ``Content-Length`` says, and without it none: the caller would be told that
    every field is missing. Only where the server ends the input with the body (``wsgi.input_terminated``), since
    reading would hang otherwise. A body over the limit keeps a length over the limit and is refused as too large.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if chunked and not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return self.application(environ, start_response)


def terminated(application: Application) -> Application:
    """Return the application told that its input ends with the body, as the one-port server's does."""

    def told(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input_terminated"] = True
        return application(environ, start_response)

    return told
