"""A colleague of the queue sees a ticket by being mentioned in it (docs/rules.md, Visibility and Mentions)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.errors import DomainError, Invalid, NotAllowed
from orgs import operations as orgs
from orgs.models import ProjectMembership, ProjectRole, User
from queues import operations as queues
from tests.builders import Desk, fresh, put_on, take_off
from tests.tickets.desk_tools import Browser
from tickets import operations
from tickets.conversation.mentions import unseen_mentions
from tickets.conversation.transcript import page_before
from tickets.desk.permitted_actions import permitted_actions
from tickets.desk.worklist import MAX_MENTIONED, worklist
from tickets.models import Delivery, EventKind, Mention, Message, Ticket, TicketEvent
from tickets.models.visibility import people_who_see


@pytest.fixture
def ana(desk: Desk) -> User:
    """Who has the ticket."""
    return desk.agent_online(limit=100)


@pytest.fixture
def bruno(desk: Desk) -> User:
    """A colleague on the same queue."""
    return desk.agent()


@pytest.fixture
def ticket(desk: Desk, ana: User) -> Ticket:
    found = desk.open_ticket("maria")
    assert found.agent == ana
    return found


def mention(desk: Desk, ticket: Ticket, by: User, *people: User) -> Message:
    text = "Look, " + " and ".join(f"@{user.name}" for user in people)
    return operations.add_note(ticket.pk, text, by=desk.by(by), mentions=[user.pk for user in people])


def sees(desk: Desk, user: User, ticket: Ticket) -> bool:
    """Whether somebody sees a ticket, asked from both sides."""
    member = desk.member(user)
    found = Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists()
    of_ticket = Ticket.objects.select_related("project").get(pk=ticket.pk)
    assert people_who_see(of_ticket).filter(pk=user.pk).exists() == found
    return found


def said_of_sight(ticket: Ticket) -> list[str]:
    return [line.text for line in page_before(fresh(ticket)).lines if line.event == EventKind.MENTIONED]


# Who can be mentioned


def test_a_colleague_of_the_queue_can_be_mentioned_and_sees_the_ticket_by_it(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    assert not sees(desk, bruno, ticket)
    note = mention(desk, ticket, ana, bruno)
    assert sees(desk, bruno, ticket)
    assert [m.message for m in unseen_mentions(desk.member(bruno)).mentions] == [note]
    page = Browser(bruno, desk.project).text("ticket", ticket, note=str(note.pk))
    assert "You can read along and leave notes." in page


def test_other_colleagues_of_the_queue_still_do_not(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    carla = desk.agent()
    mention(desk, ticket, ana, bruno)
    assert not sees(desk, carla, ticket)


def test_who_sees_the_ticket_is_suggested_first_and_who_will_see_it_is_marked(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    manager = desk.manager()
    shown = Browser(ana, desk.project).text("colleagues", ticket)
    entries = shown.split("<li ")[1:]
    marked = ["will see the ticket by this" in entry for entry in entries]
    assert marked == sorted(marked)
    by_person = {user: next(e for e in entries if str(user.pk) in e) for user in (manager, bruno)}
    assert "will see" not in by_person[manager]
    assert "will see the ticket by this" in by_person[bruno]
    mention(desk, ticket, ana, bruno)
    assert "will see" not in Browser(ana, desk.project).text("colleagues", ticket)


def test_of_a_queue_that_is_archived_nobody_can_be_mentioned(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    desk.close(ticket)
    queues.archive_queue(desk.queue, by=desk.by(), move_to=desk.add_queue())
    with pytest.raises(Invalid):
        mention(desk, ticket, ana, bruno)


# When the sight ends


def test_it_lasts_after_the_ticket_is_closed(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    mention(desk, ticket, ana, bruno)
    desk.close(ticket)
    assert sees(desk, bruno, ticket)
    assert permitted_actions(fresh(ticket), desk.member(bruno)).note


def test_it_ends_with_the_place_on_the_queue_and_comes_back_with_it(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    note = mention(desk, ticket, ana, bruno)
    browser = Browser(bruno, desk.project)
    take_off(desk.queue, bruno)
    assert not sees(desk, bruno, ticket)
    assert browser.get("ticket", ticket).status_code == 404
    assert unseen_mentions(desk.member(bruno)).mentions == []
    put_on(desk.queue, bruno)
    assert sees(desk, bruno, ticket)
    assert [m.message for m in unseen_mentions(desk.member(bruno)).mentions] == [note]


def test_it_ends_where_the_ticket_goes_to_another_queue_and_comes_back_with_it(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    mention(desk, ticket, ana, bruno)
    elsewhere = desk.add_queue()
    operations.transfer_to_queue(ticket.pk, elsewhere, by=desk.by(ana))
    assert not sees(desk, bruno, ticket)
    put_on(elsewhere, bruno)
    assert sees(desk, bruno, ticket)
    take_off(elsewhere, bruno)
    operations.transfer_to_queue(ticket.pk, desk.queue, by=desk.by())
    operations.take(ticket.pk, by=desk.by())
    assert sees(desk, bruno, ticket)


def test_it_ends_with_the_queue_and_with_access_to_chats(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    carla = desk.agent()
    mention(desk, ticket, ana, bruno, carla)
    membership = ProjectMembership.objects.get(project=desk.project, user=carla)
    orgs.change_project_role(membership, ProjectRole.VIEWER, by=desk.by())
    assert not sees(desk, carla, ticket)
    desk.close(ticket)
    assert sees(desk, bruno, ticket)
    queues.archive_queue(desk.queue, by=desk.by(), move_to=desk.add_queue())
    assert not sees(desk, bruno, ticket)


def test_any_mention_counts_also_one_of_somebody_who_saw_the_ticket_then(desk: Desk, ana: User, bruno: User) -> None:
    desk.status(ana, "paused")
    waiting = desk.open_ticket()
    mention(desk, waiting, desk.administrator, bruno)
    assert said_of_sight(waiting) == []
    operations.take(waiting.pk, by=desk.by(ana))
    assert sees(desk, bruno, waiting)


# What they may do


def refusals(desk: Desk, ticket: Ticket) -> dict[str, Callable[[User], Any]]:
    """What a mentioned colleague may not do, by what it is."""
    tag, other = desk.tags[0].pk, desk.add_queue()
    return {
        "answer": lambda user: operations.reply(ticket.pk, "Hello", by=desk.by(user)),
        "close": lambda user: operations.close(ticket.pk, by=desk.by(user), tag_ids=[tag]),
        "transfer": lambda user: operations.transfer_to_queue(ticket.pk, other, by=desk.by(user)),
        "give": lambda user: operations.transfer_to_agent(ticket.pk, user, by=desk.by(user)),
        "back": lambda user: operations.return_to_line(ticket.pk, by=desk.by(user)),
        "take": lambda user: operations.take(ticket.pk, by=desk.by(user)),
        "rename": lambda user: operations.rename_contact(ticket.pk, "Mia", by=desk.by(user)),
    }


@pytest.mark.parametrize("what", ["answer", "close", "transfer", "give", "back", "take", "rename"])
def test_a_mentioned_colleague_does_nothing_to_the_ticket(
    desk: Desk, ana: User, bruno: User, ticket: Ticket, what: str
) -> None:
    mention(desk, ticket, ana, bruno)
    desk.status(bruno, "online")
    with pytest.raises(DomainError):
        refusals(desk, ticket)[what](bruno)
    assert fresh(ticket).agent == ana
    can = permitted_actions(fresh(ticket), desk.member(bruno))
    assert can.note
    assert not any((can.reply, can.close, can.transfer, can.take, can.take_over, can.retag, can.fetch, can.directs))


def test_nor_at_the_desk_nor_together_with_others(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    mention(desk, ticket, ana, bruno)
    browser, tag = Browser(bruno, desk.project), str(desk.tags[0].pk)
    assert browser.post("message", ticket, {"text": "Hello"}).status_code == 403
    assert browser.post("close", ticket, {"tags": [tag]}).status_code == 403
    assert browser.get("transfer", ticket).status_code == 403
    assert browser.post("transfer", ticket, {"to": f"queue:{desk.add_queue().pk}"}).status_code == 403
    done = operations.close_many([ticket.pk], by=desk.by(bruno), tag_ids=[desk.tags[0].pk])
    assert [outcome.done for outcome in done] == [False]
    desk.close(ticket)
    assert browser.post("retag", ticket, {"tags": [str(desk.tags[1].pk)]}).status_code == 403
    assert not Delivery.objects.filter(ticket=ticket, message__user=bruno).exists()


@pytest.mark.parametrize("closed", [False, True])
def test_a_mentioned_colleague_writes_notes_with_files_and_is_seen_to_look(
    desk: Desk, ana: User, bruno: User, ticket: Ticket, closed: bool
) -> None:
    mention(desk, ticket, ana, bruno)
    if closed:
        desk.close(ticket)
    browser = Browser(bruno, desk.project)
    assert browser.post("message", ticket, {"text": "I know", "note": "1"}).status_code == 204
    assert browser.post("presence", ticket).status_code in {200, 204}
    assert bruno.name in Browser(ana, desk.project).text("presence", ticket)
    take_off(desk.queue, bruno)
    assert bruno.name not in Browser(ana, desk.project).text("presence", ticket)
    with pytest.raises(NotAllowed):
        operations.add_note(ticket.pk, "Once more", by=desk.by(bruno))


def test_they_read_what_an_open_ticket_lets_agents_read_beside_it(desk: Desk, ana: User, bruno: User) -> None:
    earlier = desk.open_ticket("maria")
    desk.close(earlier)
    ticket = desk.open_ticket("maria")
    assert not sees(desk, bruno, earlier)
    mention(desk, ticket, ana, bruno)
    assert sees(desk, bruno, earlier)
    with pytest.raises(NotAllowed):
        operations.add_note(earlier.pk, "Only read", by=desk.by(bruno))
    desk.close(ticket)
    assert not sees(desk, bruno, earlier)


# Where it shows


def test_the_desk_lists_what_one_sees_only_by_a_mention(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    other = desk.open_ticket("carlos")
    for one in (ticket, other, ticket):
        mention(desk, one, ana, bruno)
    assert [t.pk for t in worklist(desk.member(bruno)).mentioned] == [ticket.pk, other.pk]
    assert worklist(desk.member(ana)).mentioned == []
    desk.close(other)
    assert other in worklist(desk.member(bruno)).mentioned
    Ticket.objects.filter(pk=other.pk).update(closed_at=timezone.now() - timedelta(days=2))
    assert worklist(desk.member(bruno)).mentioned == [ticket]
    # One's own is listed once.
    operations.transfer_to_agent(ticket.pk, bruno, by=desk.by())
    assert worklist(desk.member(bruno)).mentioned == []


def test_the_list_is_bounded_and_costs_the_same_with_many(
    desk: Desk, ana: User, bruno: User, ticket: Ticket, django_assert_num_queries: Any
) -> None:
    mention(desk, ticket, ana, bruno)
    with CaptureQueriesContext(connection) as few:
        worklist(desk.member(bruno))
    for _ in range(MAX_MENTIONED):
        mention(desk, desk.open_ticket(), ana, bruno)
    with django_assert_num_queries(len(few)):
        found = worklist(desk.member(bruno))
    assert len(found.mentioned) == MAX_MENTIONED
    assert found.mentioned_left_out


def test_a_closed_one_is_found_by_the_search_and_leads_to_its_page(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    mention(desk, ticket, ana, bruno)
    desk.close(ticket)
    client, project = Browser(bruno, desk.project).client, desk.project.pk
    found = client.get(reverse("palette:find", args=[project]), {"q": "maria"}).content.decode()
    assert f"/projects/{project}/history/{ticket.pk}/" in found
    # Not to a history of the contact that lists nothing.
    assert "?contact=" not in found
    take_off(desk.queue, bruno)
    assert str(ticket.pk) not in client.get(reverse("palette:find", args=[project]), {"q": "maria"}).content.decode()


def test_it_is_in_nobody_elses_history_and_figures(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    mention(desk, ticket, ana, bruno)
    client, project = Browser(bruno, desk.project).client, desk.project.pk
    assert client.get(f"/projects/{project}/dashboard/now/").context["now"].active == 0
    desk.close(ticket)
    assert str(ticket.pk) not in client.get(f"/projects/{project}/history/").content.decode()
    assert client.get(f"/projects/{project}/history/{ticket.pk}/").status_code == 200


# What is recorded


def test_the_conversation_says_once_who_came_to_see_the_ticket_by_whom(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    carla, manager = desk.agent(), desk.manager()
    mention(desk, ticket, ana, bruno, manager)
    sentence = f"{ana.name} mentioned {bruno.name}, who can now see this ticket."
    assert said_of_sight(ticket) == [sentence]
    mention(desk, ticket, ana, bruno)
    take_off(desk.queue, bruno)
    put_on(desk.queue, bruno)
    mention(desk, ticket, bruno, carla, ana)
    assert said_of_sight(ticket) == [sentence, f"{bruno.name} mentioned {carla.name}, who can now see this ticket."]
    numbers = [line.number for line in page_before(fresh(ticket)).lines]
    assert numbers == list(range(1, fresh(ticket).line_count + 1))


def test_nothing_of_it_goes_to_the_flow_and_no_time_changes(desk: Desk, ana: User, bruno: User) -> None:
    ticket = desk.open_ticket("maria", callback_url="https://flow.example.org/callback")
    desk.message(ticket)
    times = ("unanswered_since", "first_response_at", "last_message_at", "unread_count", "transfer_count")
    before = Ticket.objects.values(*times).get(pk=ticket.pk), Delivery.objects.count()
    mention(desk, ticket, ana, bruno)
    assert (Ticket.objects.values(*times).get(pk=ticket.pk), Delivery.objects.count()) == before


def test_the_database_keeps_the_record_to_once_and_to_who_it_was(
    desk: Desk, ana: User, bruno: User, ticket: Ticket
) -> None:
    mention(desk, ticket, ana, bruno)
    first = TicketEvent.objects.get(ticket=ticket, kind=EventKind.MENTIONED)
    values = {"ticket": ticket, "kind": EventKind.MENTIONED, "at": timezone.now(), "actor": ana, "data": first.data}
    again = partial(TicketEvent.objects.create, number=first.number + 50)
    with pytest.raises(IntegrityError, match="event_mentioned_once"), transaction.atomic():
        again(**values)
    for wrong in ({"actor": None}, {"data": {"person": bruno.name}}, {"data": {"person_id": str(ana.pk)}}):
        with pytest.raises(IntegrityError, match="event_mentioned_says_who"), transaction.atomic():
            again(**{**values, **wrong})
    assert Mention.objects.filter(ticket=ticket, user=bruno).count() == 1


def test_what_is_open_comes_before_what_was_closed(desk: Desk, ana: User, bruno: User, ticket: Ticket) -> None:
    mention(desk, ticket, ana, bruno)
    morning = (timezone.now() + timedelta(days=2)).replace(hour=9, minute=0)
    for _number in range(MAX_MENTIONED + 1):
        other = desk.open_ticket()
        operations.add_note(other.pk, "Look", by=desk.by(), mentions=[bruno.pk])
        desk.close(other)
    Ticket.objects.closed().update(closed_at=morning - timedelta(hours=12))
    assert [found.pk for found in worklist(desk.member(bruno), now=morning).mentioned] == [ticket.pk]
