"""Calendar files as people bring them: each event by itself, and what gives no day is named (docs/rules.md, Special
days)."""

import random
from datetime import UTC, date
from time import thread_time
from zoneinfo import ZoneInfo

import pytest

from core.errors import Invalid
from sectors.ical import MAX_SECONDS, Read, read_days

TODAY = date(2026, 11, 29)
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n"
CHRISTMAS = "UID:christmas\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\nSUMMARY:Natal"
NEW_YEAR = "UID:new-year\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102\r\nSUMMARY:Ano Novo"
BOTH = [("2026-12-25", "Natal"), ("2027-01-01", "Ano Novo")]


def calendar(*events: str, head: str = HEAD) -> str:
    """Return a calendar with the events, each as its lines."""
    return head + "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events) + "END:VCALENDAR\r\n"


def read(content: str | bytes, zone: str = "America/Sao_Paulo") -> Read:
    return read_days(content if isinstance(content, bytes) else content.encode(), TODAY, ZoneInfo(zone))


def days_of(content: str | bytes) -> list[tuple[str, str]]:
    return [(day.day.isoformat(), day.label) for day in read(content).days]


def dates_of(*events: str, head: str = HEAD, zone: str = "America/Sao_Paulo") -> list[tuple[str, bool]]:
    return [(day.day.isoformat(), day.yearly) for day in read(calendar(*events, head=head), zone).days]


def left_out_of(content: str | bytes) -> list[tuple[str, int, str]]:
    return [(found.name, found.line, str(found.why)) for found in read(content).left_out]


# Which events belong together


def test_events_without_an_identifier_have_nothing_to_do_with_each_other() -> None:
    assert dates_of(
        "DTSTART;VALUE=DATE:20150101\r\nDTEND;VALUE=DATE:20150102\r\nSUMMARY:Ano Novo\r\nRRULE:FREQ=YEARLY",
        "DTSTART;VALUE=DATE:20261211\r\nSUMMARY:Inventory once",
        "DTSTART;VALUE=DATE:20270209\r\nSUMMARY:Carnival 2027",
    ) == [("2026-01-01", True), ("2026-12-11", False), ("2027-02-09", False)]


def test_events_with_the_same_identifier_are_all_offered() -> None:
    assert days_of(calendar(CHRISTMAS.replace("christmas", "x"), NEW_YEAR.replace("new-year", "x"))) == BOTH


def test_an_older_version_of_an_event_gives_way_to_the_newer_one() -> None:
    file = calendar(
        "UID:x\r\nSEQUENCE:1\r\nDTSTART;VALUE=DATE:20261210\r\nSUMMARY:Fair",
        "UID:x\r\nSEQUENCE:2\r\nDTSTART;VALUE=DATE:20261211\r\nSUMMARY:Fair",
    )
    assert (days_of(file), left_out_of(file)) == ([("2026-12-11", "Fair")], [("Fair", 4, "replaced")])


def test_a_stream_of_several_calendars_is_read_whole() -> None:
    assert days_of(calendar(CHRISTMAS) + calendar(NEW_YEAR.replace("new-year", "christmas"))) == BOTH


# Single occurrences of a series

FOUNDING = "UID:x\r\nDTSTART;VALUE=DATE:20201128\r\nSUMMARY:Founding day\r\nRRULE:FREQ=YEARLY"


def test_a_moved_occurrence_moves_and_what_differs_in_a_year_to_come_is_not_yearly() -> None:
    moved = "UID:x\r\nRECURRENCE-ID;VALUE=DATE:20271128\r\nDTSTART;VALUE=DATE:20271129\r\nSUMMARY:Moved"
    assert dates_of(FOUNDING, moved) == [("2026-11-28", False), ("2027-11-29", False)]


def test_one_that_differed_in_a_past_year_is_yearly_nevertheless() -> None:
    moved = "UID:x\r\nRECURRENCE-ID;VALUE=DATE:20221128\r\nDTSTART;VALUE=DATE:20221129\r\nSUMMARY:Moved"
    assert dates_of(FOUNDING + "\r\nEXDATE;VALUE=DATE:20211128", moved) == [("2026-11-28", True)]


@pytest.mark.parametrize(
    "single",
    [
        "STATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20271128",
        "DTSTART:20271128T090000\r\nDTEND:20271128T120000",
        "DTSTART:nonsense",
    ],
)
def test_an_occurrence_that_is_no_whole_day_is_taken_from_its_series(single: str) -> None:
    single = f"UID:x\r\nRECURRENCE-ID;VALUE=DATE:20271128\r\nSUMMARY:That year\r\n{single}"
    assert dates_of(FOUNDING, single) == [("2026-11-28", False)]
    assert dates_of(single, FOUNDING) == [("2026-11-28", False)]
    assert [name for name, _line, _why in left_out_of(calendar(FOUNDING, single))] == ["That year"]


