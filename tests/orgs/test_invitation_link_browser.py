"""The link of an invitation, to pass on by hand, in a browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from orgs import operations as orgs
from orgs.models import Invitation
from tests.browsing import Browse
from tests.builders import Desk
from tests.pages import Pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL = "ana@example.com"


@pytest.fixture
def invitation(desk: Desk) -> Invitation:
    orgs.add_by_email(desk.project.organization, EMAIL, "viewer", by=desk.by())
    Invitation.objects.update(mailed_at=None)
    return Invitation.objects.get(email=EMAIL)


def people(desk: Desk) -> str:
    return reverse("orgs:organization_members", args=[desk.project.organization_id])


def link_in(page: Page) -> str:
    link = page.get_by_role("dialog").locator("#link")
    expect(link).to_contain_text("/invitations/")
    return link.inner_text()


def test_one_press_copies_the_link_the_next_asks_first(desk: Desk, browse: Browse, invitation: Invitation) -> None:
    page = browse(desk.administrator, people(desk), permissions=["clipboard-read", "clipboard-write"])
    press = page.get_by_role("button", name=f"Copy link of {EMAIL}")
    press.click()
    link = link_in(page)
    expect(page.locator(".toast-note", has_text="Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    assert page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).count() == 1
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(page.locator(".rows__item .pill", has_text="Link copied")).to_be_visible()

    press.click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("stops working")
    question.get_by_role("button", name="Cancel").click()
    assert orgs.usable_invitation(link.rsplit("/", 2)[1]) == invitation
    press.click()
    question.get_by_role("button", name="Make a new link").click()
    expect(page.locator("#dialog #link")).not_to_have_text(link)
    assert link_in(page) != link


def test_without_a_script_a_page_shows_it(desk: Desk, browse: Browse, invitation: Invitation) -> None:
    page = browse(desk.administrator, people(desk), java_script_enabled=False)
    page.get_by_role("button", name=f"Copy link of {EMAIL}").click()
    expect(page.get_by_role("heading", name="Link of the invitation")).to_be_visible()
    expect(page.locator("#link")).to_contain_text("/invitations/")
    page.get_by_role("link", name="Done").click()
    expect(page).to_have_url(re.compile(re.escape(people(desk))))


def test_the_notice_of_the_page_has_no_button(desk: Desk, invitation: Invitation) -> None:
    address = reverse("orgs:invitation_link", args=[desk.project.organization_id, invitation.pk])
    markup = Pages(desk.administrator, desk.project).client.post(address).content.decode()
    notice = markup.split('class="notice notice--')[1].split("</section>")[0].split("<pre")[0]
    assert "Copy it now" in notice
    assert "<a " not in notice
