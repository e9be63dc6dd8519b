"""Counting the cases of the access matrix, over all tests and processes, and printing the sum at the end."""

from collections.abc import Callable
from typing import Any

import pytest

PROPERTY = "access cases"
Cases = Callable[[int], None]


@pytest.fixture
def cases(record_property: Callable[[str, object], None]) -> Cases:
    """Return a function to which a test tells how many cases it went through; none at all is a failure."""

    def count(number: int) -> None:
        assert number > 0
        record_property(PROPERTY, number)

    return count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how many cases of the matrix were gone through. Workers' reports bring theirs along."""
    total = sum(
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in getattr(report, "user_properties", [])
        if name == PROPERTY
    )
    if total:
        terminalreporter.write_line(f"access matrix: {total:,} cases")
