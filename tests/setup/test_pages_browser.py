"""The set-up pages in a real browser: what their scripts do."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, expect

from core.form_fields import MAX_OFFERED
from orgs.models import OrganizationMembership, ProjectMembership
from sectors.models import Sector
from sectors.operations.automatic_messages import texts_of
from tests.browsing import Browse, put, until
from tests.builders import Desk, project_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_sector_with_hours_made_by_hand(desk: Desk, browse: Browse) -> None:
    manager = desk.person(word="manager")
    page = browse(
        desk.administrator, reverse("setup:sector_new", args=[desk.project.pk]), timezone_id="America/Sao_Paulo"
    )
    expect(page.locator("select[name=timezone]")).to_have_value("America/Sao_Paulo")
    put(page.get_by_role("textbox", name="Name", exact=True), "Night shift")
    page.get_by_role("combobox", name="Managers").click()
    page.keyboard.type(manager.email)
    page.locator(".ts-dropdown .option", has_text=manager.email).click()
    page.keyboard.press("Tab")

    monday = page.get_by_role("group", name="Monday", exact=True)
    put(monday.get_by_label("closes"), "12:00")
    monday.get_by_role("button", name="Add a range").click()
    expect(monday.get_by_label("Monday 2: opens")).to_be_focused()
    put(monday.get_by_label("Monday 2: opens"), "22:00")
    put(monday.get_by_label("Monday 2: closes"), "06:00")
    monday.get_by_role("button", name="Copy Monday to other days").click()
    monday.get_by_role("button", name="Monday to Friday").click()
    page.keyboard.press("Escape")
    page.get_by_role("group", name="Friday", exact=True).get_by_role("button", name="Remove this range").last.click()
    saturday = page.get_by_role("group", name="Saturday", exact=True)
    expect(saturday.get_by_text("Closed")).to_be_visible()

    tags = page.get_by_role("textbox", name="Tags")
    for name in ("Refund", "Delivery"):
        put(tags, name)
        tags.press("Enter")
        expect(page.locator("[data-chips-list] li", has_text=name)).to_be_visible()
    put(tags, "typed last")
    page.get_by_role("button", name="Create sector").click()
    expect(page.get_by_role("heading", name="Night shift")).to_be_visible()

    sector = Sector.objects.get(name="Night shift")
    both = [(480, 720), (1320, 1800)]
    assert [list(day) for day in sector.hours.week] == [both, both, both, both, both[:1], [], []]
    assert sector.timezone == "America/Sao_Paulo"
    assert list(sector.managers.all()) == [manager]
    assert [t.name for t in sector.tags.order_by("position")] == ["Resolved", "Refund", "Delivery", "typed last"]


def test_who_has_chosen_and_gone_on_is_not_called_back(desk: Desk, browse: Browse) -> None:
    manager = desk.person(word="manager")
    page = browse(desk.administrator, reverse("setup:sector_new", args=[desk.project.pk]))
    page.get_by_role("combobox", name="Managers").click()
    page.keyboard.type(manager.email)
    page.locator(".ts-dropdown .option", has_text=manager.email).click()
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.click()
    # Longer than a search is put off for where it is.
    page.wait_for_timeout(600)
    expect(name).to_be_focused()
    expect(page.locator(".ts-wrapper.dropdown-active")).to_have_count(0)


def test_a_refused_form_takes_the_focus_and_keeps_what_was_typed(desk: Desk, browse: Browse) -> None:
    page = browse(
        desk.administrator, reverse("setup:sector_new", args=[desk.project.pk]), timezone_id="America/Sao_Paulo"
    )
    page.get_by_role("group", name="Monday", exact=True).get_by_label("closes").fill("late")
    page.locator("select[name=timezone]").evaluate("select => select.tomselect.setValue('Europe/Lisbon')")
    page.get_by_role("textbox", name="Tags").fill("Refund")
    page.get_by_role("button", name="Create sector").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Monday")
    expect(page.get_by_role("group", name="Monday", exact=True).get_by_label("closes")).to_have_value("late")
    expect(page.locator("select[name=timezone]")).to_have_value("Europe/Lisbon")
    expect(page.locator("[data-chip-text]", has_text="Refund")).to_be_visible()


def test_people_beyond_those_offered_are_found_by_searching(desk: Desk, browse: Browse) -> None:
    for _n in range(MAX_OFFERED + 1):
        project_member(desk.project, word="aaa")
    last = project_member(desk.project, word="zzz")
    page = browse(desk.administrator, reverse("queues:detail", args=[desk.project.pk, desk.queue.pk]))
    page.get_by_role("combobox", name="Agents").click()
    page.keyboard.type("zzz")
    page.locator(".ts-dropdown .option", has_text=last.email).click()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{reverse('queues:list', args=[desk.project.pk, desk.sector.pk])}")
    assert list(desk.queue.agents.all()) == [last]


def test_a_change_of_role_is_asked_about_and_can_be_left(desk: Desk, browse: Browse) -> None:
    agent = desk.agent()
    page = browse(desk.administrator, reverse("orgs:project_members", args=[desk.project.pk]))
    role = page.get_by_label(f"Role of {agent.name}", exact=True)
    role.select_option("viewer")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(role).to_have_value("attendant")
    role.select_option("viewer")
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(page.get_by_text("The role is changed.")).to_be_visible()
    assert ProjectMembership.objects.get(user=agent).role == "viewer"
    page.get_by_role("button", name=f"Remove {agent.name}").click()
    expect(page.get_by_role("dialog")).to_contain_text("Access ends at once")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text(f"{agent.name} is no longer a member.")).to_be_visible()
    assert OrganizationMembership.objects.filter(user=agent).exists()


def test_a_tag_is_renamed_and_coloured(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, reverse("tags:list", args=[desk.project.pk, desk.sector.pk]))
    page.get_by_role("link", name="Edit Resolved").click()
    row = page.locator(".rows__item--edit")
    expect(row.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    put(row.get_by_role("textbox", name="Name", exact=True), "")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_be_focused()
    put(row.get_by_role("textbox", name="Name", exact=True), "Solved")
    row.get_by_role("radio", name="Green").check()
    row.get_by_role("button", name="Save").click()
    expect(page.locator("#tag-list .tag--green", has_text="Solved")).to_be_visible()
    expect(page.get_by_role("link", name="Edit Solved")).to_be_focused()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Edit Solved").click()
    row.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("link", name="Edit Solved")).to_be_focused()
    page.get_by_role("button", name="Move Solved down").click()
    expect(page.locator("#tag-list .tag").last).to_have_text("Solved")
    expect(page.get_by_role("button", name="Move Solved down")).to_be_focused()


def test_the_sector_form_works_without_scripts(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, reverse("setup:sector_new", args=[desk.project.pk]), java_script_enabled=False)
    page.get_by_role("textbox", name="Name", exact=True).fill("Plain")
    page.locator("[name=opens-5]").fill("09:00")
    page.locator("[name=closes-5]").fill("13:00")
    page.locator("#tags").fill("Refund, Delivery")
    page.get_by_role("button", name="Create sector").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    sector = Sector.objects.get(name="Plain")
    assert list(sector.hours.week[5]) == [(540, 780)]
    assert [t.name for t in sector.tags.order_by("position")] == ["Resolved", "Refund", "Delivery"]


def test_automatic_messages_are_written_with_variables_and_a_preview(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, reverse("sectors:automatic", args=[desk.project.pk, desk.sector.pk]))
    waiting = page.get_by_label("Message while waiting", exact=False).first
    put(waiting, "Number ")
    page.get_by_role("group", name="Variables: Message while waiting").get_by_role(
        "button", name="ticket.position"
    ).click()
    expect(waiting).to_have_value("Number {{ticket.position}}")
    expect(page.get_by_text("Number 3", exact=True)).to_be_visible()
    opening = page.get_by_label("Message on opening", exact=False).first
    put(opening, "Hello {{agent.name}}")
    expect(page.get_by_text("There is no such variable: {{agent.name}}")).to_be_visible()
    put(opening, "Hello from {{sector.name}}")
    expect(page.get_by_text(f"Hello from {desk.sector.name}", exact=True)).to_be_visible()

    closed = page.locator("textarea[name=closed]")
    expect(closed).to_be_hidden()
    page.get_by_label("keeps waiting and is sent a message").check()
    put(closed, "We have closed.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert texts_of(desk.sector) == {
        "opening": "Hello from {{sector.name}}",
        "waiting": "Number {{ticket.position}}",
        "closed": "We have closed.",
    }


def test_a_token_that_nobody_copied_is_not_left_without_a_question(desk: Desk, browse: Browse) -> None:
    page = browse(desk.administrator, reverse("setup:connect", args=[desk.project.pk]))
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_focused()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    tab = page.get_by_role("navigation", name="Type of the ticket service").get_by_role("link").last
    tab.click()
    until(page, lambda: asked == ["beforeunload"])
    expect(page.locator("#token")).to_contain_text("wc_")
    page.get_by_role("button", name="Copy token").click()
    tab.click()
    expect(page).to_have_url(re.compile(r"/connect/\?type="))
    assert asked == ["beforeunload"]
