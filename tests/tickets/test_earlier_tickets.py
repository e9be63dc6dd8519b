"""Earlier tickets of a contact that agents read beside an open one (docs/rules.md, Visibility)."""

from io import BytesIO

import pytest

from core.errors import NotAllowed
from orgs.models import User
from queues.models import Status
from tests.builders import Desk, fresh, put_on, take_off
from tickets import operations
from tickets.desk.permitted_actions import permitted_actions
from tickets.models import Ticket
from tickets.models.visibility import people_who_see

from .desk_tools import Browser


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent()


@pytest.fixture
def earlier(desk: Desk) -> Ticket:
    """A closed ticket of Maria's, attended by somebody who is gone."""
    return past_of(desk, "maria")


def past_of(desk: Desk, contact: str, **values) -> Ticket:
    other = desk.agent_online(*desk.queue.sector.queues.all())
    ticket = desk.open_ticket(contact, **values)
    desk.message(ticket, "My parcel is blue")
    desk.close(
        ticket, by=other if ticket.sector_id == desk.sector.pk else None, tags=list(ticket.sector.tags.all()[:1])
    )
    desk.status(other, Status.OFFLINE)
    return fresh(ticket)


def sees(desk: Desk, user: User, ticket: Ticket) -> bool:
    """Whether somebody sees a ticket; asked from both sides."""
    found = Ticket.objects.visible_to(desk.member(user)).filter(pk=ticket.pk).exists()
    of_ticket = Ticket.objects.select_related("project").get(pk=ticket.pk)
    assert people_who_see(of_ticket).filter(pk=user.pk).exists() == found
    return found


def test_who_has_the_contact_reads_what_was_before(desk: Desk, agent: User, earlier: Ticket) -> None:
    assert not sees(desk, agent, earlier)
    desk.status(agent, Status.ONLINE)
    ticket = desk.open_ticket("maria")
    assert ticket.agent == agent
    assert sees(desk, agent, earlier)
    desk.close(ticket, by=agent)
    assert not sees(desk, agent, earlier)


def test_who_sees_the_contact_wait_reads_it_too(desk: Desk, agent: User, earlier: Ticket) -> None:
    desk.open_ticket("maria")
    assert sees(desk, agent, earlier)
    take_off(desk.queue, agent)
    assert not sees(desk, agent, earlier)


def test_who_does_not_see_the_open_ticket_reads_nothing(desk: Desk, agent: User, earlier: Ticket) -> None:
    other = desk.agent_online()
    assert desk.open_ticket("maria").agent == other
    assert not sees(desk, agent, earlier)
    assert sees(desk, other, earlier)


def test_another_contacts_tickets_are_not_read(desk: Desk, agent: User, earlier: Ticket) -> None:
    desk.open_ticket("joana")
    assert not sees(desk, agent, earlier)


def test_any_queue_of_the_sector_will_do_but_one_of_it(desk: Desk, agent: User) -> None:
    second, elsewhere = desk.add_queue(), desk.add_sector()
    in_second, in_other = past_of(desk, "maria", queue=second), past_of(desk, "maria", sector=elsewhere)
    desk.open_ticket("maria")
    assert sees(desk, agent, in_second)
    assert not sees(desk, agent, in_other)
    put_on(elsewhere.queues.get(), agent)
    assert sees(desk, agent, in_other)


def test_a_ticket_of_another_sector_gives_sight_of_this_one(desk: Desk, earlier: Ticket) -> None:
    elsewhere = desk.add_sector()
    both = desk.agent(desk.queue, elsewhere.queues.get())
    only_there = desk.agent(elsewhere.queues.get())
    desk.open_ticket("maria", sector=elsewhere)
    assert sees(desk, both, earlier)
    assert not sees(desk, only_there, earlier)


def test_an_open_ticket_with_somebody_else_stays_theirs(desk: Desk, agent: User, earlier: Ticket) -> None:
    """Only closed ones are read."""
    desk.agent_online()
    ticket = desk.open_ticket("maria")
    assert ticket.is_active
    assert not sees(desk, agent, ticket)


def test_a_sector_can_switch_it_off_for_its_own_tickets(desk: Desk, agent: User, earlier: Ticket) -> None:
    elsewhere = desk.add_sector()
    put_on(elsewhere.queues.get(), agent)
    in_other = past_of(desk, "maria", sector=elsewhere)
    desk.open_ticket("maria")
    desk.rules(agents_read_earlier=False)
    assert not sees(desk, agent, earlier)
    assert sees(desk, agent, in_other)
    desk.rules(agents_read_earlier=True)
    assert sees(desk, agent, earlier)


