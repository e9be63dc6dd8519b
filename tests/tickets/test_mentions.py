"""Colleagues called in notes: who can be, who is told, who sees what (docs/rules.md, Mentions)."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid
from orgs.models import ProjectRole
from tests.access.story import Past
from tests.builders import Desk, fresh, take_off
from tickets import operations
from tickets.conversation.mentions import unseen_mentions
from tickets.conversation.transcript import page_before
from tickets.models import Mention, Message, Ticket
from tickets.models.visibility import people_who_see
from tickets.operations import MAX_MENTIONS
from tickets.templatetags.desk import said

from .desk_tools import Browser


def call(desk: Desk, ticket: Ticket, by, *people) -> Message:
    """Leave a note that calls people."""
    text = "Look, " + " and ".join(f"@{user.name}" for user in people)
    return operations.add_note(ticket.pk, text, by=desk.by(by), mentions=[user.pk for user in people])


def test_who_sees_a_ticket_is_the_same_asked_from_either_side(db: None) -> None:
    """For everybody of a project with a past and each of its tickets."""
    past = Past.tell()
    people = list(past.people.values())
    for word, ticket in past.tickets.items():
        found = Ticket.objects.select_related("project").get(pk=ticket.pk)
        asked = set(people_who_see(found))
        for user in people:
            member = past.desk.member(user)
            sees = member.has_chats and Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists()
            assert (user in asked) == sees, (word, user)


def test_a_note_calls_those_who_see_the_ticket(desk: Desk) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket()
    note = call(desk, ticket, agent, manager, desk.administrator)
    assert {mention.user for mention in note.mentions.all()} == {manager, desk.administrator}
    assert [m.message for m in unseen_mentions(desk.member(manager)).mentions] == [note]
    assert unseen_mentions(desk.member(agent)).mentions == []


def test_oneself_and_the_same_twice_are_not_called(desk: Desk) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket()
    ids = [agent.pk, manager.pk, manager.pk]
    note = operations.add_note(ticket.pk, "Look", by=desk.by(agent), mentions=ids)
    assert note.mentions.get().user == manager


@pytest.mark.parametrize("who", ["colleague of another queue", "viewer", "elsewhere", "nobody"])
def test_who_neither_sees_the_ticket_nor_is_on_its_queue_cannot_be_called_and_nothing_is_stored(
    desk: Desk, other_desk: Desk, who: str
) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    pk = {
        "colleague of another queue": lambda: desk.agent(desk.add_queue()).pk,
        "viewer": lambda: desk.person(ProjectRole.VIEWER).pk,
        "elsewhere": lambda: other_desk.administrator.pk,
        "nobody": uuid4,
    }[who]()
    refused = Browser(agent, desk.project).post(
        "message", ticket, {"text": "Look", "note": "1", "mentions": [str(desk.administrator.pk), str(pk)]}
    )
    assert refused.status_code == 422
    assert "neither sees this ticket nor is on its queue" in refused.content.decode()
    assert not Message.objects.filter(ticket=ticket).exists()
    assert not Mention.objects.exists()


def test_a_note_calls_a_bounded_number_of_people(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with pytest.raises(Invalid):
        operations.add_note(ticket.pk, "All", by=desk.by(), mentions=[uuid4() for _ in range(MAX_MENTIONS + 1)])


def test_an_answer_to_the_contact_calls_nobody(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    data = {"text": "Hello", "mentions": [str(desk.administrator.pk)]}
    assert Browser(agent, desk.project).post("message", ticket, data).status_code == 204
    assert not Mention.objects.exists()


def test_the_list_leads_to_the_note_and_what_is_seen_leaves_it(desk: Desk) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    ticket = desk.open_ticket("caller")
    note = call(desk, ticket, agent, manager)
    browser = Browser(manager, desk.project)
    shown = browser.text("mentions")
    assert f"/desk/{ticket.pk}/?note={note.pk}" in shown
    assert f"{agent.name} mentions you in the ticket of Caller." in shown
    # Nobody marks another's as seen.
    Browser(desk.administrator, desk.project).post("mentions_seen", ticket, {"messages": [str(note.pk)]})
    assert len(unseen_mentions(desk.member(manager)).mentions) == 1
    assert browser.post("mentions_seen", ticket, {"messages": [str(note.pk)]}).status_code == 204
    assert unseen_mentions(desk.member(manager)).mentions == []
    assert Mention.objects.get().seen_at is not None
    assert "mention" not in browser.text("mentions")


def test_what_one_no_longer_sees_calls_one_no_more(desk: Desk) -> None:
    ticket = desk.open_ticket()
    colleague = desk.agent()
    call(desk, ticket, desk.administrator, colleague)
    assert len(unseen_mentions(desk.member(colleague)).mentions) == 1
    take_off(desk.queue, colleague)
    assert unseen_mentions(desk.member(colleague)).mentions == []


def test_those_who_can_be_called_are_suggested_by_their_letters(desk: Desk) -> None:
    agent = desk.agent_online()
    stranger, manager = desk.agent(desk.add_queue()), desk.manager()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    everybody = browser.text("colleagues", ticket)
    assert str(manager.pk) in everybody
    assert str(desk.administrator.pk) in everybody
    assert str(agent.pk) not in everybody
    assert str(stranger.pk) not in everybody  # of another queue
    assert str(manager.pk) not in browser.text("colleagues", ticket, q=desk.administrator.name)
    assert "Nobody of that name sees this ticket or is on its queue." in browser.text("colleagues", ticket, q="zzz")
    for _ in range(12):
        desk.person(ProjectRole.CONTRIBUTOR)
    assert browser.text("colleagues", ticket).count("data-person") == 8


def test_a_call_is_marked_in_the_note_and_nothing_typed_becomes_markup(desk: Desk) -> None:
    agent, manager = desk.agent_online(), desk.manager()
    manager.first_name = "<b>Bob"
    manager.save()
    ticket = desk.open_ticket()
    call(desk, ticket, agent, manager)
    operations.add_note(ticket.pk, f"<i>@{manager.name}</i> https://example.org", by=desk.by(agent))
    called, plain = page_before(fresh(ticket)).lines[-2:]
    assert '<mark class="mention">@&lt;b&gt;Bob' in said(called)
    assert "<mark" not in said(plain)
    assert "<i>" not in said(plain)
    assert '<a href="https://example.org"' in said(plain)


def test_the_database_keeps_mentions_to_notes_of_their_ticket(desk: Desk) -> None:
    agent = desk.agent_online(limit=2)
    ticket, other = desk.open_ticket(), desk.open_ticket()
    answer, note = desk.reply(ticket, agent), call(desk, ticket, agent)
    for message, of in ((answer, ticket), (note, other)):
        with pytest.raises(IntegrityError, match="a mention is of an internal note"), transaction.atomic():
            Mention.objects.create(message=message, ticket=of, user=desk.administrator)
    Mention.objects.create(message=note, ticket=ticket, user=desk.administrator)
    with pytest.raises(IntegrityError, match="mention_once"), transaction.atomic():
        Mention.objects.create(message=note, ticket=ticket, user=desk.administrator)
