"""Getting a file from the channel: one GET with time limits and a size limit, never into a private network."""

import asyncio
from email.message import EmailMessage
from typing import IO
from urllib.parse import unquote

import httpcore
import httpx
from django.conf import settings

from core.outbound import AddressRefused, checked_pool, request_for, target_of
from tickets.models import FetchError

#: Timeout in seconds for the whole download, redirects included.
PATIENCE = 180.0
#: The same until a connection is made, and between two parts of a response.
_TIMEOUTS = {"connect": 10.0, "read": 20.0, "write": 10.0, "pool": 10.0}
#: Redirects followed: storage services answer with one to a signed address.
_MAX_REDIRECTS = 3
_HEADERS = (("Accept", "*/*"), ("Accept-Encoding", "identity"), ("User-Agent", "WeniChats/1"))
#: Refusals that may pass: timeout, too early, too many requests.
_PASSING = {408, 425, 429}


class FetchFailed(Exception):
    """A file could not be fetched. ``passing``: another attempt may succeed. The text is for operators."""

    def __init__(self, error: FetchError, detail: str, *, passing: bool = False) -> None:
        super().__init__(detail)
        self.error, self.passing = error, passing


async def download(url: str, into: IO[bytes]) -> str:
    """Write the file at the URL into an open file; return the name the server gives it, or an empty string.

    Redirects are followed only to addresses that are checked like the first. Raises FetchFailed.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            return await _follow(url.strip(), into)
    except TimeoutError as error:
        raise FetchFailed(
            FetchError.UNREACHABLE, f"not complete within {PATIENCE:.0f} seconds", passing=True
        ) from error
    except AddressRefused as error:
        raise FetchFailed(FetchError.NOT_ALLOWED, str(error)) from error
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError) as error:
        raise FetchFailed(FetchError.BAD_ADDRESS, f"invalid URL: {error}") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise FetchFailed(FetchError.UNREACHABLE, f"{type(error).__name__}: {error}", passing=True) from error


async def _follow(url: str, into: IO[bytes]) -> str:
    target = target_of(url)
    for _redirect in range(_MAX_REDIRECTS + 1):
        async with checked_pool(target) as pool:
            response = await pool.handle_async_request(
                request_for("GET", target, _HEADERS, extensions={"timeout": _TIMEOUTS})
            )
            try:
                headers = httpx.Headers(response.headers)
                if response.status == 200:
                    await _write(response, headers, into)
                    return _name_in(headers)
                target = _next(response.status, headers, target)
            finally:
                await response.aclose()
    raise FetchFailed(FetchError.REFUSED, "too many redirects")


def _next(status: int, headers: httpx.Headers, target: httpx.URL) -> httpx.URL:
    """Return where a redirect leads. Raises FetchFailed for any other status, and a redirect out of TLS or HTTP."""
    if status in {301, 302, 303, 307, 308} and headers.get("Location"):
        onward = target.join(headers["Location"])
        if onward.scheme not in {target.scheme, "https"}:
            raise FetchFailed(FetchError.REFUSED, f"a redirect from {target.scheme} to {onward.scheme}")
        return target_of(str(onward))
    said = f"answered with status {status}"
    if status >= 500 or status in _PASSING:
        raise FetchFailed(FetchError.SERVER_ERROR, said, passing=True)
    raise FetchFailed(FetchError.NOT_FOUND if status in {404, 410} else FetchError.REFUSED, said)


async def _write(response: httpcore.Response, headers: httpx.Headers, into: IO[bytes]) -> None:
    """Write the body, part by part. Raises FetchFailed as soon as it is known to be too large."""
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise FetchFailed(FetchError.REFUSED, "answered with a compressed body, which was not asked for")
    limit = settings.MEDIA_MAX_BYTES
    declared = headers.get("Content-Length", "")
    if declared.isascii() and declared.isdigit() and len(declared) < 19 and int(declared) > limit:
        raise FetchFailed(FetchError.TOO_LARGE, f"{declared} bytes")
    size = 0
    async for part in response.aiter_stream():
        size += len(part)
        if size > limit:
            raise FetchFailed(FetchError.TOO_LARGE, f"more than {limit} bytes")
        into.write(part)
    if not size:
        raise FetchFailed(FetchError.EMPTY, "an empty body", passing=True)
    into.flush()


def _name_in(headers: httpx.Headers) -> str:
    """Return the file name of a Content-Disposition header (RFC 6266); empty without one."""
    said = EmailMessage()
    try:
        said["Content-Disposition"] = headers.get("Content-Disposition", "")
        return said.get_filename("")
    # The parser of the standard library fails on some of what is not a header at all.
    except Exception:
        return ""


def name_of(url: str) -> str:
    """Return the last part of an address's path, which often is the file's name; empty if it can't be fetched."""
    try:
        path = httpx.URL(url.strip()).raw_path.decode("ascii").split("?", 1)[0]
    except (httpx.InvalidURL, ValueError):
        return ""
    return unquote(path.rstrip("/").rsplit("/", 1)[-1])
