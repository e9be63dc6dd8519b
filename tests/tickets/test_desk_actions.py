"""What an agent does at the desk: each act through its view, with the refusals that a person reads."""

from html import unescape
from io import BytesIO
from uuid import uuid4

import pytest

from core.errors import DomainError
from orgs.models import ProjectRole, User
from queues.models import AgentStatus
from tags.operations import archive_tag
from tests.builders import Desk, fresh, put_on
from tickets import operations
from tickets.desk.permitted_actions import permitted_actions
from tickets.models import Delivery, DeliveryState, Message, MessageKind, TicketStatus

from .desk_tools import Browser


def test_an_answer_and_a_note(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    assert browser.post("message", ticket, {"text": "Good morning"}).status_code == 204
    assert browser.post("message", ticket, {"text": "Be careful", "note": "1"}).status_code == 204
    said = list(Message.objects.filter(ticket=ticket).order_by("number").values_list("kind", "text"))
    assert said == [(MessageKind.AGENT, "Good morning"), (MessageKind.NOTE, "Be careful")]


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 1_000_000])
def test_a_message_that_is_none_is_refused_with_a_sentence(desk: Desk, text: str) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    for note in ("", "1"):
        response = Browser(agent, desk.project).post("message", ticket, {"text": text, "note": note})
        assert response.status_code == 422
        assert "data-refusal" in response.content.decode()
    assert not Message.objects.filter(ticket=ticket).exists()


