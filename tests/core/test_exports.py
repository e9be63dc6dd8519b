"""Files for spreadsheets: nothing in them is run or changed there, and what was escaped can be read back."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import gettext, override
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.exports import as_csv, csv_response, escape, unescape, write_xlsx
from core.exports.csv_file import FORMULA_STARTS

ROOT = Path(__file__).parents[2]
#: What a spreadsheet may skip before it looks for a formula.
UNSEEN = ["", *" \t\r\n\u00a0\u200b\u200d\ufeff\u2060\u3000\x00\u202e\u00ad\x85\x0b"]
TEXT = st.text(st.sampled_from("ab;,|\"' \t\r\n\u200b\ufeff\u00a0\u2060" + FORMULA_STARTS), max_size=12) | st.text()


def written(number: float) -> str:
    return f"{Decimal(repr(round(number, 3))):f}" if isinstance(number, float) else str(number)


def visible(cell: str) -> str:
    """Return what is left of a cell without blanks, controls and letters without a width."""
    return "".join(c for c in cell if not c.isspace() and not unicodedata.category(c).startswith("C"))


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("start", FORMULA_STARTS)
@pytest.mark.parametrize("before", ["", "a;", "a,", "a\t", "a\n", "a\r", "x|", "'"])
def test_no_form_of_a_formula_is_left(before: str, start: str, unseen: str) -> None:
    text = f"{before}{unseen}{start}1+1"
    escaped = escape(text)
    for part in re.split(r"[,;\t\r\n|]", escaped):
        assert not visible(part).startswith(tuple(FORMULA_STARTS)), escaped
    assert unescape(escaped) == text


def test_every_letter_that_is_read_as_one_is_known() -> None:
    for code in range(0x110000):
        first = unicodedata.normalize("NFKC", chr(code))[:1]
        assert first not in {"=", "+", "-", "@"} or chr(code) in FORMULA_STARTS, hex(code)


@given(TEXT)
@example("'=1")
@example("''\u200b=1")
@example("- one\n- two")
def test_it_can_be_undone(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.lists(TEXT | st.integers() | st.floats(allow_nan=False) | st.none(), min_size=1, max_size=4))
def test_every_cell_is_quoted_and_harmless_whatever_the_separator(cells: list[object]) -> None:
    line = "".join(as_csv([cells])).removeprefix("\ufeff")
    assert [unescape(cell) for cell in next(csv.reader(io.StringIO(line, newline="")))] == [
        cell if isinstance(cell, str) else "" if cell is None else written(cell) for cell in cells
    ]
    assert line.startswith('"')
    assert line.endswith('"\r\n')
    texts = [cell for cell in cells if isinstance(cell, str)]
    if len(texts) == len(cells):
        # As a spreadsheet reads it that takes semicolons and knows no quotes.
        for part in re.split(r"[;\t\r\n|]", line):
            assert not visible(part).startswith(tuple(FORMULA_STARTS)), line


def read_back(lines: list[list[Any]], separator: str) -> list[list[str]]:
    text = "".join(as_csv(lines)).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(
    ("language", "separator", "number"),
    [("en", ",", "0.612"), ("es", ";", "0,612"), ("pt-br", ";", "0,612")],
)
def test_a_spreadsheet_of_the_language_reads_numbers_as_numbers(language: str, separator: str, number: str) -> None:
    with override(language):
        [row] = read_back([["a,b;c", 0.6120004, 1234567.5, 12]], separator)
    mark = number[1]
    assert row == ["a,b;c", number, f"1234567{mark}5", "12"]


@pytest.mark.parametrize(
    "digits", ["000123", "1234567890123456789", "007", "12e5", "1.5E10", "'0012", "''1234567890123456789"]
)
def test_digits_that_a_spreadsheet_would_change_stay_a_text(digits: str) -> None:
    [[cell]] = read_back([[digits]], ",")
    assert cell == f"'{digits}"
    assert unescape(cell) == digits


@pytest.mark.parametrize("digits", ["123", "0", "5511987654321", "10.5", "1e", "e5", "00a"])
def test_digits_that_it_leaves_alone_are_written_as_they_are(digits: str) -> None:
    assert read_back([[digits]], ",") == [[digits]]


def test_an_xlsx_file_has_texts_numbers_and_times() -> None:
    moment = datetime(2026, 11, 30, 17, 5, 9)
    row = ["000123", "1234567890123456789", "=1+1", "https://example.org", 0.6124, 12, moment, None, ""]
    file = io.BytesIO()
    write_xlsx([[f"Column {n}" for n in range(len(row))], row], file)
    sheet = load_workbook(file).active
    assert [cell.value for cell in sheet[2]] == [*row[:4], 0.612, 12, moment, None, None]
    assert [cell.data_type for cell in sheet[2]] == [*"ssss", "n", "n", "d", "n", "n"]
    assert all(cell.hyperlink is None for cell in sheet[2])
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:I2")


def test_what_no_cell_can_hold_is_cut_and_says_so() -> None:
    file = io.BytesIO()
    write_xlsx([["Text"], ["x" * 40_000], ["\x00\x1f\u202e\U0001f600"]], file)
    sheet = load_workbook(file).active
    assert sheet["A2"].value == "x" * 32_766 + "…"
    assert sheet["A3"].value.endswith("\U0001f600")


def test_a_response_goes_on_in_the_language_in_which_it_was_asked_for() -> None:
    def lines() -> Iterator[list[str]]:
        yield [gettext("Queue")]
        yield [gettext("Agent")]

    with override("es"):
        response = csv_response(lines(), "tickets")
    with override("en"):
        assert b"".join(response.streaming_content).decode("utf-8-sig") == '"Cola"\r\n"Agente"\r\n'


def test_plain_text_stays_as_it_is() -> None:
    for text in ("a=b", "1-2", "Ana; João", "e-mail@example.org", "", "'quoted'", "a, b"):
        assert escape(text) == text


def test_one_writer_makes_all_files() -> None:
    writing = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("*/**/*.py")
        if "csv.writer" in path.read_text()
        and not path.is_relative_to(ROOT / "tests")
        and not path.is_relative_to(ROOT / ".venv")
    ]
    assert writing == ["core/exports/csv_file.py"]


@pytest.mark.parametrize("part", ["1", "'", "1,", ";\u200b", "0", "1.e"])
def test_a_long_cell_takes_no_longer_than_its_length(part: str) -> None:
    for text in (part * 200_000, f"{part * 200_000}x"):
        assert unescape(escape(text)) == text
