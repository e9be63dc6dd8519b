"""A plugin of pytest that writes down how a run ended: ``-p scripts.outcome --outcome FILE``.

The file is JSON: ``failed`` (node id: its first failure's text), ``passed`` (node ids), ``broken`` (what went wrong
beside tests: files that could not be collected, workers that died) and pytest's ``exitstatus``. A run that ends
before it began, as by a wrong option, writes nothing.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Outcome:
    """How a run ended."""

    failed: dict[str, str] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    exitstatus: int = 0

    @classmethod
    def read(cls, path: Path) -> "Outcome | None":
        """Return what a run wrote; None where it wrote nothing."""
        text = path.read_text() if path.exists() else ""
        return cls(**json.loads(text)) if text else None


class Recorder:
    """Follows a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcome = Outcome()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test; what fails in several phases, by the first."""
        if report.failed:
            self.outcome.failed.setdefault(report.nodeid, _text(report))
        elif report.when == "call" and report.passed:
            self.outcome.passed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that can't be collected, be it by a worker."""
        if report.failed:
            self.outcome.broken.append(f"{report.nodeid}\n{_text(report)}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object | None) -> None:
        """Note a worker that died."""
        if error:
            self.outcome.broken.append(f"worker {node.gateway.id}: {error}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write it down."""
        self.outcome.exitstatus = int(exitstatus)
        self.outcome.passed = [test for test in self.outcome.passed if test not in self.outcome.failed]
        self.path.write_text(json.dumps(vars(self.outcome)))


def _text(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the failure as pytest would show it, and what was written and logged meanwhile."""
    sections = [f"----- {name} -----\n{content}" for name, content in report.sections]
    when = getattr(report, "when", "") or ""
    head = [f"(in {when})"] if when in {"setup", "teardown"} else []
    return "\n".join([*head, report.longreprtext, *sections])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file's name."""
    parser.addoption("--outcome", type=Path, help="write down as JSON how the run ended")


def pytest_configure(config: pytest.Config) -> None:
    """Follow the run in the process that starts the workers."""
    path = config.getoption("--outcome")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path), "outcome")
