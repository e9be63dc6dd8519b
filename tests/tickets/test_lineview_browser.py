"""The page of all lines in a real browser: it follows what happens, and many tickets are handled at once."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.browsing import Browse
from tests.builders import Desk, fresh
from tests.every_page import IN_THEME, THEMES
from tickets.models import AttendanceRules, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_lines_follow_live_and_change_colour_by_themselves(desk: Desk, browse: Browse) -> None:
    AttendanceRules.objects.create(sector=desk.sector, waiting_target=1)
    page = browse(desk.manager(), f"/projects/{desk.project.pk}/lines/")
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    ticket = desk.open_ticket("caller")
    row = page.locator(f"[data-row='{ticket.pk}']")
    expect(row).to_contain_text("Nobody is on this queue.")
    expect(row.locator(".wait")).to_have_class("wait wait--fine")
    row.get_by_role("checkbox").check()

    # It stays chosen when the list is fetched again, and turns late without anybody doing anything.
    Ticket.objects.filter(pk=ticket.pk).update(queued_at=timezone.now() - timedelta(seconds=57))
    second = desk.open_ticket("another")
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(row.get_by_role("checkbox")).to_be_checked()
    expect(row.locator(".wait--late")).to_be_visible()
    desk.close(second)
    expect(page.locator("[data-row]")).to_have_count(1)

    row.get_by_role("button", name="Take the ticket of Caller").click()
    page.wait_for_url(f"**/desk/{ticket.pk}/")
    assert fresh(ticket).status == "active"


def test_many_are_closed_in_portions_and_each_result_is_shown(desk: Desk, browse: Browse) -> None:
    other = desk.add_sector(name="Other", tag_names=["Sold"])
    tickets = [desk.open_ticket(f"contact {i}") for i in range(12)]
    elsewhere = desk.open_ticket("elsewhere", sector=other)
    page = browse(desk.administrator, f"/projects/{desk.project.pk}/lines/")
    expect(page.locator("[data-row]")).to_have_count(13)
    page.get_by_role("checkbox", name="Choose all on this page").check()
    expect(page.get_by_text("13 chosen")).to_be_visible()
    page.locator("[data-bulk-do=close]").click()
    dialog = page.locator("[data-bulk-dialog]")

    # Without a tag nothing is done and the dialog says why.
    dialog.get_by_role("button", name="Close the tickets").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose at least one tag")
    assert not Ticket.objects.closed().exists()

    # Somebody closes one meanwhile; the one of another sector gets no tag of its own.
    desk.close(tickets[3], tags=[desk.tags[1]])
    dialog.get_by_role("searchbox").fill("res")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="11 of 13 done")).to_be_visible()
    refused = dialog.locator("[data-outcome=refused]")
    expect(refused).to_have_count(2)
    expect(dialog.locator(f"[data-of='{tickets[3].pk}']")).to_contain_text("This ticket is closed.")
    expect(dialog.locator(f"[data-of='{elsewhere.pk}']")).to_contain_text("Choose at least one tag")
    expect(dialog.locator("[data-outcome=done]")).to_have_count(11)
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    # What was refused is still chosen, as far as it is still there.
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert fresh(tickets[3]).tags.get() == desk.tags[1]
    assert fresh(elsewhere).status == "waiting"


def test_many_are_given_over_the_limit_after_a_question(desk: Desk, browse: Browse) -> None:
    desk.limit(1)
    agent, desk.overfull = desk.agent(), True
    tickets = [desk.open_ticket() for _ in range(2)]
    page = browse(desk.manager(), f"/projects/{desk.project.pk}/lines/")
    page.get_by_role("checkbox", name="Choose all on this page").check()
    page.locator("[data-bulk-do=transfer]").click()
    dialog = page.locator("[data-bulk-dialog]")
    dialog.get_by_role("button", name="People").click()
    dialog.get_by_role("radio", name=agent.name).check()
    dialog.get_by_label("Note for the next agent").fill("Both of them, please")
    dialog.get_by_role("button", name="Transfer", exact=True).click()
    page.locator("#confirm").get_by_role("button", name="Assign them").click()
    expect(dialog.get_by_role("heading", name="2 of 2 done")).to_be_visible()
    assert {fresh(ticket).agent for ticket in tickets} == {agent}


def test_what_agents_have_is_closed_and_taken_over_by_whoever_directs_it(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online(limit=20)
    tickets = [desk.open_ticket(f"contact {i}") for i in range(12)]
    waiting = desk.open_ticket("caller", queue=desk.add_queue())
    manager = desk.manager()
    page = browse(manager, f"/projects/{desk.project.pk}/lines/")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="With agents").click()
    expect(page.locator("[data-row]")).to_have_count(12)
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    row = page.locator(f"[data-row='{tickets[0].pk}']")
    expect(row).to_contain_text(agent.name)
    expect(row).to_contain_text("answered")

    # A question is there without anybody doing anything, and its ticket first.
    desk.message(tickets[7], "Is anybody there?")
    first = page.locator("[data-row]").first
    expect(first).to_contain_text("Is anybody there?")
    expect(first.locator(".count")).to_have_text("1")

    # Ten and one in the next portion are closed; of what the agent closed meanwhile there is another answer.
    for ticket in tickets[1:]:
        page.locator(f"[data-row='{ticket.pk}']").get_by_role("checkbox").check()
    page.locator("[data-bulk-do=close]").click()
    dialog = page.locator("[data-bulk-dialog]")
    expect(dialog.get_by_role("heading", name="Close 11 tickets")).to_be_visible()
    desk.close(tickets[3], tags=[desk.tags[1]])
    dialog.get_by_role("checkbox", name=desk.tags[0].name).check()
    dialog.get_by_role("button", name="Close the tickets").click()
    expect(dialog.get_by_role("heading", name="10 of 11 done")).to_be_visible()
    expect(dialog.locator("[data-outcome=done]")).to_have_count(10)
    expect(dialog.locator(f"[data-of='{tickets[3].pk}']")).to_contain_text("This ticket is closed.")
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert Ticket.objects.closed().count() == 11
    assert fresh(waiting).is_waiting

    row.get_by_role("button", name="Take over the ticket of Contact 0").click()
    page.wait_for_url(f"**/desk/{tickets[0].pk}/")
    assert fresh(tickets[0]).agent == manager


def test_one_that_an_agent_has_is_handed_on(desk: Desk, browse: Browse) -> None:
    desk.agent_online()
    ticket, second = desk.open_ticket("caller"), desk.add_queue(name="Second")
    page = browse(desk.manager(), f"/projects/{desk.project.pk}/lines/?state=active")
    page.get_by_role("button", name="Transfer the ticket of Caller").click()
    dialog = page.locator("[data-bulk-dialog]")
    dialog.get_by_role("radio", name="Second").check()
    dialog.get_by_role("button", name="Transfer", exact=True).click()
    expect(dialog.get_by_role("heading", name="1 of 1 done")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text("No ticket is with an agent")).to_be_visible()
    assert desk.line(second) == [ticket]


@pytest.mark.parametrize("state", ["waiting", "active"])
@pytest.mark.parametrize("width", [1366, 360])
def test_everybody_can_use_the_lines_and_their_dialogs(desk: Desk, browse: Browse, width: int, state: str) -> None:
    AttendanceRules.objects.create(sector=desk.sector, waiting_target=1)
    if state == "active":
        desk.agent_online(limit=5)
    else:
        desk.agent()
    for minutes in (0, 0.8, 5):
        ticket = desk.open_ticket()
        Ticket.objects.filter(pk=ticket.pk).update(queued_at=timezone.now() - timedelta(minutes=minutes))
    if state == "active":
        desk.message(ticket)
    page = browse(
        desk.administrator,
        f"/projects/{desk.project.pk}/lines/?state={state}",
        viewport={"width": width, "height": 780},
        reduced_motion="reduce",
    )
    axe = Axe()
    page.locator("[data-one]").first.check()
    for act in ("", "transfer", "close"):
        if act:
            page.locator(f"[data-bulk-do={act}]").click()
            expect(page.locator("[data-bulk-dialog] [data-choice]").first).to_be_visible()
        for theme in THEMES:
            page.evaluate(IN_THEME, theme)
            found = axe.run(page).response["violations"]
            assert found == [], [(v["id"], v["nodes"][0]["html"]) for v in found]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if act:
            page.keyboard.press("Escape")
