"""Outgoing connections to addresses that somebody outside chose: never into a private network.

The author of a flow chooses callback and file URLs, so a host name may resolve to anything, and to something else a
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
from functools import cache, partial
from typing import Any
from urllib.parse import unquote

import httpcore
import httpx
from django.conf import settings

#: Dedicated threads for name resolution: a slow name server must not block other work.
_LOOKUPS = ThreadPoolExecutor(32, thread_name_prefix="lookup")

#: Networks whose addresses embed an IPv4 address that a gateway may unwrap: (network, bits after it).
_WRAPPING = ((ipaddress.IPv6Network("64:ff9b::/96"), 0), (ipaddress.IPv6Network("2002::/16"), 80))

#: IETF protocol assignments; older Python versions know only part of the block.
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")


class AddressRefused(Exception):
    """Connections to the address are not allowed."""


def target_of(url: str) -> httpx.URL:
    """Return the parsed URL.

    Raises httpcore.UnsupportedProtocol unless it is http or https with a host, httpx.InvalidURL.
    """
    target = httpx.URL(url)
    if target.scheme not in {"http", "https"} or not target.host:
        raise httpcore.UnsupportedProtocol("it must start with http:// or https:// and name a host")
    return target


def request_for(
    method: str,
    target: httpx.URL,
    headers: Iterable[tuple[str, str]],
    body: bytes | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> httpcore.Request:
    """Return a request whose Host header is the URL's; a user name and password in it become Basic authentication.

    ``extensions``: of httpcore, such as timeouts.
    """
    fields = [(b"Host", target.netloc), *((k.encode(), v.encode()) for k, v in headers), (b"Connection", b"close")]
    if body is not None:
        fields.append((b"Content-Length", str(len(body)).encode()))
    if target.userinfo:
        fields.append((b"Authorization", b"Basic " + b64encode(unquote(target.userinfo.decode()).encode())))
    return httpcore.Request(
        method,
        httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
        headers=fields,
        content=body,
        extensions=dict(extensions or {}),
    )


def checked_pool(target: httpx.URL) -> httpcore.AsyncConnectionPool:
    """Return a pool for requests to the URL's host, which connects only where that is allowed."""
    port = target.port or (443 if target.scheme == "https" else 80)
    exempt = is_exempt(target.host, port, settings.CALLBACK_ALLOWED_HOSTS)
    return httpcore.AsyncConnectionPool(
        ssl_context=_tls(), network_backend=CheckedNetwork(exempt=exempt), http2=False, retries=0
    )


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
        """Refuse: Unix sockets are never a target."""
        raise AddressRefused("Unix sockets are not allowed")

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
