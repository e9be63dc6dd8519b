"""Special days over the REST API (docs/rules.md, Special days)."""

import pytest

from sectors.models import WorkException
from sectors.operations import update_sector
from tests.builders import special_day
from tests.sectors.test_ical import file_of


@pytest.fixture
def path(desk):
    """The address of the sector's special days."""
    return f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/days"


def test_they_are_added_read_changed_and_removed(program, path):
    new = {"date": "2026-12-25", "label": "Christmas", "ranges": [["08:00", "12:00"], ["22:00", "02:00"]]}
    answer = program.post(f"{path}/", {"days": [new, {"date": "2027-01-01", "yearly": True}]})
    assert answer.status_code == 201
    christmas, new_year = answer.json()["results"]
    assert {key: christmas[key] for key in new} == new
    assert (new_year["yearly"], new_year["ranges"]) == (True, [])
    assert program.get(f"{path}/").json()["results"] == [christmas, new_year]
    changed = program.patch(f"{path}/{christmas['id']}/", {"ranges": []}).json()
    assert changed == {**christmas, "ranges": [], "modified_at": changed["modified_at"]}
    assert program.call("DELETE", f"{path}/{christmas['id']}/").json()["id"] == christmas["id"]
    assert program.get(f"{path}/").json()["results"] == [new_year]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, None),
        ([], None),
        ({}, "days"),
        ({"days": []}, "days"),
        ({"days": [{}]}, "days"),
        ({"days": [{"date": "25/12/2026"}]}, "days"),
        ({"days": [{"date": "2026-12-25", "ranges": "08:00"}]}, "days"),
        ({"days": [{"date": "2026-12-25", "ranges": [["8", "12"]]}]}, "days"),
        ({"days": [{"date": "2026-12-25", "ranges": [["08:00"]]}]}, "days"),
        ({"days": [{"date": "2026-12-25", "ranges": [["08:00", "12:00"], ["11:00", "13:00"]]}]}, "hours"),
        ({"days": [{"date": "2026-12-25", "label": 5}]}, "days"),
        ({"days": [{"date": "2026-12-25", "label": "x" * 81}]}, "label"),
        ({"days": [{"date": "2026-12-25"}] * 501}, "days"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(program, path, body, field):
    answer = program.post(f"{path}/", body)
    assert answer.status_code == 400
    assert field is None or any(key.split(".")[0] == field for key in answer.json()["errors"])
    assert not WorkException.objects.exists()


def test_a_date_twice_is_refused_unless_it_may_be_skipped(desk, program, path):
    special_day(desk)
    days = {"days": [{"date": "2030-01-01"}, {"date": "2030-01-02"}]}
    answer = program.post(f"{path}/", days)
    assert (answer.status_code, answer.json()["code"]) == (400, "special_day_taken")
    answer = program.post(f"{path}/", {**days, "skip_present": True})
    assert [day["date"] for day in answer.json()["results"]] == ["2030-01-02"]


def test_a_day_of_another_sector_is_not_found(desk, program, path):
    other = special_day(desk)
    elsewhere = path.replace(str(desk.sector.pk), str(desk.add_sector().pk))
    for method, body in (("PATCH", {}), ("DELETE", None)):
        assert program.call(method, f"{elsewhere}/{other.pk}/", body).status_code == 404
    assert WorkException.objects.filter(pk=other.pk).exists()


def test_a_calendar_file_is_read_and_nothing_stored(program, path):
    content = file_of(
        "DTSTART;VALUE=DATE:21200101\r\nSUMMARY:Far", "DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY"
    )
    answer = program.post(f"{path}/read-file/", {"content": content.decode()})
    assert [day["yearly"] for day in answer.json()["results"]] == [True]
    assert answer.json()["timed"] == 0
    assert answer.json()["left_out"] == [{"name": "Far", "line": 4, "why": "other_years"}]
    assert answer.json()["left_out_count"] == 1
    assert not WorkException.objects.exists()
    answer = program.post(f"{path}/read-file/", {"content": "hello"})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_calendar")
    answer = program.post(f"{path}/read-file/", {"content": "\ufeff" + content.decode() + "\ud800"})
    assert answer.status_code in {200, 400}


def test_an_instant_is_midnight_where_the_sector_is(desk, program, path):
    update_sector(desk.sector, by=desk.by(), timezone="America/Sao_Paulo")
    content = file_of("DTSTART:20260101T030000Z\r\nDTEND:20260102T030000Z\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Ano Novo")
    [day] = program.post(f"{path}/read-file/", {"content": content.decode()}).json()["results"]
    assert (day["date"][5:], day["label"], day["yearly"]) == ("01-01", "Ano Novo", True)


def test_holidays_are_there_to_choose_from(program):
    answer = program.get("/holidays/", country="BR", region="SP", year="2027")
    assert {"date": "2027-07-09", "label": "Constitutionalist Revolution", "fixed": True} in answer.json()["results"]


def test_the_calendars_to_choose_from_are_listed(program):
    listed = program.get("/holidays/calendars/").json()
    assert {"code": "BR", "name": "Brazil"} in listed["countries"]
    assert listed["regions"] == []
    regions = program.get("/holidays/calendars/", country="BR").json()["regions"]
    assert {"code": "SP", "name": "São Paulo"} in regions
    assert program.get("/holidays/calendars/", country="XX").status_code == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "country"),
        ({"country": "XX", "year": "2027"}, "country"),
        ({"country": "BR", "region": "MD", "year": "2027"}, "region"),
        ({"country": "BR", "year": "soon"}, "year"),
        ({"country": "BR", "year": "9999"}, "year"),
    ],
)
def test_holidays_of_nowhere_are_refused(program, query, field):
    answer = program.get("/holidays/", **query)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_the_hours_answer_for_any_moment(desk, program, path):
    special_day(desk, label="New Year")
    hours = path.replace("/days", "/hours/")
    week = [[["08:00", "18:00"]]] * 7
    program.patch(f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/", {"week": week, "always_open": False})
    closed = program.get(hours, at="2030-01-01T09:00:00Z").json()
    assert (closed["is_open"], closed["special_day"]) == (False, "New Year")
    assert closed["changes_at"].startswith("2030-01-02T08:00:00")
    assert program.get(hours, at="2030-01-02T09:00:00Z").json()["is_open"]
    assert program.get(hours).status_code == 200
    for at in ("soon", "2030-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        answer = program.get(hours, at=at)
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["at"]), at


def test_a_change_from_an_older_state_is_refused(program, path):
    [day] = program.post(f"{path}/", {"days": [{"date": "2026-12-25"}]}).json()["results"]
    program.patch(f"{path}/{day['id']}/", {"label": "Theirs"})
    answer = program.patch(f"{path}/{day['id']}/", {"label": "Mine", "modified_at": day["modified_at"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    [now] = program.get(f"{path}/").json()["results"]
    assert now["label"] == "Theirs"
    answer = program.patch(f"{path}/{day['id']}/", {"label": "Mine", "modified_at": now["modified_at"]})
    assert answer.json()["label"] == "Mine"
