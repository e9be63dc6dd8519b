"""Work hours against the clock on the wall, minute by minute (docs/rules.md, Work hours)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sectors.hours.schedule import DAY, Range, WorkHours

HOUR = 60
MINUTE = timedelta(minutes=1)
OFFICE: list[Range] = [(9 * HOUR, 18 * HOUR)]
WORKDAYS = (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ())

#: A zone and an instant near which its clock changes: forward, back, by half an hour, by none.
CHANGES = [
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Europe/Madrid", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Madrid", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    # Its day of change begins at 1 o'clock: midnight is skipped.
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    # And ends twice: 23:00 to midnight comes again.
    ("America/Sao_Paulo", datetime(2019, 2, 17, 2, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2026, 11, 1, 3, tzinfo=UTC)),
    # Half an hour only.
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 5, 1, tzinfo=UTC)),
    # A whole day was skipped.
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("UTC", datetime(2026, 2, 28, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    # Its winter is the exception to its standard time.
    ("Europe/Dublin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 3, 8, 5, 30, tzinfo=UTC)),
    # At midnight itself, forward and back.
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    # For a month of fasting its clock goes back and then forward again.
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 3, 22, 2, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 4, 4, 14, tzinfo=UTC)),
    ("Pacific/Auckland", datetime(2026, 9, 26, 14, tzinfo=UTC)),
    # By two hours.
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Asia/Tehran", datetime(2022, 9, 21, 19, 30, tzinfo=UTC)),
    ("America/Mexico_City", datetime(2022, 10, 30, 7, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 6, 15, tzinfo=UTC)),
    ("Asia/Tokyo", datetime(2026, 12, 31, 15, tzinfo=UTC)),
]


def test_the_zones_are_twenty_and_their_clocks_change_where_it_is_said() -> None:
    assert len({zone for zone, _at in CHANGES}) >= 20
    steady = {"UTC", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo"}
    for zone, at in CHANGES:
        before, after = ((at + side).astimezone(ZoneInfo(zone)).utcoffset() for side in (-MINUTE, MINUTE))
        # Brazil gave its summer time up, after which this date is one like any other.
        assert (before != after) is (zone not in steady and (zone, at.year) != ("America/Sao_Paulo", 2026)), zone


# The walk: what a person with a calendar and a clock would do.


def open_on_the_wall(hours: WorkHours, at: datetime) -> bool:
    """Whether the wall clock shows a time inside one of the ranges of its date, or of the day before."""
    wall = at.astimezone(hours.zone)
    minute = wall.hour * HOUR + wall.minute
    day = wall.date()
    return any(a <= minute < b for a, b in hours.ranges_of(day)) or any(
        a <= minute + DAY < b for a, b in hours.ranges_of(day - timedelta(days=1))
    )


def minutes(start: datetime, stop: datetime) -> Iterator[datetime]:
    """Yield each full minute from ``start`` until before ``stop``."""
    while start < stop:
        yield start
        start += MINUTE


# Examples


def madrid(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Europe/Madrid"))  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("at", "is_open", "change"),
    [
        (madrid(2026, 6, 1, 8, 59), False, madrid(2026, 6, 1, 9)),
        (madrid(2026, 6, 1, 9), True, madrid(2026, 6, 1, 18)),
        (madrid(2026, 6, 1, 17, 59, 59, 999999), True, madrid(2026, 6, 1, 18)),
        (madrid(2026, 6, 1, 18), False, madrid(2026, 6, 2, 9)),
        (madrid(2026, 6, 5, 18), False, madrid(2026, 6, 8, 9)),
        (madrid(2026, 3, 27, 18), False, madrid(2026, 3, 30, 9)),
    ],
)
def test_an_office_week(at: datetime, is_open: bool, change: datetime) -> None:
    hours = WorkHours(ZoneInfo("Europe/Madrid"), WORKDAYS)
    assert hours.is_open(at) is is_open
    assert hours.next_change(at) == change


def test_a_range_past_midnight_reaches_into_the_next_day() -> None:
    night: list[Range] = [(22 * HOUR, 30 * HOUR)]
    hours = WorkHours(ZoneInfo("UTC"), (night, (), (), (), (), (), ()))
    assert hours.is_open(datetime(2026, 6, 2, 5, 59, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 6, 2, 6, tzinfo=UTC))
    assert hours.next_change(datetime(2026, 6, 1, 23, tzinfo=UTC)) == datetime(2026, 6, 2, 6, tzinfo=UTC)


def test_a_holiday_closes_but_the_night_before_goes_on() -> None:
    night: list[Range] = [(22 * HOUR, 30 * HOUR)]
    hours = WorkHours(ZoneInfo("UTC"), (night,) * 7, exceptions={date(2026, 12, 25): ()})
    assert hours.is_open(datetime(2026, 12, 25, 5, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 12, 25, 23, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 12, 26, 5, tzinfo=UTC))


def test_a_date_wins_over_a_yearly_one() -> None:
    hours = WorkHours(
        ZoneInfo("UTC"),
        (OFFICE,) * 7,
        exceptions={date(2026, 1, 1): ((10 * HOUR, 11 * HOUR),)},
        yearly={(1, 1): ()},
    )
    assert hours.is_open(datetime(2026, 1, 1, 10, tzinfo=UTC))
    assert not hours.is_open(datetime(2027, 1, 1, 10, tzinfo=UTC))


def test_skipped_times_never_come_and_repeated_ones_count_twice() -> None:
    early: list[Range] = [(2 * HOUR, 3 * HOUR)]
    hours = WorkHours(ZoneInfo("Europe/Madrid"), (early,) * 7)
    spring = madrid(2026, 3, 29)
    autumn = madrid(2026, 10, 25)
    assert hours.open_seconds_between(spring, madrid(2026, 3, 30)) == 0
    assert hours.open_seconds_between(autumn, madrid(2026, 10, 26)) == 2 * 3600


def test_always_open_has_no_change_and_counts_every_second() -> None:
    hours = WorkHours(ZoneInfo("UTC"), always=True)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert hours.is_open(at)
    assert hours.next_change(at) is None
    assert hours.open_seconds_between(at, at + timedelta(hours=5)) == 5 * 3600


def test_closed_since_the_last_closing_however_long_ago() -> None:
    hours = WorkHours(ZoneInfo("Europe/Madrid"), WORKDAYS)
    assert hours.closed_since(madrid(2026, 6, 5, 17, 59)) is None
    assert hours.closed_since(madrid(2026, 6, 5, 18)) == madrid(2026, 6, 5, 18)
    assert hours.closed_since(madrid(2026, 6, 8, 8, 59)) == madrid(2026, 6, 5, 18)
    once = WorkHours(ZoneInfo("UTC"), exceptions={date(2026, 1, 1): ((10 * HOUR, 11 * HOUR),)})
    assert once.closed_since(datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2026, 1, 1, 11, tzinfo=UTC)
    never, at = WorkHours(ZoneInfo("UTC")), datetime(2026, 6, 1, tzinfo=UTC)
    assert never.closed_since(at) == at - timedelta(days=400)


def test_never_open_has_no_change() -> None:
    assert WorkHours(ZoneInfo("UTC")).next_change(datetime(2026, 6, 1, tzinfo=UTC)) is None


def test_the_next_opening_may_be_most_of_a_year_away() -> None:
    hours = WorkHours(ZoneInfo("Europe/Madrid"), yearly={(5, 1): ((9 * HOUR, 10 * HOUR),)})
    assert hours.next_change(madrid(2026, 5, 1, 10)) == madrid(2027, 5, 1, 9)


def test_open_without_end_has_no_change() -> None:
    around: list[Range] = [(0, DAY)]
    hours = WorkHours(ZoneInfo("Europe/Madrid"), (around,) * 7)
    at = madrid(2026, 6, 1)
    assert hours.next_change(at) is None
    # 25 hours on the day on which the clock is set back.
    assert hours.open_seconds_between(madrid(2026, 10, 25), madrid(2026, 10, 26)) == 25 * 3600


@pytest.mark.timeout(60)
@pytest.mark.parametrize("micro", [1, 500_000, 999_999])
def test_any_fraction_of_the_second_in_which_the_clock_changes(micro: int) -> None:
    """Search for the change must end also where it looks from within that very second of the day."""
    hours = WorkHours(ZoneInfo("Europe/Madrid"), (OFFICE,) * 7)
    at = datetime(2026, 3, 20, 1, 0, 0, micro, tzinfo=UTC)
    closed = WorkHours(ZoneInfo("Europe/Madrid"))
    assert closed.next_change(at) is None
    stop = datetime(2026, 3, 29, 1, 0, 0, micro, tzinfo=UTC)
    # From 02:00 on Friday the 20th to 03:00 on Sunday the 29th: nine whole office days.
    assert hours.open_seconds_between(at, stop) == 9 * 9 * 3600


def test_seconds_between_the_wrong_way_round_are_none() -> None:
    hours = WorkHours(ZoneInfo("UTC"), (OFFICE,) * 7)
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert hours.open_seconds_between(at, at) == 0
    assert hours.open_seconds_between(at, at - timedelta(hours=1)) == 0


# Properties


@st.composite
def ranges(draw: st.DrawFn) -> tuple[Range, ...]:
    """Up to three ranges that start on one day, at quarters or at odd minutes."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        opens = draw(st.integers(0, DAY - 1))
        length = draw(st.sampled_from([1, 15, 60, 90, 240, 720, DAY]))
        found.append((opens, opens + length))
    return tuple(found)


