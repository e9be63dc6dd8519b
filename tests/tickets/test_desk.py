"""The desk's page and fragments: what they show, to whom, at what cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orgs.models import ProjectRole
from tests.builders import Desk, person, put_on
from tickets import operations
from tickets.models import Ticket
from tickets.operations.messages import Media

from .desk_tools import Browser, listed, numbers

FRAGMENTS = ("ticket", "panes", "frame", "lines")


def test_the_list_has_my_tickets_by_who_waits_longest_then_the_lines(desk: Desk) -> None:
    agent = desk.agent_online(limit=3)
    now = timezone.now()
    first, second, third = (desk.open_ticket() for _ in range(3))
    waiting = [desk.open_ticket(), desk.open_ticket()]
    desk.message(second, now=now - timedelta(minutes=9))
    desk.message(first, now=now - timedelta(minutes=2))
    desk.message(third, now=now - timedelta(minutes=20))
    desk.reply(third, agent, now=now - timedelta(minutes=19))
    page = Browser(agent, desk.project).text("worklist")
    assert listed(page) == [str(t.pk) for t in [second, first, third, *waiting]]


def test_the_page_of_a_ticket_shows_conversation_and_contact(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("maria")
    desk.message(ticket, "Is <b>anyone</b> there?")
    page = Browser(agent, desk.project).text("ticket", ticket)
    assert "Is &lt;b&gt;anyone&lt;/b&gt; there?" in page
    assert "test:maria" in page
    assert ticket.protocol in page


def test_a_ticket_whose_answers_go_nowhere_says_so(desk: Desk) -> None:
    browser = Browser(desk.agent_online(limit=2), desk.project)
    sentence = "the flow left no address for them"
    assert sentence in browser.text("ticket", desk.open_ticket())
    assert sentence not in browser.text("ticket", desk.open_ticket(callback_url="https://flow.example.org/"))


def test_an_anonymous_contact_keeps_their_address(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket, _new = operations.open_ticket(
        desk.project,
        operations.ContactFacts(external_id="hidden", urn="tel:+551190000", phone="+551190000"),
        by=desk.by(),
        sector_id=desk.sector.pk,
        is_anon=True,
    )
    browser = Browser(agent, desk.project)
    for page in (browser.text("ticket", ticket), browser.text("worklist"), browser.text("close", ticket)):
        assert "551190000" not in page


def test_files_of_the_channel_are_links_and_never_loaded_from_there(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    operations.receive(
        ticket.pk,
        "",
        media=[Media("image/png", "https://files.example.org/a.png"), Media("text/html", "javascript:alert(1)")],
    )
    page = Browser(agent, desk.project).text("lines", ticket)
    assert 'href="https://files.example.org/a.png"' in page
    assert 'rel="noopener noreferrer"' in page
    assert "<img" not in page
    assert "javascript:" not in page.replace(" javascript:alert(1)</span>", "")


def test_a_waiting_ticket_says_why_it_waits(desk: Desk) -> None:
    desk.agent_online(limit=1)
    desk.status(desk.agent(), "paused", reason="Lunch")
    desk.agent()
    desk.open_ticket()
    ticket = desk.open_ticket()
    page = Browser(desk.administrator, desk.project).text("ticket", ticket)
    assert "full, 1 of 1 tickets" in page
    assert "paused: Lunch" in page
    assert "offline" in page


def test_offline_with_tickets_waiting_says_what_to_do(desk: Desk) -> None:
    agent = desk.agent()
    browser = Browser(agent, desk.project)
    assert "Go online to get new tickets" in browser.text("worklist")
    for _ in range(3):
        desk.open_ticket()
    assert "3 wait. Go online to get them." in browser.text("worklist")
    assert Ticket.objects.waiting().filter(project=desk.project).count() == 3


def test_a_manager_sees_the_lines_and_conversations_of_the_sector(desk: Desk) -> None:
    manager = desk.manager()
    desk.agent_online(limit=1)
    active, waiting = desk.open_ticket(), desk.open_ticket()
    elsewhere = desk.open_ticket(sector=desk.add_sector())
    found = listed(Browser(manager, desk.project).text("worklist"))
    assert found == [str(waiting.pk), str(active.pk)]
    assert str(elsewhere.pk) not in found


def test_closed_today_is_by_the_day_of_the_sector(desk: Desk) -> None:
    agent = desk.agent_online()
    now = timezone.now()
    today, yesterday = desk.open_ticket(), desk.open_ticket()
    desk.close(today, by=agent)
    desk.close(yesterday, by=agent, now=now - timedelta(days=1, minutes=1))
    found = listed(Browser(agent, desk.project).text("worklist"))
    assert str(today.pk) in found
    assert str(yesterday.pk) not in found


@pytest.mark.parametrize("view", FRAGMENTS)
def test_who_may_not_see_a_ticket_is_told_404(desk: Desk, other_desk: Desk, view: str) -> None:
    desk.agent_online(limit=1)
    ticket = desk.open_ticket()
    stranger = other_desk.administrator
    others = [
        desk.agent(desk.add_queue()),
        desk.agent(),  # of the same queue: the ticket is another's by now
        desk.manager(desk.add_sector()),
        stranger,
    ]
    for user in others:
        assert Browser(user, desk.project).get(view, ticket).status_code == 404
    for user in (desk.manager(), desk.administrator, desk.person(ProjectRole.CONTRIBUTOR)):
        assert Browser(user, desk.project).get(view, ticket).status_code == 200


def test_a_viewer_has_no_desk_and_a_stranger_no_project(desk: Desk) -> None:
    ticket = desk.open_ticket()
    viewer = Browser(desk.person(ProjectRole.VIEWER), desk.project)
    assert viewer.get("desk").status_code == 403
    assert viewer.get("ticket", ticket).status_code == 403
    assert viewer.post("message", ticket, {"text": "x"}).status_code == 403
    assert Browser(person(), desk.project).get("desk").status_code == 404
    nobody = Browser(None, desk.project).get("desk")
    assert nobody.status_code == 302


def test_a_ticket_of_another_project_is_not_found_in_mine(desk: Desk, other_desk: Desk) -> None:
    ticket = other_desk.open_ticket()
    browser = Browser(desk.administrator, desk.project)
    for view in (*FRAGMENTS, "close", "transfer"):
        assert browser.get(view, ticket).status_code == 404
    for view in ("message", "read", "take", "close", "transfer"):
        assert browser.post(view, ticket, {"text": "x"}).status_code == 404


def test_the_list_costs_the_same_with_five_and_with_fifty(desk: Desk) -> None:
    agent = desk.agent_online(limit=2)
    other = desk.add_queue()
    put_on(other, agent, desk.agent())
    browsers = [Browser(user, desk.project) for user in (agent, desk.manager(), desk.administrator)]

    def come(times: int) -> None:
        for i in range(times):
            desk.message(desk.open_ticket(queue=other if i % 2 else desk.queue))

    come(5)
    few = [_cost(browser, "desk") for browser in browsers]
    desk.limit(25)
    come(45)
    assert [_cost(browser, "desk") for browser in browsers] == few


def test_a_conversation_costs_the_same_with_five_and_with_fifty_lines(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)

    def talk(times: int) -> None:
        for i in range(times):
            desk.message(ticket, f"message {i}")
            desk.reply(ticket, agent)
            operations.add_note(ticket.pk, "note", by=desk.by(agent))

    talk(2)
    few = _cost(browser, "ticket", ticket), _cost(browser, "lines", ticket, after=1, again="2,3")
    talk(15)
    many = _cost(browser, "ticket", ticket), _cost(browser, "lines", ticket, after=1, again="2,3,4,5,6,7,8")
    assert all(now <= before for now, before in zip(many, few, strict=True))


def _cost(browser: Browser, view: str, ticket: Ticket | None = None, **query: object) -> int:
    with CaptureQueriesContext(connection) as queries:
        browser.text(view, ticket, **query)
    return len(queries)


def test_lines_come_exactly_once_and_in_order(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    browser = Browser(agent, desk.project)
    shown = numbers(browser.text("lines", ticket))
    for round_ in range(4):
        for i in range(round_ + 1):
            desk.message(ticket, f"{round_}.{i}")
        shown += numbers(browser.text("lines", ticket, after=shown[-1]))
    assert shown == list(range(1, len(shown) + 1))
    assert numbers(browser.text("lines", ticket, after=shown[-1])) == []


def test_earlier_lines_join_without_a_gap(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    now = timezone.now()
    operations.add_history(
        ticket.pk, [operations.HistoryLine(True, now - timedelta(minutes=90 - i), f"bot talk {i}") for i in range(70)]
    )
    for i in range(120):
        desk.message(ticket, f"message {i}")
    browser = Browser(agent, desk.project)
    newest = browser.text("lines", ticket)
    shown = numbers(newest)
    assert len(shown) == 50
    assert "bot talk" not in newest
    while shown[0] > 1:
        earlier = browser.text("lines", ticket, before=shown[0])
        found = numbers(earlier)
        assert found[-1] == shown[0]  # again, since the line before it is shown now
        shown = found[:-1] + shown
    assert shown == list(range(1, 123))
    assert "bot talk 69" in earlier
    assert "bot talk 19" not in earlier
    key = earlier.split("?history=")[1].split('"')[0]
    oldest = browser.client.get(f"{browser.url('lines', ticket)}?history={key}").content.decode()
    assert oldest.count("bot talk") >= 20
    assert "bot talk 0<" in oldest
    assert "data-earlier" not in oldest


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"after": "-1"},
        {"after": "9" * 40},
        {"after": "٣"},
        {"before": ""},
        {"before": "1e9"},
        {"history": "yesterday"},
        {"history": "2024-01-01T00:00:00,1"},
        {"history": "2024-01-01T00:00:00+00:00,not-an-id"},
        {"history": "9999-99-99T99:99:99+00:00,0198c9a2-0000-7000-8000-000000000000"},
    ],
)
def test_an_unreadable_place_in_the_conversation_is_refused(desk: Desk, query: dict) -> None:
    ticket = desk.open_ticket()
    response = Browser(desk.administrator, desk.project).get("lines", ticket, query)
    assert response.status_code == 422
    assert "data-refusal" in response.content.decode()


def test_numbers_out_of_range_find_nothing(desk: Desk) -> None:
    ticket = desk.open_ticket()
    browser = Browser(desk.administrator, desk.project)
    assert numbers(browser.text("lines", ticket, after="9999999999")) == []
    assert numbers(browser.text("lines", ticket, before="0")) == []
    assert numbers(browser.text("lines", ticket, after="1", again="0,-4,x,99999999999,1")) == [1]
