"""What the database refuses in the sectors app, when the code is gone around."""

import pytest
from django.db import transaction

from orgs.models import Project
from sectors.models import AutomaticMessage, QuickMessage, Sector, SectorManager, WorkException, WorkRange
from tests.builders import Desk
from tests.refusals import refused_by

HOUR = 60


def _copy_of(sector: Sector, name: str) -> Sector:
    return Sector(project=sector.project, name=name)


@pytest.mark.parametrize(
    ("present", "new"),
    [
        ("Support", "Support"),
        ("Support", "SUPPORT"),
        ("Suporte Técnico", "suporte tecnico"),
        ("Atenção", "ATENCAO"),
        ("After sales", "  After   sales "),
        ("After sales", "\tAfter\nsales "),
        ("Продажи", "ПРОДАЖИ"),
        ("Ñandú", "nandu"),
    ],
)
def test_a_name_is_taken_once_whatever_its_case_accents_and_blanks(desk: Desk, present: str, new: str) -> None:
    sector = desk.add_sector(name=present)
    with refused_by("sector_name_once_per_project"):
        Sector.objects.bulk_create([_copy_of(sector, new)])


def test_an_archived_sector_keeps_its_name(desk: Desk) -> None:
    sector = desk.add_sector(name="Support")
    Sector.objects.filter(pk=sector.pk).update(archived_at=sector.created_at)
    with refused_by("sector_name_once_per_project"):
        Sector.objects.bulk_create([_copy_of(sector, "support")])


def test_another_project_may_use_the_name(desk: Desk, other_desk: Desk) -> None:
    desk.add_sector(name="Support")
    assert Sector.objects.filter(name="Support").count() == 1
    from tests.builders import sector_in

    sector_in(other_desk.project, "support")


@pytest.mark.parametrize("limit", [0, 101, 32_000])
def test_a_limit_out_of_range(desk: Desk, limit: int) -> None:
    with refused_by("sector_limit_in_range"):
        Sector.objects.filter(pk=desk.sector.pk).update(ticket_limit=limit)


def test_a_sector_without_a_name(desk: Desk) -> None:
    with refused_by("sector_has_name"):
        Sector.objects.filter(pk=desk.sector.pk).update(name="")


def test_a_sector_without_anything_does_not_survive_its_transaction(project: Project) -> None:
    with refused_by("sector_keeps_queue"):
        Sector.objects.create(project=project, name="Empty")


def test_a_sector_without_a_tag_does_not_survive_its_transaction(project: Project) -> None:
    from queues.models import Queue

    with refused_by("sector_keeps_tag"):
        sector = Sector.objects.create(project=project, name="No tags")
        Queue.objects.create(sector=sector, name="General")


def test_a_manager_is_appointed_once(desk: Desk) -> None:
    manager = desk.manager()
    with refused_by("sector_manager_once"):
        SectorManager.objects.create(sector=desk.sector, user=manager)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((0, 9 * HOUR, 18 * HOUR), (0, 9 * HOUR, 18 * HOUR)),
        ((0, 9 * HOUR, 18 * HOUR), (0, 17 * HOUR + 59, 20 * HOUR)),
        ((0, 20 * HOUR, 26 * HOUR), (1, 0, 8 * HOUR)),
        ((5, 12 * HOUR, 36 * HOUR), (6, 11 * HOUR, 13 * HOUR)),
        ((6, 22 * HOUR, 30 * HOUR), (0, 5 * HOUR, 8 * HOUR)),
    ],
)
def test_ranges_of_work_hours_stay_apart(desk: Desk, one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    with refused_by("work_ranges_apart"):
        for weekday, opens, closes in (one, other):
            WorkRange.objects.create(sector=desk.sector, weekday=weekday, opens=opens, closes=closes)


def test_ranges_that_touch_are_apart(desk: Desk) -> None:
    with transaction.atomic():
        WorkRange.objects.create(sector=desk.sector, weekday=0, opens=0, closes=8 * HOUR)
        WorkRange.objects.create(sector=desk.sector, weekday=0, opens=8 * HOUR, closes=24 * HOUR)
        WorkRange.objects.create(sector=desk.sector, weekday=1, opens=0, closes=8 * HOUR)
        WorkRange.objects.create(sector=desk.sector, weekday=6, opens=12 * HOUR, closes=24 * HOUR)


@pytest.mark.parametrize(
    ("weekday", "opens", "closes"),
    [(7, 0, 60), (0, 60, 60), (0, 120, 60), (0, 1440, 1500), (0, 60, 1501), (0, 0, 1441)],
)
def test_a_range_opens_before_it_closes_and_within_a_day(desk: Desk, weekday: int, opens: int, closes: int) -> None:
    with refused_by("work_range_in_order"):
        WorkRange.objects.create(sector=desk.sector, weekday=weekday, opens=opens, closes=closes)


def test_a_date_has_one_exception(desk: Desk) -> None:
    WorkException.objects.create(sector=desk.sector, date="2030-12-25")
    with refused_by("work_exception_once_per_date"):
        WorkException.objects.create(sector=desk.sector, date="2030-12-25", ranges=[[0, 60]])


@pytest.mark.parametrize("date", ["1969-12-31", "2201-01-01"])
def test_a_special_day_lies_between_1970_and_2200(desk: Desk, date: str) -> None:
    with refused_by("work_exception_date_in_range"):
        WorkException.objects.create(sector=desk.sector, date=date)


def test_the_first_and_the_last_special_day_there_can_be(desk: Desk) -> None:
    for date in ("1970-01-01", "2200-12-31"):
        WorkException.objects.create(sector=desk.sector, date=date)


def test_a_text_that_is_kept_ready_has_at_most_4000_characters(desk: Desk) -> None:
    # Characters, not bytes.
    longest = "ã" * 4000
    quick = QuickMessage.objects.create(project=desk.project, sector=desk.sector, shortcut="hello", text=longest)
    automatic = AutomaticMessage.objects.create(sector=desk.sector, moment="opening", text=longest)
    with refused_by("quick_message_text_fits"):
        QuickMessage.objects.filter(pk=quick.pk).update(text=longest + "x")
    with refused_by("automatic_message_text_fits"):
        AutomaticMessage.objects.filter(pk=automatic.pk).update(text=longest + "x")


def test_a_quick_message_is_of_a_sector_or_of_a_person(desk: Desk) -> None:
    agent = desk.agent()
    values = {"project": desk.project, "shortcut": "hello", "text": "Hello"}
    with refused_by("quick_message_of_sector_or_person"):
        QuickMessage.objects.create(**values)
    with refused_by("quick_message_of_sector_or_person"):
        QuickMessage.objects.create(**values, sector=desk.sector, user=agent)
    QuickMessage.objects.create(**values, sector=desk.sector)
    QuickMessage.objects.create(**values, user=agent)
    values["shortcut"] = "HELLÓ"
    with refused_by("quick_message_once_per_sector"):
        QuickMessage.objects.create(**values, sector=desk.sector)
    with refused_by("quick_message_once_per_person"):
        QuickMessage.objects.create(**values, user=agent)
