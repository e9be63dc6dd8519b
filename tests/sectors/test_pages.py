"""The pages of sectors: the list, and one sector with its hours and managers."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.form_fields import MAX_FOUND, MAX_OFFERED
from orgs.models import ProjectRole
from sectors import operations
from sectors.models import Sector
from tests.builders import Desk, organization_member, person, project_member
from tests.every_page import PAGES, address
from tests.pages import NASTY, Pages, fields_of, text_of
from tests.walk import World, parameters, routes

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_list_says_when_each_sector_is_open_and_what_it_lacks(desk: Desk, pages: Pages) -> None:
    weekdays = [[(480, 1080)]] * 5 + [[], []]
    desk.add_sector(name="Sales", always_open=False, week=weekdays, timezone_name="UTC")
    desk.add_sector(name="Far", always_open=False, week=weekdays, timezone_name="Pacific/Auckland")
    desk.agent()
    with time_machine.travel(MONDAY_NOON, tick=False):
        page = text_of(pages.get("sectors:list"))
    assert "Open around the clock" in page
    assert "Open now, closes 6:00 p.m." in page
    assert "Closed, opens 8:00 a.m." in page or "Closed, opens Tue 8:00 a.m." in page
    assert page.count("Not ready: no agent") == 2


def test_the_list_links_a_sector_that_is_not_ready_to_what_mends_it(desk: Desk, pages: Pages) -> None:
    markup = pages.get("sectors:list").content.decode()
    assert pages.url("queues:detail", desk.queue.pk) in markup
    desk.agent()
    assert pages.url("queues:detail", desk.queue.pk) not in pages.get("sectors:list").content.decode()


def test_the_list_costs_the_same_however_long(desk: Desk, pages: Pages) -> None:
    pages.get("sectors:list")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get("sectors:list").status_code == 200
        return len(queries)

    before = cost()
    for _n in range(5):
        sector = desk.add_sector(queue_names=["One", "Two"])
        desk.agent(*sector.queues.all())
    assert cost() == before


def test_a_manager_lists_and_edits_the_own_sector_only(desk: Desk) -> None:
    other = desk.add_sector(name="Another")
    manager = Pages(desk.manager(), desk.project)
    page = text_of(manager.get("sectors:list"))
    assert desk.sector.name in page
    assert "Another" not in page
    assert "New sector" not in page
    assert manager.get("sectors:detail", desk.sector.pk).status_code == 200
    assert manager.get("sectors:detail", other.pk).status_code == 404
    assert manager.post("sectors:archive", desk.sector.pk).status_code == 403


def test_who_may(desk: Desk) -> None:
    def status(user: object) -> int:
        return Pages(user, desk.project).get("sectors:detail", desk.sector.pk).status_code  # type: ignore[arg-type]

    assert status(desk.administrator) == 200
    assert status(desk.person(ProjectRole.CONTRIBUTOR)) == 200
    assert status(desk.agent()) == 403
    assert status(desk.person(ProjectRole.VIEWER)) == 403
    assert status(organization_member(desk.project.organization)) == 404
    assert status(person()) == 404
    assert status(None) == 302


def test_saving_changes_name_limit_and_managers(desk: Desk, pages: Pages) -> None:
    manager = desk.person()
    data = pages.typed("sectors:detail", desk.sector.pk)
    data |= {"name": "After sales", "ticket_limit": "5", "managers": [str(manager.pk)]}
    answer = pages.post("sectors:detail", desk.sector.pk, **data)
    assert answer.status_code == 302, text_of(answer)
    sector = Sector.objects.get(pk=desk.sector.pk)
    assert (sector.name, sector.ticket_limit) == ("After sales", 5)
    assert list(sector.managers.all()) == [manager]
    assert (sector.timezone, sector.always_open) == (desk.sector.timezone, desk.sector.always_open)


def test_saving_the_hours_changes_zone_and_week(desk: Desk, pages: Pages) -> None:
    data = pages.typed("sectors:hours", desk.sector.pk)
    del data["always_open"]
    data |= {
        "timezone": "America/Sao_Paulo",
        "opens-0": ["08:00", "14:00"], "closes-0": ["12:00", "18:00"], "opens-4": ["22:00"], "closes-4": ["06:00"],
    }  # fmt: skip
    answer = pages.post("sectors:hours", desk.sector.pk, **data)
    assert answer.status_code == 302, text_of(answer)
    assert answer.url == pages.url("sectors:hours", desk.sector.pk)
    sector = Sector.objects.get(pk=desk.sector.pk)
    assert (sector.name, sector.timezone) == (desk.sector.name, "America/Sao_Paulo")
    assert not sector.always_open
    assert [list(day) for day in sector.hours.week] == [[(480, 720), (840, 1080)], [], [], [], [(1320, 1800)], [], []]


FORMS = ["sectors:detail", "sectors:hours"]
TABS = [*FORMS, "queues:list", "tags:list", "sectors:sector_quick", "sectors:automatic", "tickets:attending"]


def tabs_of(page: str) -> str:
    tabs = re.search(r'<nav class="tabs" aria-label="Settings of [^>]*>.*?</nav>', page, re.S)
    assert tabs
    return tabs[0]


@pytest.mark.parametrize("tab", TABS)
def test_the_tabs_of_a_sector_stay_and_tell_which_is_open(desk: Desk, pages: Pages, tab: str) -> None:
    page = pages.get(tab, desk.sector.pk).content.decode()
    tabs = tabs_of(page)
    assert re.findall(r'href="([^"]*)"', tabs) == [pages.url(name, desk.sector.pk) for name in TABS]
    assert re.findall(r'href="([^"]*)" aria-current="page"', tabs) == [pages.url(tab, desk.sector.pk)]
    assert re.findall(r"<h1>(.*?)</h1>", page) == [desk.sector.name]


@pytest.mark.django_db
def test_the_tabs_stay_on_every_page_below_a_sector() -> None:
    """Each page with a sector, or what belongs to one, in its address: it shows which tab it is below."""
    world = World.build()
    known = dict(routes())
    below = [
        name
        # A new queue's address is the list, with its form open.
        for name in {route.partition("?")[0] for route in PAGES} - set(TABS) - {"queues:new"}
        if {"sector", "queue", "tag"} & set(parameters(known[name]))
    ]
    assert len(below) > 8
    sector = Sector.objects.get(pk=world.desk.sector.pk)
    client = Pages(world.desk.administrator, world.desk.project).client
    for name in sorted(below):
        page = client.get(address(name, world.own)).content.decode()
        current = re.findall(r'href="([^"]*)" aria-current="true"', tabs_of(page))
        assert len(current) == 1, name
        assert re.findall(r"<h1>(.*?)</h1>", page) == [sector.name], name
        assert len(re.findall(r'<h2 class="tab-head__title">.+?</h2>', page, re.S)) == 1, name


@pytest.mark.parametrize(
    ("refused", "tab"),
    [
        ("sectors:days_file", "sectors:hours"),
        ("tags:import", "tags:list"),
        ("sectors:sector_quick_import", "sectors:sector_quick"),
    ],
)
def test_the_tabs_stay_where_a_list_could_not_be_read(desk: Desk, pages: Pages, refused: str, tab: str) -> None:
    answer = pages.post(refused, desk.sector.pk)
    assert answer.status_code == 422
    current = re.findall(r'href="([^"]*)" aria-current="true"', tabs_of(answer.content.decode()))
    assert current == [pages.url(tab, desk.sector.pk)]


def test_the_form_as_it_stands_changes_nothing(desk: Desk, pages: Pages) -> None:
    desk.manager()
    week = [[(480, 720), (1320, 1440 + 360)], [], [], [], [], [], [(0, 1440)]]
    operations.update_sector(desk.sector, by=desk.by(), always_open=False, week=week)
    before = operations.facts_of(Sector.objects.get(pk=desk.sector.pk))
    modified = Sector.objects.get(pk=desk.sector.pk).modified_at
    for page in FORMS:
        assert pages.post(page, desk.sector.pk, **pages.typed(page, desk.sector.pk)).status_code == 302
    sector = Sector.objects.get(pk=desk.sector.pk)
    assert operations.facts_of(sector) == before
    assert sector.modified_at == modified


@pytest.mark.parametrize(
    ("opens", "closes", "sentence"),
    [
        (["8x"], ["18:00"], "Write times as 08:00 and 18:00."),
        (["08:00"], [""], "Write times as 08:00 and 18:00."),
        (["25:00"], ["26:00"], "Write times as 08:00 and 18:00."),
        (["08:00", "11:00"], ["12:00", "13:00"], "Two ranges of this day overlap."),
        (["08:00", "11:00"], ["12:00"], "Each range needs both times."),
        (["01:00"] * 13, ["02:00"] * 13, "Use at most 12 ranges a day."),
    ],
)
def test_hours_that_are_wrong_are_refused_beside_their_day(
    desk: Desk, pages: Pages, opens: list[str], closes: list[str], sentence: str
) -> None:
    data = pages.typed("sectors:hours", desk.sector.pk)
    del data["always_open"]
    data |= {"timezone": "America/Lima", "opens-2": opens, "closes-2": closes}
    answer = pages.post("sectors:hours", desk.sector.pk, **data)
    assert answer.status_code == 422
    page = text_of(answer)
    markup = answer.content.decode()
    assert f'<a href="#opens-2">Wednesday: {sentence}</a>' in markup
    assert page.count(sentence) == 2
    assert len(re.findall(r'<input[^>]* name="opens-2" id="opens-2" aria-invalid="true"', markup)) == 1
    assert 'aria-describedby="day-2-errors"' in markup
    assert 'id="day-2-errors"' in markup
    assert not re.search(r'name="opens-[^2]"[^>]* aria-invalid', markup)
    assert fields_of(markup)["timezone"] == ["America/Lima"]
    assert Sector.objects.get(pk=desk.sector.pk).timezone == desk.sector.timezone


def test_ranges_that_meet_across_midnight_and_the_weeks_end_are_refused(desk: Desk, pages: Pages) -> None:
    data = pages.typed("sectors:hours", desk.sector.pk)
    del data["always_open"]
    data |= {"opens-6": "22:00", "closes-6": "02:00", "opens-0": "01:00", "closes-0": "05:00"}
    answer = pages.post("sectors:hours", desk.sector.pk, **data)
    assert answer.status_code == 422
    assert "The hours of Sunday reach into this day, until 02:00." in text_of(answer)


def test_a_save_from_an_older_version_overwrites_nothing_and_shows_what_changed(desk: Desk, pages: Pages) -> None:
    mine = pages.typed("sectors:detail", desk.sector.pk)
    manager = desk.person()
    operations.update_sector(desk.sector, by=desk.by(), name="Theirs", managers=[manager], ticket_limit=9)
    mine |= {"name": "Mine"}
    answer = pages.post("sectors:detail", desk.sector.pk, **mine)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Somebody else has saved this in the meantime" in page
    assert "Name Theirs Mine" in page
    assert f"Managers {manager.name} nobody" in page
    assert Sector.objects.get(pk=desk.sector.pk).name == "Theirs"
    # Having compared, the person saves again from what was shown.
    again = fields_of(answer.content.decode())
    assert pages.post("sectors:detail", desk.sector.pk, **again).status_code == 302
    sector = Sector.objects.get(pk=desk.sector.pk)
    assert (sector.name, sector.ticket_limit, list(sector.managers.all())) == ("Mine", desk.sector.ticket_limit, [])


@pytest.mark.parametrize("page", FORMS)
def test_a_form_cut_off_anywhere_is_refused_and_changes_nothing(desk: Desk, pages: Pages, page: str) -> None:
    desk.manager()
    data = pages.typed(page, desk.sector.pk)
    before = operations.facts_of(Sector.objects.get(pk=desk.sector.pk))
    names = [name for name in data if name != "version"]
    for kept in range(len(names)):
        cut = {name: data[name] for name in names[:kept]}
        answer = pages.post(page, desk.sector.pk, **cut)
        assert answer.status_code == 422, kept
    assert operations.facts_of(Sector.objects.get(pk=desk.sector.pk)) == before


NONSENSE = {
    "sectors:detail": ["name", "ticket_limit", "managers", "version"],
    "sectors:hours": ["timezone", "opens-0", "closes-0", "version"],
}


@pytest.mark.parametrize(("page", "field"), [(page, field) for page in FORMS for field in NONSENSE[page]])
def test_nonsense_is_answered_and_never_breaks(desk: Desk, pages: Pages, page: str, field: str) -> None:
    for value in NASTY:
        data = pages.typed(page, desk.sector.pk) | {field: [value]}
        answer = pages.post(page, desk.sector.pk, **data)
        assert answer.status_code in {302, 422}, value[:20]
        if field in {"ticket_limit", "timezone", "version"} and value != "٣":
            assert answer.status_code == 422, value[:20]


def test_a_viewer_a_stranger_and_nobody_at_all_cannot_be_appointed(desk: Desk, pages: Pages) -> None:
    data = pages.typed("sectors:detail", desk.sector.pk)
    for key in (desk.person(ProjectRole.VIEWER).pk, person().pk, uuid4()):
        answer = pages.post("sectors:detail", desk.sector.pk, **data | {"managers": [str(key)]})
        assert answer.status_code == 422
        assert "no longer has access to Chats" in text_of(answer)


def test_a_name_that_is_taken_is_refused_at_the_field(desk: Desk, pages: Pages) -> None:
    desk.add_sector(name="Ventas")
    data = pages.typed("sectors:detail", desk.sector.pk) | {"name": " VENTÁS "}
    answer = pages.post("sectors:detail", desk.sector.pk, **data)
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"]


def test_a_manager_sees_the_managers_and_changes_none(desk: Desk) -> None:
    manager = desk.manager()
    pages = Pages(manager, desk.project)
    data = pages.typed("sectors:detail", desk.sector.pk)
    assert "managers" not in data
    answer = pages.post("sectors:detail", desk.sector.pk, **data | {"name": "Mine", "managers": []})
    assert answer.status_code == 302
    assert list(desk.sector.managers.all()) == [manager]
    assert Sector.objects.get(pk=desk.sector.pk).name == "Mine"


def test_archiving_and_restoring(desk: Desk, pages: Pages) -> None:
    other = desk.add_sector(name="Seldom used")
    assert pages.post("sectors:archive", other.pk).status_code == 302
    pages.get("sectors:list")  # shows the toast
    assert "Seldom used" not in text_of(pages.get("sectors:list"))
    assert "Seldom used" in text_of(pages.get("sectors:list", archived="1"))
    assert pages.post("sectors:restore", other.pk).status_code == 302
    assert "Seldom used" in text_of(pages.get("sectors:list"))


def test_a_sector_with_open_tickets_is_not_archived_and_says_so(desk: Desk, pages: Pages) -> None:
    desk.open_ticket()
    answer = pages.post("sectors:archive", desk.sector.pk)
    assert answer.status_code == 422
    assert "No other queue takes tickets" in text_of(answer)
    assert not Sector.objects.get(pk=desk.sector.pk).archived_at


def test_a_sector_is_archived_with_a_place_for_its_open_tickets(desk: Desk, pages: Pages) -> None:
    ticket = desk.open_ticket()
    other = desk.add_sector()
    page = text_of(pages.get("sectors:archive", desk.sector.pk))
    assert "1 ticket waits" in page
    assert f"{other.name} / " in page
    assert pages.post("sectors:archive", desk.sector.pk, move_to=str(other.queues.get().pk)).status_code == 302
    ticket.refresh_from_db()
    assert ticket.sector == other


def test_sectors_are_put_in_order(desk: Desk, pages: Pages) -> None:
    second = desk.add_sector(name="Second")
    assert pages.post("sectors:move", second.pk, step="up").status_code == 302
    text = text_of(pages.get("sectors:list"))
    assert text.index("Second") < text.index(desk.sector.name)
    assert Pages(desk.manager(), desk.project).post("sectors:move", desk.sector.pk, step="up").status_code == 403


def test_people_to_pick_are_searched_and_never_listed_whole(desk: Desk, pages: Pages) -> None:
    members = [project_member(desk.project, word="crew") for _n in range(MAX_OFFERED + 1)]
    viewer = desk.person(ProjectRole.VIEWER, word="crew")
    page = pages.get("sectors:detail", desk.sector.pk).content.decode()
    assert page.count('<option value="') <= MAX_OFFERED
    assert pages.url("sectors:people") in page
    last = sorted(members, key=lambda user: (user.first_name, user.last_name))[-1]
    found = pages.get("sectors:people", q=last.email).json()["people"]
    assert [row["value"] for row in found] == [str(last.pk)]
    everybody = pages.get("sectors:people", q="crew").json()["people"]
    assert len(everybody) == MAX_FOUND
    assert pages.get("sectors:people", q=viewer.email).json()["people"] == []
    assert pages.get("sectors:people", q="\x00%_" + "x" * 9999).status_code == 200
    assert Pages(desk.agent(), desk.project).get("sectors:people", q="a").status_code == 403


def test_somebody_picked_stays_in_the_field_beyond_those_offered(desk: Desk, pages: Pages) -> None:
    for _n in range(MAX_OFFERED + 1):
        project_member(desk.project, word="aaa")
    last = project_member(desk.project, word="zzz")
    operations.update_sector(desk.sector, by=desk.by(), managers=[last])
    assert pages.typed("sectors:detail", desk.sector.pk)["managers"] == [str(last.pk)]


def test_a_zone_that_is_not_proposed_stays_until_another_is_chosen(desk: Desk, pages: Pages) -> None:
    operations.update_sector(desk.sector, by=desk.by(), timezone="Etc/GMT+3")
    data = pages.typed("sectors:hours", desk.sector.pk)
    assert data["timezone"] == ["Etc/GMT+3"]
    assert pages.post("sectors:hours", desk.sector.pk, **data).status_code == 302
    assert Sector.objects.get(pk=desk.sector.pk).timezone == "Etc/GMT+3"
