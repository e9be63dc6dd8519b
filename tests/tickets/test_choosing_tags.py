"""Finding tags to close with in a sector that has very many (docs/rules.md, Closing)."""

import re
from collections.abc import Collection
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.form_fields import MAX_FOUND, MAX_OFFERED
from orgs.models import ProjectRole, User
from tags.models import Tag
from tags.operations import archive_tag
from tests.builders import Desk, fresh
from tests.pages import Pages, text_of
from tickets.models import Ticket

from .desk_tools import Browser
from .tools import add_tags, many_tags


def offered(markup: str) -> list[str]:
    """Return the names of the tags in a fragment, in order."""
    return re.findall(r'data-choice="([^"]*)"', markup)


def ticked(markup: str) -> set[UUID]:
    """Return the ids that are ticked."""
    return {UUID(pk) for pk in re.findall(r'value="([0-9a-f-]{36})" checked', markup)}


def search(browser: Browser, ticket: Ticket, words: str, chosen: Collection[Tag] = ()) -> str:
    return browser.text("tags", None, tickets=str(ticket.pk), filter=words, tags=[str(tag.pk) for tag in chosen])


@pytest.fixture
def agent(desk: Desk) -> User:
    desk.rules(retag_for=60)
    return desk.agent_online(limit=10)


def dialog(browser: Browser, name: str, ticket: Ticket) -> str:
    return browser.client.get(browser.url(name, ticket), headers={"X-Requested-With": "desk"}).content.decode()


def test_a_dialog_is_as_large_with_ten_thousand_tags_as_with_a_few_hundred(desk: Desk, agent: User) -> None:
    ticket, browser = desk.open_ticket(), Browser(agent, desk.project)
    assert offered(dialog(browser, "close", ticket)) == ["Resolved", "Complaint"]
    assert "data-search" not in dialog(browser, "close", ticket).split("data-search-failed")[0]
    many_tags(desk)
    markup = dialog(browser, "close", ticket)
    assert len(offered(markup)) == MAX_OFFERED
    assert f'data-search="/projects/{desk.project.pk}/desk/tags/?tickets={ticket.pk}"' in markup
    assert "There are more tags" in markup
    assert len(markup) < 60_000
    desk.close(ticket, by=agent)
    assert len(offered(dialog(browser, "retag", ticket))) == MAX_OFFERED


