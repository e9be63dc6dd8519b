"""Mentioning a colleague while their place on the queue ends: no sight remains, and nothing breaks."""

from functools import partial

import pytest

from core.errors import Invalid, NotAllowed
from orgs.models import User
from queues.operations import archive_queue
from tests.builders import Desk, fresh, take_off
from tickets import operations
from tickets.models import EventKind, Mention, Message, Ticket

from .parallel import at_once, overlapping, succeeded


def _sees(desk: Desk, user: User, ticket: Ticket) -> bool:
    return Ticket.objects.visible_to(desk.member(user)).filter(pk=ticket.pk).exists()


def _mention(desk: Desk, ticket: Ticket, by: User, *people: User) -> Message:
    return operations.add_note(ticket.pk, "Look", by=desk.by(by), mentions=[user.pk for user in people])


@pytest.mark.parametrize("how", ["removed from the queue", "removed from the project", "ticket handed on"])
@pytest.mark.parametrize("mention_first", [True, False])
def test_at_the_worst_moment(desk: Desk, how: str, mention_first: bool) -> None:
    desk.agent_online()
    manager, bruno = desk.manager(), desk.agent()
    ticket, elsewhere = desk.open_ticket(), desk.add_queue()
    mention = partial(_mention, desk, ticket, manager, bruno)
    end = {
        "removed from the queue": partial(take_off, desk.queue, bruno),
        "removed from the project": partial(desk.remove, bruno),
        "ticket handed on": partial(operations.transfer_to_queue, ticket.pk, elsewhere, by=desk.by()),
    }[how]
    results = overlapping(*((mention, end) if mention_first else (end, mention)))
    written = results[0 if mention_first else 1]
    # Refused, or stored beside the end, with what was true when it was written.
    assert isinstance(written, Message | Invalid), results
    assert not any(isinstance(result, BaseException) for result in results if result is not written), results
    assert Mention.objects.count() == isinstance(written, Message)
    if not desk.project.memberships.filter(user=bruno).exists():
        return
    assert not _sees(desk, bruno, ticket)


def test_a_closed_ticket_whose_queue_is_archived_meanwhile(desk: Desk) -> None:
    ana, bruno = desk.agent_online(), desk.agent()
    ticket, elsewhere = desk.open_ticket(), desk.add_queue()
    desk.close(ticket)
    archive = partial(archive_queue, desk.queue, by=desk.by(), move_to=elsewhere)
    written, archived = overlapping(partial(_mention, desk, ticket, ana, bruno), archive)
    assert isinstance(written, Message)
    assert not isinstance(archived, BaseException), archived
    assert not _sees(desk, bruno, ticket)


def test_many_who_mention_the_same_person_record_it_once(desk: Desk) -> None:
    ana, bruno = desk.agent_online(), desk.agent()
    ticket = desk.open_ticket()
    people = [ana, desk.manager(), desk.administrator]
    succeeded(at_once(*[partial(_mention, desk, ticket, user, bruno) for user in people * 2]))
    assert ticket.events.filter(kind=EventKind.MENTIONED).count() == 1
    assert Mention.objects.filter(user=bruno).count() == 6
    assert fresh(ticket).line_count == ticket.messages.count() + ticket.events.count()


def test_who_lost_the_ticket_while_their_note_waited_writes_none(desk: Desk) -> None:
    ana, bruno, carla = desk.agent_online(limit=5), desk.agent(), desk.agent()
    ticket = desk.open_ticket()
    _mention(desk, ticket, ana, bruno)
    by = desk.by(bruno)
    # As the page did at the beginning of the request.
    assert by.member is not None
    assert desk.queue.pk in by.member.queue_ids
    take_off(desk.queue, bruno)
    with pytest.raises(NotAllowed):
        operations.add_note(ticket.pk, "Still here", by=by, mentions=[carla.pk])
    assert not Mention.objects.filter(user=carla).exists()