@pytest.mark.parametrize("written", ["20271128", "20271128T000000", "20271128T000000Z", "20271128T030000Z"])
def test_the_date_of_an_occurrence_is_known_however_it_is_written(written: str) -> None:
    moved = f"UID:x\r\nRECURRENCE-ID:{written}\r\nDTSTART;VALUE=DATE:20271129"
    assert dates_of(FOUNDING, moved) == [("2026-11-28", False), ("2027-11-29", False)]
    without = f"{FOUNDING}\r\nEXDATE:{written}"
    assert dates_of(without) == [("2026-11-28", False)]
    ends = FOUNDING.replace("FREQ=YEARLY", f"FREQ=YEARLY;UNTIL={written}")
    assert dates_of(ends) == [("2026-11-28", False), ("2027-11-28", False)]


def test_what_is_cancelled_from_an_occurrence_on_is_gone() -> None:
    weekly = "UID:x\r\nDTSTART;VALUE=DATE:20261201\r\nRRULE:FREQ=WEEKLY;COUNT=5"
    rest = "UID:x\r\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261215\r\nDTSTART;VALUE=DATE:20261215"
    assert dates_of(weekly, rest + "\r\nSTATUS:CANCELLED") == [("2026-12-01", False), ("2026-12-08", False)]
    moved = rest.replace("DTSTART;VALUE=DATE:20261215", "DTSTART;VALUE=DATE:20261216")
    assert [day for day, _yearly in dates_of(weekly, moved)] == [
        "2026-12-01", "2026-12-08", "2026-12-16", "2026-12-23", "2026-12-30",
    ]  # fmt: skip


def test_a_changed_occurrence_whose_series_is_not_in_the_file_stands_for_itself() -> None:
    assert dates_of("UID:x\r\nRECURRENCE-ID;VALUE=DATE:20271128\r\nDTSTART;VALUE=DATE:20271129") == [
        ("2027-11-29", False)
    ]


def test_more_dates_and_fewer_are_counted() -> None:
    event = "UID:x\r\nDTSTART;VALUE=DATE:20261201\r\nRRULE:FREQ=WEEKLY;COUNT=3"
    more = "RDATE;VALUE=DATE:20261224,20261231\r\nEXDATE;VALUE=DATE:20261208\r\nEXDATE;VALUE=DATE:20261215"
    assert [day for day, _yearly in dates_of(f"{event}\r\n{more}")] == ["2026-12-01", "2026-12-24", "2026-12-31"]
    # A date more than the yearly one is none that comes each year.
    assert dates_of(FOUNDING + "\r\nRDATE;VALUE=DATE:20270301") == [
        ("2026-11-28", False), ("2027-03-01", False), ("2027-11-28", False),
    ]  # fmt: skip


def test_a_rule_that_begins_in_some_years_closes_nothing_before() -> None:
    event = "DTSTART;VALUE=DATE:20271201\r\nRRULE:FREQ=YEARLY"
    assert dates_of(event) == [("2027-12-01", False)]
    assert dates_of(event.replace("20271201", "20271101")) == [("2027-11-01", True)]
    assert dates_of(event.replace("20271201", "16010101")) == [("2026-01-01", True)]


def test_a_yearly_event_of_several_days_is_yearly_on_each() -> None:
    event = "DTSTART;VALUE=DATE:20201231\r\nDTEND;VALUE=DATE:20210102\r\nRRULE:FREQ=YEARLY"
    assert sorted(day.key for day in read(calendar(event)).days) == [(1, 1), (12, 31)]
    assert dates_of(event)[0][1]


def test_a_date_that_is_yearly_is_not_offered_once_more() -> None:
    assert dates_of("DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY", CHRISTMAS) == [("2026-12-25", True)]


# What gives no day


def test_what_is_cancelled_is_no_day() -> None:
    strike = "UID:s\r\nDTSTART;VALUE=DATE:20261208\r\nSUMMARY:Strike day\r\nSTATUS:CANCELLED"
    file = calendar(strike, CHRISTMAS + "\r\nSTATUS:CONFIRMED")
    assert (days_of(file), left_out_of(file)) == (BOTH[:1], [("Strike day", 4, "cancelled")])
    assert read(calendar(CHRISTMAS, head=HEAD + "METHOD:CANCEL\r\n")).days == []


