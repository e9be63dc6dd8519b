"""Two tags become one: history follows, counted once (docs/rules.md, Tag)."""

import pytest
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from tags.models import Tag
from tags.operations import add_tags, archive_tag, change_tag, import_tags, merge_tags, restore_tag, tag_for_flow
from tests.builders import Desk
from tests.refusals import refused, refused_by
from tickets.models import TicketTag


def test_the_tickets_follow_and_one_with_both_keeps_one(desk: Desk) -> None:
    source, into = desk.tags
    one, both = desk.closed_ticket(), desk.closed_ticket()
    given = both.ticket_tags.get(tag=source)
    TicketTag.objects.create(ticket=both, tag=into, sector=desk.sector, closed_at=given.closed_at)
    merge_tags(source, into, by=desk.by())
    assert [list(t.tags.all()) for t in (one, both)] == [[into], [into]]
    source.refresh_from_db()
    assert source.merged_into == into
    assert source.archived_at is not None
    assert source not in Tag.objects.choosable()


def test_tags_merged_before_follow(desk: Desk) -> None:
    first, second = desk.tags
    [third] = add_tags(desk.sector, ["Third"], by=desk.by())
    merge_tags(first, second, by=desk.by())
    merge_tags(second, third, by=desk.by())
    first.refresh_from_db()
    assert first.merged_into == third


def test_an_archived_tag_can_be_merged_and_a_merged_one_stays_archived(desk: Desk) -> None:
    source, into = desk.tags
    archive_tag(source, by=desk.by())
    merge_tags(source, into, by=desk.by())
    with refused("tag_merged"):
        restore_tag(source, by=desk.by())
    for pair in ((source, into), (into, source)):
        with refused("foreign_tag"):
            merge_tags(*pair, by=desk.by())


def test_the_name_of_a_merged_tag_can_be_used_again(desk: Desk) -> None:
    source, into = desk.tags
    merge_tags(source, into, by=desk.by())
    [again] = add_tags(desk.sector, [source.name.upper()], by=desk.by())
    [imported], left_out = import_tags(desk.sector, f"New, {into.name}", by=desk.by())
    assert (imported.name, left_out) == ("New", [into.name])
    merge_tags(again, into, by=desk.by())
    [third] = add_tags(desk.sector, [source.name], by=desk.by())
    change_tag(imported, by=desk.by(), name="Other")
    with refused("tag_name_taken"):
        change_tag(imported, by=desk.by(), name=third.name)
    assert {tag.merged_into_id for tag in (Tag.objects.get(pk=t.pk) for t in (source, again))} == {into.pk}


def test_the_advice_about_an_archived_tag_works(desk: Desk) -> None:
    source = desk.tags[0]
    archive_tag(source, by=desk.by())
    with refused("tag_name_taken"):
        add_tags(desk.sector, [source.name], by=desk.by())
    assert restore_tag(source, by=desk.by()).archived_at is None


def test_what_cannot_be_merged(desk: Desk, other_desk: Desk) -> None:
    tag = desk.tags[0]
    for into in (tag, other_desk.tags[0], desk.add_sector().tags.all()[0]):
        with pytest.raises(Invalid):
            merge_tags(tag, into, by=desk.by())
    flow = tag_for_flow(desk.sector)
    for pair in ((flow, tag), (tag, flow)):
        with refused("foreign_tag"):
            merge_tags(*pair, by=desk.by())
    for by in (desk.by(desk.agent()), other_desk.by()):
        with pytest.raises(NotAllowed):
            merge_tags(tag, desk.tags[1], by=by)


def test_the_database_refuses_what_goes_around_the_code(desk: Desk, other_desk: Desk) -> None:
    source, into = desk.tags
    [third] = add_tags(desk.sector, ["Third"], by=desk.by())
    row, now = Tag.objects.filter(pk=source.pk), timezone.now()
    with refused_by("tag_color_known"):
        row.update(color="beige")
    with refused_by("tag_merged_is_archived"):
        row.update(merged_into=into)
    with refused_by("tag_merged_in_sector"):
        row.update(merged_into=other_desk.tags[0], archived_at=now)
    desk.closed_ticket()
    with refused_by("ticket_tag_not_merged"):
        row.update(merged_into=into, archived_at=now)
    merge_tags(source, into, by=desk.by())
    with refused_by("tag_merged_directly"):
        Tag.objects.filter(pk=into.pk).update(merged_into=third, archived_at=now)
