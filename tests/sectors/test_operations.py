"""What can happen to sectors, with each refusal (docs/rules.md, Sector; Work hours)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid, NotAllowed
from orgs.models import AuditEntry, Project, ProjectRole
from queues.operations import archive_queue
from sectors.hours.schedule import DAY
from sectors.models import Sector
from sectors.operations import (
    NoAccessToChats,
    archive_sector,
    clean_week,
    create_sector,
    restore_sector,
    update_sector,
)
from tests.builders import Desk, actor, administrator_of, person, project_member, sector_in
from tests.refusals import refused

OFFICE = [(540, 1080)]
WEEK = [OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, [], []]


def test_a_sector_with_everything(project: Project) -> None:
    manager = project_member(project)
    sector = sector_in(
        project,
        "  Customer   support ",
        managers=[manager],
        always_open=False,
        timezone_name="America/Sao_Paulo",
        week=WEEK,
        ticket_limit=7,
        active_messages=True,
    )
    sector = Sector.objects.get(pk=sector.pk)
    assert sector.name == "Customer support"
    assert (sector.ticket_limit, sector.active_messages) == (7, True)
    assert list(sector.managers.all()) == [manager]
    assert sector.ranges.count() == 5
    assert str(sector.hours.zone) == "America/Sao_Paulo"


def test_a_sector_alone_does_not_survive(project: Project) -> None:
    by = actor(administrator_of(project.organization), project)
    with pytest.raises(IntegrityError), transaction.atomic():
        create_sector(project, "Alone", by=by)
        from django.db import connection

        connection.check_constraints()


@pytest.mark.parametrize("name", ["support", "SUPPORT", "Súpport", " Support "])
def test_a_name_is_taken_once(desk: Desk, name: str) -> None:
    desk.add_sector(name="Support")
    with refused("sector_name_taken"):
        desk.add_sector(name=name)
    with refused("sector_name_taken"):
        update_sector(desk.sector, by=desk.by(), name=name)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "name_required"),
        ("name", "\t\x00", "name_required"),
        ("name", "x" * 81, "invalid"),
        ("name", "x" * 1_000_000, "invalid"),
        ("name", 5, "invalid"),
        ("timezone", "Mars/Olympus", "unknown_timezone"),
        ("timezone", "", "unknown_timezone"),
        ("timezone", None, "unknown_timezone"),
        ("timezone", "../../etc/passwd", "unknown_timezone"),
        ("timezone", "\x00", "unknown_timezone"),
        ("ticket_limit", 0, "limit_out_of_range"),
        ("ticket_limit", 101, "limit_out_of_range"),
        ("ticket_limit", -3, "limit_out_of_range"),
        ("ticket_limit", "3", "limit_out_of_range"),
        ("ticket_limit", True, "limit_out_of_range"),
        ("ticket_limit", 2.5, "limit_out_of_range"),
    ],
)
def test_values_that_are_refused(desk: Desk, field: str, value: Any, code: str) -> None:
    with refused(code) as caught:
        update_sector(desk.sector, by=desk.by(), **{field: value})
    assert caught.value.field == field
    created = {"timezone": "timezone_name"}.get(field, field)
    with refused(code):
        create_sector(desk.project, by=desk.by(), **{"name": "Another", created: value})


BAD_WEEKS: list[Any] = [
    None,
    "monday",
    [],
    [[]] * 6,
    [[]] * 8,
    [[(0,)], *[[]] * 6],
    [[(0, 0)], *[[]] * 6],
    [[(600, 540)], *[[]] * 6],
    [[(-1, 60)], *[[]] * 6],
    [[(1440, 1500)], *[[]] * 6],
    [[(0, 1441)], *[[]] * 6],
    [[("9", "18")], *[[]] * 6],
    [[(True, 60)], *[[]] * 6],
    [[(0.0, 60.0)], *[[]] * 6],
    [5, *[[]] * 6],
]


@pytest.mark.parametrize("week", BAD_WEEKS)
def test_weeks_that_are_none(week: Any) -> None:
    with refused_without_database("range_out_of_order"):
        clean_week(week)


def test_a_sector_whose_queues_were_all_archived_is_not_restored(desk: Desk) -> None:
    sector = desk.add_sector()
    archive_sector(sector, by=desk.by())
    archive_queue(sector.queues.get(), by=desk.by())
    with refused("last_queue"):
        restore_sector(sector, by=desk.by())
    assert Sector.objects.get(pk=sector.pk).archived_at


@pytest.mark.parametrize(
    "week",
    [
        [[(540, 720), (719, 800)], *[[]] * 6],
        [[(1200, 1500)], [(0, 60)], *[[]] * 5],
        [[(0, 60)], *[[]] * 5, [(1380, 1441)]],
        [[(0, 1440), (600, 660)], *[[]] * 6],
    ],
)
def test_ranges_that_overlap_also_across_midnight_and_the_week(week: Any) -> None:
    with refused_without_database("ranges_overlap"):
        clean_week(week)


def refused_without_database(code: str):
    """Expect Invalid with that code from something that asks no database."""
    return pytest.raises(Invalid, check=lambda error: error.code == code)


def test_ranges_that_touch_are_fine() -> None:
    assert clean_week([[(720, 800), (540, 720)], *[[]] * 5, [(1380, 1440)]])[0] == [
        (540, 720),
        (720, 800),
    ]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(-5, DAY + 5), st.integers(-5, 2 * DAY + 5)), max_size=3),
        min_size=7,
        max_size=7,
    )
)
def test_a_week_is_accepted_exactly_if_no_minute_is_twice(week: list) -> None:
    in_order = all(0 <= a < DAY and a < b <= a + DAY for day in week for a, b in day)
    minutes: list[int] = []
    if in_order:
        minutes = [
            (weekday * DAY + m) % (7 * DAY) for weekday, day in enumerate(week) for a, b in day for m in range(a, b)
        ]
    try:
        clean_week(week)
    except Invalid:
        assert not in_order or len(minutes) != len(set(minutes))
    else:
        assert in_order
        assert len(minutes) == len(set(minutes))


def test_a_new_week_replaces_the_old_one(desk: Desk) -> None:
    update_sector(desk.sector, by=desk.by(), week=WEEK)
    update_sector(desk.sector, by=desk.by(), week=[[]] * 6 + [[(0, 60)]])
    assert [(r.weekday, r.opens, r.closes) for r in desk.sector.ranges.all()] == [(6, 0, 60)]


def test_managers_have_access_to_chats(desk: Desk, other_desk: Desk) -> None:
    for user in (desk.person(ProjectRole.VIEWER), person(), other_desk.administrator):
        with pytest.raises(NoAccessToChats) as caught:
            update_sector(desk.sector, by=desk.by(), managers=[user])
        assert caught.value.field == "managers"
        assert user.name in str(caught.value)


def test_a_manager_named_twice_is_appointed_once(desk: Desk) -> None:
    user = desk.person()
    update_sector(desk.sector, by=desk.by(), managers=[user, user])
    assert list(desk.sector.managers.all()) == [user]


def test_who_may_change_a_sector(desk: Desk, other_desk: Desk) -> None:
    manager, agent = desk.manager(), desk.agent()
    elsewhere = desk.manager(desk.add_sector())
    contributor = desk.person(ProjectRole.CONTRIBUTOR)
    for user in (desk.administrator, contributor, manager):
        update_sector(desk.sector, by=desk.by(user), ticket_limit=5)
    for user in (agent, elsewhere, desk.person(ProjectRole.VIEWER)):
        with pytest.raises(NotAllowed):
            update_sector(desk.sector, by=desk.by(user), ticket_limit=6)
    with pytest.raises(NotAllowed):
        update_sector(desk.sector, by=other_desk.by(), ticket_limit=6)
    # A manager does not appoint others, but may send the list unchanged.
    update_sector(desk.sector, by=desk.by(manager), managers=[manager])
    with pytest.raises(NotAllowed):
        update_sector(desk.sector, by=desk.by(manager), managers=[manager, agent])


def test_who_may_create_and_archive_sectors(desk: Desk, other_desk: Desk) -> None:
    sector = desk.add_sector()
    contributor = desk.person(ProjectRole.CONTRIBUTOR)
    for user in (desk.manager(), desk.agent()):
        with pytest.raises(NotAllowed):
            create_sector(desk.project, "New", by=desk.by(user))
    with pytest.raises(NotAllowed):
        create_sector(desk.project, "New", by=other_desk.by())
    for by in (desk.by(contributor), desk.by(desk.manager(sector)), other_desk.by()):
        with pytest.raises(NotAllowed):
            archive_sector(sector, by=by)
    archived = archive_sector(sector, by=desk.by())
    for by in (desk.by(contributor), other_desk.by()):
        with pytest.raises(NotAllowed):
            restore_sector(archived, by=by)


def test_archiving_and_restoring(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused("sector_has_open_tickets"):
        archive_sector(desk.sector, by=desk.by())
    desk.close(ticket)
    archived = archive_sector(desk.sector, by=desk.by())
    assert archive_sector(archived, by=desk.by()).archived_at == archived.archived_at
    assert desk.sector not in Sector.objects.live()
    assert restore_sector(archived, by=desk.by()).archived_at is None
    actions = AuditEntry.objects.filter(target_id=desk.sector.pk).order_by("id")
    assert [e.action for e in actions][-2:] == ["sector.archived", "sector.restored"]


def test_changes_are_in_the_audit_log_with_before_and_after(desk: Desk) -> None:
    manager = desk.person()
    update_sector(desk.sector, by=desk.by(), name="Renamed", managers=[manager], week=WEEK)
    entry = AuditEntry.objects.filter(action="sector.changed").latest("id")
    assert entry.before is not None
    assert entry.after is not None
    assert set(entry.after) == {"name", "managers", "hours"}
    assert entry.before["name"] == desk.sector.name
    assert entry.after["managers"] == [manager.email]
    count = AuditEntry.objects.count()
    update_sector(desk.sector, by=desk.by(), name="Renamed")
    assert AuditEntry.objects.count() == count


def test_what_a_sector_lacks(desk: Desk) -> None:
    def readiness() -> tuple:
        found = Sector.objects.with_readiness().get(pk=desk.sector.pk)
        return found.has_queue, found.has_agent, found.has_tag

    assert readiness() == (True, False, True)
    desk.agent()
    assert readiness() == (True, True, True)
