"""Routing against a model, whatever happens in whatever order (docs/routing.md, Proofs)."""

import os

import pytest
from hypothesis import Phase

from tickets import routing

from .machine import World, run

#: Examples of the long form: `ROUTING_EXAMPLES=500 pytest tests/routing/test_machine.py`.
LONG = int(os.environ.get("ROUTING_EXAMPLES", "0"))

#: What is done at least once in the short form too.
KINDS = {
    *("open", "close", "transfer_to_queue", "hand_to_agent", "take", "reply", "message", "attendance_rules"),
    *("status", "time_passes", "join", "leave", "access_ends", "limit", "own_limits", "set_queue"),
    *("archive", "restore"),
}


def test_the_program_does_what_the_rules_say(db: None) -> None:
    """The short form: the same examples each time, so that a fault of today is not somebody else's of tomorrow."""
    outcomes = run(World(), max_examples=12, stateful_step_count=30, derandomize=True, database=None)
    assert {what for what in KINDS if f"{what}: done" not in outcomes} == set()


@pytest.mark.skipif(not LONG, reason="the long form runs where ROUTING_EXAMPLES says how many examples")
@pytest.mark.timeout(0)
def test_the_program_does_what_the_rules_say_for_long(db: None) -> None:
    outcomes = run(World(), max_examples=LONG, stateful_step_count=60)
    for what, count in sorted(outcomes.items()):
        print(f"{count:6}  {what}")


def _forget_to_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.operations.closing.routing.route", lambda *args, **values: 0)


def _ignore_who_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.routing.Capacity.load", 0)


def _ignore_own_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = routing._CAPACITIES.replace("coalesce(own.ticket_limit, s.ticket_limit)", "s.ticket_limit")
    monkeypatch.setattr("tickets.routing._CAPACITIES", sql)


def _give_to_who_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.routing._CAPACITIES", routing._CAPACITIES.replace("AND NOT st.then_pause", ""))


def _serve_the_last_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = routing._WAITING.replace("ORDER BY queued_at, id", "ORDER BY queued_at DESC, id")
    monkeypatch.setattr("tickets.routing._WAITING", sql)


@pytest.mark.parametrize(
    "fault", [_forget_to_route, _ignore_who_is_idle, _ignore_own_limits, _give_to_who_pauses, _serve_the_last_first]
)
def test_a_fault_made_on_purpose_is_found(db: None, monkeypatch: pytest.MonkeyPatch, fault) -> None:
    fault(monkeypatch)
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