@st.composite
def hours_near_a_change(draw: st.DrawFn) -> tuple[WorkHours, datetime]:
    """Any hours in one of the zones, with an instant within a day or so of its change."""
    name, change = draw(st.sampled_from(CHANGES))
    zone = ZoneInfo(name)
    days = st.integers(-2, 2).map(lambda n: (change + timedelta(days=n)).astimezone(zone).date())
    exceptions = draw(st.dictionaries(days, ranges(), max_size=2))
    yearly = draw(st.dictionaries(days.map(lambda d: (d.month, d.day)), ranges(), max_size=1))
    week = tuple(draw(ranges()) for _ in range(7))
    start = change + timedelta(minutes=draw(st.integers(-30 * HOUR, 6 * HOUR)))
    return WorkHours(zone, week, exceptions, yearly), start


@settings(max_examples=150, deadline=None)
@given(hours_near_a_change(), st.integers(0, 40 * HOUR))
def test_open_seconds_are_the_open_minutes_of_the_walk(given_hours: tuple[WorkHours, datetime], length: int) -> None:
    hours, start = given_hours
    stop = start + length * MINUTE
    walked = sum(60 for at in minutes(start, stop) if open_on_the_wall(hours, at))
    assert hours.open_seconds_between(start, stop) == walked


@settings(max_examples=150, deadline=None)
@given(hours_near_a_change())
def test_open_now_is_what_the_wall_says(given_hours: tuple[WorkHours, datetime]) -> None:
    hours, start = given_hours
    for at in minutes(start, start + timedelta(hours=4)):
        assert hours.is_open(at) == open_on_the_wall(hours, at)


