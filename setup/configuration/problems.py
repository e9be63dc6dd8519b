"""Problems in a configuration file: all of them at once, each with how to fix it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Sentence

#: Maximum number of problems listed; further ones are only counted, and show up once these are fixed.
MAX_PROBLEMS = 200
#: Maximum length of a name in a path.
_LONGEST = 40


@dataclass(frozen=True)
class Problem:
    """One problem: its location (``path``, and the line, from 1, if known), and how to fix it."""

    path: str
    line: int | None
    sentence: str


class Problems:
    """The problems found, in the order of the file."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self.left_out = 0

    def add(self, path: str, line: int | None, sentence: Sentence) -> None:
        """Add a problem; beyond the limit it is only counted."""
        if len(self._found) < MAX_PROBLEMS:
            self._found.append(Problem(path, line, str(sentence)))
        else:
            self.left_out += 1

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self._found, key=lambda problem: problem.line or 0))

    def __len__(self) -> int:
        return len(self._found) + self.left_out


class ConfigurationRefused(DomainError):
    """The file can't be imported; ``problems`` has all the reasons."""

    code = "configuration_refused"
    sentence = _("Nothing was changed: the file has problems. Correct each, then send it again.")

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        super().__init__(problems=facts_of(problems), problems_left_out=problems.left_out)


def facts_of(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return the problems as plain values."""
    return [{"path": one.path, "line": one.line, "detail": one.sentence} for one in problems]


def path_of(*parts: str) -> str:
    """Return a readable path through the file: ``sectors › Support › queues``."""
    return " › ".join(part if len(part) <= _LONGEST else part[: _LONGEST - 1] + "…" for part in parts if part)
