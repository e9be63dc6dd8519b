"""An agent with a ticket, and who is on the other side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orgs.models import User
from tests.builders import Desk
from tests.channel import Channel
from tests.flow import FlowEngine, engine_for
from tests.receiver import Receiver
from tickets.models import Ticket


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=5)


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    return desk.open_ticket()


@pytest.fixture
def flow(desk: Desk) -> FlowEngine:
    return engine_for(desk)


@pytest.fixture
def callbacks_allowed(settings: Any) -> None:
    """Callbacks may go to this machine."""
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def channel(settings: Any) -> Iterator[Channel]:
    """The channel's server of files, which may be asked although it is on this machine."""
    made = Channel()
    settings.CALLBACK_ALLOWED_HOSTS = [f"127.0.0.1:{made.server_port}"]
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder of the test's own for its files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path
