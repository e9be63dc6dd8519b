"""One's own tickets in the desk's list: capacity, channel, and what is cut is counted."""

import re

import pytest

from orgs.models import User
from tests.builders import Desk, fresh, put_on
from tickets import operations
from tickets.desk import worklist as lists
from tickets.desk.permitted_actions import permitted_actions
from tickets.desk.worklist import worklist
from tickets.models import Contact, Ticket

from .desk_tools import Browser


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online(limit=2)


def take_button(markup: str, ticket_id: object) -> str:
    found = re.search(rf'<button[^>]*data-do="take"[^>]*data-ticket-id="{ticket_id}"[^>]*>', markup)
    assert found
    return found[0]


def test_at_the_limit_take_is_disabled_with_the_reason_in_the_second_person(desk: Desk, agent: User) -> None:
    browser = Browser(agent, desk.project)
    desk.open_ticket()
    assert "1 of 2" in browser.text("worklist")
    desk.open_ticket()
    waiting = desk.open_ticket()
    page = browser.text("worklist")
    assert "2 of 2" in page
    assert f'id="full-{desk.queue.pk}">You are at your limit: 2 of 2.</p>' in page
    assert f'disabled aria-describedby="full-{desk.queue.pk}"' in take_button(page, waiting.pk)
    panes = browser.text("panes", waiting)
    assert "disabled" in take_button(panes, waiting.pk)
    assert '<span id="desk-full">You are at your limit: 2 of 2.</span>' in panes
    assert permitted_actions(waiting, desk.member(agent)).full == "You are at your limit: 2 of 2."
    assert browser.post("take", waiting).status_code == 409
    # With room again it can be taken; who directs the sector may exceed the limit.
    desk.status(agent, "paused")
    desk.limit(3)
    assert "disabled" not in take_button(browser.text("worklist"), waiting.pk)
    manager = desk.manager()
    put_on(desk.queue, manager)
    desk.limit(1)
    desk.overfull = True
    operations.take(waiting.pk, by=desk.by(manager))
    another = desk.open_ticket()
    assert "disabled" not in take_button(Browser(manager, desk.project).text("worklist"), another.pk)


def test_of_several_sectors_each_capacity_is_named(desk: Desk, agent: User) -> None:
    other = desk.add_sector(name="Sales")
    put_on(other.queues.get(), agent)
    desk.open_ticket()
    found = worklist(desk.member(agent)).capacities
    assert {(one.sector.name, one.active, one.limit) for one in found} == {
        (desk.sector.name, 1, 2),
        ("Sales", 0, other.ticket_limit),
    }
    assert "Sales <span" in Browser(agent, desk.project).text("worklist")


def test_the_channel_is_shown_and_of_an_anonymous_contact_is_not(desk: Desk, agent: User) -> None:
    browser = Browser(agent, desk.project)
    for urn, name in (("whatsapp:5511999998888", "WhatsApp"), ("viber:12345", "Viber")):
        ticket = desk.open_ticket()
        Contact.objects.filter(pk=ticket.contact_id).update(urn=urn)
        assert f'title="{name}"' in browser.text("worklist")
        desk.close(fresh(ticket))
    ticket = desk.open_ticket()
    Contact.objects.filter(pk=ticket.contact_id).update(urn="telegram:12345")
    assert "Telegram" in browser.text("worklist")
    Ticket.objects.filter(pk=ticket.pk).update(is_anon=True)
    assert "Telegram" not in browser.text("worklist").split("data-own-tickets")[1].split("</ul>")[0]


def test_what_is_cut_is_counted(desk: Desk, agent: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_MINE", 1)
    monkeypatch.setattr(lists, "MAX_OTHERS", 1)
    monkeypatch.setattr(lists, "MAX_CLOSED", 1)
    for _ in range(2):
        desk.close(desk.open_ticket(), by=agent)
    for _ in range(2):
        desk.open_ticket()
    own = worklist(desk.member(agent))
    assert (len(own.mine), own.mine_left_out, own.mine_count) == (1, 1, 2)
    assert (len(own.closed), own.closed_left_out) == (1, True)
    manager = desk.manager()
    others = worklist(desk.member(manager))
    assert (len(others.others), others.others_left_out, others.others_count) == (1, 1, 2)
    page = Browser(manager, desk.project).text("worklist")
    assert "and 1 more" in page
