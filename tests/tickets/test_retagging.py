"""Changing the tags of a closed ticket (docs/rules.md, Tags after closing)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from orgs.models import ProjectRole, User
from tags.operations import add_tags, archive_tag, merge_tags
from tests.builders import FLOW, Desk, fresh
from tests.pages import Pages, text_of
from tests.refusals import refused
from tickets import operations
from tickets.conversation.event_texts import names_in, sentence
from tickets.models import Ticket, TicketTag

from .desk_tools import Browser


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture
def agent(desk: Desk) -> User:
    """The agent of the closed ticket; the sector lets agents change tags for an hour."""
    desk.rules(retag_for=60)
    return desk.agent_online()


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    """A ticket closed by its agent with the first tag."""
    return desk.close(desk.open_ticket(), by=agent)


def retag(desk: Desk, ticket: Ticket, by: User, *tags, now: datetime | None = None) -> Ticket:
    operations.retag(ticket.pk, by=desk.by(by), tag_ids=[tag.pk for tag in tags], now=now)
    return fresh(ticket)


def test_the_agent_changes_the_tags_while_the_sector_lets_them(desk: Desk, agent: User, ticket: Ticket) -> None:
    changed = retag(desk, ticket, agent, desk.tags[1], now=later(59))
    assert list(changed.tags.all()) == desk.tags[1:2]
    with refused("retag_time_over"):
        retag(desk, ticket, agent, desk.tags[0], now=later(61))
    assert list(fresh(ticket).tags.all()) == desk.tags[1:2]


def test_without_the_rule_only_who_directs_does(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk.rules(retag_for=None)
    with refused("retag_time_over"):
        retag(desk, ticket, agent, desk.tags[1])
    for user in (desk.manager(), desk.administrator, desk.person(ProjectRole.CONTRIBUTOR)):
        for tag in desk.tags:
            assert list(retag(desk, ticket, user, tag, now=later(10_000)).tags.all()) == [tag]


def test_who_may_not(desk: Desk, other_desk: Desk, agent: User, ticket: Ticket) -> None:
    for user in (desk.agent(), desk.manager(desk.add_sector()), desk.person(ProjectRole.VIEWER)):
        with refused("not_allowed"):
            retag(desk, ticket, user, desk.tags[1])
    with refused("not_allowed"):
        operations.retag(ticket.pk, by=other_desk.by(), tag_ids=[desk.tags[1].pk])


def test_it_is_a_line_with_before_and_after(desk: Desk, agent: User, ticket: Ticket) -> None:
    retag(desk, ticket, agent, *desk.tags)
    event = ticket.events.select_related("actor").get(kind="retagged")
    assert event.data == {"before": ["Resolved"], "after": ["Resolved", "Complaint"]}
    assert event.number == ticket.line_count + 1
    said = sentence(event, names_in([event]))
    assert said == f"{agent.name} changed the tags from Resolved to Resolved, Complaint."
    # What it was closed with stays said.
    assert ticket.events.get(kind="closed").data["tags"] == ["Resolved"]


def test_the_same_tags_again_change_nothing(desk: Desk, agent: User, ticket: Ticket) -> None:
    retag(desk, ticket, agent, desk.tags[0])
    assert not ticket.events.filter(kind="retagged").exists()


def test_filters_and_figures_follow(desk: Desk, agent: User, ticket: Ticket) -> None:
    before = fresh(ticket)
    after = retag(desk, ticket, agent, desk.tags[1])
    assert {row.closed_at for row in TicketTag.objects.filter(ticket=ticket)} == {ticket.closed_at}
    for name in ("closed_at", "closed_by", "waiting_seconds", "handling_seconds", "agent"):
        assert getattr(after, name) == getattr(before, name)


def test_only_tags_of_the_sector_that_can_be_chosen(desk: Desk, agent: User, ticket: Ticket) -> None:
    elsewhere = desk.add_sector()
    archived = archive_tag(add_tags(desk.sector, ["Old"], by=desk.by())[0], by=desk.by())
    for tag in (elsewhere.tags.all()[0], archived):
        with refused("foreign_tag"):
            retag(desk, ticket, agent, desk.tags[0], tag)
    with refused("tags_required"):
        retag(desk, ticket, agent)
    assert list(fresh(ticket).tags.all()) == desk.tags[:1]


def test_a_tag_that_was_archived_since_may_stay(desk: Desk, agent: User, ticket: Ticket) -> None:
    archive_tag(desk.tags[0], by=desk.by())
    assert set(retag(desk, ticket, agent, *desk.tags).tags.all()) == set(desk.tags)
    retag(desk, ticket, agent, desk.tags[1])
    with refused("foreign_tag"):
        retag(desk, ticket, agent, desk.tags[0])


def test_the_tag_of_the_flow_can_be_replaced(desk: Desk, agent: User) -> None:
    ticket = operations.close_by_flow(desk.open_ticket().pk, by=FLOW)
    assert list(retag(desk, ticket, agent, desk.tags[1]).tags.all()) == desk.tags[1:2]


def test_a_ticket_closed_for_silence_is_its_agents_to_tag(desk: Desk, agent: User) -> None:
    desk.rules(close_after=5, close_tag=desk.tags[0])
    ticket = desk.open_ticket()
    desk.reply(ticket, agent)
    assert operations.apply_service_rules(now=later(6)) == 1
    assert list(retag(desk, ticket, agent, desk.tags[1], now=later(7)).tags.all()) == desk.tags[1:2]


def test_an_open_ticket_has_no_tags_to_change(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket()
    with refused("ticket_open"):
        retag(desk, ticket, agent, desk.tags[0])
    with refused("not_allowed"):
        retag(desk, ticket, desk.agent(), desk.tags[0])


def test_a_merged_tag_is_followed(desk: Desk, agent: User, ticket: Ticket) -> None:
    merge_tags(desk.tags[0], desk.tags[1], by=desk.by())
    assert list(fresh(ticket).tags.all()) == desk.tags[1:2]
    with refused("foreign_tag"):
        retag(desk, ticket, agent, desk.tags[0])


# The pages


def test_the_desk_offers_it_and_does_it(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = Browser(agent, desk.project)
    assert 'data-do="retag"' in browser.text("panes", ticket)
    dialog = browser.client.get(browser.url("retag", ticket), headers={"X-Requested-With": "desk"}).content.decode()
    assert f'value="{desk.tags[0].pk}" checked' in dialog
    assert f'value="{desk.tags[1].pk}" >' in dialog
    assert browser.post("retag", ticket, {"tags": [desk.tags[1].pk]}).status_code == 204
    assert list(fresh(ticket).tags.all()) == desk.tags[1:2]
    lines = browser.text("lines", ticket)
    assert "changed the tags from Resolved to Complaint" in lines


def test_the_desk_does_not_offer_what_would_be_refused(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk.rules(retag_for=None)
    browser = Browser(agent, desk.project)
    assert 'data-do="retag"' not in browser.text("panes", ticket)
    assert browser.get("retag", ticket).status_code == 403
    assert browser.post("retag", ticket, {"tags": [desk.tags[1].pk]}).status_code == 403
    assert 'data-do="retag"' not in Browser(desk.administrator, desk.project).text("panes", desk.open_ticket())


def test_a_refusal_keeps_what_was_chosen(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = Browser(agent, desk.project)
    answer = browser.post("retag", ticket, {"filter": "comp"})
    assert answer.status_code == 422
    assert 'value="comp"' in answer.content.decode()
    assert "Choose at least one tag" in text_of(answer)
    foreign = desk.add_sector().tags.all()[0]
    for odd in ([desk.tags[1].pk, foreign.pk], ["x"], ["\x00"]):
        answer = browser.post("retag", ticket, {"tags": odd})
        assert answer.status_code == 422
    assert list(fresh(ticket).tags.all()) == desk.tags[:1]


def test_the_history_leads_to_a_page_for_it_and_back(desk: Desk, agent: User, ticket: Ticket) -> None:
    pages = Pages(agent, desk.project)
    address = pages.url("tickets:retag", ticket.pk)
    assert address in pages.get("reports:ticket", ticket.pk).content.decode()
    assert "Change the tags" in text_of(pages.get("tickets:retag", ticket.pk))
    answer = pages.post("tickets:retag", ticket.pk, tags=[str(desk.tags[1].pk)])
    assert answer.url == pages.url("reports:ticket", ticket.pk)
    shown = text_of(pages.get("reports:ticket", ticket.pk))
    assert "The tags are changed." in shown
    assert "changed the tags from Resolved to Complaint" in shown
    history = pages.get("reports:history", tags=str(desk.tags[1].pk)).content.decode()
    assert ticket.protocol in history
    assert ticket.protocol not in pages.get("reports:history", tags=str(desk.tags[0].pk)).content.decode()


def test_the_page_does_not_offer_it_to_who_may_not(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk.rules(retag_for=None)
    pages = Pages(agent, desk.project)
    assert "Change the tags" not in text_of(pages.get("reports:ticket", ticket.pk))
    assert pages.post("tickets:retag", ticket.pk, tags=[str(desk.tags[1].pk)]).status_code == 403