@pytest.mark.parametrize("hidden_before", [True, False])
def test_an_anonymous_ticket_and_another_give_no_sight_of_each_other(
    desk: Desk, agent: User, hidden_before: bool
) -> None:
    before = past_of(desk, "maria", is_anon=hidden_before)
    desk.open_ticket("maria", is_anon=not hidden_before)
    assert not sees(desk, agent, before)
    hidden = past_of(desk, "joana", is_anon=True)
    desk.open_ticket("joana", is_anon=True)
    assert sees(desk, agent, hidden)


def test_a_manager_on_a_queue_elsewhere_reads_it_beside_what_they_manage(desk: Desk, earlier: Ticket) -> None:
    elsewhere = desk.add_sector()
    manager = desk.manager(elsewhere)
    desk.open_ticket("maria", sector=elsewhere)
    assert not sees(desk, manager, earlier)
    put_on(desk.queue, manager)
    assert sees(desk, manager, earlier)


# Read, and nothing else


def test_nothing_is_changed_by_who_only_reads(desk: Desk, agent: User, earlier: Ticket) -> None:
    desk.open_ticket("maria")
    browser = Browser(agent, desk.project)
    for view, data in (
        ("message", {"text": "Hello"}),
        ("message", {"text": "Between us", "note": "1"}),
        ("retag", {"tags": [str(desk.tags[1].pk)]}),
        ("rename", {"name": "Somebody"}),
        ("upload", {"file": BytesIO(b"words")}),
        ("take", {}),
        ("transfer", {"to": "line"}),
    ):
        assert browser.post(view, earlier, data).status_code in {403, 409, 422}, view
    with pytest.raises(NotAllowed):
        operations.add_note(earlier.pk, "Between us", by=desk.by(agent))
    again = fresh(earlier)
    assert (again.line_count, list(again.tags.all())) == (earlier.line_count, list(earlier.tags.all()))
    offered = permitted_actions(again, desk.member(agent))
    assert not any(
        (offered.note, offered.reply, offered.close, offered.transfer, offered.take, offered.retag, offered.fetch)
    )


def test_who_had_it_or_directs_the_sector_adds_notes_as_before(desk: Desk, agent: User) -> None:
    desk.status(agent, Status.ONLINE)
    ticket = desk.open_ticket("maria")
    desk.close(ticket, by=agent)
    for user in (agent, desk.manager(), desk.administrator):
        assert permitted_actions(fresh(ticket), desk.member(user)).note
        operations.add_note(ticket.pk, "Between us", by=desk.by(user))


# The panel and the pane


def test_the_panel_lists_it_and_opens_it_beside(desk: Desk, agent: User, earlier: Ticket) -> None:
    ticket = desk.open_ticket("maria")
    browser = Browser(agent, desk.project)
    assert f'data-beside="{earlier.pk}"' in browser.text("panes", ticket)
    beside = browser.text("beside", earlier)
    assert "My parcel is blue" in beside
    assert earlier.protocol in beside
    assert "data-composer" not in beside
    desk.rules(agents_read_earlier=False)
    assert str(earlier.pk) not in browser.text("panes", ticket)
    assert browser.get("beside", earlier).status_code == 404


def test_its_notes_are_read_with_it(desk: Desk, agent: User, earlier: Ticket) -> None:
    operations.add_note(earlier.pk, "Likes tea", by=desk.by())
    desk.open_ticket("maria")
    assert "Likes tea" in Browser(agent, desk.project).text("beside", earlier)


def test_a_long_one_leads_to_its_page_for_the_rest(desk: Desk, agent: User, earlier: Ticket) -> None:
    from .desk_tools import talked

    desk.open_ticket("maria")
    assert "?after=" not in Browser(agent, desk.project).text("beside", earlier)
    desk.status(agent, Status.ONLINE)
    long = desk.open_ticket("joana")
    talked(long, 400)
    desk.close(long)
    desk.open_ticket("joana")
    assert "?after=" in Browser(agent, desk.project).text("beside", long)


def test_it_is_in_nobody_elses_history_and_figures(desk: Desk, agent: User, earlier: Ticket) -> None:
    desk.open_ticket("maria")
    browser = Browser(agent, desk.project)
    project = desk.project.pk
    assert str(earlier.pk) not in browser.client.get(f"/projects/{project}/history/").content.decode()
    assert browser.client.get(f"/projects/{project}/history/{earlier.pk}/").status_code == 200


def test_asking_takes_one_query(desk: Desk, agent: User, earlier: Ticket, django_assert_num_queries) -> None:
    for _ in range(3):
        past_of(desk, "maria")
    desk.open_ticket("maria")
    member = desk.member(agent)
    assert member.queue_ids
    assert not member.managed_sector_ids
    with django_assert_num_queries(1):
        assert len(Ticket.objects.visible_to(member)) == 5