def test_a_form_without_fields_is_refused(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    for view in ("message", "close", "transfer", "status"):
        named = () if view == "status" else (ticket,)
        assert browser.post(view, *named).status_code == 422


def test_who_watches_may_note_but_not_answer(desk: Desk) -> None:
    desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(desk.manager(), desk.project)
    refused = browser.post("message", ticket, {"text": "Hello"})
    assert refused.status_code == 403
    assert "Take the ticket first" in refused.content.decode()
    assert browser.post("message", ticket, {"text": "Hello", "note": "1"}).status_code == 204


def test_opening_marks_read_only_for_the_own_agent(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.message(ticket)
    Browser(desk.manager(), desk.project).post("read", ticket)
    assert fresh(ticket).unread_count == 1
    Browser(agent, desk.project).post("read", ticket)
    assert fresh(ticket).unread_count == 0


def test_closing_without_a_tag_is_refused_and_the_ticket_stays_open(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    response = Browser(agent, desk.project).post("close", ticket, {"filter": "ref"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Choose at least one tag to close the ticket." in page
    assert 'value="ref"' in page
    assert fresh(ticket).status == TicketStatus.ACTIVE


@pytest.mark.parametrize("wrong", ["unknown", "foreign", "archived", "no id", "long"])
def test_closing_with_a_tag_that_cannot_be_chosen_is_refused(desk: Desk, wrong: str) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    if wrong == "archived":
        archive_tag(desk.tags[1], by=desk.by())
    tag = {
        "unknown": uuid4(),
        "foreign": desk.add_sector().tags.order_by("position")[0].pk,
        "archived": desk.tags[1].pk,
        "no id": "'; --",
        "long": "x" * 100_000,
    }[wrong]
    response = Browser(agent, desk.project).post("close", ticket, {"tags": [str(desk.tags[0].pk), str(tag)]})
    assert response.status_code == 422
    page = response.content.decode()
    assert "not archived" in page
    assert f'value="{desk.tags[0].pk}" checked' in page  # what was chosen well is kept
    assert fresh(ticket).status == TicketStatus.ACTIVE


def test_closing_with_a_tag_frees_the_place_for_the_next(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    ticket, following = desk.open_ticket(), desk.open_ticket()
    browser = Browser(agent, desk.project)
    assert browser.post("close", ticket, {"tags": [str(desk.tags[0].pk)]}).status_code == 204
    assert fresh(ticket).status == TicketStatus.CLOSED
    assert fresh(following).agent == agent
    # A second press of the button answers as the first.
    assert browser.post("close", ticket, {"tags": [str(desk.tags[0].pk)]}).status_code == 204


def test_taking_a_ticket_and_being_too_late(desk: Desk) -> None:
    one, two = desk.agent(), desk.agent()
    ticket = desk.open_ticket()
    assert Browser(one, desk.project).post("take", ticket).status_code == 204
    late = Browser(two, desk.project).post("take", ticket)
    assert late.status_code == 409
    assert f"{one.name} was faster" in late.content.decode()
    # Who is not on its queue is told nothing.
    assert Browser(desk.agent(desk.add_queue()), desk.project).post("take", ticket).status_code == 404
    over = Browser(desk.manager(), desk.project).post("take", ticket)
    assert over.status_code == 204
    assert fresh(ticket).agent != one


def test_taking_at_the_limit_is_refused(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    desk.open_ticket()
    waiting = desk.open_ticket()
    response = Browser(agent, desk.project).post("take", waiting)
    assert response.status_code == 409
    assert "data-refusal" in response.content.decode()


def test_transferring_to_a_queue_with_a_note(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    queue = desk.add_sector().queues.get()
    browser = Browser(agent, desk.project)
    assert str(queue.pk) in browser.text("transfer", ticket)
    response = browser.post("transfer", ticket, {"to": f"queue:{queue.pk}", "note": "Wants to buy"})
    assert response.status_code == 204
    now = fresh(ticket)
    assert (now.queue, now.position) == (queue, 1)
    assert Message.objects.get(ticket=ticket).text == "Wants to buy"


def test_transferring_to_an_agent_who_is_not_eligible_is_refused(desk: Desk) -> None:
    agent, other = desk.agent_online(), desk.agent()
    ticket = desk.open_ticket()
    response = Browser(agent, desk.project).post("transfer", ticket, {"to": f"agent:{other.pk}", "note": "Please"})
    assert response.status_code == 409
    assert "Please" in response.content.decode()
    assert fresh(ticket).agent == agent
    desk.overfull = True
    manager = Browser(desk.manager(), desk.project)
    assert manager.post("transfer", ticket, {"to": f"agent:{other.pk}"}).status_code == 204
    assert fresh(ticket).agent == other


def test_transferring_nowhere_is_refused(desk: Desk, other_desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    for to in ("", "queue", "queue:", "room:1", f"queue:{uuid4()}", f"agent:{uuid4()}", "x" * 1000,
               f"queue:{other_desk.queue.pk}", f"agent:{other_desk.administrator.pk}"):  # fmt: skip
        assert browser.post("transfer", ticket, {"to": to}).status_code == 422, to
    too_long = browser.post("transfer", ticket, {"to": f"queue:{desk.queue.pk}", "note": "x" * 20_000})
    assert too_long.status_code == 422
    assert fresh(ticket).agent == agent


def test_dialogs_open_only_for_who_can_act(desk: Desk) -> None:
    desk.agent_online(limit=1)
    desk.open_ticket()
    waiting = desk.open_ticket()
    onlooker = Browser(desk.agent(), desk.project)
    for view in ("close", "transfer"):
        assert onlooker.get(view, waiting).status_code == 403


def test_a_failed_answer_is_sent_again(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flows.example.org/callback")
    message = desk.reply(ticket, agent)
    browser = Browser(agent, desk.project)
    Delivery.objects.filter(message=message).update(state=DeliveryState.FAILED, attempts=9)
    Message.objects.filter(pk=message.pk).update(delivery=DeliveryState.FAILED)
    assert "Send again" in browser.text("lines", ticket)
    assert browser.post("send_again", ticket, message=message.pk).status_code == 204
    delivery = Delivery.objects.get(message=message)
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENDING, 0)
    assert browser.post("send_again", ticket, message=message.pk).status_code == 204
    assert browser.post("send_again", ticket, message=uuid4()).status_code == 404
    assert Browser(desk.agent(), desk.project).post("send_again", ticket, message=message.pk).status_code == 404


def test_the_desk_says_why_an_answer_was_not_delivered(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flows.example.org/callback")
    message = desk.reply(ticket, agent)
    browser = Browser(agent, desk.project)

    def said(state: str, failure: str, status: int | None) -> str:
        Delivery.objects.update(state=state, failure=failure, status=status)
        Message.objects.filter(pk=message.pk).update(delivery=state)
        return unescape(browser.text("lines", ticket))

    for failure, status, words in (
        ("status", 413, "the flow refused it (413: too large)"),
        ("status", 418, "the flow refused it (418)"),
        ("status", 502, "the flow had an error (502)"),
        ("status", 302, "the flow sent it to another address (302)"),
        ("timeout", None, "no answer within 30 seconds"),
        ("cut_off", None, "the connection ended before the flow answered"),
        ("unreachable", None, "the flow could not be reached"),
        ("not_allowed", None, "the flow’s address is in a private network"),
        ("address", None, "the flow’s address can’t be used"),
    ):
        assert f"not delivered: {words}" in said("failed", failure, status)
        assert f"not delivered yet: {words}. Next try at" in said("sending", failure, status)
    for held, words in (
        ("pause", "waiting: messages to the flow are paused"),
        ("circuit", "waiting: the flow does not answer at the moment"),
    ):
        Delivery.objects.update(held=held)
        assert words in said("sending", "", None)
    Delivery.objects.update(held="")
    for language, words in (
        ("es", "sin entregar: el flujo lo rechazó (413: demasiado grande)"),
        ("pt-br", "não entregue: o fluxo recusou (413: grande demais)"),
    ):
        User.objects.filter(pk=agent.pk).update(language=language)
        assert words in said("failed", "status", 413)


def test_of_several_parts_the_desk_says_which_was_not_delivered(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flows.example.org/callback")
    uploads = [
        operations.add_file(ticket.pk, BytesIO(b"text"), name, by=desk.by(agent)) for name in ("a.txt", "b.txt")
    ]
    message = desk.reply(ticket, agent, files=[upload.pk for upload in uploads])
    Delivery.objects.filter(part__gte=1).update(state="failed", failure="status", status=413)
    Message.objects.filter(pk=message.pk).update(delivery="failed")
    words = "not delivered: b.txt: the flow refused it (413: too large); text: the flow refused it (413: too large)"
    assert words in Browser(agent, desk.project).text("lines", ticket)


def test_status_is_set_and_shown(desk: Desk) -> None:
    agent = desk.agent()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    browser.text("desk")  # opening the desk puts nobody online
    assert not AgentStatus.objects.filter(user=agent, status="online").exists()
    assert browser.post("status", data={"status": "online"}).status_code == 200
    assert fresh(ticket).agent == agent
    paused = browser.post("status", data={"status": "paused", "reason": " Lunch "})
    assert "Lunch" in paused.content.decode()
    for wrong in ({"status": "away"}, {"status": "paused", "reason": "x" * 81}, {}):
        assert browser.post("status", data=wrong).status_code == 422
    assert AgentStatus.objects.get(user=agent).reason == "Lunch"


def test_who_is_on_no_queue_has_no_status(desk: Desk) -> None:
    response = Browser(desk.administrator, desk.project).post("status", data={"status": "online"})
    assert response.status_code == 422
    assert "no queue" in response.headers["HX-Trigger"]


def test_what_the_page_offers_is_what_the_operations_allow(desk: Desk) -> None:
    """``possible`` speaks beforehand; each answer is held against the operation itself."""
    agent = desk.agent_online(limit=1)
    active, waiting, closed = desk.open_ticket(), desk.open_ticket(), None
    closed = desk.open_ticket()
    desk.close(closed)
    colleague, elsewhere = desk.agent(), desk.add_queue()
    desk.overfull = True
    people = [agent, colleague, desk.manager(), desk.administrator, desk.person(ProjectRole.CONTRIBUTOR)]
    for user in people:
        for ticket in (active, waiting, closed):
            can = permitted_actions(fresh(ticket), desk.member(user))
            assert can.reply == _allowed(lambda: operations.reply(ticket.pk, "x", by=desk.by(user)))  # noqa: B023
            assert can.retag == _allowed(
                lambda: operations.retag(ticket.pk, by=desk.by(user), tag_ids=[desk.tags[1].pk])  # noqa: B023
            )
            if ticket != closed:
                assert can.close == _allowed(
                    lambda: operations.close(ticket.pk, by=desk.by(user), tag_ids=[desk.tags[0].pk])  # noqa: B023
                )
                assert can.transfer == _allowed(
                    lambda: operations.transfer_to_queue(ticket.pk, elsewhere, by=desk.by(user))  # noqa: B023
                )


def _allowed(act: object) -> bool:
    """Try an act, undo it, and say whether it was let through."""
    from django.db import transaction

    class Undo(Exception):
        pass

    try:
        with transaction.atomic():
            act()  # type: ignore[operator]
            raise Undo
    except Undo:
        return True
    except DomainError:
        return False


def test_names_for_the_transfer_list_come_from_the_queue(desk: Desk) -> None:
    agent: User = desk.agent_online()
    other = desk.agent()
    elsewhere = desk.agent(desk.add_queue())
    put_on(desk.queue, desk.administrator)
    page = Browser(agent, desk.project).text("transfer", desk.open_ticket())
    assert f"agent:{other.pk}" in page
    assert f"agent:{elsewhere.pk}" not in page


def test_a_message_with_a_key_is_stored_once(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url="https://flows.example.org/callback")
    browser = Browser(agent, desk.project)
    for note in ("", "1"):
        key = str(uuid4())
        lines = {
            browser.post("message", ticket, {"text": "Hello", "key": key, "note": note})["X-Line"] for _ in "123"
        }
        assert len(lines) == 1
    assert Message.objects.filter(ticket=ticket).count() == 2
    assert Delivery.objects.filter(ticket=ticket, kind=Delivery.Kind.MESSAGE).count() == 1
    # Another key, or none or what is none, is another message.
    for key in (str(uuid4()), "", "no key"):
        assert browser.post("message", ticket, {"text": "Hello", "key": key}).status_code == 204
    assert Message.objects.filter(ticket=ticket).count() == 5


def test_a_key_is_known_after_the_ticket_was_closed(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    sent = {"text": "Bye", "key": str(uuid4())}
    assert browser.post("message", ticket, sent).status_code == 204
    desk.close(ticket)
    assert browser.post("message", ticket, sent).status_code == 204
    assert browser.post("message", ticket, {**sent, "key": str(uuid4())}).status_code != 204
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_a_key_of_somebody_else_answers_nothing_of_theirs(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    sent = {"text": "Mine", "key": str(uuid4()), "note": "1"}
    assert Browser(agent, desk.project).post("message", ticket, sent).status_code == 204
    manager = Browser(desk.manager(), desk.project)
    assert manager.post("message", ticket, {**sent, "text": "Theirs"}).status_code == 409
    assert manager.post("message", ticket, {**sent, "key": str(uuid4()), "text": "Theirs"}).status_code == 204
