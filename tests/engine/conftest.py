"""The running program, and the engine in front of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import TokenScope, User
from queues.models import AgentStatus
from tests.builders import Desk

from .handler import Ticket
from .installation import Installation
from .wenichats import Contact, Engine, Ticketer


@dataclass
class Place:
    """A desk with an agent who is online and stays so, and the engine's way to it."""

    desk: Desk
    agent: User
    ticketer: Ticketer

    @classmethod
    def set_up(cls) -> "Place":
        """Return that of a new organization."""
        desk = Desk.set_up()
        agent = desk.agent_online(limit=100)
        AgentStatus.objects.filter(user=agent).update(seen_at=timezone.now() + timedelta(days=1))
        return cls(desk, agent, Ticketer(str(desk.sector.pk)))

    def reply(self, ticket: Ticket, text: str, **values: Any) -> None:
        """Let the agent answer."""
        from tickets.models import Ticket as Room

        self.desk.reply(Room.objects.get(pk=ticket.room), self.agent, text, **values)


def token() -> str:
    """Return a new token for all organizations of the installation."""
    return orgs.create_token("Flow", by=SYSTEM, scopes=[TokenScope.OPEN])[1]


@pytest.fixture(scope="session")
def running() -> Iterator[Installation]:
    """The program as ``make run`` has it, on a database of its own; one for all tests, each with its own desks."""
    with Installation(make_run=True) as installation:
        yield installation


@pytest.fixture
def installation(running: Installation, django_db_blocker: Any, settings: Any) -> Iterator[Installation]:
    """The running program; its database and its files are this process's."""
    settings.MEDIA_ROOT = running.folder / "media"
    with django_db_blocker.unblock(), running.connected():
        yield running


@pytest.fixture
def place(installation: Installation) -> Place:
    """A desk of an organization of its own."""
    return Place.set_up()


@pytest.fixture
def engine(installation: Installation) -> Iterator[Engine]:
    """An engine with one token for the whole installation."""
    with Engine(installation.origin, token()) as made:
        yield made


@pytest.fixture
def contact() -> Contact:
    """Somebody who writes to the bot."""
    return Contact("Contact")
