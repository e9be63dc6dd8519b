"""The short form of the storm (docs/routing.md, Proofs): `python -m bench.storm` is the long one."""

from tests.builders import Desk
from tests.invariants import assert_invariants
from tickets.models import SweepCatch, Ticket

from .history import History, doubled
from .parallel import alone
from .storm import Report, Storm

PROCESSES, AGENTS, ARRIVALS = 4, 16, 120


def test_in_a_storm_of_processes_no_rule_is_broken_at_any_moment(transactional_db: None) -> None:
    with alone():
        storm = Storm.set_up(AGENTS)
        report = storm.run(PROCESSES, ARRIVALS)
    assert report.faults == []
    judge(storm, report, ARRIVALS)
    # It was one: everything happened, and got into each other's way.
    done = {what.removesuffix(": done") for what in report.outcomes if what.endswith(": done")}
    assert done >= {"open", "close", "status", "transfer_to_queue", "take", "assign"}


def judge(storm: Storm, report: Report, arrivals: int) -> None:
    """Ask the history for everything that the rules exclude."""
    desk: Desk = storm.desk
    history = History(desk.project)
    movers = {user.pk for user in storm.movers}
    settled = [user.pk for user in storm.agents if user.pk not in movers]
    assert doubled(report.opened) == []
    assert len(report.opened) == arrivals
    assert set(report.opened) == set(Ticket.objects.filter(project=desk.project).values_list("pk", flat=True))
    assert history.gaps() == []
    assert history.broken_limits() == []
    assert history.shared_seats() == []
    assert history.wrong_facts() == []
    assert history.overtaken(settled) == []
    assert history.idle_beside_a_line(settled) == []
    assert report.outcomes["caught"] == 0
    assert not SweepCatch.objects.exists()
    assert_invariants(desk.project, overfull=True)
