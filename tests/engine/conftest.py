"""The running program, and the engine in front of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from .installation import Installation
from .places import Place, token
from .wenichats import Contact, Engine


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
