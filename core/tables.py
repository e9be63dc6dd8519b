"""Tables that people bring: files of spreadsheets and of other desks, and lists that are pasted.

Whatever separates the columns and whatever a spreadsheet makes of it is read alike; the file alone decides, never a
setting.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from django.utils.translation import gettext_lazy as _

from .decoding import decode
from .errors import Invalid

#: What may stand between columns.
SEPARATORS = (",", ";", "\t", "|")
#: Rows of one table; no list of ours has as many.
MAX_ROWS = 10_000
#: Rows that say what separates the columns, and how much of the text they may be.
_ROWS_LOOKED_AT, _LOOK = 50, 64 * 1024
#: Put after a table: what swallows it is a quotation mark that is never closed. Unicode gives it to nobody.
_END = "\uf8ff\uf8fe"
#: A first line that tells spreadsheets what separates the columns.
_SAYS_SEPARATOR = re.compile(r'\A\s*"?sep=([,;|\t])"?[ \t,;]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """A row that isn't empty, and its number, from 1 as a spreadsheet counts."""

    number: int
    cells: tuple[str, ...]

    def cell(self, index: int) -> str:
        """Return a cell, or an empty text where the row is shorter."""
        return self.cells[index] if index < len(self.cells) else ""


def read_table(content: bytes | str) -> list[Row]:
    """Return the rows of a table in any encoding, with whatever separates its columns; empty rows are left out.

    Raises Invalid: more than ``MAX_ROWS`` rows, or a quotation mark that is never closed; it names the row.
    """
    text = without_marks(content if isinstance(content, str) else decode(content))
    said = _SAYS_SEPARATOR.match(text)
    text = text[said.end() :] if said else text
    separator = said[1] if said else _separator_of(text)
    rows = list(_rows(text, separator or ","))
    if separator is None and rows:
        return _rows_in_one_column(rows)
    return rows


def without_marks(text: str) -> str:
    """Return a pasted text without byte order marks and zero characters."""
    return text.lstrip("\ufeff").replace("\x00", "")


def columns_of_line(line: str, separators: str = ",;\t|") -> list[str]:
    """Return the columns of a pasted line in which each of the separators may stand, without their quotes."""
    # A mark that stands alone, as of inches, quotes nothing.
    has_quotes = line.count('"') % 2 == 0
    columns: list[list[str]] = [[]]
    is_quoted = False
    for char in line:
        is_quoted ^= has_quotes and char == '"'
        if char in separators and not is_quoted:
            columns.append([])
        else:
            columns[-1].append(char)
    return ["".join(column).strip().strip('"').strip() for column in columns]


def says_separator(line: str) -> bool:
    """Whether a line only tells spreadsheets what separates the columns."""
    return bool(_SAYS_SEPARATOR.fullmatch(line))


def heading(text: str) -> str:
    """Return a heading as it is compared: without case, accents, blanks and signs."""
    plain = unicodedata.normalize("NFKD", text[:200]).casefold()
    return "".join(char for char in plain if char.isalnum())


def _separator_of(text: str) -> str | None:
    """Return what makes columns of the first row and of the most others; None if nothing does."""
    start = text[:_LOOK]
    best: tuple[int, int] | None = None
    found = None
    for separator in SEPARATORS:
        try:
            rows = list(islice(csv.reader(_lines(start), delimiter=separator), _ROWS_LOOKED_AT))
        except csv.Error:
            continue
        first = next((row for row in rows if any(cell.strip() for cell in row)), [])
        if len(first) < 2:
            continue
        # Of two, what stands first: a text that follows may have the other.
        score = sum(len(row) > 1 for row in rows), -len(first[0])
        if best is None or score > best:
            best, found = score, separator
    return found


def _lines(text: str) -> Iterator[str]:
    """Yield lines with their ends, of which any of the three is one."""
    return iter(io.StringIO(re.sub(r"\r\n?", "\n", text)))


def _rows(text: str, separator: str) -> Iterator[Row]:
    number = 0
    lines = chain(_lines(text), ["" if text.endswith(("\r", "\n")) else "\n", _END])
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator), 1):
            if number > MAX_ROWS:
                raise Invalid(
                    _("The file has more than %(limit)d rows. Import it in parts.") % {"limit": MAX_ROWS},
                    code="too_many_rows",
                    field="file",
                )
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                raise _unclosed(number)
            if any(cell.strip() for cell in cells):
                yield Row(number, tuple(cells))
    except csv.Error as error:
        raise _unclosed(number + 1) from error


def _unclosed(row: int) -> Invalid:
    return Invalid(
        _('Row %(row)d can’t be read: a quotation mark (") in it is never closed.') % {"row": row},
        code="no_csv",
        field="file",
    )


def _rows_in_one_column(rows: list[Row]) -> list[Row]:
    """Return the columns of rows that a spreadsheet has put into one, each as a whole between quotes."""
    separator = _separator_of("\n".join(row.cell(0) for row in rows[:_ROWS_LOOKED_AT]))
    if separator is None:
        return rows
    found = []
    for row in rows:
        whole = list(_rows(row.cell(0), separator))
        found.append(Row(row.number, whole[0].cells) if len(whole) == 1 else row)
    return found
