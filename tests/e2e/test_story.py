"""The main job from end to end, with signed-in browsers, a flow engine and a real worker.

1. An administrator signs in, sees what is missing, adds a member to organization and project; a Viewer gets no Chats.
2. Creates a sector on one page, puts the agent on its queue, adds tags.
3. Connects the flow: a token, and a test ticket.
4. The flow opens tickets: refused outside hours with the sentence that says when it opens; else routed, or waiting
   with a position.
5. The agent's desk shows them without a reload; answers reach the flow; closing asks for a tag; the next one comes.
6. The sector's manager finds the ticket in history and dashboard; another sector's manager sees nothing of it.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from . import desk_pages as desk
from .conftest import Program
from .engine import FlowEngine

pytestmark = [pytest.mark.browser]

ADMINISTRATOR = "administrator@example.org"
AGENT = "agent@example.org"
MANAGER = "manager@example.org"
OTHER = "other.manager@example.org"
VIEWER = "viewer@example.org"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def test_a_flow_opens_a_ticket_an_agent_closes_it_with_a_tag_a_manager_finds_it(
    program: Program, engine: FlowEngine, open_browser: Callable[..., Page]
) -> None:
    admin, agent, manager = open_browser(), open_browser(), open_browser()
    project = an_administrator_signs_in_and_makes_a_project(program, admin)
    members_join(program, admin, project, {AGENT: agent, MANAGER: manager}, open_browser)
    a_sector_is_created_on_one_page(admin, project)
    another_sector_is_closed_now(admin, project)
    the_queue_gets_its_agent_and_the_sector_its_tags(admin, project)
    the_flow_is_connected(program, admin, engine, project)

    sectors = {row["name"]: row["uuid"] for row in engine.api.get("/sectors/").json()["results"]}
    outside_hours_it_is_refused(engine, sectors["Sales"])
    agent_goes_online(agent, project)
    first, second = tickets_are_routed_up_to_the_limit(engine, sectors["Support"])
    they_talk(agent, engine, first)
    closing_takes_a_tag_and_brings_the_next(agent, engine, first, second)

    the_manager_finds_it(manager, project)
    another_manager_sees_none_of_it(open_browser, project)
    the_agent_sees_own_tickets_only(agent, project)


def an_administrator_signs_in_and_makes_a_project(program: Program, admin: Page) -> str:
    link = program.manage("new_organization", "Example Shop", "--administrator", ADMINISTRATOR)
    desk.join(admin, link, "Admin")
    admin.context.clear_cookies()
    desk.sign_in(admin, ADMINISTRATOR)
    admin.get_by_role("link", name="New project").click()
    admin.get_by_label("Name").fill("Shop bot")
    admin.get_by_role("button", name="Create").click()
    expect(admin.get_by_role("heading", name="Set Shop bot up")).to_be_visible()
    expect(admin.get_by_text("0 of 5 done")).to_be_visible()
    return re.search(r"/projects/([0-9a-f-]{36})/", admin.url)[1]


def members_join(
    program: Program, admin: Page, project: str, pages: dict[str, Page], open_browser: Callable[..., Page]
) -> None:
    admin.get_by_role("link", name="Add members").click()
    admin.get_by_role("link", name="Members of the organization").click()
    desk.add_member(admin, AGENT, "Role in the organization", "viewer")
    desk.toast(admin, f"{AGENT} is invited. No e-mail was sent: copy the link and pass it on.")
    desk.join(pages[AGENT], program.link_in_mail_to(AGENT), "Agent")

    admin.goto(f"/projects/{project}/members/")
    for email, role in [
        (AGENT, "attendant"), (MANAGER, "attendant"), (OTHER, "attendant"), (VIEWER, "viewer"),
    ]:  # fmt: skip
        desk.add_member(admin, email, "Role in the project", role)
        desk.toast(admin, email)
    desk.join(pages[MANAGER], program.link_in_mail_to(MANAGER), "Manager")
    other, viewer = open_browser(), open_browser()
    desk.join(other, program.link_in_mail_to(OTHER), "Other")
    desk.join(viewer, program.link_in_mail_to(VIEWER), "Viewer")
    expect(viewer.get_by_text("Your role here has no access to Chats")).to_be_visible()
    assert desk.navigation(viewer) == []
    for path in ("desk", "history", "dashboard", "sectors"):
        assert viewer.goto(f"/projects/{project}/{path}/").status == 403


def a_sector_is_created_on_one_page(admin: Page, project: str) -> None:
    admin.goto(f"/projects/{project}/")
    expect(admin.get_by_text("1 of 5 done")).to_be_visible()
    admin.get_by_role("link", name="New sector").click()
    admin.get_by_role("button", name="Create sector").click()
    expect(admin.get_by_role("alert")).to_be_visible()

    admin.get_by_role("textbox", name="Name").fill("Support")
    desk.pick(admin, "Managers", "Manager Example")
    admin.get_by_label("Limit of simultaneous tickets per agent").fill("1")
    admin.get_by_label("Active messages").check()
    desk.open_day(admin, "Monday", "00:00", "24:00")
    admin.get_by_role("button", name="Copy Monday to other days").click()
    admin.get_by_role("group", name="Monday").get_by_role("button", name="Monday to Friday").click()
    admin.keyboard.press("Escape")
    desk.open_day(admin, "Saturday", "00:00", "24:00")
    desk.open_day(admin, "Sunday", "00:00", "24:00")
    admin.get_by_role("textbox", name="First queue").fill("General")
    desk.add_tags(admin, "Tags", "Complaint")
    admin.get_by_role("button", name="Create sector").click()
    desk.toast(admin, "Support was created.")
    expect(admin.get_by_text("Not ready: nobody is on a queue of this sector")).to_be_visible()


def another_sector_is_closed_now(admin: Page, project: str) -> None:
    admin.goto(f"/projects/{project}/sectors/new/")
    admin.get_by_role("textbox", name="Name").fill("Sales")
    desk.pick(admin, "Managers", "Other Example")
    opens = WEEKDAYS[(datetime.now(UTC) + timedelta(days=2)).weekday()]
    for weekday in WEEKDAYS:
        if weekday == opens:
            desk.open_day(admin, weekday, "08:30", "18:00")
        else:
            desk.close_day(admin, weekday)
    admin.get_by_role("button", name="Create sector").click()
    desk.toast(admin, "Sales was created.")


def the_queue_gets_its_agent_and_the_sector_its_tags(admin: Page, project: str) -> None:
    admin.goto(f"/projects/{project}/sectors/")
    expect(admin.get_by_text("Not ready: no agent")).to_have_count(2)
    admin.get_by_role("link", name="Support").click()
    admin.get_by_role("link", name="Choose agents").click()
    expect(admin.get_by_text("Viewer Example")).to_be_visible()  # named among those who can't be picked
    desk.pick(admin, "Agents", "Agent Example")
    admin.get_by_role("button", name="Save").click()
    desk.toast(admin, "Saved.")
    expect(admin.get_by_text("Not ready: nobody is on a queue of this sector")).to_have_count(0)

    admin.get_by_role("link", name="Tags").click()
    admin.locator("summary", has_text="Add tags").click()
    expect(admin.get_by_role("textbox", name="New tags")).to_be_focused()
    desk.add_tags(admin, "New tags", "Refund", "Delivery", "Warranty")
    admin.get_by_role("button", name="Save").first.click()
    desk.toast(admin, "3 tags added.")
    admin.locator("summary", has_text="Add tags").click()
    desk.add_tags(admin, "New tags", "réfund")
    admin.get_by_role("button", name="Save").first.click()
    expect(admin.get_by_text("already has a tag of this name")).to_be_visible()


def the_flow_is_connected(program: Program, admin: Page, engine: FlowEngine, project: str) -> None:
    desk.go(admin, "Settings", below="Flow")
    admin.get_by_role("button", name="Make a token").click()
    engine.connect(program.origin, admin.locator("#token").inner_text().strip())
    admin.get_by_role("combobox", name="Sector", exact=True).select_option(label="Support")
    admin.get_by_role("button", name="Open a test ticket").click()
    expect(admin.get_by_text("waits at position 1")).to_be_visible()
    admin.goto(f"/projects/{project}/")
    expect(admin.get_by_text("5 of 5 done")).to_be_visible()


def outside_hours_it_is_refused(engine: FlowEngine, sales: str) -> None:
    answer = engine.open("Too early", sector_uuid=sales)
    assert answer.status_code == 400
    refusal = answer.json()
    assert refusal["code"] == "outside_hours"
    assert re.search(r"Sales is closed now\. It opens on \w+day, .* at 8:30 a\.m\. \(UTC\)", refusal["detail"])


def agent_goes_online(agent: Page, project: str) -> None:
    agent.goto(f"/projects/{project}/desk/")
    expect(agent.get_by_text("1 waits. Go online to get it.")).to_be_visible()
    agent.get_by_role("button", name="Go online").first.click()
    expect(desk.my_tickets(agent)).to_have_count(1)
    # The test ticket is closed like any other, so that the flow's tickets find a free place.
    desk.my_tickets(agent).first.click()
    close_open_ticket(agent, "Resolved")
    expect(desk.my_tickets(agent)).to_have_count(0)


def ask_to_close(agent: Page) -> None:
    conversation = agent.get_by_role("region", name=re.compile("^Conversation"))
    conversation.get_by_role("button", name="Close", exact=True).click()


def close_open_ticket(agent: Page, *tags: str) -> None:
    ask_to_close(agent)
    dialog = agent.get_by_role("dialog")
    for tag in tags:
        dialog.get_by_label(tag).check()
    dialog.get_by_role("button", name="Close the ticket").click()


def tickets_are_routed_up_to_the_limit(engine: FlowEngine, support: str) -> tuple[dict, dict]:
    first = engine.open("Contact One", sector_uuid=support)
    assert first.status_code == 201
    assert first.json()["user"]["email"] == AGENT
    assert first.json()["position"] is None
    second = engine.open("Contact Two", sector_uuid=support)
    assert second.json()["user"] is None
    assert second.json()["position"] == 1
    return first.json(), second.json()


def they_talk(agent: Page, engine: FlowEngine, room: dict) -> None:
    expect(desk.my_tickets(agent)).to_contain_text("Contact One")  # arrived without a reload
    assert engine.say(room["uuid"], "My parcel has not come").status_code == 201
    expect(desk.my_tickets(agent)).to_contain_text("My parcel has not come")
    desk.my_tickets(agent).first.click()
    expect(desk.messages(agent)).to_contain_text("My parcel has not come")
    assert engine.say(room["uuid"], "It should have been here on Friday").status_code == 201
    expect(desk.messages(agent)).to_contain_text("It should have been here on Friday")

    agent.get_by_label("Write an answer").fill("I am looking for it")
    agent.keyboard.press("Enter")
    expect(desk.messages(agent)).to_contain_text("I am looking for it")
    delivered = engine.wait_for(lambda c: c["type"] == "msg.create")
    assert delivered["content"]["text"] == "I am looking for it"
    assert delivered["content"]["room"] == room["uuid"]
    expect(desk.messages(agent).locator("[data-state=sent]")).to_have_count(1)


def closing_takes_a_tag_and_brings_the_next(agent: Page, engine: FlowEngine, first: dict, second: dict) -> None:
    ask_to_close(agent)
    dialog = agent.get_by_role("dialog")
    dialog.get_by_role("button", name="Close the ticket").click()
    expect(dialog.get_by_role("alert")).to_contain_text("at least one tag")
    dialog.get_by_label("Refund").check()
    dialog.get_by_label("Complaint").check()
    dialog.get_by_role("button", name="Close the ticket").click()
    expect(desk.my_tickets(agent)).to_contain_text("Contact Two")  # the next one comes at once
    expect(desk.my_tickets(agent)).to_have_count(1)
    closed = engine.wait_for(lambda c: c["type"] == "room.update" and c["content"]["uuid"] == first["uuid"])
    assert closed["content"]["is_active"] is False
    # It was on its way when the flow was told.
    assert engine.say(first["uuid"], "Anyone there?").status_code == 201
    assert engine.api.patch(f"/rooms/{second['uuid']}/close/").json()["is_active"] is False
    expect(desk.my_tickets(agent)).to_have_count(0)


def the_manager_finds_it(manager: Page, project: str) -> None:
    manager.goto(f"/projects/{project}/history/")
    expect(manager.get_by_text("Contact Two")).to_be_visible()
    manager.get_by_role("search").get_by_label("Refund").check()
    expect(manager).to_have_url(re.compile(r"tags="))
    expect(manager.get_by_text("Contact Two")).to_have_count(0)
    manager.get_by_role("link", name="Contact One").click()
    for words in (
        "My parcel has not come",
        "I am looking for it",
        "Refund",
        "Complaint",
        "Anyone there?",
        "after closing",
    ):
        expect(manager.get_by_role("main")).to_contain_text(words)
    desk.go(manager, "Dashboard")
    row = manager.get_by_role("row", name=re.compile("Refund"))
    expect(row).to_contain_text("1")


def another_manager_sees_none_of_it(open_browser: Callable[..., Page], project: str) -> None:
    other = open_browser()
    desk.sign_in(other, OTHER)
    other.goto(f"/projects/{project}/history/")
    expect(other.get_by_role("main")).not_to_contain_text("Contact One")
    expect(other.get_by_role("main")).not_to_contain_text("Refund")
    other.goto(f"/projects/{project}/dashboard/")
    expect(other.get_by_role("main")).not_to_contain_text("Refund")


def the_agent_sees_own_tickets_only(agent: Page, project: str) -> None:
    agent.goto(f"/projects/{project}/history/")
    expect(agent.get_by_role("main")).to_contain_text("Contact One")
    assert agent.goto(f"/projects/{project}/sectors/").status == 403
    assert agent.goto(f"/projects/{project}/connect/").status == 403
