"""What a page does once its session has ended (docs/rules.md, Signing in), in a browser."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from orgs.models import User
from sectors.models import AutomaticMessage
from tests.browsing import Browse, until
from tests.builders import Desk, organization_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long enough one"
TEXT = "We are closed until Monday."


def signed_out(page: Page) -> Any:
    return page.locator("#signed-out")


def sign_out_elsewhere(page: Page) -> None:
    """The person signs out in another tab of the same browser."""
    other = page.context.new_page()
    other.goto(reverse("orgs:roles"))
    other.get_by_role("button", name="Your account").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other).to_have_url(re.compile("/accounts/login/"))
    other.close()


def sign_in_again(page: Page, user: User) -> None:
    """Through the link of the banner, which opens another tab."""
    with page.expect_popup() as opened:
        signed_out(page).get_by_role("link", name="Sign in").click()
    tab = opened.value
    tab.get_by_label("E-mail").fill(user.email)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.locator("body[data-me]")).to_be_attached()
    tab.close()
    page.bring_to_front()


@pytest.fixture
def administrator(desk: Desk) -> User:
    desk.administrator.set_password(PASSWORD)
    desk.administrator.save()
    return desk.administrator


@pytest.fixture
def typed(desk: Desk, administrator: User, browse: Browse) -> Page:
    """A page of settings with a text that was not saved yet."""
    page = browse(administrator, reverse("sectors:automatic", args=[desk.project.pk, desk.sector.pk]))
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    page.locator("textarea").first.fill(TEXT)
    return page


def test_what_was_typed_stays_and_is_saved_after_sign_in(desk: Desk, administrator: User, typed: Page) -> None:
    sign_out_elsewhere(typed)
    expect(signed_out(typed)).to_contain_text("what you typed stays here", timeout=10_000)
    typed.get_by_role("button", name="Save").click()
    expect(signed_out(typed).get_by_role("link")).to_be_focused()
    assert not AutomaticMessage.objects.filter(text=TEXT).exists()
    sign_in_again(typed, administrator)
    expect(signed_out(typed)).to_be_hidden()
    expect(typed.locator("body[data-live-state=open]")).to_be_attached()
    expect(typed.locator("textarea").first).to_have_value(TEXT)
    typed.get_by_role("button", name="Save").click()
    expect(typed.locator(".toast-note", has_text="Saved")).to_be_visible()
    until(typed, lambda: AutomaticMessage.objects.filter(text=TEXT).exists())


def test_a_page_without_a_stream_finds_out_when_it_is_saved(desk: Desk, browse: Browse) -> None:
    """Of a person without a project nothing tells the page that the session has ended."""
    person = organization_member(desk.project.organization)
    person.set_password(PASSWORD)
    person.save()
    page = browse(person, reverse("orgs:profile"))
    assert page.locator("body[data-live-url]").count() == 0
    page.get_by_label("First name").fill("Typed in vain?")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(signed_out(page)).to_be_visible()
    sign_in_again(page, person)
    expect(signed_out(page)).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    until(page, lambda: User.objects.get(pk=person.pk).first_name == "Typed in vain?")


def test_somebody_else_who_signs_in_sends_nothing_of_it(desk: Desk, typed: Page) -> None:
    sign_out_elsewhere(typed)
    expect(signed_out(typed)).to_be_visible()
    other = desk.person(word="other")
    other.set_password(PASSWORD)
    other.save()
    sign_in_again(typed, other)
    typed.get_by_role("button", name="Save").click()
    typed.wait_for_timeout(1000)
    expect(signed_out(typed)).to_be_visible()
    assert not AutomaticMessage.objects.filter(text=TEXT).exists()


def test_with_nothing_typed_the_page_goes_to_sign_in(desk: Desk, administrator: User, browse: Browse) -> None:
    path = reverse("sectors:automatic", args=[desk.project.pk, desk.sector.pk])
    page = browse(administrator, path)
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    sign_out_elsewhere(page)
    expect(page).to_have_url(re.compile(rf"/accounts/login/\?next={path}"))


def test_a_question_before_saving_is_asked_once(desk: Desk, administrator: User, browse: Browse) -> None:
    """Forms that ask first, and have something typed, are checked after the answer."""
    page = browse(administrator, reverse("orgs:roles"))
    page.evaluate(
        """(path) => {
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action: path });
            form.dataset.confirm = "Really?";
            form.innerHTML = '<input name="theme"><button>Go</button>';
            form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
            document.querySelector("main").append(form);
        }""",
        reverse("orgs:preferences"),
    )
    page.locator("main input[name=theme]").fill("dark")
    page.locator("main").get_by_role("button", name="Go").click()
    page.get_by_role("dialog").get_by_role("button", name="Continue").click()
    until(page, lambda: User.objects.get(pk=administrator.pk).theme == "dark")