@pytest.mark.parametrize(
    "wrong",
    [
        "DTSTART;VALUE=DATE:2026-12-31",
        "DTSTART:",
        "DTSTART;VALUE=DATE:20261331",
        "DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:never",
        "DTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=SOMETIMES",
        "DTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=YEARLY;BYDAY=XX",
        "DTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=SECONDLY",
        "DTSTART;VALUE=DATE:20261231\r\nRRULE:RSCALE=HEBREW;FREQ=YEARLY",
        "DTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=YEARLY\r\nEXRULE:FREQ=YEARLY;INTERVAL=2",
        "DTSTART;VALUE=DATE:20261231\r\nRDATE:nonsense",
        "DTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=YEARLY\r\nRECURRENCE-ID:nonsense",
        "DTSTART;VALUE=DATE:20261231\r\nDTSTART;VALUE=DATE:20270101",
        "COMMENT:without any date",
    ],
)
def test_one_event_that_cannot_be_read_leaves_the_others_and_is_named(wrong: str) -> None:
    file = calendar(CHRISTMAS, f"UID:w\r\nSUMMARY:Hand-written\r\n{wrong}", NEW_YEAR)
    assert (days_of(file), left_out_of(file)) == (BOTH, [("Hand-written", 10, "unreadable")])


def test_a_property_without_a_value_is_not_there() -> None:
    empty = "\r\n".join(f"{name}:" for name in ("RRULE", "EXDATE", "RDATE", "DURATION", "SEQUENCE", "RECURRENCE-ID"))
    assert days_of(calendar(f"{CHRISTMAS}\r\n{empty}")) == BOTH[:1]


def test_a_calendar_of_other_months_is_not_guessed() -> None:
    assert left_out_of(calendar(CHRISTMAS, head=HEAD + "CALSCALE:HEBREW\r\n")) == [("Natal", 5, "unreadable")]


def test_days_of_other_years_are_named_too() -> None:
    file = calendar("DTSTART;VALUE=DATE:20251225\r\nSUMMARY:Past", "DTSTART;VALUE=DATE:21200101\r\nSUMMARY:Far")
    assert left_out_of(file) == [("Past", 4, "other_years"), ("Far", 8, "other_years")]


# Whole days that are written as times

WHOLE = [("2026-12-25", False)]
WINDOWS = "E. South America Standard Time"


@pytest.mark.parametrize(
    "times",
    [
        f'DTSTART;TZID="{WINDOWS}":20261225T000000\r\nDTEND;TZID="{WINDOWS}":20261226T000000',
        "DTSTART;TZID=America/Sao_Paulo:20261225T000000\r\nDTEND;TZID=America/Sao_Paulo:20261226T000000",
        "DTSTART;TZID=/example.org/Europe/Berlin:20261225T000000\r\nDURATION:P1D",
        "DTSTART;TZID=Nowhere:20261225T000000\r\nDTEND;TZID=Nowhere:20261226T000000",
        "DTSTART:20261225T000000\r\nDTEND:20261226T000000",
        "DTSTART:20261225T000000\r\nDTEND:20261225T235959",
        "DTSTART:20261225T000000\r\nDURATION:PT24H",
        "DTSTART:20261225T030000Z\r\nDTEND:20261226T030000Z",
        "DTSTART:20261225T000000Z\r\nDTEND:20261226T000000Z",
        "DTSTART:20261224T230000Z\r\nDTEND:20261225T230000Z\r\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
        "DTSTART:20261225T060000Z\r\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
        "DTSTART;VALUE=DATE:20261225\r\nDURATION:P1D",
        "DTSTART;VALUE=DATE:20261225\r\nDURATION:PT12H",
        "DTSTART:20261225",
        "DTSTART;VALUE=DATE:20261225T000000",
        "DTSTART;VALUE=DATE-TIME:20261225",
        "DTSTART;TZID=America/Sao_Paulo;VALUE=DATE:20261225",
        "DTSTART:20261225T000000",
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261225",
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261224",
        "DTSTART;VALUE=DATE:20261225\r\nDURATION:-P1D",
        "DTSTART:20261225T000000\r\nDTEND:20261224T000000",
    ],
)
def test_a_whole_day_is_one_however_it_is_written(times: str) -> None:
    assert dates_of(times) == WHOLE


