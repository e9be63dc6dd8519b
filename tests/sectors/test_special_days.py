"""Special days: dates with other hours than their weekday's (docs/rules.md, Special days)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Conflict
from orgs.models import AuditEntry
from sectors import operations
from sectors.models import Sector, WorkException
from sectors.operations import SpecialDay
from sectors.operations.special_days import MAX_DAYS
from tests.builders import Desk, special_day
from tests.pages import NASTY, Pages, fields_of, text_of
from tests.refusals import refused, refused_by
from tests.sectors.test_ical import file_of

CHRISTMAS = date(2026, 12, 25)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def days_of(desk: Desk) -> list[tuple[date, str]]:
    return list(WorkException.objects.filter(sector=desk.sector).order_by("date").values_list("date", "label"))


def week_of(desk: Desk, week: list) -> None:
    operations.update_sector(desk.sector, by=desk.by(), week=week, always_open=False)
    desk.sector.refresh_from_db()


# What they do


def test_tickets_are_refused_on_a_day_that_is_closed(desk: Desk) -> None:
    week_of(desk, [[(0, 1440)]] * 7)
    special_day(desk, CHRISTMAS, label="Christmas")
    with time_machine.travel(datetime(2026, 12, 25, 12, tzinfo=UTC), tick=False), refused("outside_hours") as told:
        desk.open_ticket()
    assert str(told.value.extra["opens_at"]).startswith("2026-12-26T00:00:00")


def test_a_day_with_hours_of_its_own_is_open_then_alone(desk: Desk) -> None:
    week_of(desk, [[]] * 7)
    special_day(desk, date(2026, 12, 6), ranges=((600, 720),))
    hours = Sector.objects.get(pk=desk.sector.pk).hours
    assert hours.is_open(datetime(2026, 12, 6, 10, 30, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 12, 6, 13, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 12, 13, 10, 30, tzinfo=UTC))


def test_a_yearly_day_comes_each_year_and_a_date_wins_over_it(desk: Desk) -> None:
    week_of(desk, [[(0, 1440)]] * 7)
    special_day(desk, CHRISTMAS, yearly=True)
    special_day(desk, date(2027, 12, 25), ranges=((600, 720),))
    hours = Sector.objects.get(pk=desk.sector.pk).hours
    assert not hours.is_open(datetime(2028, 12, 25, 11, tzinfo=UTC))
    assert hours.is_open(datetime(2027, 12, 25, 11, tzinfo=UTC))


# The operations


def test_a_date_is_there_once(desk: Desk) -> None:
    special_day(desk, CHRISTMAS)
    with refused("special_day_taken"):
        special_day(desk, CHRISTMAS)
    special_day(desk, CHRISTMAS, yearly=True)
    with refused("special_day_taken"):
        special_day(desk, date(2020, 12, 25), yearly=True)


def test_all_are_added_or_none(desk: Desk) -> None:
    with refused("range_out_of_order"):
        operations.add_special_days(
            desk.sector, [SpecialDay(CHRISTMAS), SpecialDay(date(2027, 1, 1), ranges=((600, 500),))], by=desk.by()
        )
    assert days_of(desk) == []


def test_days_that_are_there_stay_as_they_are_where_that_is_asked_for(desk: Desk) -> None:
    special_day(desk, CHRISTMAS, label="Ours")
    added = operations.add_special_days(
        desk.sector,
        [SpecialDay(CHRISTMAS, "Theirs"), SpecialDay(date(2027, 1, 1), "New Year"), SpecialDay(date(2027, 1, 1))],
        by=desk.by(),
        skip_present=True,
    )
    assert [day.label for day in added] == ["New Year"]
    assert days_of(desk) == [(CHRISTMAS, "Ours"), (date(2027, 1, 1), "New Year")]


@pytest.mark.parametrize(
    ("ranges", "code"),
    [
        (((600, 700), (650, 800)), "ranges_overlap"),
        (((700, 600),), "range_out_of_order"),
        (((0, 1441),), "range_out_of_order"),
        (((1440, 1500),), "range_out_of_order"),
        (((-1, 5),), "range_out_of_order"),
        (((1.5, 5),), "range_out_of_order"),
        (((True, 5),), "range_out_of_order"),
        (tuple((n, n + 1) for n in range(0, 26, 2)), "range_out_of_order"),
    ],
)
def test_hours_that_make_no_sense_are_refused(desk: Desk, ranges: Any, code: str) -> None:
    with refused(code):
        special_day(desk, ranges=ranges)


def test_a_sector_has_no_more_than_its_most(desk: Desk) -> None:
    many = [SpecialDay(date(2000 + n // 300, 1 + n % 300 // 25, 1 + n % 25)) for n in range(MAX_DAYS)]
    operations.add_special_days(desk.sector, many, by=desk.by())
    with refused("too_many_special_days"):
        special_day(desk, date(2100, 1, 1))


def test_changing_and_removing_are_written_down(desk: Desk) -> None:
    day = special_day(desk, CHRISTMAS, label="Christmas")
    operations.change_special_day(day, SpecialDay(CHRISTMAS, "Christmas Day", ((600, 720),)), by=desk.by())
    operations.change_special_day(day, SpecialDay(CHRISTMAS, "Christmas Day", ((600, 720),)), by=desk.by())
    operations.remove_special_day(day, by=desk.by())
    entries = AuditEntry.objects.filter(action__startswith="special_day.").order_by("id")
    assert [entry.action.split(".")[1] for entry in entries] == ["added", "changed", "removed"]
    assert entries[1].before == {"label": "Christmas", "ranges": []}
    assert entries[1].after == {"label": "Christmas Day", "ranges": [[600, 720]]}
    assert days_of(desk) == []


def test_a_manager_of_another_sector_may_not(desk: Desk) -> None:
    other = desk.manager(desk.add_sector())
    with refused("not_allowed"):
        operations.add_special_days(desk.sector, [SpecialDay(CHRISTMAS)], by=desk.by(other))


# Around the code


def test_the_database_keeps_a_date_once(desk: Desk) -> None:
    special_day(desk, CHRISTMAS)
    with refused_by("work_exception_once_per_date"):
        WorkException.objects.create(sector=desk.sector, date=CHRISTMAS)
    special_day(desk, CHRISTMAS, yearly=True)
    with refused_by("work_exception_once_per_year"):
        WorkException.objects.create(sector=desk.sector, date=date(1999, 12, 25), yearly=True)


@pytest.mark.parametrize(
    "ranges",
    [
        {}, "x", 1, [1], [[1]], [[1, 2, 3]], [["1", "2"]], [[5, 5]], [[5, 4]], [[1440, 1441]], [[0, 1441]],
        [[-1, 3]], [[0.5, 3]], [[10, 20], [15, 30]], [[20, 30], [0, 10]], [[None, 3]],
        [[n, n + 1] for n in range(13)],
    ],
)  # fmt: skip
def test_the_database_keeps_hours_in_order(desk: Desk, ranges: Any) -> None:
    with refused_by("work_exception_ranges_in_order"):
        WorkException.objects.create(sector=desk.sector, date=CHRISTMAS, ranges=ranges)


# The page


def test_a_day_is_added_changed_and_removed_in_the_browser(desk: Desk, pages: Pages) -> None:
    sector = desk.sector.pk
    with time_machine.travel(NOW, tick=False):
        data = {"date": "2026-12-25", "label": "Christmas", "hours": "08:00-12:00; 13:00 – 15:30"}
        assert pages.post("sectors:days", sector, **data).status_code == 302
        shown = text_of(pages.get("sectors:days", sector))
    assert "Dec. 25, 2026 · Christmas" in shown
    assert "Friday · 8:00 a.m. – 12:00 p.m., 1:00 p.m. – 3:30 p.m." in shown
    day = WorkException.objects.get(sector=sector)
    assert day.ranges == [[480, 720], [780, 930]]
    version = day.modified_at.isoformat()
    assert pages.post("sectors:day", sector, day.pk, date="2026-12-24", version=version).status_code == 302
    day.refresh_from_db()
    assert (day.date, day.ranges) == (date(2026, 12, 24), [])
    pages.post("sectors:day_remove", sector, day.pk, version=version)
    assert days_of(desk) != [], "it was removed from an older state than the one saved"
    pages.post("sectors:day_remove", sector, day.pk, version=day.modified_at.isoformat())
    assert days_of(desk) == []


def test_the_second_of_two_who_change_a_day_sees_what_changed(desk: Desk, pages: Pages) -> None:
    [day] = operations.add_special_days(desk.sector, [SpecialDay(CHRISTMAS, "Christmas")], by=desk.by())
    mine = pages.typed("sectors:day", desk.sector.pk, day.pk)
    operations.change_special_day(day, SpecialDay(CHRISTMAS, "Theirs", ((480, 720),)), by=desk.by())
    answer = pages.post("sectors:day", desk.sector.pk, day.pk, **mine | {"label": "Mine", "hours": ""})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Somebody else has saved this in the meantime" in page
    assert "Name Theirs Mine" in page
    assert "Hours 08:00–12:00 –" in page
    day.refresh_from_db()
    assert day.label == "Theirs"
    again = fields_of(answer.content.decode())
    assert pages.post("sectors:day", desk.sector.pk, day.pk, **again).status_code == 302
    day.refresh_from_db()
    assert (day.label, day.ranges) == ("Mine", [])


def test_a_day_that_somebody_else_removed_does_not_come_back_with_a_change(desk: Desk) -> None:
    [day] = operations.add_special_days(desk.sector, [SpecialDay(CHRISTMAS)], by=desk.by())
    operations.remove_special_day(day, by=desk.by())
    with pytest.raises(Conflict) as refused:
        operations.change_special_day(day, SpecialDay(CHRISTMAS, "Back"), by=desk.by())
    assert refused.value.code == "conflict"
    assert days_of(desk) == []


def test_a_day_is_edited_in_the_list(desk: Desk, pages: Pages) -> None:
    [day] = operations.add_special_days(desk.sector, [SpecialDay(CHRISTMAS, "Christmas")], by=desk.by())
    url = pages.url("sectors:day", desk.sector.pk, day.pk)
    part = {"HX-Request": "true", "Referer": "http://testserver" + pages.url("sectors:days", desk.sector.pk)}
    shown = pages.client.get(url, headers=part).content.decode()
    assert shown.strip().startswith(f'<li class="rows__item rows__item--edit" id="day-{day.pk}"')
    answer = pages.client.post(url, {**fields_of(shown), "hours": "late"}, headers=part)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, f"#day-{day.pk}")
    assert 'value="late"' in answer.content.decode()
    answer = pages.client.post(url, {**fields_of(shown), "hours": "08:00-12:00"}, headers=part)
    assert answer.url == pages.url("sectors:days", desk.sector.pk)
    day.refresh_from_db()
    assert day.ranges == [[480, 720]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"date": ""}, "required"),
        ({"date": "25/99/2026"}, "valid date"),
        ({"date": "1066-10-14"}, "between 1970 and 2200"),
        ({"date": "2026-12-25", "hours": "8-noon"}, "Write hours as"),
        ({"date": "2026-12-25", "hours": "08:00–12:00–13:00"}, "Write hours as"),
        ({"date": "2026-12-25", "hours": "08:00–12:00, 11:00–13:00"}, "overlap"),
        ({"date": "2026-12-25", "label": "x" * 81}, "at most 80"),
    ],
)
def test_a_bad_day_is_refused_and_stays_typed(desk: Desk, pages: Pages, data: dict, sentence: str) -> None:
    answer = pages.post("sectors:days", desk.sector.pk, **{"label": "Kept", **data})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert data.get("label", "Kept") in answer.content.decode()
    assert days_of(desk) == []


@pytest.mark.parametrize("value", NASTY)
def test_nothing_typed_breaks_the_page(desk: Desk, pages: Pages, value: str) -> None:
    for data in ({"date": value}, {"date": "2026-12-25", "hours": value}, {"date": "2026-12-25", "label": value}):
        assert pages.post("sectors:days", desk.sector.pk, **data).status_code in {302, 422}
    for query in ({"country": value}, {"country": "BR", "region": value}, {"country": "BR", "year": value}):
        assert pages.client.get(pages.url("sectors:days", desk.sector.pk), query).status_code == 200


def test_holidays_are_chosen_one_by_one(desk: Desk, pages: Pages) -> None:
    special_day(desk, date(2027, 12, 25), label="Ours")
    query = {"country": "BR", "region": "SP", "year": "2027"}
    markup = pages.client.get(pages.url("sectors:days", desk.sector.pk), query).content.decode()
    assert 'value="2027-07-09" checked' in markup
    assert 'value="2027-12-25" disabled' in markup
    # Good Friday has another date next year, so nobody is offered to repeat it.
    assert 'name="yearly-2027-03-26"' not in markup
    data = {
        "chosen": ["2027-07-09", "2027-01-01", "2027-12-25", "nonsense", "2027-99-99"],
        "label-2027-07-09": "Revolution",
        "label-2027-01-01": "New Year",
        "yearly-2027-01-01": "1",
    }
    assert pages.post("sectors:days_chosen", desk.sector.pk, **data).status_code == 302
    assert days_of(desk) == [
        (date(2027, 1, 1), "New Year"),
        (date(2027, 7, 9), "Revolution"),
        (date(2027, 12, 25), "Ours"),
    ]
    assert WorkException.objects.get(label="New Year").yearly


def test_a_country_changed_with_the_region_of_another_asks_for_the_whole_country(desk: Desk, pages: Pages) -> None:
    query = {"country": "ES", "region": "SP", "year": "2027"}
    answer = pages.client.get(pages.url("sectors:days", desk.sector.pk), query)
    assert 'value="2027-10-12"' in answer.content.decode()


def test_the_country_of_the_time_zone_is_proposed(desk: Desk, pages: Pages) -> None:
    operations.update_sector(desk.sector, by=desk.by(), timezone="America/Sao_Paulo")
    assert '<option value="BR" selected>' in pages.get("sectors:days", desk.sector.pk).content.decode()


def test_a_calendar_file_is_shown_before_anything_is_added(desk: Desk, pages: Pages) -> None:
    content = file_of("DTSTART;VALUE=DATE:20261208\r\nSUMMARY:Inventory", "DTSTART:20261208T090000Z\r\nSUMMARY:Call")
    with time_machine.travel(NOW, tick=False):
        answer = pages.post("sectors:days_file", desk.sector.pk, file=SimpleUploadedFile("days.ics", content))
    assert 'value="2026-12-08" checked' in answer.content.decode()
    assert "1 event with a time of day was left out. Call Line 10" in text_of(answer)
    assert days_of(desk) == []


def test_a_day_that_a_file_has_every_year_is_stored_so_unless_that_is_unticked(desk: Desk, pages: Pages) -> None:
    content = file_of("DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Natal")
    with time_machine.travel(NOW, tick=False):
        answer = pages.post("sectors:days_file", desk.sector.pk, file=SimpleUploadedFile("days.ics", content))
    form = fields_of(answer.content.decode())
    [key] = [name for name in form if name.startswith("yearly-")]
    for sent, yearly in ((form, True), ({name: form[name] for name in form if name != key}, False)):
        assert pages.post("sectors:days_chosen", desk.sector.pk, **sent).status_code == 302
        day = WorkException.objects.get()
        assert (day.yearly, day.label) == (yearly, "Natal")
        day.delete()


def test_what_a_calendar_file_has_beside_its_days_is_named(desk: Desk, pages: Pages) -> None:
    content = file_of(
        "DTSTART;VALUE=DATE:20261208\r\nSUMMARY:Strike\r\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:2026-12-31\r\nSUMMARY:By hand",
        "DTSTART;VALUE=DATE:20101208\r\nSUMMARY:Long ago",
        "DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Natal",
    )
    with time_machine.travel(NOW, tick=False):
        answer = pages.post("sectors:days_file", desk.sector.pk, file=SimpleUploadedFile("days.ics", content))
    shown = text_of(answer)
    assert "1 cancelled event was left out. Strike Line 4" in shown
    assert "1 event could not be read. By hand Line 11" in shown
    assert "1 event has no day in this year or the next. Long ago Line 17" in shown
    assert 'value="2026-12-25" checked' in answer.content.decode()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 100, b"x" * (1024 * 1024 + 1)])
def test_what_is_no_calendar_file_is_refused_kindly(desk: Desk, pages: Pages, content: bytes) -> None:
    answer = pages.post("sectors:days_file", desk.sector.pk, file=SimpleUploadedFile("days.ics", content))
    assert answer.status_code == 422
    assert pages.post("sectors:days_file", desk.sector.pk).status_code == 422


def test_the_page_costs_the_same_however_many_days(desk: Desk, pages: Pages) -> None:
    pages.get("sectors:days", desk.sector.pk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get("sectors:days", desk.sector.pk).status_code == 200
        return len(queries)

    before = cost()
    operations.add_special_days(desk.sector, [SpecialDay(date(2030, 1, 1 + n)) for n in range(20)], by=desk.by())
    assert cost() == before
