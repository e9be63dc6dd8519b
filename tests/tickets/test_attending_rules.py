"""What a sector expects of attending: setting it, keeping it, its page (docs/rules.md, Service rules)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orgs.models import AuditEntry
from sectors.models import Sector
from setup.operations import copy_sector
from tags.operations import add_tags, archive_tag, merge_tags
from tests.builders import Desk
from tests.pages import NASTY, Pages, text_of
from tests.refusals import refused
from tickets import operations
from tickets.models import RULES, AttendanceRules

NUMBERS = tuple(RULES)


def all_of(desk: Desk) -> dict[str, Any]:
    return {
        "give_back_after": 5,
        "move_on_after": 20,
        "warn_after": 10,
        "warn_text": "Still there?",
        "close_after": 15,
        "close_tag": desk.tags[1],
        "waiting_target": 3,
        "retag_for": 60,
        "agents_read_earlier": False,
    }


def stored(desk: Desk, sector: Sector | None = None) -> dict[str, Any]:
    return {name: getattr(operations.attendance_rules(sector or desk.sector), name) for name in all_of(desk)}


# Setting


def test_all_are_off_until_somebody_sets_them(desk: Desk) -> None:
    assert {name: value for name, value in stored(desk).items() if value} == {"agents_read_earlier": True}
    assert not AttendanceRules.objects.exists()


def test_what_is_set_is_kept_and_what_is_not_named_stays(desk: Desk) -> None:
    desk.rules(**all_of(desk))
    assert stored(desk) == all_of(desk)
    desk.rules(waiting_target=None)
    assert stored(desk) == {**all_of(desk), "waiting_target": None}


def test_the_log_says_what_changed(desk: Desk) -> None:
    desk.rules(close_after=15, close_tag=desk.tags[0])
    desk.rules(close_tag=desk.tags[1])
    entry = AuditEntry.objects.latest("at")
    assert (entry.action, entry.before, entry.after) == (
        "sector.changed",
        {"close_tag": "Resolved"},
        {"close_tag": "Complaint"},
    )


def test_without_minutes_there_is_no_tag(desk: Desk) -> None:
    desk.rules(close_after=15, close_tag=desk.tags[0])
    desk.rules(close_after=None)
    assert stored(desk)["close_tag"] is None
    desk.rules(close_tag=desk.tags[0])
    assert stored(desk)["close_tag"] is None


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [0, -1, 10_081, 10**9, True, "5", 2.5])
def test_minutes_are_a_number_up_to_a_week_or_a_day(desk: Desk, name: str, value: Any) -> None:
    with refused("minutes_out_of_range"):
        desk.rules(**{name: value, "warn_text": "Still there?", "close_tag": desk.tags[0]})


def test_what_belongs_together(desk: Desk) -> None:
    with refused("close_tag_required"):
        desk.rules(close_after=15)
    with refused("warn_text_required"):
        desk.rules(warn_after=10, warn_text="  ")
    with refused("warn_before_closing"):
        desk.rules(warn_after=15, warn_text="Still there?", close_after=15, close_tag=desk.tags[0])


def test_the_tag_is_one_of_the_sector_that_can_be_chosen(desk: Desk) -> None:
    archived = archive_tag(add_tags(desk.sector, ["Old"], by=desk.by())[0], by=desk.by())
    for tag in (archived, desk.add_sector().tags.all()[0]):
        with refused("foreign_tag"):
            desk.rules(close_after=15, close_tag=tag)


def test_who_may(desk: Desk, other_desk: Desk) -> None:
    manager = desk.manager()
    operations.set_service_rules(desk.sector, by=desk.by(manager), waiting_target=3)
    for by in (desk.by(desk.agent()), desk.by(desk.manager(desk.add_sector())), other_desk.by()):
        with refused("not_allowed"):
            operations.set_service_rules(desk.sector, by=by, waiting_target=4)
    assert stored(desk)["waiting_target"] == 3


def test_a_change_from_an_older_state_is_refused(desk: Desk) -> None:
    seen = Sector.objects.get(pk=desk.sector.pk).modified_at
    operations.set_service_rules(desk.sector, by=desk.by(), expected_version=seen, waiting_target=3)
    with refused("changed_meanwhile"):
        operations.set_service_rules(desk.sector, by=desk.by(), expected_version=seen, waiting_target=4)


# The tag


def test_a_tag_that_is_set_here_is_not_archived(desk: Desk) -> None:
    desk.rules(close_after=15, close_tag=desk.tags[1])
    with refused("tag_closes_for_silence"):
        archive_tag(desk.tags[1], by=desk.by())
    desk.rules(close_after=None)
    assert archive_tag(desk.tags[1], by=desk.by()).archived_at


def test_a_tag_that_is_merged_is_followed(desk: Desk) -> None:
    desk.rules(close_after=15, close_tag=desk.tags[1])
    merge_tags(desk.tags[1], desk.tags[0], by=desk.by())
    assert stored(desk)["close_tag"] == desk.tags[0]


# Copies


def test_a_copy_of_the_sector_has_the_same_with_its_own_tag(desk: Desk) -> None:
    desk.rules(**all_of(desk))
    copy = copy_sector(desk.sector, "Copy", by=desk.by())
    own = copy.tags.get(name=desk.tags[1].name)
    assert stored(desk, copy) == {**all_of(desk), "close_tag": own}
    desk.rules(waiting_target=9)
    assert stored(desk, copy)["waiting_target"] == 3


# The page


def typed(desk: Desk, **values: Any) -> dict[str, Any]:
    sector = Sector.objects.get(pk=desk.sector.pk)
    return {
        **{name: str(value) for name, value in all_of(desk).items() if value is not False},
        "close_tag": str(desk.tags[1].pk),
        "version": sector.modified_at.isoformat(),
        **values,
    }


def test_the_page_sets_and_shows_them(desk: Desk, pages: Pages) -> None:
    answer = pages.post("tickets:attending", desk.sector.pk, **typed(desk))
    assert answer.url == pages.url("tickets:attending", desk.sector.pk)
    assert stored(desk) == all_of(desk)
    shown = pages.get("tickets:attending", desk.sector.pk).content.decode()
    for name in NUMBERS:
        assert f'name="{name}" value="{all_of(desk)[name]}"' in shown
    assert "Still there?" in shown
    assert (
        pages.url("tickets:attending", desk.sector.pk) in pages.get("sectors:detail", desk.sector.pk).content.decode()
    )


def test_emptying_a_number_switches_the_rule_off(desk: Desk, pages: Pages) -> None:
    desk.rules(**all_of(desk))
    empty = dict.fromkeys(NUMBERS, "")
    assert pages.post("tickets:attending", desk.sector.pk, **typed(desk, **empty)).status_code == 302
    assert {name: value for name, value in stored(desk).items() if value} == {"warn_text": "Still there?"}


@pytest.mark.parametrize("name", [*NUMBERS, "close_tag", "version"])
def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: Desk, pages: Pages, name: str) -> None:
    for value in ("0", "10081", "many", "1.5", *NASTY):
        if value.strip() == "" and name in NUMBERS:
            continue
        answer = pages.post("tickets:attending", desk.sector.pk, **typed(desk, **{name: value}))
        if answer.status_code == 302:
            assert name in NUMBERS, value[:20]
            desk.rules(**dict.fromkeys(NUMBERS), warn_text="")
            continue
        assert answer.status_code == 422, value[:20]
        assert "Still there?" in answer.content.decode()


def test_a_refusal_stands_at_its_field(desk: Desk, pages: Pages) -> None:
    answer = pages.post("tickets:attending", desk.sector.pk, **typed(desk, warn_after="15"))
    assert answer.status_code == 422
    assert "The contact is warned before the ticket is closed" in text_of(answer)
    answer = pages.post("tickets:attending", desk.sector.pk, **typed(desk, close_tag=""))
    assert "Choose the tag that tickets get" in text_of(answer)


def test_the_second_of_two_sees_what_changed(desk: Desk, pages: Pages) -> None:
    data = typed(desk)
    desk.rules(waiting_target=7)
    answer = pages.post("tickets:attending", desk.sector.pk, **data)
    assert answer.status_code == 409
    assert "Nobody should wait longer than 7 3" in text_of(answer)
    assert stored(desk)["waiting_target"] == 7


def test_the_search_for_a_tag_finds_what_can_be_chosen(desk: Desk, pages: Pages) -> None:
    archive_tag(add_tags(desk.sector, ["Complaint of old"], by=desk.by())[0], by=desk.by())
    answer = pages.get("tickets:attending_tags", desk.sector.pk, q="cómpl")
    assert answer.json() == {"choices": [{"value": str(desk.tags[1].pk), "text": "Complaint"}]}
    for odd in NASTY:
        assert pages.get("tickets:attending_tags", desk.sector.pk, q=odd[:2000]).status_code == 200


def test_setting_a_rule_ends_nothing_at_once(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(now=timezone.now() - timedelta(days=2))
    desk.reply(ticket, agent, now=timezone.now() - timedelta(days=1))
    desk.rules(**all_of(desk))
    assert operations.apply_service_rules() == 0
