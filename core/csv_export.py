"""Rows as CSV, sent while they are read."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import Sentence

Cell = str | int | float | None
Item = TypeVar("Item")


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column of a file: its name, and its cell of an item."""

    name: Sentence
    value: Callable[[Item], Cell]


def column_names(columns: Sequence[Column[Item]]) -> list[Cell]:
    """Return the names of the columns, in the language of now."""
    return [str(column.name) for column in columns]


def cells(columns: Sequence[Column[Item]], item: Item) -> list[Cell]:
    """Return the cells of an item."""
    return [column.value(item) for column in columns]


#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def as_csv(lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the rows as CSV in UTF-8 with a mark at the front, by which spreadsheets know it."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for line in lines:
        yield writer.writerow([_harmless(cell) for cell in line])


def _harmless(cell: Cell) -> Cell:
    """Keep a spreadsheet from taking what somebody wrote for a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    if isinstance(cell, float):
        return round(cell, 3)
    return cell


def unescape_formula(cell: str) -> str:
    """Return a cell of a file made by ``as_csv`` as it was before it was made harmless."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
