"""How events get from one process to the others.

By Postgres; an alternative only needs to implement ``Transport``.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

CHANNEL = "weni_live"

#: Idle seconds after which the listener checks its connection.
QUIET = 30.0
#: Timeout of that check, in seconds.
ANSWER = 10.0

_DIRECT: dict[str, Any] = {
    "application_name": "weni-chats live",
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class Transport(Protocol):
    """Carries texts from any process to all listeners."""

    #: Maximum size of a text in bytes.
    limit: int

    def publish(self, texts: Sequence[str], using: str) -> None:
        """Send the texts now, in order; ``using`` is the alias of the database that was written to."""

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Listen while the context is open.

        Nothing published after entering is missed; the iterator yields the texts and raises when the connection is
        lost.
        """


class PostgresTransport:
    """LISTEN and NOTIFY of the existing database."""

    # Postgres rejects payloads of 8000 bytes and more.
    limit = 7900

    def publish(self, texts: Sequence[str], using: str) -> None:
        """See ``Transport``. One statement for any number of texts."""
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, list(texts)])

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[str]]:
        """See ``Transport``. Holds a connection of its own, outside any pool."""
        connection = await psycopg.AsyncConnection.connect(listen_conninfo(), autocommit=True, prepare_threshold=None)
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield _texts(connection)
        finally:
            await connection.close()


async def _texts(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[str]:
    while True:
        async for notification in connection.notifies(timeout=QUIET):
            yield notification.payload
        await asyncio.wait_for(connection.execute("SELECT 1"), ANSWER)


def listen_conninfo() -> str:
    """Return the connection string for listening.

    ``LISTEN_DATABASE_URL`` if set (a transaction pooler can't LISTEN), else the default database's.
    """
    if url := getattr(settings, "LISTEN_DATABASE_URL", ""):
        return psycopg.conninfo.make_conninfo(url, **_DIRECT)
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    kept = {name: value for name, value in parameters.items() if name in known}
    return psycopg.conninfo.make_conninfo(**{**kept, **_DIRECT})


@lru_cache(maxsize=4)
def _transport_for(url: str) -> Transport:
    if not url:
        return PostgresTransport()
    raise ImproperlyConfigured(f"LIVE_URL names no known carrier: {url.partition(':')[0]!r}")


def get_transport() -> Transport:
    """Return the transport for the setting ``LIVE_URL``; Postgres if empty.

    Raises:
        ImproperlyConfigured: the setting names an unknown transport.
    """
    return _transport_for(getattr(settings, "LIVE_URL", ""))
