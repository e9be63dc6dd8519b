"""Nothing is lost, whatever ends or fails (docs/flow.md, What was measured); the long form is ``bench.loss``."""

from .installation import Installation
from .loss import SHORT, Proof


def test_nothing_is_lost_while_everything_fails_in_turn(installation: Installation) -> None:
    report = Proof(installation, SHORT).run()
    print(report)
    assert report.problems == [], f"\n{report}"
