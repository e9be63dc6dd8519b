"""Sending a stored file so that nothing in it can act (docs/rules.md, Files)."""

import re
from collections.abc import Iterator

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from .content_types import SHOWN, UNKNOWN

_AT_ONCE = 64 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def send(request: HttpRequest, stored: str, *, content_type: str, name: str, tag: str) -> HttpResponseBase:
    """Return the file stored under a name, or the part of it that was asked for.

    ``tag`` changes when the bytes do: who has them is told so (304), after having been allowed to see them. Only
    what is known to be harmless to show is shown, everything else is saved. Raises Http404 where the storage has
    nothing of that name.
    """
    etag = f'"{tag}"'
    if etag in request.headers.get("If-None-Match", ""):
        return _guarded(HttpResponse(status=304), content_type, name, etag)
    try:
        file = default_storage.open(stored)
        size = file.size
    except (OSError, ValueError):
        raise Http404 from None
    start, end = 0, size - 1
    span = _span(request, size, etag)
    if span is not None:
        start, end = span
        if start > end:
            file.close()
            refused = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
            return _guarded(refused, content_type, name, etag)
    response: HttpResponseBase
    if request.method == "HEAD":
        file.close()
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(_Part(file, start, end - start + 1))
    if span is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    return _guarded(response, content_type, name, etag)


def _guarded(response: HttpResponseBase, content_type: str, name: str, etag: str) -> HttpResponseBase:
    shown = content_type in SHOWN
    response["Content-Type"] = content_type or UNKNOWN
    response["Content-Disposition"] = content_disposition_header(not shown, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # Kept, but asked about each time: who may see it can change.
    response["Cache-Control"] = "private, no-cache"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """Return the first and last byte that are asked for (RFC 9110, section 14); None for all of them.

    Several ranges at once, and what can't be read, get all. A start behind the end says that there is no such part.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
        return (start, end) if start < size else (1, 0)
    if not last:
        return None
    return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)


class _Part:
    """Bytes of a file, a piece at a time; closes it, also when nobody reads to the end."""

    def __init__(self, file: File, start: int, length: int) -> None:
        self.file, self.left = file, length
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        try:
            while self.left > 0 and (piece := self.file.read(min(_AT_ONCE, self.left))):
                self.left -= len(piece)
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Close the file."""
        self.file.close()