@settings(max_examples=150, deadline=None)
@given(hours_near_a_change())
def test_the_next_change_is_the_first_of_the_walk(given_hours: tuple[WorkHours, datetime]) -> None:
    hours, start = given_hours
    now = open_on_the_wall(hours, start)
    horizon = start + timedelta(days=3)
    walked = next((at for at in minutes(start, horizon) if open_on_the_wall(hours, at) != now), None)
    found = hours.next_change(start)
    if walked is None:
        assert found is None or found >= horizon
    else:
        assert found is not None
        # In one zone: a time that comes twice never equals that of another zone.
        assert found.astimezone(UTC) == walked
        assert found.tzinfo == hours.zone


@settings(max_examples=150, deadline=None)
@given(hours_near_a_change())
def test_closed_since_is_where_the_walk_back_finds_it_open(given_hours: tuple[WorkHours, datetime]) -> None:
    hours, at = given_hours
    found = hours.closed_since(at)
    if open_on_the_wall(hours, at):
        assert found is None
        return
    horizon = at - timedelta(days=3)
    walked = next(
        (minute for minute in reversed(list(minutes(horizon, at))) if open_on_the_wall(hours, minute)), None
    )
    assert found is not None
    assert found.tzinfo == hours.zone
    if walked is None:
        assert found <= horizon
    else:
        assert found.astimezone(UTC) == walked + MINUTE


@settings(max_examples=100, deadline=None)
@given(
    hours_near_a_change(),
    st.integers(0, 999_999),
    st.floats(0, 200_000, allow_nan=False),
    st.floats(0, 200_000, allow_nan=False),
)
@example(
    (WorkHours(ZoneInfo("Europe/Madrid"), (OFFICE,) * 7), CHANGES[2][1] - timedelta(days=1)),
    500_000,
    86_400.0,
    10.0,
)
def test_open_seconds_add_up(
    given_hours: tuple[WorkHours, datetime], micro: int, first: float, second: float
) -> None:
    hours, start = given_hours
    start = start.replace(microsecond=micro)
    middle = start + timedelta(seconds=first)
    stop = middle + timedelta(seconds=second)
    parts = hours.open_seconds_between(start, middle) + hours.open_seconds_between(middle, stop)
    assert hours.open_seconds_between(start, stop) == pytest.approx(parts, abs=1e-3)
