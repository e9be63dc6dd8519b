"""The frame of pages that belong to no project: who reads them is still at work in the project used last."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from queues import operations as queues
from queues.models import AgentStatus
from tests.browsing import Browse, OpenDesk, until
from tests.builders import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: With a person in the frame of a project, by their address.
PLACES = [
    "/profile/", "/security/", "/roles/", "/api/docs/", "/?all=1", "/nowhere/",
    "/projects/{project}/members/", "/organizations/{organization}/",
]  # fmt: skip


#: Without the frame, for people who are signed in.
PLAIN_PLACES = ["/accounts/logout/", "/accounts/reauthenticate/", "/accounts/reauthenticate/mail/"]


def go(page: Page, desk: Desk, place: str) -> None:
    page.goto(place.format(project=desk.project.pk, organization=desk.project.organization_id))


def open_menu(page: Page) -> None:
    """Open the menu of the status; the control may be fetched anew in the moment of the click."""
    button = page.locator(".status-button")

    def is_open() -> bool:
        if button.get_attribute("aria-expanded") != "true":
            button.click()
            page.wait_for_timeout(200)
        return button.get_attribute("aria-expanded") == "true"

    until(page, is_open)


def test_an_agent_stays_online_on_pages_of_no_project(desk: Desk, open_desk: OpenDesk) -> None:
    """Each page tells once more that somebody is there when the server asks, as the desk does."""
    agent = desk.agent_online()
    page = open_desk(agent)
    other = page.context.new_page()
    go(page, desk, "/profile/")
    go(other, desk, "/security/")
    for tab in (page, other):
        expect(tab.locator("body[data-live-state=open]")).to_be_attached()
    page.close()
    gone = timezone.now() - timedelta(seconds=59)
    AgentStatus.objects.filter(user=agent).update(seen_at=gone)
    until(other, lambda: AgentStatus.objects.get(user=agent).seen_at > gone)
    queues.set_lost_agents_offline(timezone.now() + timedelta(seconds=30))
    assert AgentStatus.objects.get(user=agent).status == "online"
    expect(other.locator(".status-button__text")).to_have_text("Online")


def test_the_bar_follows_to_every_page_and_sets_the_status(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    page = open_desk(agent)
    for place in PLACES:
        go(page, desk, place)
        expect(page.locator("body[data-live-state=open]"), place).to_be_attached()
        about = desk.project.organization.name if "organizations" in place else desk.project.name
        expect(page.locator(".switcher__name"), place).to_have_text(about)
        desk_link = page.get_by_role("navigation", name="Main navigation", exact=True).get_by_role(
            "link", name="Desk"
        )
        if "organizations" not in place:
            expect(desk_link, place).to_be_visible()
        open_menu(page)
        page.get_by_role("button", name="Offline").click()
        expect(page.locator(".status-button__text"), place).to_have_text("Offline")
        assert AgentStatus.objects.get(user=agent).status == "offline"
        desk.status(agent, "online")
        expect(page.locator(".status-button__text"), place).to_have_text("Online")


@pytest.mark.parametrize("place", PLAIN_PLACES)
def test_an_agent_stays_online_on_pages_without_the_frame(desk: Desk, browse: Browse, place: str) -> None:
    agent = desk.agent_online()
    page = browse(agent, f"/projects/{desk.project.pk}/desk/")
    page.goto(place)
    expect(page.locator("body.plain[data-live-state=open]")).to_be_attached()
    gone = timezone.now() - timedelta(seconds=59)
    AgentStatus.objects.filter(user=agent).update(seen_at=gone)
    until(page, lambda: AgentStatus.objects.get(user=agent).seen_at > gone)
    # What gives notice is there too: with one's own address for what is unread.
    assert page.evaluate("Boolean(window.weniUnread && window.weniSignals)")


@pytest.mark.parametrize("width", [1366, 360])
def test_an_error_fits_into_the_frame(desk: Desk, browse: Browse, width: int) -> None:
    page = browse(desk.agent_online(), "/nowhere/", viewport={"width": width, "height": 740})
    expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_project_the_page_of_an_error_is_plain(browse: Browse, db: Any) -> None:
    page = browse(None, "/nowhere/")
    expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()
    expect(page.locator(".bar, .rail")).to_have_count(0)
    for place in ("/nowhere/", "/accounts/login/"):
        page.goto(place)
        assert page.evaluate("!window.weniUnread && !window.weniSignals && !document.body.dataset.liveUrl")
