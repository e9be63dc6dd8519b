"""CSV files as the spreadsheets of the reader's language open them."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.numbers import decimal_mark

from .columns import Cell

#: Characters that begin a formula, in every form that a spreadsheet may take for them (full width, small, raised, …).
FORMULA_STARTS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−⩵⩶﬩"
# Invisible characters before one: blanks, controls, and characters without width.
_UNSEEN = (
    r"(?:[^\S\t\r\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff])"
)
# A cell may also begin where another separator is read than the comma, or the quotes are not understood. An
# apostrophe that was typed there gets another one, so that all of this can be undone.
_BEGINS = r"(?:\A|(?<=[,;\t\r\n|]))"
_RUN = rf"(?='*{_UNSEEN}*[{re.escape(FORMULA_STARTS)}])"
_GAP = r"(?='*[\t\r\n])"
_FORMULA = re.compile(rf"{_BEGINS}{_RUN}|\A{_GAP}")
_ESCAPED = re.compile(rf"{_BEGINS}'{_RUN}|\A'{_GAP}")


# What a spreadsheet takes for a number and changes: leading zeros go, the 16th digit and all after it become zeros,
# "12e5" is 1200000.
_CHANGED = re.compile(r"'*(?:0\d+|\d{16,}|\d+(?:[.,]\d*)?[eE]\d+)")


class _Echo:
    """A file object whose ``write`` returns the text instead of storing it."""

    def write(self, text: str) -> str:
        return text


def as_csv(lines: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the rows as CSV in UTF-8, with a byte order mark so that spreadsheets detect the encoding.

    Separator and decimal mark are those of the active language: where numbers have a decimal comma, cells are
    separated by semicolons. Every cell is quoted; none is a formula, whatever separator it is read with, and no text
    is a number that would lose digits. Times are written ``2026-11-30 17:05:00``.
    """
    mark = decimal_mark()
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL, delimiter=";" if mark == "," else ",")
    return _written(writer, lines, mark)


def _written(writer: Any, lines: Iterable[Sequence[Cell]], mark: str) -> Iterator[str]:
    yield "\ufeff"
    for line in lines:
        yield writer.writerow([_harmless(cell, mark) for cell in line])


def _harmless(cell: Cell, mark: str) -> Cell:
    if isinstance(cell, str):
        return escape(cell)
    if isinstance(cell, float):
        return f"{Decimal(repr(round(cell, 3))):f}".replace(".", mark)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return cell


def escape(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula, and before digits that it would change."""
    return f"'{text}" if _CHANGED.fullmatch(text) else _FORMULA.sub("'", text)


def unescape(cell: str) -> str:
    """Undo ``escape``."""
    if cell.startswith("'") and _CHANGED.fullmatch(cell[1:]):
        return cell[1:]
    return _ESCAPED.sub("", cell)
