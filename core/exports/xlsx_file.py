"""XLSX files: texts, numbers and times as what they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any

import xlsxwriter

from .columns import Cell

#: Characters that a cell holds (the format's own limit).
_LONGEST = 32_767
_WIDTHS = (10, 40)


def write_xlsx(lines: Iterable[Sequence[Cell]], to: IO[bytes]) -> None:
    """Write a table with a header to a file, row by row: memory doesn't grow with the rows.

    Nothing in it is a formula or a link; the header stays in sight and filters.
    """
    options = {
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        # Infinity and the like are no numbers there.
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(to, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        number, columns = -1, 0
        for number, line in enumerate(lines):
            if not number:
                columns = len(line)
                for column, cell in enumerate(line):
                    narrow, wide = _WIDTHS
                    sheet.set_column(column, column, max(narrow, min(wide, len(str(cell)) + 4)))
            for column, cell in enumerate(line):
                _write(sheet, number, column, cell, None if number else bold)
        if number > 0:
            sheet.autofilter(0, 0, number, columns - 1)


def _write(sheet: Any, row: int, column: int, cell: Cell, style: Any) -> None:
    if isinstance(cell, str):
        text = cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 1]}…"
        if text:
            sheet.write_string(row, column, text, style)
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, round(cell, 3))
