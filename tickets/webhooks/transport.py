"""Sending a callback: one POST with a timeout, no redirects, and never into a private network.

The author of a flow chooses ``callback_url``, so its host name may resolve to anything, and to something else a
moment later (SSRF, DNS rebinding). Therefore the name is resolved here, every address is checked, and the connection
goes to a checked address; TLS and the Host header keep the name. ``CALLBACK_ALLOWED_HOSTS`` (``host`` or
``host:port``) exempts hosts.
"""

import asyncio
import ipaddress
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import unquote

import httpcore
import httpx
from django.conf import settings

from tickets.models import ANSWER_LENGTH, Failure

#: Seconds for a connection, and for the beginning of an answer's body once its status is known.
_CONNECT, _BODY = 10.0, 2.0

#: Dedicated threads for name resolution: a slow name server must not block other work.
_LOOKUPS = ThreadPoolExecutor(32, thread_name_prefix="lookup")

#: Networks whose addresses embed an IPv4 address that a gateway may unwrap: (network, bits after it).
_WRAPPING = ((ipaddress.IPv6Network("64:ff9b::/96"), 0), (ipaddress.IPv6Network("2002::/16"), 80))

#: IETF protocol assignments; older Python versions know only part of the block.
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")


class AddressRefused(Exception):
    """Connections to the address are not allowed."""


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
        target = httpx.URL(url)
        if target.scheme not in {"http", "https"} or not target.host:
            raise httpcore.UnsupportedProtocol("it must start with http:// or https:// and name a host")
        port = target.port or (443 if target.scheme == "https" else 80)
        exempt = is_exempt(target.host, port, settings.CALLBACK_ALLOWED_HOSTS)
        fields = [(b"Host", target.netloc), *((k.encode(), v.encode()) for k, v in headers.items())]
        fields += [(b"Content-Length", str(len(body)).encode()), (b"Connection", b"close")]
        if target.userinfo:
            fields.append((b"Authorization", b"Basic " + b64encode(unquote(target.userinfo.decode()).encode())))
        request = httpcore.Request(
            "POST",
            httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
            headers=fields,
            content=body,
            extensions={"timeout": {"connect": _CONNECT}, "trace": self._note},
        )
        backend = CheckedNetwork(exempt=exempt)
        async with httpcore.AsyncConnectionPool(
            ssl_context=_tls(), network_backend=backend, http2=False, retries=0
        ) as pool:
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


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Network backend that connects only to public addresses, after checking all that a name resolves to."""

    def __init__(self, *, exempt: bool = False) -> None:
        self._exempt = exempt
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers. Raises AddressRefused, httpcore.ConnectError."""
        failure: Exception = httpcore.ConnectError("the host name has no address")
        for address in await self._addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: Unix sockets are never a callback target."""
        raise AddressRefused("callbacks to Unix sockets are not allowed")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await loop.run_in_executor(_LOOKUPS, lookup)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._exempt:
            for address in addresses:
                if not is_public(address):
                    raise AddressRefused(
                        f"{host} is in a private network ({address}); CALLBACK_ALLOWED_HOSTS can allow it"
                    )
        return addresses


def is_public(address: str) -> bool:
    """Return whether an IP address is public, also when embedded in an IPv6 address.

    Not public: private, loopback, link-local, reserved and multicast addresses.
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local:
            return False
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        for network, shift in _WRAPPING:
            if ip in network:
                return is_public(str(ipaddress.IPv4Address(int(ip) >> shift & 0xFFFFFFFF)))
    elif ip in _ASSIGNED:
        return False
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local or ip.is_unspecified
    )


def is_exempt(host: str, port: int, allowed: Iterable[str]) -> bool:
    """Return whether the operator allows callbacks to a private host.

    ``allowed`` holds ``host`` and ``host:port`` entries (IPv6 addresses in brackets).
    """
    name = host.lower().rstrip(".")
    shown = f"[{name}]" if ":" in name else name
    entries = {entry.strip().lower() for entry in allowed}
    return bool({name, shown, f"{shown}:{port}"} & entries)
