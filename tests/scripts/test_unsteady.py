"""What is done about unsteady tests: run once more by CI, repeated beside load by ``make flaky``.

Played on small files of tests, each in a folder of its own, with the real pytest.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Fails at the first run and passes from the second on.
FLAKY = """
from pathlib import Path
def test_{name}():
    seen = Path({name!r})
    before = seen.exists()
    seen.touch()
    assert before, "only the first time: {name}"
"""
PASSES = "def test_passes():\n    pass\n"
FAILS = "def test_fails():\n    assert 1 == 2\n"
BREAKS_IN_SETUP = """
import pytest
@pytest.fixture
def broken():
    raise RuntimeError("no such thing")
def test_breaks(broken):
    pass
"""
SKIPPED_LATER = """
import pytest
from pathlib import Path
def test_skips():
    if Path("seen").exists():
        pytest.skip("not now")
    Path("seen").touch()
    assert False
"""
CRASHES = "import os\ndef test_crashes():\n    os._exit(3)\n"


@pytest.fixture
def play(tmp_path: Path) -> "Play":
    """A folder with tests."""
    return Play(tmp_path)


class Play:
    """Runs tests as CI does: the run, then what is done about its failures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pytest.ini").write_text("[pytest]\naddopts = -p xdist.plugin\n")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self.env |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def write(self, *texts: str) -> None:
        for number, text in enumerate(texts):
            (self.folder / f"test_{number}.py").write_text(text)

    def call(self, *command: str) -> tuple[int, str]:
        """Call Python in the folder; returns its exit status and what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def first(self, *texts: str, options: tuple[str, ...] = ("-n2",)) -> int:
        """Run the tests and write down how it ended; returns the exit status."""
        self.write(*texts)
        status, _ = self.call("-m", "pytest", "-p", "scripts.outcome", "--outcome=outcome.json", *options)
        return status

    def retry(self) -> tuple[int, list[str]]:
        """Run again what failed; returns the exit status and the lines that begin at the left."""
        status, printed = self.call(str(ROOT / "scripts" / "retry_failed.py"), "outcome.json")
        return status, [line for line in printed.splitlines() if line and not line.startswith(" ")]


def test_two_that_pass_the_second_time_are_named_and_let_pass(play: Play) -> None:
    assert play.first(PASSES, FLAKY.format(name="one"), FLAKY.format(name="two")) == 1
    status, printed = play.call(str(ROOT / "scripts" / "retry_failed.py"), "outcome.json")
    assert status == 0
    for number, name in ((1, "one"), (2, "two")):
        assert f"FLAKY test_{number}.py::test_{name}\n" in printed
        assert f"AssertionError: only the first time: {name}" in printed
    assert printed.endswith("0 failed twice, 2 flaky (at most 2).\n")


def test_a_third_fails_the_run(play: Play) -> None:
    play.first(*(FLAKY.format(name=name) for name in ("one", "two", "three")))
    status, lines = play.retry()
    assert status == 1
    assert sum(line.startswith("FLAKY ") for line in lines) == 3
    assert lines[-1] == "0 failed twice, 3 flaky (at most 2)."


@pytest.mark.parametrize(("text", "name"), [(FAILS, "fails"), (BREAKS_IN_SETUP, "breaks"), (SKIPPED_LATER, "skips")])
def test_what_does_not_pass_the_second_time_fails_the_run(play: Play, text: str, name: str) -> None:
    play.first(text, FLAKY.format(name="one"))
    status, lines = play.retry()
    assert status == 1
    assert f"FAILED TWICE test_0.py::test_{name}" in lines
    assert "FLAKY test_1.py::test_one" in lines


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (["import nowhere_at_all\n", FLAKY.format(name="one")], ("-n2",)),
        (["import nowhere_at_all\n", FLAKY.format(name="one")], ("-n0", "--continue-on-collection-errors")),
        ([CRASHES, FLAKY.format(name="one")], ("-n2",)),
        ([], ("-n2",)),
        ([FLAKY.format(name="one")], ("-n2", "--no-such-option")),
        ([FLAKY.format(name="one")], ("-n2", "nowhere.py")),
    ],
    ids=["collection", "collection beside failures", "crash", "no tests", "usage", "no file"],
)
def test_what_is_no_failure_of_a_test_fails_the_run_at_once(
    play: Play, texts: list[str], options: tuple[str, ...]
) -> None:
    assert play.first(*texts, options=options) != 0
    status, lines = play.retry()
    assert status == 1
    assert not any(line.startswith(("Once more", "FLAKY")) for line in lines)


def test_a_test_is_repeated_beside_load_and_its_failures_counted(play: Play) -> None:
    play.write(PASSES, FLAKY.format(name="one"))
    call = "import sys; from scripts.flaky import main; sys.exit(main(sys.argv[1:]))"
    status, printed = play.call("-c", call, "--rounds=3", "--load=1", "test_0.py test_1.py::test_one")
    assert status == 1
    assert "AssertionError: only the first time: one" in printed
    assert printed.endswith("1 of 3 failed: test_1.py::test_one\n")
    status, printed = play.call("-c", call, "--rounds=2", "--load=1", "-x", "test_0.py")
    assert (status, printed.splitlines()[-1]) == (0, "0 of 2 failed, beside 1 busy processes")
    assert play.call("-c", call, "--rounds=1", "--load=0", "nowhere.py")[0] == 1
