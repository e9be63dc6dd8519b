"""Rules of attending in a real browser: the alert of who waits too long, colours of ages, tags after closing."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from orgs.models import User
from tests.browsing import Browse
from tests.builders import Desk, fresh
from tickets import jobs

from .test_desk_browser import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: As often as the worker does it (tickets/jobs.py).
EVERY = 2.0
WITHIN = 5_000


@pytest.fixture
def worker() -> object:
    """Something that does the job of alerts as often as the worker does, beside the test."""
    over = threading.Event()

    def work() -> None:
        try:
            while not over.wait(EVERY):
                jobs.missed_targets(0)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    over.set()
    thread.join()


def listening(page: Page) -> Page:
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    return page


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("who", ["manager", "administrator"])
def test_managers_are_alerted_within_five_seconds_on_whatever_page(browse: Browse, desk: Desk, who: str) -> None:
    desk.rules(waiting_target=1)
    user = desk.manager() if who == "manager" else desk.administrator
    ticket = desk.open_ticket("maria", now=timezone.now() - timedelta(seconds=30))
    page = listening(browse(user, f"/projects/{desk.project.pk}/sectors/{desk.sector.pk}/"))
    toast = page.locator(".toast-note", has_text="Maria has waited for 1 minute")
    due = ticket.queued_at + timedelta(minutes=1)
    time.sleep(max((due - timezone.now()).total_seconds(), 0))
    expect(toast).to_be_visible(timeout=WITHIN)
    assert (fresh(ticket).target_missed_at - due).total_seconds() < WITHIN / 1000
    toast.get_by_role("link", name="Open").click()
    page.wait_for_url(f"**/desk/{ticket.pk}/")
    expect(page.locator(".conversation__name")).to_have_text("Maria")


def test_ages_change_colour_by_themselves_and_say_so(browse: Browse, desk: Desk) -> None:
    desk.rules(waiting_target=1)
    agent = desk.agent()
    ticket = desk.open_ticket("maria", now=timezone.now() - timedelta(seconds=40))
    page = listening(browse(agent, f"/projects/{desk.project.pk}/desk/"))
    age = page.locator(f"[data-ticket='{ticket.pk}'] [data-wait]")
    expect(age).to_contain_class("wait--soon")
    expect(age).to_contain_class("wait--late", timeout=30_000)
    expect(age.locator("[data-late]")).not_to_have_attribute("hidden", "")


@pytest.fixture
def closed_by(desk: Desk) -> Callable[[User], object]:
    """Return a function that gives somebody a closed ticket."""
    return lambda user: desk.close(desk.open_ticket("maria"), by=user)


def test_tags_are_changed_with_the_keyboard(browse: Browse, desk: Desk, closed_by: Callable) -> None:
    desk.rules(retag_for=60)
    agent = desk.agent_online()
    ticket = closed_by(agent)
    page = listening(browse(agent, f"/projects/{desk.project.pk}/desk/{ticket.pk}/"))
    page.get_by_role("button", name="Change the tags").press("Enter")
    dialog = page.get_by_role("dialog")
    assert_accessible(Axe(), page)
    dialog.get_by_role("checkbox", name="Resolved").uncheck()
    search = dialog.get_by_role("searchbox")
    search.fill("comp")
    search.press("Enter")
    search.press("Control+Enter")
    expect(page.locator(".system", has_text="changed the tags from Resolved to Complaint")).to_be_visible()
    expect(page.locator(".conversation__name")).to_have_text("Maria")
    assert list(fresh(ticket).tags.all()) == desk.tags[1:]
