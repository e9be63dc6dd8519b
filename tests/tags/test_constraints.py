"""What the database refuses in the tags app, when the code is gone around."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from sectors.models import Sector
from tags.models import Tag
from tags.operations import tag_for_flow
from tests.builders import Desk
from tests.races.parallel import one_is_refused, second_is_refused
from tests.refusals import refused_by


@pytest.mark.parametrize("name", ["Resolved", "RESOLVED", "résolved", "  Resolved "])
def test_a_name_is_taken_once_in_a_sector(desk: Desk, name: str) -> None:
    with refused_by("tag_name_once_per_sector"):
        Tag.objects.bulk_create([Tag(sector=desk.sector, name=name)])


def test_an_archived_tag_keeps_its_name(desk: Desk) -> None:
    Tag.objects.filter(pk=desk.tags[0].pk).update(archived_at=timezone.now())
    with refused_by("tag_name_once_per_sector"):
        Tag.objects.create(sector=desk.sector, name=desk.tags[0].name.lower())


def test_a_tag_without_a_name(desk: Desk) -> None:
    with refused_by("tag_has_name"):
        Tag.objects.filter(pk=desk.tags[0].pk).update(name="")


@pytest.mark.parametrize("how", ["archive", "delete", "give to the flow"])
def test_the_last_tag_of_a_sector_stays(desk: Desk, how: str) -> None:
    first, second = desk.tags
    Tag.objects.filter(pk=second.pk).update(archived_at=timezone.now())
    row = Tag.objects.filter(pk=first.pk)
    with refused_by("sector_keeps_tag"):
        if how == "archive":
            row.update(archived_at=timezone.now())
        elif how == "delete":
            row.delete()
        else:
            row.update(closed_by_flow=True)


def test_the_tag_of_the_flow_does_not_count(desk: Desk) -> None:
    tag_for_flow(desk.sector)
    with refused_by("sector_keeps_tag"):
        Tag.objects.filter(pk__in=[t.pk for t in desk.tags]).update(archived_at=timezone.now())


def test_a_sector_has_one_tag_of_the_flow(desk: Desk) -> None:
    tag_for_flow(desk.sector)
    with refused_by("tag_one_for_the_flow"):
        Tag.objects.create(sector=desk.sector, name="Another", closed_by_flow=True)


def archive(tag: Tag) -> Callable[[], Any]:
    """Return what archives it, past the code."""
    return lambda: Tag.objects.filter(pk=tag.pk).update(archived_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_last_tags_archived_at_once_leave_one() -> None:
    desk = Desk.set_up(tag_names=["First", "Second"])
    first, second = desk.tags
    one_is_refused("sector_keeps_tag", archive(first), archive(second))
    assert desk.sector.tags.live().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_tag_archived_before_another_is_committed_waits_for_it() -> None:
    desk = Desk.set_up(tag_names=["First", "Second"])
    first, second = desk.tags
    second_is_refused("sector_keeps_tag", archive(first), archive(second))


@pytest.mark.django_db(transaction=True)
def test_a_sector_is_not_restored_while_its_last_tag_is_archived() -> None:
    desk = Desk.set_up(tag_names=["First"])
    [first] = desk.tags
    sector = Sector.objects.filter(pk=desk.sector.pk)
    sector.update(archived_at=timezone.now())
    second_is_refused("sector_keeps_tag", lambda: sector.update(archived_at=None), archive(first))
