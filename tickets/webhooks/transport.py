"""Sending a callback: one POST with a ten-second timeout, no redirects, and never into a private network
(``core.outbound``)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore
import httpx

from core.outbound import AddressRefused, checked_pool, request_for, target_of

#: Timeout in seconds, from name resolution to the response's status line.
PATIENCE = 10.0


@dataclass(frozen=True)
class Outcome:
    """The outcome of one attempt. ``error`` is for operators, empty if it was delivered."""

    delivered: bool
    error: str = ""


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send one callback. Any 2xx counts as delivered; errors are returned as an outcome, never raised."""
    try:
        async with asyncio.timeout(PATIENCE):
            status = await _exchange(url, body, headers)
    except TimeoutError:
        return Outcome(False, f"no response within {PATIENCE:.0f} seconds")
    except AddressRefused as error:
        return Outcome(False, str(error))
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        return Outcome(False, f"{type(error).__name__}: {error}")
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError) as error:
        return Outcome(False, f"invalid callback URL: {error}")
    if 200 <= status < 300:
        return Outcome(True)
    return Outcome(False, f"answered with status {status}")


async def _exchange(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Return the status of the response; its body is not read."""
    target = target_of(url)
    async with checked_pool(target) as pool:
        response = await pool.handle_async_request(request_for("POST", target, headers.items(), body))
        await response.aclose()
        return response.status
