"""Tags are merged while something else happens to them, on two connections (docs/rules.md, Tag)."""

from functools import partial

import pytest

from core.errors import DomainError
from tags.models import Tag
from tags.operations import add_tags, archive_tag, merge_tags
from tests.builders import Desk, fresh
from tickets import operations as tickets
from tickets.models import TicketTag

from .parallel import at_once, overlapping

both_orders = pytest.mark.parametrize("order", ["this", "other"])


def _either_way(one, other, order: str) -> list:
    """Run two overlapping, in this or the other order; results are in the order given here."""
    return overlapping(one, other) if order == "this" else overlapping(other, one)[::-1]


def _codes(results: list) -> list[str]:
    """Return the codes of the refusals; anything else that went wrong is raised."""
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DomainError):
            raise result
    return [r.code for r in results if isinstance(r, DomainError)]


@both_orders
def test_a_tag_is_merged_while_a_ticket_is_closed_with_it(desk: Desk, order: str) -> None:
    source, into = desk.tags
    ticket = desk.open_ticket()
    results = _either_way(
        partial(merge_tags, source, into, by=desk.by()),
        partial(tickets.close, ticket.pk, by=desk.by(), tag_ids=[source.pk]),
        order,
    )
    assert set(_codes(results)) <= {"foreign_tag"}
    assert not TicketTag.objects.filter(tag__merged_into__isnull=False).exists()
    if fresh(ticket).is_closed and Tag.objects.get(pk=source.pk).merged_into_id:
        assert ticket.tags.get() == into


def test_two_tags_merged_crosswise_leave_one(desk: Desk) -> None:
    one, other = desk.tags
    results = at_once(
        partial(merge_tags, one, other, by=desk.by()),
        partial(merge_tags, other, one, by=desk.by()),
    )
    assert _codes(results) == ["foreign_tag"]
    assert desk.sector.tags.live().count() == 1


@both_orders
def test_a_tag_is_archived_while_another_is_merged_into_it(desk: Desk, order: str) -> None:
    source, into = desk.tags
    add_tags(desk.sector, ["Third"], by=desk.by())
    results = _either_way(
        partial(merge_tags, source, into, by=desk.by()), partial(archive_tag, into, by=desk.by()), order
    )
    assert set(_codes(results)) <= {"foreign_tag"}
    assert desk.sector.tags.live().exists()


def test_the_last_two_tags_archived_at_once_leave_one(desk: Desk) -> None:
    results = at_once(*(partial(archive_tag, tag, by=desk.by()) for tag in desk.tags))
    assert _codes(results) == ["last_tag"]
    assert desk.sector.tags.live().count() == 1
