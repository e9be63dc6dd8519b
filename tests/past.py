"""A demo project with a past, for tests that read: made once per module and rolled back after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from django.db import transaction

from demo import past, writer
from demo.set_up import set_up
from orgs.models import Project

#: A Friday evening in São Paulo, some weeks after a clock change in New York.
UNTIL = datetime(2026, 3, 27, 21, 0, tzinfo=UTC)


def fill(project: Project, tickets: int = 700, days: int = 14, seed: int = 7) -> None:
    """Write a past in the caller's transaction."""
    with mock.patch.object(writer, "WRITERS", 0):
        past.write_past(project, tickets=tickets, days=days, seed=seed, until=UNTIL, show=lambda _done: None)


@contextmanager
def demo_project(blocker: Any, **values: Any) -> Iterator[Project]:
    """A demo project with a past; all of it is taken back at the end."""
    with blocker.unblock(), transaction.atomic():
        project = set_up("demo", 7)
        fill(project, **values)
        yield project
        transaction.set_rollback(True)
