"""How events get from one process to the others.

Postgres carries them; another carrier needs only the shape of ``Transport``.
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

#: Seconds of silence after which the listener asks the server whether it is still there.
QUIET = 30.0
#: Seconds to wait for its answer.
ANSWER = 10.0

_DIRECT: dict[str, Any] = {
    "application_name": "weni-chats live",
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class Transport(Protocol):
    """Carries texts from any process to all that listen."""

    #: Greatest size of one text in bytes.
    limit: int

    def publish(self, texts: Sequence[str], using: str) -> None:
        """Send the texts now, in order; ``using`` is the alias of the database that was written to."""

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Listen while the context lasts.

        From entering it on nothing published is missed; the iterator gives the texts and raises when the
        line is lost.
        """


class PostgresTransport:
    """LISTEN and NOTIFY of the database that is there anyway."""

    # The server refuses 8000 and more.
    limit = 7900

    def publish(self, texts: Sequence[str], using: str) -> None:
        """See ``Transport``. One statement, whatever the number of texts."""
        with connections[using].cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload",
                [CHANNEL, list(texts)],
            )

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[str]]:
        """See ``Transport``. Holds one connection of its own, outside any pool."""
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

    It is ``LISTEN_DATABASE_URL`` (a pooler that lends connections by transaction cannot listen), else the
    default database's.
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
    """Return the carrier that ``LIVE_URL`` names; empty is Postgres.

    Raises:
        ImproperlyConfigured: the setting names one that is not there.
    """
    return _transport_for(getattr(settings, "LIVE_URL", ""))
