"""The short form of the storm (docs/routing.md, Proofs): `python -m bench.storm` is the long one."""

from datetime import timedelta

from tests.invariants import assert_invariants

from .history import findings
from .parallel import alone
from .storm import Storm

PROCESSES, AGENTS, ARRIVALS = 4, 16, 120
#: Other tests slow a step down, and whoever is forgotten is found and noted by the sweep. The bench holds the second
#: of the rule.
SLOW = timedelta(seconds=30)


def test_in_a_storm_of_processes_no_rule_is_broken_at_any_moment(transactional_db: None) -> None:
    with alone():
        storm = Storm.set_up(AGENTS)
        report = storm.run(PROCESSES, ARRIVALS)
    wrong = {what: found for what, found in findings(storm, report, ARRIVALS, SLOW).items() if found}
    assert wrong == {}
    assert_invariants(storm.desk.project, overfull=True)
    # It was one: everything happened, and got into each other's way.
    done = {what.removesuffix(": done") for what in report.outcomes if what.endswith(": done")}
    assert done >= {"open", "close", "status", "transfer_to_queue", "take", "assign"}
