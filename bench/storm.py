"""The long version of the storm test (docs/routing.md, Proofs): `python -m bench.storm [processes] [agents]
[arrivals]`.

Exits with 1 if any invariant was violated at any time.
"""

import sys
import time

from bench.place import database, machine


def main(processes: int = 8, agents: int = 40, arrivals: int = 2000) -> int:
    print(f"{processes} processes, {agents} agents, {arrivals} arrivals; {machine()}")
    with database():
        from tests.invariants import assert_invariants
        from tests.races.history import findings
        from tests.races.storm import Storm

        storm = Storm.set_up(agents)
        start = time.perf_counter()
        report = storm.run(processes, arrivals)
        took = time.perf_counter() - start
        done = sum(count for what, count in report.outcomes.items() if what.endswith(": done"))
        print(f"{done} operations in {took:.0f} s, the sweep went {report.outcomes['swept']} times\n")
        for what, count in sorted(report.outcomes.items()):
            print(f"  {count:6}  {what}")
        print()
        wrong = findings(storm, report, arrivals)
        for what, found in wrong.items():
            print(f"  {len(found):6}  {what}")
            for one in found[:5]:
                print(f"          {one}")
        assert_invariants(storm.desk.project, overfull=True)
        return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
