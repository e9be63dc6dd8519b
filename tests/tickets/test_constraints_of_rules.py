"""What the database refuses of a sector's service rules, when the code is gone around."""

from typing import Any

import pytest
from django.utils import timezone

from tags.models import Tag
from tests.builders import Desk
from tests.races.parallel import overlapping
from tests.refusals import constraint_of, refused_by
from tickets.models import RULES, AttendanceRules


def _rules(desk: Desk, **values: Any) -> AttendanceRules:
    return AttendanceRules.objects.create(sector=desk.sector, **values)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("too_many", [False, True])
def test_minutes_of_a_rule_are_from_one_to_a_week_or_a_day(desk: Desk, name: str, too_many: bool) -> None:
    most = 1_440 if name == "move_on_after" else 10_080
    whole = {"warn_text": "Still there?", "close_tag": desk.tags[0] if name == "close_after" else None}
    with refused_by(f"attendance_{name}_in_range"):
        _rules(desk, **{name: most + 1 if too_many else 0}, **whole)
    _rules(desk, **{name: most}, **whole)


def test_a_rule_that_closes_has_a_tag_and_no_other_has(desk: Desk) -> None:
    with refused_by("attendance_closes_with_tag"):
        _rules(desk, close_after=5)
    with refused_by("attendance_closes_with_tag"):
        _rules(desk, close_tag=desk.tags[0])


def test_a_rule_that_warns_has_words_and_comes_before_closing(desk: Desk) -> None:
    with refused_by("attendance_warns_with_text"):
        _rules(desk, warn_after=5)
    with refused_by("attendance_warns_before_closing"):
        _rules(desk, warn_after=5, warn_text="x", close_after=5, close_tag=desk.tags[0])


def test_the_words_of_a_warning_have_at_most_4000_characters(desk: Desk) -> None:
    with refused_by("attendance_warn_text_fits"):
        _rules(desk, warn_text="ã" * 4001)
    _rules(desk, warn_text="ã" * 4000)


def test_a_rule_closes_with_a_tag_of_its_sector(desk: Desk) -> None:
    with refused_by("attendance_tag_of_sector"):
        _rules(desk, close_after=5, close_tag=desk.add_sector().tags.all()[0])


def test_a_rule_closes_with_a_tag_that_is_in_use(desk: Desk) -> None:
    [archived, of_flow] = desk.tags
    Tag.objects.create(sector=desk.sector, name="Another")
    Tag.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    Tag.objects.filter(pk=of_flow.pk).update(closed_by_flow=True)
    for tag in (archived, of_flow):
        with refused_by("attendance_tag_in_use"):
            _rules(desk, close_after=5, close_tag=tag)


def test_a_tag_that_a_rule_closes_with_is_not_archived(desk: Desk) -> None:
    rules = _rules(desk, close_after=5, close_tag=desk.tags[0])
    with refused_by("attendance_tag_in_use"):
        Tag.objects.filter(pk=desk.tags[0].pk).update(archived_at=timezone.now())
    with refused_by("attendance_tag_in_use"):
        Tag.objects.filter(pk=desk.tags[1].pk).update(archived_at=timezone.now())
        AttendanceRules.objects.filter(pk=rules.pk).update(close_tag=desk.tags[1])


@pytest.mark.parametrize("first", ["archiving", "choosing"])
@pytest.mark.django_db(transaction=True)
def test_a_tag_is_not_archived_and_chosen_at_the_same_moment(first: str) -> None:
    desk = Desk.set_up()
    tag = desk.tags[0]

    def archive() -> None:
        Tag.objects.filter(pk=tag.pk).update(archived_at=timezone.now())

    def choose() -> None:
        _rules(desk, close_after=5, close_tag=tag)

    calls = [archive, choose]
    results = overlapping(*(calls if first == "archiving" else reversed(calls)))
    refusals = [r for r in results if r is not None]
    assert len(refusals) == 1
    assert constraint_of(refusals[0]) == "attendance_tag_in_use"
    tag.refresh_from_db()
    assert (tag.archived_at is None) == AttendanceRules.objects.exists()
