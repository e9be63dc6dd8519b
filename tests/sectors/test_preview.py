"""What work hours mean, for people to look at (docs/rules.md, Work hours)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from sectors import operations
from sectors.hours.schedule import DAY, WorkHours
from sectors.models import Sector
from sectors.preview import answer_for, open_on, strip
from tests.builders import Desk, special_day
from tests.pages import NASTY, Pages, text_of
from tests.sectors.test_hours import ranges

MONDAY_NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
OFFICE = [[(480, 720), (780, 1080)]] * 5 + [[], []]


@pytest.fixture
def sector(desk: Desk) -> Sector:
    """A sector with a lunch break, in UTC."""
    operations.update_sector(desk.sector, by=desk.by(), week=OFFICE, always_open=False, timezone="UTC")
    return Sector.objects.get(pk=desk.sector.pk)


def fresh(sector: Sector) -> Sector:
    return Sector.objects.get(pk=sector.pk)


def test_the_strip_shows_seven_days_with_the_breaks_and_marks_now(sector: Sector) -> None:
    days = strip(sector, MONDAY_NOON)
    assert [day.day for day in days] == [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
    assert [(bar.start, bar.length) for bar in days[0].bars] == [(480, 240), (780, 300)]
    assert days[5].bars == ()
    assert days[5].text == "closed"
    assert [day.now for day in days] == [750, None, None, None, None, None, None]


def test_a_night_shift_is_shown_on_both_its_days(desk: Desk, sector: Sector) -> None:
    night = [[(1320, 1800)], *[[]] * 6]
    operations.update_sector(sector, by=desk.by(), week=night)
    days = strip(fresh(sector), MONDAY_NOON)
    assert [(bar.start, bar.length) for bar in days[0].bars] == [(1320, 120)]
    assert [(bar.start, bar.length) for bar in days[1].bars] == [(0, 360)]


def test_special_days_are_named_and_those_of_the_date_win(desk: Desk, sector: Sector) -> None:
    special_day(desk, date(2000, 11, 24), label="Every year", yearly=True)
    special_day(desk, date(2026, 11, 24), label="This year", ranges=((600, 660),))
    special_day(desk, date(2026, 11, 25))
    days = strip(fresh(sector), MONDAY_NOON)
    assert [(day.is_special, day.special) for day in days[:4]] == [
        (False, ""), (True, "This year"), (True, ""), (False, ""),
    ]  # fmt: skip
    assert days[1].text == "10:00 a.m. – 11:00 a.m."
    assert days[2].text == "closed"


def test_around_the_clock_is_one_bar_a_day(desk: Desk, sector: Sector) -> None:
    operations.update_sector(sector, by=desk.by(), always_open=True)
    assert {(bar.start, bar.length) for day in strip(fresh(sector), MONDAY_NOON) for bar in day.bars} == {(0, 1440)}


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[ranges()] * 7), st.integers(0, DAY - 1), st.integers(0, 6))
def test_the_bars_are_open_exactly_where_the_hours_say_so(week: tuple, minute: int, offset: int) -> None:
    hours = WorkHours(ZoneInfo("UTC"), week)
    day = date(2026, 6, 1) + timedelta(days=offset)
    at = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=UTC)
    # The day before the first one of the strip counts too.
    assert any(a <= minute < b for a, b in open_on(hours, day)) == hours.is_open(at)


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (datetime(2026, 11, 23, 9), "Open on Monday, Nov. 23, 2026, 9:00 a.m. Closes Mon Nov. 23, 2026, 12:00 p.m."),
        (
            datetime(2026, 11, 23, 12, 15),
            "Closed on Monday, Nov. 23, 2026, 12:15 p.m. Opens Mon Nov. 23, 2026, 1:00 p.m.",
        ),
        (
            datetime(2026, 11, 28, 9),
            "Closed on Saturday, Nov. 28, 2026, 9:00 a.m. Opens Mon Nov. 30, 2026, 8:00 a.m.",
        ),
    ],
)
def test_any_moment_gets_an_answer(sector: Sector, at: datetime, sentence: str) -> None:
    assert answer_for(sector, at).sentence == sentence


def test_a_moment_is_meant_on_the_sectors_own_clock(desk: Desk, sector: Sector) -> None:
    operations.update_sector(sector, by=desk.by(), timezone="America/Sao_Paulo")
    assert answer_for(fresh(sector), datetime(2026, 11, 23, 17, 59)).is_open
    assert not answer_for(fresh(sector), datetime(2026, 11, 23, 17, 59, tzinfo=UTC) + timedelta(hours=4)).is_open


def test_the_page_shows_the_week_and_answers(desk: Desk, sector: Sector) -> None:
    pages = Pages(desk.administrator, desk.project)
    with time_machine.travel(MONDAY_NOON, tick=False):
        shown = text_of(pages.get("sectors:hours", sector.pk))
    assert "Mon November 23 8:00 a.m. – 12:00 p.m., 1:00 p.m. – 6:00 p.m." in shown
    answer = text_of(pages.get("sectors:hours_at", sector.pk, at="2026-11-28T09:00"))
    assert answer.startswith("Closed on Saturday, Nov. 28, 2026")


@pytest.mark.parametrize("at", [*NASTY, "", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-28"])
def test_a_moment_that_is_none_is_refused(desk: Desk, sector: Sector, at: str) -> None:
    assert Pages(desk.administrator, desk.project).get("sectors:hours_at", sector.pk, at=at).status_code in {200, 422}
