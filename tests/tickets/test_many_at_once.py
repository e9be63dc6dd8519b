"""The same with many tickets: no rule is looser, each has its own answer (docs/rules.md, Many at once)."""

from uuid import uuid4

import pytest

from core.errors import Invalid, NotAllowed
from tags.operations import archive_tag
from tests.builders import FLOW, Desk, fresh
from tickets import errors, operations
from tickets.models import Assignment, EventKind, Message
from tickets.operations import Outcome


def codes(outcomes: list[Outcome]) -> list[str]:
    """Return of each outcome the code, or ``done``."""
    return ["done" if outcome.done else outcome.code for outcome in outcomes]


def test_each_ticket_gets_the_tags_of_its_own_sector(desk: Desk) -> None:
    other = desk.add_sector(tag_names=["Sold", "Lost"])
    here, there = desk.open_ticket(), desk.open_ticket(sector=other)
    sold = other.tags.get(name="Sold")
    outcomes = operations.close_many([here.pk, there.pk], by=desk.by(), tag_ids=[desk.tags[0].pk, sold.pk])
    assert codes(outcomes) == ["done", "done"]
    assert [tag.name for tag in fresh(here).tags.all()] == [desk.tags[0].name]
    assert [tag.name for tag in fresh(there).tags.all()] == ["Sold"]


def test_one_without_a_tag_of_its_sector_is_refused_and_the_others_are_closed(desk: Desk) -> None:
    first, elsewhere, last = desk.open_ticket(), desk.open_ticket(sector=desk.add_sector()), desk.open_ticket()
    outcomes = operations.close_many(
        [first.pk, elsewhere.pk, last.pk], by=desk.by(), tag_ids=[desk.tags[0].pk, desk.tags[1].pk]
    )
    assert codes(outcomes) == ["done", "tags_required", "done"]
    assert outcomes[1].sentence == "Choose at least one tag to close the ticket."
    assert [fresh(ticket).status for ticket in (first, elsewhere, last)] == ["closed", "waiting", "closed"]


def test_an_archived_tag_closes_nothing(desk: Desk) -> None:
    ticket = desk.open_ticket()
    archive_tag(desk.tags[1], by=desk.by())
    outcomes = operations.close_many([ticket.pk], by=desk.by(), tag_ids=[tag.pk for tag in desk.tags[:2]])
    assert codes(outcomes) == ["foreign_tag"]
    assert fresh(ticket).status == "waiting"


def test_tags_that_are_none_are_refused_before_anything_is_done(desk: Desk, other_desk: Desk) -> None:
    ticket = desk.open_ticket()
    for tag in (uuid4(), other_desk.tags[0].pk):
        with pytest.raises(errors.ForeignTag):
            operations.close_many([ticket.pk], by=desk.by(), tag_ids=[desk.tags[0].pk, tag])
    with pytest.raises(errors.TagsRequired):
        operations.close_many([ticket.pk], by=desk.by(), tag_ids=[])
    assert fresh(ticket).status == "waiting"


def test_what_is_closed_already_is_said_and_keeps_its_tags(desk: Desk) -> None:
    ticket = desk.open_ticket()
    desk.close(ticket, tags=[desk.tags[1]])
    outcomes = operations.close_many([ticket.pk], by=desk.by(), tag_ids=[desk.tags[0].pk])
    assert codes(outcomes) == ["room_closed"]
    assert list(fresh(ticket).tags.all()) == [desk.tags[1]]


def test_what_one_does_not_see_is_answered_as_what_is_not_there(desk: Desk, other_desk: Desk) -> None:
    manager = desk.manager()
    elsewhere, foreign = desk.open_ticket(sector=desk.add_sector()), other_desk.open_ticket()
    own = desk.open_ticket()
    ids = [own.pk, elsewhere.pk, foreign.pk, uuid4(), own.pk]
    for outcomes in (
        operations.transfer_many(ids, desk.add_queue(), by=desk.by(manager)),
        operations.close_many(ids, by=desk.by(manager), tag_ids=[desk.tags[0].pk]),
    ):
        assert codes(outcomes) == ["done", "not_found", "not_found", "not_found"]
        assert len({outcome.sentence for outcome in outcomes[1:]}) == 1


def test_an_agent_does_it_with_own_tickets_alone(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    own, waiting = desk.open_ticket(), desk.open_ticket()
    desk.status(agent, "paused")
    by, queue = desk.by(agent), desk.add_queue()
    assert codes(operations.transfer_many([own.pk, waiting.pk], queue, by=by)) == ["done", "not_allowed"]
    # What went to a line that the agent is not on is out of sight.
    assert codes(operations.close_many([own.pk, waiting.pk], by=by, tag_ids=[desk.tags[0].pk])) == [
        "not_found",
        "not_allowed",
    ]


def test_a_line_is_moved_in_its_order_and_with_a_note_each(desk: Desk) -> None:
    tickets = [desk.open_ticket() for _ in range(3)]
    queue = desk.add_queue()
    outcomes = operations.transfer_many([t.pk for t in tickets], queue, by=desk.by(), note="Moved for the holidays")
    assert codes(outcomes) == ["done"] * 3
    assert desk.line(queue) == tickets
    assert Message.objects.filter(text="Moved for the holidays", kind="note").count() == 3
    assert codes(operations.transfer_many([tickets[0].pk], queue, by=desk.by())) == ["there_already"]


def test_many_are_given_over_the_limit_and_it_is_recorded(desk: Desk) -> None:
    desk.limit(1)
    agent, desk.overfull = desk.agent(), True
    tickets = [desk.open_ticket() for _ in range(3)]
    assert codes(operations.assign_many([t.pk for t in tickets], agent, by=desk.by())) == ["done"] * 3
    given = Assignment.objects.filter(agent=agent, ended_at=None).order_by("seat")
    assert list(given.values_list("seat", "over_limit")) == [(1, False), (2, True), (3, True)]
    assert tickets[2].events.filter(kind=EventKind.ASSIGNED, data__over_limit=True).exists()


def test_a_call_is_bounded_and_names_tickets(desk: Desk) -> None:
    for ids in ([], [uuid4() for _ in range(operations.MAX_AT_ONCE + 1)]):
        with pytest.raises(Invalid):
            operations.close_many(ids, by=desk.by(), tag_ids=[desk.tags[0].pk])
    with pytest.raises(NotAllowed):
        operations.close_many([uuid4()], by=FLOW, tag_ids=[desk.tags[0].pk])
