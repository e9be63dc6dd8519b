"""CSV files: nothing in them is run by a spreadsheet, and what was escaped can be read back."""

import csv
import io
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.csv_export import FORMULA_STARTS, as_csv, escape_formula, unescape_formula

ROOT = Path(__file__).parents[2]
#: What a spreadsheet may skip before it looks for a formula.
UNSEEN = ["", *" \t\r\n\u00a0\u200b\u200d\ufeff\u2060\u3000\x00\u202e\u00ad\x85\x0b"]
TEXT = st.text(st.sampled_from("ab;,|\"' \t\r\n\u200b\ufeff\u00a0\u2060" + FORMULA_STARTS), max_size=12) | st.text()


def visible(cell: str) -> str:
    """Return what is left of a cell without blanks, controls and letters without a width."""
    return "".join(c for c in cell if not c.isspace() and not unicodedata.category(c).startswith("C"))


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("start", FORMULA_STARTS)
@pytest.mark.parametrize("before", ["", "a;", "a\t", "a\n", "a\r", "x|", "'"])
def test_no_form_of_a_formula_is_left(before: str, start: str, unseen: str) -> None:
    text = f"{before}{unseen}{start}1+1"
    escaped = escape_formula(text)
    for part in re.split(r"[;\t\r\n|]", escaped):
        assert not visible(part).startswith(tuple(FORMULA_STARTS)), escaped
    assert unescape_formula(escaped) == text


def test_every_letter_that_is_read_as_one_is_known() -> None:
    for code in range(0x110000):
        first = unicodedata.normalize("NFKC", chr(code))[:1]
        assert first not in {"=", "+", "-", "@"} or chr(code) in FORMULA_STARTS, hex(code)


@given(TEXT)
@example("'=1")
@example("''\u200b=1")
@example("- one\n- two")
def test_it_can_be_undone(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@given(st.lists(TEXT | st.integers() | st.floats(allow_nan=False) | st.none(), min_size=1, max_size=4))
def test_every_cell_is_quoted_and_harmless_whatever_the_separator(cells: list[object]) -> None:
    line = "".join(as_csv([cells])).removeprefix("\ufeff")
    assert [unescape_formula(cell) for cell in next(csv.reader(io.StringIO(line, newline="")))] == [
        cell if isinstance(cell, str) else "" if cell is None else str(round(cell, 3)) for cell in cells
    ]
    assert line.startswith('"')
    assert line.endswith('"\r\n')
    texts = [cell for cell in cells if isinstance(cell, str)]
    if len(texts) == len(cells):
        # As a spreadsheet reads it that takes semicolons and knows no quotes.
        for part in re.split(r"[;\t\r\n|]", line):
            assert not visible(part).startswith(tuple(FORMULA_STARTS)), line


def test_plain_text_stays_as_it_is() -> None:
    for text in ("a=b", "1-2", "Ana; João", "e-mail@example.org", "", "'quoted'", "a, =b"):
        assert escape_formula(text) == text


def test_one_writer_makes_all_files() -> None:
    writing = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("*/**/*.py")
        if "csv.writer" in path.read_text()
        and not path.is_relative_to(ROOT / "tests")
        and not path.is_relative_to(ROOT / ".venv")
    ]
    assert writing == ["core/csv_export.py"]
