"""Serving a stored file so that nothing in it can execute (docs/rules.md, Files)."""

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
    """Return a stored file, or the requested range of it.

    ``tag`` changes with the bytes: a client that has them gets 304, after its access was checked. Only types known to
    be safe are shown inline, everything else is downloaded. Raises Http404 if the storage has no file of that name.
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
    # Cached, but revalidated each time: access may change.
    response["Cache-Control"] = "private, no-cache"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """Return the first and last byte requested (RFC 9110, section 14); None for the whole file.

    Multiple or malformed ranges get the whole file. A start beyond the end is not satisfiable.
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
    """Part of a file, in chunks; closes the file even if nobody reads to the end."""

    def __init__(self, file: File, start: int, length: int) -> None:
        self.file, self.left = file, length
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        try:
            while self.left > 0 and (piece := self.file.read(min(_AT_ONCE, self.left))):
                self.left -= len(piece)
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        self.file.close()
