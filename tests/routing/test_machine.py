"""Routing against a model, whatever happens in whatever order (docs/routing.md, Proofs)."""

import os

import pytest

from .machine import World, run

#: Examples of the long form: `ROUTING_EXAMPLES=500 pytest tests/routing/test_machine.py`.
LONG = int(os.environ.get("ROUTING_EXAMPLES", "0"))


def test_the_program_does_what_the_rules_say(db: None) -> None:
    """The short form: the same examples each time, so that a fault of today is not somebody else's of tomorrow."""
    run(World(), max_examples=12, stateful_step_count=30, derandomize=True, database=None)


@pytest.mark.skipif(not LONG, reason="the long form runs where ROUTING_EXAMPLES says how many examples")
@pytest.mark.timeout(0)
def test_the_program_does_what_the_rules_say_for_long(db: None) -> None:
    run(World(), max_examples=LONG, stateful_step_count=60)
