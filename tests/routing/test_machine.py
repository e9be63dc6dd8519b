"""Routing against a model, whatever happens in whatever order (docs/routing.md, Proofs)."""

import os

import pytest
from hypothesis import Phase

from .machine import World, run

#: Examples of the long form: `ROUTING_EXAMPLES=500 pytest tests/routing/test_machine.py`.
LONG = int(os.environ.get("ROUTING_EXAMPLES", "0"))

#: What is done at least once in the short form too.
KINDS = {
    *("open", "close", "transfer_to_queue", "hand_to_agent", "take", "reply", "message", "attendance_rules"),
    *("status", "time_passes", "join", "leave", "access_ends", "limit", "own_limits", "set_queue"),
    *(
        "archive",
        "restore",
        "archive_sector",
        "restore_sector",
        "archive_project",
        "order",
        "hours",
        "role",
        "appoint",
    ),
    *("close_many", "transfer_many", "assign_many", "note", "hours", "role", "appoint"),
    *("give_back", "move_on", "warn_silent", "close_silent"),
}


def test_the_program_does_what_the_rules_say(db: None) -> None:
    """The short form: the same examples each time, so that a fault of today is not somebody else's of tomorrow."""
    outcomes = run(World(), max_examples=40, stateful_step_count=36, derandomize=True, database=None)
    assert {what for what in KINDS if f"{what}: done" not in outcomes} == set()


@pytest.mark.skipif(not LONG, reason="the long form runs where ROUTING_EXAMPLES says how many examples")
@pytest.mark.timeout(0)
def test_the_program_does_what_the_rules_say_for_long(db: None) -> None:
    outcomes = run(World(), max_examples=LONG, stateful_step_count=60)
    for what, count in sorted(outcomes.items()):
        print(f"{count:6}  {what}")


def test_a_closing_that_forgets_to_route_is_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.operations.closing.routing.route", lambda *_args, **_values: 0)
    with pytest.raises(AssertionError):
        run(
            World(),
            max_examples=60,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
        )
