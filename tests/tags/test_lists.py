"""The list of a sector's tags: changed, ordered, pasted (docs/rules.md, Tag)."""

import pytest

from core.errors import Conflict, Invalid, NotAllowed
from orgs.models import AuditEntry
from tags.models import Tag
from tags.operations import (
    add_tags,
    archive_tag,
    change_tag,
    import_tags,
    move_tag,
    order_tags_by_use,
    parse_names,
)
from tests.builders import Desk
from tests.refusals import refused


def _names(desk: Desk) -> list[str]:
    return [tag.name for tag in desk.sector.tags.live().order_by("position", "name")]


def test_what_is_not_given_stays(desk: Desk) -> None:
    tag = change_tag(desk.tags[0], by=desk.by(), color="teal", description="  Two  words ")
    tag = change_tag(tag, by=desk.by(), name="Solved", expected_version=tag.modified_at)
    assert (tag.name, tag.description, tag.color) == ("Solved", "Two words", "teal")
    assert AuditEntry.objects.filter(action="tag.changed").count() == 2


def test_the_second_of_two_that_change_a_tag_is_told(desk: Desk) -> None:
    seen = Tag.objects.get(pk=desk.tags[0].pk).modified_at
    change_tag(desk.tags[0], by=desk.by(), expected_version=seen, color="red")
    with pytest.raises(Conflict):
        change_tag(desk.tags[0], by=desk.by(), expected_version=seen, color="blue")
    assert Tag.objects.get(pk=desk.tags[0].pk).color == "red"


@pytest.mark.parametrize("color", ["beige", "RED", None, 4, "x" * 1_000_000, "\x00"])
def test_colours_that_are_none(desk: Desk, color) -> None:
    with refused("unknown_color"):
        change_tag(desk.tags[0], by=desk.by(), color=color)


def test_a_description_that_is_too_long(desk: Desk) -> None:
    with pytest.raises(Invalid):
        change_tag(desk.tags[0], by=desk.by(), description="x" * 201)


def test_moving_and_the_order_of_use(desk: Desk) -> None:
    resolved, complaint = desk.tags
    move_tag(complaint, "up", by=desk.by())
    assert _names(desk) == ["Complaint", "Resolved"]
    desk.closed_ticket()
    order_tags_by_use(desk.sector, by=desk.by())
    assert _names(desk) == ["Resolved", "Complaint"]
    archive_tag(resolved, by=desk.by())
    for tag, step in ((resolved, "up"), (complaint, "sideways")):
        with pytest.raises(Invalid):
            move_tag(tag, step, by=desk.by())


def test_a_pasted_list_adds_what_is_new_and_names_the_rest(desk: Desk) -> None:
    new, left_out = import_tags(desk.sector, 'Refund\n\n "Delivery" ;RÉSOLVED\trefund,\x00', by=desk.by())
    assert [tag.name for tag in new] == ["Refund", "Delivery"]
    assert left_out == ["RÉSOLVED", "refund"]
    assert _names(desk) == ["Resolved", "Complaint", "Refund", "Delivery"]


@pytest.mark.parametrize(
    ("pasted", "names"),
    [
        ("Refund | Delivery", ["Refund", "Delivery"]),
        ("North | Sales\nSouth", ["North | Sales", "South"]),
        ('sep=;\n"Late, lost";Other', ["Late, lost", "Other"]),
        ('\ufeffPipe 5", Hose', ["Pipe 5", "Hose"]),
        ("One\rTwo\r\nThree", ["One", "Two", "Three"]),
    ],
)
def test_a_pasted_list_is_read_whatever_separates_its_names(pasted: str, names: list[str]) -> None:
    assert parse_names(pasted) == names


@pytest.mark.parametrize("pasted", ["", " \n,;", "x" * 61, "x" * 1_000_000, "\n".join(f"T{i}" for i in range(501))])
def test_lists_that_are_refused_add_nothing(desk: Desk, pasted: str) -> None:
    with pytest.raises(Invalid):
        import_tags(desk.sector, pasted, by=desk.by())
    assert desk.sector.tags.count() == 2


def test_strangers_change_nothing(desk: Desk, other_desk: Desk) -> None:
    add_tags(desk.sector, ["Third"], by=desk.by())
    for by in (desk.by(desk.agent()), other_desk.by()):
        for attempt in (
            lambda by=by: change_tag(desk.tags[0], by=by, color="red"),
            lambda by=by: move_tag(desk.tags[0], "down", by=by),
            lambda by=by: order_tags_by_use(desk.sector, by=by),
            lambda by=by: import_tags(desk.sector, "New", by=by),
        ):
            with pytest.raises(NotAllowed):
                attempt()
