"""Fixtures of the event stream's tests."""

from collections.abc import Iterator

import psycopg
import pytest

from live.transport import CHANNEL, listen_conninfo
from tests.live.tools import Access, Line


@pytest.fixture
def line(transactional_db: None) -> Iterator[Line]:
    """Listen beside the hub."""
    with psycopg.connect(listen_conninfo(), autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        yield Line(connection)


@pytest.fixture
def access(transactional_db: None) -> Access:
    """Let everybody in, at first."""
    return Access()
