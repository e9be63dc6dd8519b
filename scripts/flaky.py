"""Repeat tests beside load and tell how often each failed: ``make flaky TEST=… N=… LOAD=…``.

Each round is a run of its own: processes, servers and browsers start anew. The rounds share one database, which the
tests empty themselves.
"""

import argparse
import multiprocessing
import os
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.outcome import Outcome  # noqa: E402


def main(arguments: list[str]) -> int:
    """Repeat and report; returns 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="+", help="node ids or files; options of pytest are passed on")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--load", type=int, default=2, help="processes of busy work beside")
    given, options = parser.parse_known_args(arguments)
    tests = [*options, *(word for text in given.tests for word in shlex.split(text))]
    failures: Counter[str] = Counter()
    with load(given.load):
        for number in range(1, given.rounds + 1):
            failed = run(tests)
            print(f"round {number} of {given.rounds}: {len(failed)} failed", flush=True)
            for test, text in failed.items():
                if test not in failures:
                    print(f"FAILED {test}\n{indent(text, '  ')}", flush=True)
                failures[test] += 1
    for test, times in failures.most_common():
        print(f"{times} of {given.rounds} failed: {test}")
    if not failures:
        print(f"0 of {given.rounds} failed, beside {given.load} busy processes")
    return int(bool(failures))


def run(tests: list[str]) -> dict[str, str]:
    """Run the tests once; returns what failed, each with its text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "outcome.json")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "scripts.outcome", f"--outcome={path}", *tests]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        outcome = Outcome.read(path)
    if outcome and outcome.failed:
        return outcome.failed
    return {"the run itself": done.stdout} if done.returncode else {}


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep processors busy meanwhile."""
    busy = [multiprocessing.Process(target=_work, args=(os.getpid(),), daemon=True) for _ in range(processes)]
    for process in busy:
        process.start()
    try:
        yield
    finally:
        for process in busy:
            process.terminate()


def _work(parent: int) -> None:
    while os.getppid() == parent:
        sum(range(100_000))


@contextmanager
def database() -> Iterator[None]:
    """One server for all rounds, where no DATABASE_URL names one."""
    from tests import postgres

    try:
        yield
    finally:
        postgres.pytest_unconfigure()


if __name__ == "__main__":
    with database():
        sys.exit(main([*sys.argv[1:], "--reuse-db"]))
