"""Hours as people write them (docs/rules.md, Work hours)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sectors.forms.week import shown
from sectors.hours.schedule import DAY
from sectors.hours.written import minutes_of, read_range, read_ranges


@pytest.mark.parametrize(
    ("text", "time"),
    [
        *[(text, "08:00") for text in ("8", "08", "8h", "8 h", "8hs", "8:00", "08.00", "0800", "800", "8am")],
        ("８：００", "08:00"),
        *[(text, "08:30") for text in ("8h30", "8:30", "8.30", "0830", "8h30min", "8:30 am", "08:30:00", "8:30h")],
        *[(text, "20:00") for text in ("20", "8 pm", "8PM", "8 p. m.", "20h", "2000")],
        ("12am", "00:00"), ("12 pm", "12:00"), ("0", "00:00"), ("00:00", "00:00"),
        ("24:00", "24:00"), ("24", "24:00"), ("24h", "24:00"),
    ],
)  # fmt: skip
def test_a_time_has_many_spellings(text: str, time: str) -> None:
    found = minutes_of(text)
    assert found is not None
    assert shown(found) == time


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "25", "24:01", "8:60", "8:5", "13pm", "0am", "12345", "8-9", "-8", "8,30", "8h99", "noon"],
)
def test_what_is_no_time(text: str) -> None:
    assert minutes_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "08:00–12:00, 13:00–18:00", "8-12; 13-18", "8h - 12h, 13h - 18h", "8 to 12 and 13 to 18", "8am-12pm, 1pm-6pm",
        "de 8 a 12 y de 13 a 18", "das 8h às 12h e das 13h às 18h", "0800-1200 / 1300-1800",
        "8 hasta las 12, 13 hasta las 18",
    ],
)  # fmt: skip
def test_ranges_in_three_languages(text: str) -> None:
    assert read_ranges(text) == [(480, 720), (780, 1080)]


def test_the_end_of_the_day_and_midnight() -> None:
    assert read_range("00:00-24:00") == read_range("0-0") == (0, DAY)
    assert read_range("18-0") == read_range("18:00-24:00") == (1080, DAY)
    assert read_range("22-6") == (1320, 360 + DAY)
    assert read_range("24-6") is None
    assert read_ranges("") == []
    assert read_ranges("8-12, x") is None


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    found = minutes_of(text)
    assert found is None or 0 <= found <= DAY
    for opens, closes in read_ranges(text) or []:
        assert 0 <= opens < DAY
        assert opens < closes <= opens + DAY
