"""Streaming CSV export."""

import csv
import re
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


#: Characters that begin a formula, in every form that a spreadsheet may take for them (full width, small, raised, …).
FORMULA_STARTS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−⩵⩶﬩"
# Invisible characters before one: blanks, controls, and characters without width.
_UNSEEN = (
    r"(?:[^\S\t\r\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff])"
)
# A cell may also begin where another separator is read than the comma, or the quotes are not understood. An
# apostrophe that was typed there gets another one, so that all of this can be undone.
_BEGINS = r"(?:\A|(?<=[;\t\r\n|]))"
_RUN = rf"(?='*{_UNSEEN}*[{re.escape(FORMULA_STARTS)}])"
_GAP = r"(?='*[\t\r\n])"
_FORMULA = re.compile(rf"{_BEGINS}{_RUN}|\A{_GAP}")
_ESCAPED = re.compile(rf"{_BEGINS}'{_RUN}|\A'{_GAP}")


class _Echo:
    """A file object whose ``write`` returns the text instead of storing it."""

    def write(self, text: str) -> str:
        return text


def as_csv(lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the rows as CSV in UTF-8, with a byte order mark so that spreadsheets detect the encoding.

    Every cell is quoted, and none is a formula, whatever separator it is read with.
    """
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff"
    for line in lines:
        yield writer.writerow([_harmless(cell) for cell in line])


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return escape_formula(cell)
    if isinstance(cell, float):
        return round(cell, 3)
    return cell


def escape_formula(text: str) -> str:
    """Put an apostrophe before whatever a spreadsheet would run as a formula."""
    return _FORMULA.sub("'", text)


def unescape_formula(cell: str) -> str:
    """Undo ``escape_formula``."""
    return _ESCAPED.sub("", cell)