@pytest.mark.parametrize("named", ["Europe/Berlin", "W. Europe Standard Time"])
def test_instants_are_midnights_where_the_calendar_says(named: str) -> None:
    times = "DTSTART:20261224T230000Z\r\nDTEND:20261225T230000Z"
    assert dates_of(times, head=f"{HEAD}X-WR-TIMEZONE:{named}\r\n") == WHOLE
    assert dates_of(times, zone="Europe/Berlin") == WHOLE
    assert dates_of(times) == []


def test_a_time_zone_of_one_file_says_nothing_about_the_next() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "{}END:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    times = "DTSTART;TZID=Ours:20261225T000000\r\nDTEND;TZID=Ours:20261226T000000"
    for offset in ("+1400", "-1200"):
        written = zone.format(f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\n")
        assert dates_of(times, head=HEAD + written) == WHOLE


@pytest.mark.parametrize(
    "times",
    [
        "DTSTART:20261225T090000\r\nDTEND:20261225T180000",
        "DTSTART:20261225T000000\r\nDTEND:20261225T120000",
        "DTSTART:20261225T120000",
        "DTSTART:20261225T130000Z\r\nDTEND:20261226T130000Z",
    ],
)
def test_what_is_not_a_whole_day_is_left_out_as_one_with_a_time(times: str) -> None:
    assert left_out_of(calendar(f"SUMMARY:Call\r\n{times}")) == [("Call", 4, "timed")]


def test_whole_days_written_as_times_repeat_as_days() -> None:
    zone = "TZID=America/Sao_Paulo"
    times = f"DTSTART;{zone}:20261201T000000\r\nDTEND;{zone}:20261202T000000\r\nEXDATE;{zone}:20261208T000000"
    until = f"{times}\r\nRRULE:FREQ=WEEKLY;UNTIL=20261222T030000Z"
    assert [day for day, _yearly in dates_of(until)] == ["2026-12-01", "2026-12-15", "2026-12-22"]
    utc = "DTSTART:20201225T030000Z\r\nDTEND:20201226T030000Z\r\nRRULE:FREQ=YEARLY"
    assert dates_of(utc) == [("2026-12-25", True)]


def test_an_event_over_several_days_gives_each_however_it_is_written() -> None:
    for times in (
        "DTSTART:20261224T000000\r\nDTEND:20261227T000000",
        "DTSTART:20261224T030000Z\r\nDTEND:20261227T030000Z",
        "DTSTART;VALUE=DATE:20261224\r\nDURATION:P3D",
        "DTSTART;VALUE=DATE:20261224\r\nDTEND:20261226T120000",
    ):
        assert [day for day, _yearly in dates_of(times)] == ["2026-12-24", "2026-12-25", "2026-12-26"]


# How it is stored

NAMED = "UID:x\r\nDTSTART;VALUE=DATE:20261115\r\nSUMMARY:Proclamação da República"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\r\n\r\n", "\r\r\n"])
def test_any_encoding_and_any_line_end_is_read(encoding: str, ending: str) -> None:
    file = calendar(NAMED, CHRISTMAS).replace("\r\n", ending).encode(encoding)
    assert days_of(file) == [("2026-11-15", "Proclamação da República"), *BOTH[:1]]


def test_a_line_folded_inside_a_letter_is_put_together() -> None:
    name = "Nossa Senhora da Conceição Aparecida e também o dia das crianças em todo o país"
    raw = calendar(f"DTSTART;VALUE=DATE:20261012\r\nSUMMARY:{name}").encode()
    for at in range(raw.index(b"Nossa"), raw.index(b"\r\nEND:VEVENT")):
        assert days_of(raw[:at] + b"\r\n " + raw[at:]) == [("2026-10-12", name)]


@pytest.mark.parametrize(
    "file",
    [
        calendar(CHRISTMAS, NEW_YEAR, head="BEGIN:VCALENDAR\r\n"),
        calendar(CHRISTMAS, NEW_YEAR) + "trailing: garbage\r\n\x00\x00<html>",
        "garbage before\r\n" + calendar(CHRISTMAS, NEW_YEAR),
        calendar(CHRISTMAS, NEW_YEAR).lower(),
        calendar(CHRISTMAS, NEW_YEAR).replace("END:VCALENDAR\r\n", ""),
        calendar(CHRISTMAS, NEW_YEAR).replace("END:VEVENT\r\nBEGIN", "BEGIN"),
        calendar(CHRISTMAS, NEW_YEAR).replace("BEGIN:VCALENDAR\r\n", ""),
        calendar(f'{CHRISTMAS}\r\nno property at all\r\nDESCRIPTION;X="open:x', NEW_YEAR),
        calendar(f"{CHRISTMAS}\r\nBEGIN:VALARM\r\nTRIGGER:-PT1H\r\nDTSTART:nonsense\r\nEND:VALARM", NEW_YEAR),
        calendar(f"BEGIN:VALARM\r\n{CHRISTMAS}", CHRISTMAS, NEW_YEAR),
        calendar(CHRISTMAS, NEW_YEAR, head=HEAD + "BEGIN:VTIMEZONE\r\nTZID:x\r\n"),
        calendar(CHRISTMAS, NEW_YEAR, head=HEAD + "BEGIN:VTODO\r\nDUE:nonsense\r\nEND:VTODO\r\n"),
    ],
)
def test_what_is_around_the_events_spoils_none(file: str) -> None:
    assert [day for day, _label in days_of(file)] == ["2026-12-25", "2027-01-01"]


def test_an_event_in_which_the_file_ends_is_named_not_guessed() -> None:
    whole = calendar(CHRISTMAS, NEW_YEAR)
    cut = whole[: whole.index("DTEND;VALUE=DATE:20270102")]
    assert (days_of(cut), [why for _name, _line, why in left_out_of(cut)]) == (BOTH[:1], ["unreadable"])


def test_a_name_is_one_that_a_day_can_have() -> None:
    event = "DTSTART;VALUE=DATE:20261225\r\nSUMMARY;LANGUAGE=pt:  Natal\\, \u202edia\\n\x07 " + "x" * 5000
    [(_day, label)] = days_of(calendar(event))
    assert label.startswith("Natal, dia x")
    assert len(label) == 80
    assert days_of(calendar("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:\x07")) == [("2026-12-25", "")]


# What it may cost


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=9MO"])
def test_no_rule_keeps_the_desk_busy(rule: str) -> None:
    events = [f"UID:{n}\r\nDTSTART;VALUE=DATE:00010101\r\nRRULE:{rule}" for n in range(1000)]
    began = thread_time()
    try:
        assert read(calendar(*events)).days == []
    except Invalid as refused:
        assert refused.code == "calendar_takes_too_long"
    assert thread_time() - began < MAX_SECONDS * 3


def test_hundreds_of_events_are_read() -> None:
    events = [f"UID:{n}\r\nDTSTART;VALUE=DATE:2027{1 + n % 12:02}{1 + n % 28:02}\r\nSUMMARY:{n}" for n in range(900)]
    assert len(read(calendar(*events)).days) == 84


_PIECES = [
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "BEGIN:", "END:",
    "UID:x", "DTSTART;VALUE=DATE:20261225", "DTSTART:20261225T000000Z", "DTSTART;TZID=X:20261225T000000", "DTSTART",
    "DTSTART;VALUE=DATE:99991231", "DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231",
    "DURATION:P99999999999D", "DURATION:-P1W", "DTEND:00010101T000000Z", "RRULE:FREQ=YEARLY",
    "RRULE:FREQ=YEARLY;COUNT=-1", "RRULE:", "RRULE:FREQ=",
    "RRULE:FREQ=WEEKLY;UNTIL=20270101", "RDATE;VALUE=PERIOD:20261225T000000Z/P1D", "EXDATE:20261225T000000Z",
    "EXDATE:",
    "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261225", "STATUS:CANCELLED", "SEQUENCE:99999999999999999999",
    "SEQUENCE:x", "SUMMARY:" + "x" * 200, "X-WR-TIMEZONE:../../etc/passwd", "X-WR-TIMEZONE:Europe", "METHOD:CANCEL",
    "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", ";:=\"", "", " folded", "\t", "\x00", "é", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_bytes_whatever_raise_anything_but_a_refusal(seed: int) -> None:
    chance = random.Random(seed)
    good = calendar(FOUNDING, CHRISTMAS, NEW_YEAR).encode()
    for _ in range(40):
        lines = chance.choices(_PIECES, k=chance.randrange(30))
        made = "\r\n".join(lines).encode("utf-8", "surrogatepass")
        whole = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])
        flipped = bytearray(good)
        for _ in range(chance.randrange(1, 9)):
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
        for raw in (
            chance.randbytes(200),
            made,
            whole.encode("utf-8", "replace"),
            bytes(flipped),
            bytes(flipped[:150]),
        ):
            try:
                found = read_days(raw, TODAY, UTC)
            except Invalid:
                continue
            assert all(len(day.label) <= 80 for day in found.days)
