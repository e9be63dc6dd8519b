"""Files of tables for people: CSV and XLSX."""

from .columns import Cell, Column, cells, column_names
from .csv_file import as_csv, escape, unescape
from .responses import csv_response, xlsx_response
from .xlsx_file import write_xlsx

__all__ = [
    "Cell",
    "Column",
    "as_csv",
    "cells",
    "column_names",
    "csv_response",
    "escape",
    "unescape",
    "write_xlsx",
    "xlsx_response",
]
