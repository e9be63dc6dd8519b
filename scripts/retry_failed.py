"""Run once more, alone, what failed in a run of the suite: ``scripts/retry_failed.py FILE``.

FILE is what ``scripts/outcome.py`` wrote of that run. What passes now is unsteady and printed as ``FLAKY``, with its
first failure; two of these are let pass. Anything that fails twice fails the run, and so does whatever is no failure
of a test: a file that can't be collected, a worker that died, a run without tests.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.outcome import Outcome  # noqa: E402

#: So many tests may fail once.
MAX_FLAKY = 2
#: With more failures than this the suite is broken rather than unsteady.
MAX_RETRIED = 40
TESTS_FAILED = 1


def main(path: Path) -> int:
    """Judge the run; returns the exit status."""
    first = Outcome.read(path)
    if first is None:
        print("The run of the tests ended before it began.")
        return 1
    if first.broken or first.exitstatus != TESTS_FAILED or not first.failed:
        for text in first.broken:
            print(f"BROKEN {text}")
        print(f"Not run again: what went wrong is no failure of a test (pytest's exit status {first.exitstatus}).")
        return int(bool(first.broken or first.exitstatus))
    if len(first.failed) > MAX_RETRIED:
        print(f"Not run again: {len(first.failed)} tests failed.")
        return 1
    flaky, twice = [], []
    for test, text in first.failed.items():
        print(f"Once more, alone: {test}", flush=True)
        problem = _run_alone(test)
        (twice if problem else flaky).append(test)
        print(f"FAILED TWICE {test}\n{indent(problem, '  ')}" if problem else f"FLAKY {test}\n{indent(text, '  ')}")
    print(f"{len(twice)} failed twice, {len(flaky)} flaky (at most {MAX_FLAKY}).")
    return int(bool(twice) or len(flaky) > MAX_FLAKY)


def _run_alone(test: str) -> str:
    """Run one test in a process of its own; returns why it didn't pass, empty where it did."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "outcome.json")
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "scripts.outcome", f"--outcome={path}", test]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        second = Outcome.read(path)
    if done.returncode == 0 and second is not None and second.passed == [test]:
        return ""
    return (second.failed.get(test) if second else None) or done.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
