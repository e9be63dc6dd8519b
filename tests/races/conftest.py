"""Races need committed data and connections of their own."""

from collections.abc import Iterator

import pytest

from tests.builders import Desk
from tests.invariants import assert_invariants

from .parallel import alone


@pytest.fixture
def desk(transactional_db: None) -> Iterator[Desk]:
    """A desk whose data is committed; what is always true is checked after the race."""
    with alone():
        desk = Desk.set_up()
        yield desk
        assert_invariants(desk.project, overfull=desk.overfull)
