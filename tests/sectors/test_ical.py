"""Days of a calendar file (docs/rules.md, Special days)."""

from datetime import date

import pytest

from core.errors import Invalid
from sectors.ical import MAX_BYTES, read_days

TODAY = date(2026, 6, 1)


def file_of(*events: str) -> bytes:
    """Return a calendar file with the events."""
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n{body}END:VCALENDAR\r\n".encode()


def days_of(*events: str) -> list[tuple[str, str, bool]]:
    return [(day.day.isoformat(), day.label, day.yearly) for day in read_days(file_of(*events), TODAY).days]


def test_a_whole_day_is_taken() -> None:
    assert days_of("DTSTART;VALUE=DATE:20261208\r\nSUMMARY:Inventory") == [("2026-12-08", "Inventory", False)]


def test_an_event_over_several_days_gives_each() -> None:
    event = "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Closed"
    assert [day for day, _label, _yearly in days_of(event)] == ["2026-12-24", "2026-12-25", "2026-12-26"]


def test_what_comes_each_year_on_its_date_is_one_yearly_day() -> None:
    assert days_of("DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:New Year") == [
        ("2026-01-01", "New Year", True)
    ]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        # The fourth Thursday of November is another date each year.
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2026-11-26", "2027-11-25"]),
        ("FREQ=YEARLY;UNTIL=20270101", ["2026-11-26"]),
        ("FREQ=YEARLY;COUNT=2", ["2026-11-26", "2027-11-26"]),
        ("FREQ=YEARLY;INTERVAL=2", ["2026-11-26"]),
    ],
)
def test_what_repeats_otherwise_is_listed_for_two_years(rule: str, days: list[str]) -> None:
    found = days_of(f"DTSTART;VALUE=DATE:20261126\r\nRRULE:{rule}\r\nSUMMARY:Feast")
    assert found == [(day, "Feast", False) for day in days]


def test_an_exception_of_a_rule_is_left_out() -> None:
    event = "DTSTART;VALUE=DATE:20261126\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20261126\r\nSUMMARY:Feast"
    assert days_of(event) == [("2027-11-26", "Feast", False)]


def test_days_of_past_years_are_left_out() -> None:
    assert days_of("DTSTART;VALUE=DATE:20251225\r\nSUMMARY:Past") == []


def test_events_with_a_time_are_counted_and_not_taken() -> None:
    read = read_days(file_of("DTSTART:20261208T090000Z\r\nDTEND:20261208T100000Z\r\nSUMMARY:Meeting"), TODAY)
    assert (read.days, read.timed) == ([], 1)


def test_a_date_named_twice_is_one_day() -> None:
    day = "DTSTART;VALUE=DATE:20261208\r\nSUMMARY:"
    assert len(days_of(day + "One", day + "Other")) == 1


def test_a_long_name_is_cut_to_what_fits() -> None:
    [(_day, label, _yearly)] = days_of("DTSTART;VALUE=DATE:20261208\r\nSUMMARY:" + "x" * 500)
    assert label == "x" * 80


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\x00\xfe",
        b"PK\x03\x04",
        file_of("DTSTART:nonsense\r\nSUMMARY:Broken"),
        file_of("SUMMARY:Without a date"),
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
    ],
)
def test_what_is_no_calendar_is_refused_or_offers_nothing(content: bytes) -> None:
    try:
        assert read_days(content, TODAY).days == []
    except Invalid as refused:
        assert refused.field == "file"


def test_a_file_too_large_is_refused() -> None:
    with pytest.raises(Invalid, match="1 MB"):
        read_days(b"x" * (MAX_BYTES + 1), TODAY)


def test_a_file_with_too_many_days_is_refused() -> None:
    days = [f"DTSTART;VALUE=DATE:2026{month:02}{day:02}" for month in range(1, 13) for day in range(1, 29)]
    with pytest.raises(Invalid, match="more than"):
        read_days(file_of(*days, "DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270601"), TODAY)


@pytest.mark.parametrize("event", ["RRULE:FREQ=DAILY", "DTEND;VALUE=DATE:99991231"])
def test_an_event_that_alone_has_too_many_days_is_left_out(event: str) -> None:
    read = read_days(file_of(f"DTSTART;VALUE=DATE:20260101\r\n{event}", "DTSTART;VALUE=DATE:20261225"), TODAY)
    assert [day.day for day in read.days] == [date(2026, 12, 25)]
    assert [str(found.why) for found in read.left_out] == ["too_many_days"]
