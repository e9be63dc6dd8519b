"""Sending a callback: one POST with a timeout, no redirects, and never into a private network (``core.outbound``)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from core.outbound import AddressRefused, checked_pool, request_for, target_of
from tickets.models import ANSWER_LENGTH, Failure

#: Seconds for a connection, and for the beginning of an answer's body once its status is known.
_CONNECT, _BODY = 10.0, 2.0


@dataclass(frozen=True)
class Outcome:
    """The outcome of one attempt.

    ``error`` is for operators, empty if it was delivered. ``status`` and ``answer`` (its beginning) are what the
    receiver answered, if it did; ``failure`` says what went wrong otherwise.
    """

    delivered: bool
    error: str = ""
    failure: str = ""
    status: int | None = None
    answer: str = ""


async def post(url: str, body: bytes, headers: Mapping[str, str], patience: float) -> Outcome:
    """Send one callback. Any 2xx counts as delivered; errors are returned as an outcome, never raised.

    ``patience``: seconds from name resolution to the response's status line.
    """
    exchange = _Exchange()
    try:
        async with asyncio.timeout(patience) as limit:
            status, answer = await exchange.run(url, body, headers, limit)
    except AddressRefused as error:
        return Outcome(False, str(error), Failure.NOT_ALLOWED)
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError) as error:
        return Outcome(False, f"invalid callback URL: {error}", Failure.ADDRESS)
    except TimeoutError:
        error_text = f"no response within {patience:.0f} seconds"
        return Outcome(False, error_text, Failure.TIMEOUT if exchange.sending else Failure.UNREACHABLE)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        failure = Failure.CUT_OFF if exchange.sending else Failure.UNREACHABLE
        return Outcome(False, f"{type(error).__name__}: {error}", failure)
    if 200 <= status < 300:
        return Outcome(True, status=status, answer=answer)
    return Outcome(False, f"answered with status {status}", Failure.STATUS, status, answer)


class _Exchange:
    """One request and its response; ``sending`` once the receiver may have read anything of the request."""

    def __init__(self) -> None:
        self.sending = False

    async def run(self, url: str, body: bytes, headers: Mapping[str, str], limit: asyncio.Timeout) -> tuple[int, str]:
        """Return the status of the response and the beginning of its body."""
        target = target_of(url)
        extensions = {"timeout": {"connect": _CONNECT}, "trace": self._note}
        request = request_for("POST", target, headers.items(), body, extensions)
        async with checked_pool(target) as pool:
            response = await pool.handle_async_request(request)
            # The outcome is known: what the body does can't change it any more.
            limit.reschedule(None)
            return response.status, await _beginning(response)

    async def _note(self, event: str, _info: Any) -> None:
        if event == "http11.send_request_headers.started":
            self.sending = True


async def _beginning(response: httpcore.Response) -> str:
    raw = b""
    try:
        async with asyncio.timeout(_BODY):
            async for chunk in response.aiter_stream():
                raw += chunk
                if len(raw) >= ANSWER_LENGTH:
                    break
    except (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        pass
    finally:
        await response.aclose()
    return raw[:ANSWER_LENGTH].decode(errors="replace").replace("\x00", "")
