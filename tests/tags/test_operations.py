"""What can happen to tags, with each refusal (docs/rules.md, Tag)."""

import pytest

from core.errors import Invalid, NotAllowed
from orgs.models import AuditEntry, ProjectRole
from tags.models import Tag
from tags.operations import add_tags, archive_tag, change_tag, restore_tag, tag_for_flow
from tests.builders import FLOW, Desk
from tests.refusals import refused
from tickets import operations as tickets


def test_tags_are_added_to_the_end_in_order(desk: Desk) -> None:
    add_tags(desk.sector, ["One", "  Two  words "], by=desk.by())
    assert [t.name for t in desk.sector.tags.all()] == ["Resolved", "Complaint", "One", "Two words"]


@pytest.mark.parametrize("name", ["resolved", "RÉSOLVED", " Resolved "])
def test_a_name_that_is_there_refuses_the_lot(desk: Desk, name: str) -> None:
    with refused("tag_name_taken"):
        add_tags(desk.sector, ["New", name], by=desk.by())
    with refused("tag_name_taken"):
        add_tags(desk.sector, ["Twice", "TWICE"], by=desk.by())
    with refused("tag_name_taken"):
        change_tag(desk.tags[1], name=name, by=desk.by())
    assert desk.sector.tags.count() == 2


@pytest.mark.parametrize("name", ["", "\n", "x" * 61, "x" * 1_000_000, None, 4, ["a"]])
def test_names_that_are_none(desk: Desk, name) -> None:
    with pytest.raises(Invalid):
        add_tags(desk.sector, ["Fine", name], by=desk.by())
    with pytest.raises(Invalid):
        change_tag(desk.tags[0], name=name, by=desk.by())
    assert desk.sector.tags.count() == 2


def test_how_many_at_once(desk: Desk) -> None:
    with pytest.raises(Invalid):
        add_tags(desk.sector, [f"Tag {i}" for i in range(501)], by=desk.by())


def test_who_may_change_tags(desk: Desk, other_desk: Desk) -> None:
    tag = desk.tags[0]
    for user in (desk.administrator, desk.person(ProjectRole.CONTRIBUTOR), desk.manager()):
        by = desk.by(user)
        [new] = add_tags(desk.sector, [f"By {user.pk}"], by=by)
        archive_tag(restore_tag(archive_tag(change_tag(new, name=f"Again {user.pk}", by=by), by=by), by=by), by=by)
    strangers = (desk.agent(), desk.manager(desk.add_sector()))
    for by in (*map(desk.by, strangers), other_desk.by()):
        for attempt in (
            lambda by=by: add_tags(desk.sector, ["New"], by=by),
            lambda by=by: change_tag(tag, name="New", by=by),
            lambda by=by: archive_tag(tag, by=by),
            lambda by=by: restore_tag(tag, by=by),
        ):
            with pytest.raises(NotAllowed):
                attempt()


def test_the_last_tag_stays(desk: Desk) -> None:
    archive_tag(desk.tags[0], by=desk.by())
    with refused("last_tag"):
        archive_tag(desk.tags[1], by=desk.by())
    restore_tag(desk.tags[0], by=desk.by())
    archive_tag(desk.tags[1], by=desk.by())


def test_an_archived_tag_stays_in_history(desk: Desk) -> None:
    ticket = desk.closed_ticket()
    archive_tag(desk.tags[0], by=desk.by())
    assert ticket.tags.get() == desk.tags[0]
    assert desk.tags[0] not in Tag.objects.choosable()


def test_the_tag_of_the_flow_is_made_once_and_not_chosen(desk: Desk) -> None:
    tag = tag_for_flow(desk.sector)
    assert tag_for_flow(desk.sector) == tag
    assert tag not in Tag.objects.choosable()
    tickets.close_by_flow(desk.open_ticket().pk, by=FLOW)
    assert tag.tickets.count() == 1


def test_a_tag_made_by_hand_with_the_flows_name_is_left_alone(desk: Desk) -> None:
    [by_hand] = add_tags(desk.sector, ["Closed by flow"], by=desk.by())
    made = tag_for_flow(desk.sector)
    assert made != by_hand
    assert made.closed_by_flow
    assert not by_hand.closed_by_flow


def test_changes_are_in_the_audit_log(desk: Desk) -> None:
    change_tag(desk.tags[0], name="Solved", by=desk.by())
    entry = AuditEntry.objects.get(action="tag.changed")
    assert (entry.before, entry.after) == ({"name": "Resolved"}, {"name": "Solved"})
