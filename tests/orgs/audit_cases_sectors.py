"""What is done to sectors, for the audit log."""

from datetime import date
from typing import Any

from django.db import transaction

from queues import operations as queues
from sectors import operations as sectors
from setup.operations import copy_sector, set_up_sector
from tags import operations as tags
from tests.builders import Desk
from tickets import operations as tickets

from .audit_cases import Case, case_of

# Sectors


@case_of(set_up_sector)
def _(desk: Desk) -> Case:
    return Case(
        lambda: set_up_sector(desk.project, "New", by=desk.by(), first_queue="First", tags=["One"]),
        ["queue.created", "sector.created", "tag.created"],
    )


@case_of(copy_sector)
def _(desk: Desk) -> Case:
    return Case(
        lambda: copy_sector(desk.sector, "Another", by=desk.by()),
        ["queue.created", "sector.copied", "sector.created", "tag.created", "tag.created"],
    )


@case_of(tickets.set_service_rules)
def _(desk: Desk) -> Case:
    def do() -> None:
        tickets.set_service_rules(
            desk.sector,
            by=desk.by(),
            give_back_after=5,
            move_on_after=20,
            warn_after=10,
            warn_text="Still there?",
            close_after=15,
            close_tag=desk.tags[0],
            waiting_target=3,
            retag_for=60,
            agents_read_earlier=False,
        )

    return Case(do, ["sector.changed"], do)


@case_of(tickets.copy_service_rules)
def _(desk: Desk) -> Case:
    tickets.set_service_rules(desk.sector, by=desk.by(), close_after=15, close_tag=desk.tags[0])
    other = desk.add_sector()

    def do() -> None:
        tickets.copy_service_rules(desk.sector, other, by=desk.by())

    return Case(do, ["sector.changed"], do)


@case_of(sectors.copy_texts_and_days)
def _(desk: Desk) -> Case:
    other = desk.add_sector()
    return Case(lambda: sectors.copy_texts_and_days(desk.sector, other, by=desk.by(), stored=[]), ["sector.copied"])


@case_of(sectors.create_sector)
def _(desk: Desk) -> Case:
    def do() -> None:
        with transaction.atomic():
            sector = sectors.create_sector(desk.project, "New", by=desk.by())
            queues.create_queue(sector, "First", by=desk.by())
            tags.add_tags(sector, ["One"], by=desk.by())

    return Case(do, ["queue.created", "sector.created", "tag.created"])


@case_of(sectors.update_sector)
def _(desk: Desk) -> Case:
    manager = desk.person()

    def do() -> None:
        sectors.update_sector(
            desk.sector,
            by=desk.by(),
            name="Another",
            ticket_limit=5,
            timezone="America/Lima",
            always_open=False,
            active_messages=True,
            week=[[(540, 1080)], [(1200, 1500)], [], [], [], [], []],
            managers=[manager],
        )

    return Case(do, ["sector.changed"], do)


@case_of(sectors.archive_sector)
def _(desk: Desk) -> Case:
    def do() -> None:
        sectors.archive_sector(desk.sector, by=desk.by())

    return Case(do, ["sector.archived"], do)


@case_of(sectors.restore_sector)
def _(desk: Desk) -> Case:
    sectors.archive_sector(desk.sector, by=desk.by())

    def do() -> None:
        sectors.restore_sector(desk.sector, by=desk.by())

    return Case(do, ["sector.restored"], do)


def special(day: int) -> Any:
    return sectors.SpecialDay(date(2027, 1, day), "Holiday", ((540, 720),))


@case_of(sectors.add_special_days)
def _(desk: Desk) -> Case:
    def do() -> None:
        sectors.add_special_days(desk.sector, [special(1)], by=desk.by(), skip_present=True)

    return Case(do, ["special_day.added"], do)


@case_of(sectors.change_special_day)
def _(desk: Desk) -> Case:
    row = sectors.add_special_days(desk.sector, [special(1)], by=desk.by())[0]

    def do() -> None:
        sectors.change_special_day(row, special(2), by=desk.by())

    return Case(do, ["special_day.changed"], do)


@case_of(sectors.remove_special_day)
def _(desk: Desk) -> Case:
    row = sectors.add_special_days(desk.sector, [special(1)], by=desk.by())[0]
    pk = row.pk

    def do() -> None:
        row.pk = pk
        sectors.remove_special_day(row, by=desk.by())

    return Case(do, ["special_day.removed"], do)


def quick(desk: Desk) -> Any:
    text = sectors.QuickText("hello", "Good morning")
    return sectors.add_quick_messages(desk.project, [text], by=desk.by(), sector=desk.sector)[0]


@case_of(sectors.add_quick_messages)
def _(desk: Desk) -> Case:
    return Case(lambda: quick(desk), ["quick_message.added"])


@case_of(sectors.change_quick_message)
def _(desk: Desk) -> Case:
    row = quick(desk)

    def do() -> None:
        sectors.change_quick_message(row, sectors.QuickText("hello", "Good evening"), by=desk.by())

    return Case(do, ["quick_message.changed"], do)


@case_of(sectors.remove_quick_message)
def _(desk: Desk) -> Case:
    row = quick(desk)

    def do() -> None:
        sectors.remove_quick_message(row, by=desk.by())

    return Case(do, ["quick_message.removed"], do)
