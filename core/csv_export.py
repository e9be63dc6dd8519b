"""Streaming CSV export."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import Sentence

Cell = str | int | float | None
Item = TypeVar("Item")


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column of the file: its header, and a function that returns its cell for an item."""

    name: Sentence
    value: Callable[[Item], Cell]


def column_names(columns: Sequence[Column[Item]]) -> list[Cell]:
    """Return the headers, in the active language."""
    return [str(column.name) for column in columns]


def cells(columns: Sequence[Column[Item]], item: Item) -> list[Cell]:
    return [column.value(item) for column in columns]


#: Characters that make a spreadsheet read a cell as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file object whose ``write`` returns the text instead of storing it."""

    def write(self, text: str) -> str:
        return text


def as_csv(lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the rows as CSV in UTF-8, with a byte order mark so that spreadsheets detect the encoding."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for line in lines:
        yield writer.writerow([_harmless(cell) for cell in line])


def _harmless(cell: Cell) -> Cell:
    """Escape a cell that a spreadsheet would run as a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    if isinstance(cell, float):
        return round(cell, 3)
    return cell


def unescape_formula(cell: str) -> str:
    """Undo the formula escaping of ``as_csv``."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
