"""Request bodies that the program answers without having read them: too large, not allowed, unknown address."""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[Any, Any], Iterable[bytes]]

#: Bytes of an unread body that are read and thrown away: more than the program takes in one request without files.
DISCARDED = 16 * 1024 * 1024
_CHUNK = 256 * 1024


def discard(source: Any, most: int) -> None:
    """Read up to ``most`` bytes and throw them away."""
    while most > 0 and (data := source.read(min(_CHUNK, most))):
        most -= len(data)


class ReadOn:
    """WSGI middleware: reads on, up to a limit, what the program left unread of a body before its answer is sent.

    Otherwise the server closes the connection, and a client that is still sending reads that its connection broke,
    instead of what was wrong. Of a body beyond the limit the answer says that the connection closes. Only bodies of a
    known length: ``KnownLength``, outside, gives others one.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = _Counted(environ.get("wsgi.input"), _length(environ))
        environ["wsgi.input"] = body

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if not body.discard(DISCARDED):
                headers = [*headers, ("Connection", "close")]
            return start_response(status, headers, *more)

        return self.application(environ, start)


def _length(environ: dict[str, Any]) -> int:
    text = str(environ.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


class _Counted:
    """The input of a request, which counts what is left of the body."""

    def __init__(self, source: Any, length: int) -> None:
        self._source = source
        self._left = length

    def read(self, size: int | None = -1) -> bytes:
        most = self._left if size is None or size < 0 else min(size, self._left)
        data: bytes = self._source.read(most) if most else b""
        # A client that went away leaves nothing to read on.
        self._left = self._left - len(data) if data or not most else 0
        return data

    def readline(self, size: int | None = -1) -> bytes:
        most = self._left if size is None or size < 0 else min(size, self._left)
        data: bytes = self._source.readline(most) if most else b""
        self._left = self._left - len(data) if data or not most else 0
        return data

    def __iter__(self) -> Any:
        return iter(self.readline, b"")

    def discard(self, most: int) -> bool:
        """Read on and throw away; returns whether that was all."""
        discard(self, most)
        return self._left <= 0