def test_the_number_of_queries_does_not_depend_on_the_tags(desk: Desk, agent: User) -> None:
    ticket, browser = desk.open_ticket(), Browser(agent, desk.project)
    many_tags(desk, MAX_OFFERED + 10)
    desk.close(desk.open_ticket(), by=agent)

    def queries(words: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            search(browser, ticket, words, desk.tags)
        return len(captured)

    # The first page of a project is remembered.
    queries("")
    few = queries("reason"), queries("")
    Tag.objects.filter(name__startswith="Reason").delete()
    many_tags(desk)
    assert (queries("reason"), queries("")) == few


def test_a_search_finds_any_of_them_case_and_accents_aside(desk: Desk, agent: User) -> None:
    many_tags(desk)
    add_tags(desk, "Devolução em atraso", "Atraso")
    ticket, browser = desk.open_ticket(), Browser(agent, desk.project)
    assert offered(search(browser, ticket, "DEVOLUCAO")) == ["Devolução em atraso"]
    # What begins so comes first, then the sector's order.
    assert offered(search(browser, ticket, "atra")) == ["Atraso", "Devolução em atraso"]
    assert offered(search(browser, ticket, "reason 0999")) == [
        *(f"Reason 0999{n}" for n in range(10)),
        "Reason 00999",
    ]
    assert len(offered(search(browser, ticket, "reason"))) == MAX_FOUND
    assert "Type more" in search(browser, ticket, "reason")
    assert "Type more" not in search(browser, ticket, "reason 0999")


@pytest.mark.parametrize("odd", ["%", "_", "\\", "'", "\x00", "x" * 5_000, "🙂"])
def test_odd_words_find_nothing_and_break_nothing(desk: Desk, agent: User, odd: str) -> None:
    many_tags(desk, MAX_OFFERED)
    ticket, browser = desk.open_ticket(), Browser(agent, desk.project)
    markup = search(browser, ticket, odd)
    # Nothing that can be searched is no search.
    assert len(offered(markup)) == (MAX_OFFERED if odd == "\x00" else 0)
    assert ("No tag of that name." in markup) == (odd != "\x00")


def test_tags_used_of_late_come_first_in_a_search_too(desk: Desk, agent: User) -> None:
    many = many_tags(desk)
    browser = Browser(agent, desk.project)
    desk.close(desk.open_ticket(), by=agent, tags=[many[7_000]])
    ticket = desk.open_ticket()
    assert offered(dialog(browser, "close", ticket))[:2] == ["Reason 07000", "Resolved"]
    assert offered(search(browser, ticket, "reason"))[:2] == ["Reason 07000", "Reason 00000"]
    assert "Reason 07000" not in offered(search(browser, ticket, "resolved"))


def test_what_is_chosen_stays_chosen_whatever_is_searched(desk: Desk, agent: User) -> None:
    many = many_tags(desk)
    ticket, browser = desk.open_ticket(), Browser(agent, desk.project)
    chosen = [many[9_000], desk.tags[0]]
    for words in ("", "reason 00001", "nothing like it", "resolved"):
        assert ticked(search(browser, ticket, words, chosen)) == {tag.pk for tag in chosen}, words
    # A refusal brings them back as well, with what was typed.
    answer = browser.post(
        "close", ticket, {"tags": [many[9_000].pk, desk.add_sector().tags.all()[0].pk], "filter": "00002"}
    )
    assert answer.status_code == 422
    assert ticked(answer.content.decode()) == {many[9_000].pk}
    assert "Reason 00002" in offered(answer.content.decode())
    assert browser.post("close", ticket, {"tags": [many[9_000].pk], "filter": "00002"}).status_code == 204


def test_only_tags_that_can_be_chosen_are_found(desk: Desk, other_desk: Desk, agent: User) -> None:
    many_tags(desk, MAX_OFFERED)
    [gone] = add_tags(desk, "Gone")
    archive_tag(gone, by=desk.by())
    elsewhere = desk.add_sector(tag_names=["Gone elsewhere"]).tags.all()[0]
    ticket, browser = desk.open_ticket(), Browser(agent, desk.project)
    foreign = other_desk.tags[0]
    assert offered(search(browser, ticket, "gone", [gone, elsewhere, foreign])) == []


def test_a_closed_ticket_keeps_its_archived_tag_to_choose(desk: Desk, agent: User) -> None:
    many_tags(desk)
    [gone] = add_tags(desk, "Gone")
    ticket, browser = desk.close(desk.open_ticket(), by=agent, tags=[gone]), Browser(agent, desk.project)
    archive_tag(gone, by=desk.by())
    assert ticked(dialog(browser, "retag", ticket)) == {gone.pk}
    assert ticked(search(browser, ticket, "reason", [gone])) == {gone.pk}
    # Taken off, it can be found again.
    markup = search(browser, ticket, "gone")
    assert (offered(markup), ticked(markup)) == (["Gone"], set())


def test_who_may_search(desk: Desk, other_desk: Desk, agent: User) -> None:
    waiting, mine = desk.open_ticket("one"), None
    desk.status(agent, "offline")
    mine, waiting = waiting, desk.open_ticket("two")
    assert fresh(mine).agent == agent
    assert fresh(waiting).is_waiting

    def status(user: User, *tickets: Ticket) -> int:
        browser = Browser(user, desk.project)
        return browser.get("tags", None, {"tickets": [str(ticket.pk) for ticket in tickets]}).status_code

    for user in (agent, desk.manager(), desk.administrator):
        assert status(user, mine) == 200
    # In sight, but not to be closed by them.
    assert status(agent, waiting) == 403
    assert status(agent, waiting, mine) == 200
    for user in (desk.agent(desk.add_queue()), desk.manager(desk.add_sector())):
        assert status(user, mine) == 404
    assert status(agent) == 404
    assert status(desk.person(ProjectRole.VIEWER), mine) == 403
    assert status(other_desk.administrator, mine) == 404
    assert status(agent, other_desk.open_ticket()) == 404


def test_of_several_sectors_each_has_its_part(desk: Desk) -> None:
    many_tags(desk)
    other = desk.add_sector(name="Zebra", tag_names=["Reason of theirs", "Sold"])
    tickets = [desk.open_ticket(), desk.open_ticket(sector=other)]
    browser = Browser(desk.administrator, desk.project)
    ids = [str(ticket.pk) for ticket in tickets]
    markup = browser.get("close_many", None, {"tickets": ids}).content.decode()
    assert len(offered(markup)) == MAX_OFFERED // 2 + 2
    assert offered(markup)[-2:] == ["Reason of theirs", "Sold"]
    found = browser.text("tags", None, tickets=ids, filter="reason")
    assert len(offered(found)) == MAX_FOUND // 2 + 1
    assert offered(found)[-1] == "Reason of theirs"
    legends = re.findall(r"<legend[^>]*>([^<]*)", found)
    assert legends == [desk.sector.name, "Zebra"]


# Without a script


def test_tags_are_found_and_changed_without_a_script(desk: Desk, agent: User) -> None:
    many = many_tags(desk)
    ticket = desk.close(desk.open_ticket(), by=agent)
    pages = Pages(agent, desk.project)
    page = pages.get("tickets:retag", ticket.pk)
    assert ticked(page.content.decode()) == {desk.tags[0].pk}
    page = pages.get("tickets:retag", ticket.pk, filter="reason 0432", tags=str(many[8].pk))
    markup = page.content.decode()
    assert offered(markup)[1:] == [*(f"Reason 0432{n}" for n in range(10)), "Reason 00432"]
    assert ticked(markup) == {many[8].pk}
    # The token goes with what is sent, not with what is asked for.
    assert 'formmethod="post" name="csrfmiddlewaretoken"' in markup
    assert 'type="hidden" name="csrfmiddlewaretoken"' not in markup.split("data-choices-page")[1]
    pages.post("tickets:retag", ticket.pk, tags=[str(many[4_321].pk)])
    assert list(fresh(ticket).tags.all()) == [many[4_321]]


def test_a_ticket_is_closed_without_a_script(desk: Desk, agent: User) -> None:
    ticket = desk.open_ticket("maria")
    pages = Pages(agent, desk.project)
    assert (
        f'href="{pages.url("tickets:close", ticket.pk)}"' in pages.get("tickets:ticket", ticket.pk).content.decode()
    )
    # Few as they are, the page narrows them for who can't.
    assert offered(pages.get("tickets:close", ticket.pk, filter="comp").content.decode()) == ["Complaint"]
    refused = pages.client.post(pages.url("tickets:close", ticket.pk))
    assert refused.status_code == 422
    assert "Choose at least one tag" in text_of(refused)
    answer = pages.client.post(pages.url("tickets:close", ticket.pk), {"tags": [str(desk.tags[1].pk)]}, follow=True)
    assert "The ticket of Maria is closed." in text_of(answer)
    assert list(fresh(ticket).tags.all()) == desk.tags[1:]


def test_cancelling_leads_back_to_where_the_page_was_opened(desk: Desk, agent: User) -> None:
    open_ticket = desk.open_ticket()
    closed = desk.close(desk.open_ticket(), by=agent)
    pages = Pages(agent, desk.project)
    for page, ticket, back in (
        ("tickets:close", open_ticket, "tickets:ticket"),
        ("tickets:retag", closed, "reports:ticket"),
    ):
        [cancel] = re.findall(r'href="([^"]*)">Cancel<', pages.get(page, ticket.pk).content.decode())
        assert cancel == pages.url(back, ticket.pk)
