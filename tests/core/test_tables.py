"""Tables in whatever way they were saved (docs/rules.md, Files that people bring)."""

import random

import pytest

from core.errors import Invalid
from core.tables import MAX_ROWS, columns_of_line, heading, read_table

ROWS = [(1, ("shortcut", "text")), (2, ("olá", "Oi, tudo; bem | sim"))]


def rows_of(content: bytes | str) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in read_table(content)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_separator_line_end_and_encoding_is_read(separator: str, end: str, encoding: str) -> None:
    text = f'shortcut{separator}text{end}olá{separator}"Oi, tudo; bem | sim"{end}'
    assert rows_of(text.encode(encoding)) == ROWS


def test_what_stands_first_separates_and_a_text_may_have_another() -> None:
    assert rows_of("shortcut,text\noi,Oi; tudo bem") == [(1, ("shortcut", "text")), (2, ("oi", "Oi; tudo bem"))]
    assert rows_of("ola;Olá, tudo bem\n") == [(1, ("ola", "Olá, tudo bem"))]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;\t"])
def test_a_first_line_that_names_the_separator_is_no_row(first: str) -> None:
    assert rows_of(f"{first}\r\na,b;c\r\n") == [(1, ("a,b", "c"))]


def test_a_table_that_a_spreadsheet_put_into_one_column_is_taken_apart() -> None:
    assert rows_of('"shortcut,text"\r\n"oi,""Oi, tudo"""\r\n') == [(1, ("shortcut", "text")), (2, ("oi", "Oi, tudo"))]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    assert rows_of('a,b\n\n,\n"c\nd",e\nf,g') == [(1, ("a", "b")), (4, ("c\nd", "e")), (5, ("f", "g"))]


def test_lines_end_where_a_spreadsheet_ends_them() -> None:
    assert rows_of("a,b\u2028c\x0bd\x85e\n") == [(1, ("a", "b\u2028c\x0bd\x85e"))]


@pytest.mark.parametrize("content", ['a,b\nc,"d\ne,f\n', 'a,b\nc,"' + "x" * 200_000])
def test_a_quotation_mark_that_is_never_closed_swallows_nothing(content: str) -> None:
    with pytest.raises(Invalid, match="Row 2 can’t be read"):
        read_table(content)


def test_a_short_row_is_a_row_with_empty_cells() -> None:
    row = read_table("a,b\nc")[1]
    assert (row.cell(0), row.cell(1)) == ("c", "")


def test_a_table_is_bounded() -> None:
    with pytest.raises(Invalid, match="more than 10000 rows"):
        read_table("a,b\n" * (MAX_ROWS + 1))


def test_a_list_of_one_column_stays_one() -> None:
    assert rows_of("one\ntwo\n") == [(1, ("one",)), (2, ("two",))]
    assert rows_of("") == rows_of("\n \n") == []


def test_headings_are_compared_by_their_letters() -> None:
    assert {heading(name) for name in ("Short_Code", " short code ", "SHORT-CODE")} == {"shortcode"}
    assert heading("Atálho") == "atalho"


def test_each_line_of_a_pasted_list_may_separate_in_its_own_way() -> None:
    assert columns_of_line('Ana | "Silva; Souza",+55\t1') == ["Ana", "Silva; Souza", "+55", "1"]
    assert columns_of_line('Pipe 5", red') == ["Pipe 5", "red"]


@pytest.mark.parametrize("seed", range(5))
def test_no_bytes_whatever_raise_anything_but_a_refusal(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [b'"', b",", b";", b"\n", b"\r", b"sep=", b"x", b"\x00", "é".encode(), b"\xe9", b"\xff\xfe", b"'"]
    for _ in range(200):
        raw = chance.randbytes(40) if chance.random() < 0.3 else b"".join(chance.choices(pieces, k=30))
        try:
            assert all(any(cell.strip() for cell in row.cells) for row in read_table(raw))
        except Invalid as refused:
            assert refused.code == "no_csv"


def test_a_long_line_takes_no_longer_than_its_length() -> None:
    assert len(columns_of_line('"a;b",' * 100_000)) == 100_001
