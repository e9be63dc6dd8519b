"""The pages as people use them: by the words they read."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browsing import put

PASSWORD = "a-long-password-of-the-test"


def sign_in(page: Page, email: str) -> None:
    """Sign in with address and password."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def join(page: Page, link: str, first_name: str) -> None:
    """Open an invitation and make the account."""
    page.goto(link)
    page.get_by_label("First name").fill(first_name)
    page.get_by_label("Last name").fill("Example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and join").click()
    page.wait_for_url(lambda url: "/invitations/" not in url)


def go(page: Page, entry: str, *, below: str = "") -> None:
    """Choose an entry of the navigation, or one of the section that it opens."""
    page.get_by_role("navigation", name="Main navigation", exact=True).get_by_role("link", name=entry).click()
    if below:
        page.get_by_role("navigation", name=entry, exact=True).get_by_role("link", name=below).click()


def add_member(page: Page, email: str, field: str, role: str) -> None:
    """Add somebody on a page of members."""
    page.locator("summary", has_text="Add members").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label(field).select_option(role)
    page.get_by_role("button", name="Add member").click()


def navigation(page: Page) -> list[str]:
    """Return the entries a person is offered."""
    entries = page.get_by_role("navigation", name="Main navigation", exact=True).locator(".rail__item")
    return [text.strip() for text in entries.all_inner_texts()]


def pick(page: Page, label: str, *people: str) -> None:
    """Pick people in a field to search in."""
    box = page.get_by_role("combobox", name=re.compile(f"^{label}"))
    for person in people:
        page.locator(".ts-control", has=box).click()
        box.type(person)
        page.locator(".ts-dropdown .option", has_text=person).first.click()
    page.keyboard.press("Tab")


def add_tags(page: Page, label: str, *names: str) -> None:
    """Type, Add, … as the users know it."""
    box = page.get_by_role("textbox", name=label)
    for name in names:
        put(box, name)
        page.get_by_role("button", name="Add", exact=True).click()


def day(page: Page, name: str) -> Locator:
    """Return a weekday of the hours' editor."""
    return page.get_by_role("group", name=name, exact=True)


def open_day(page: Page, name: str, opens: str, closes: str) -> None:
    """Give a day of the hours' editor one range."""
    group = day(page, name)
    while group.get_by_role("button", name="Remove this range").count():
        group.get_by_role("button", name="Remove this range").first.click()
    group.get_by_role("button", name="Add a range").click()
    put(group.get_by_label(re.compile("opens")), opens)
    put(group.get_by_label(re.compile("closes")), closes)


def close_day(page: Page, name: str) -> None:
    """Leave a day without ranges."""
    group = day(page, name)
    while group.get_by_role("button", name="Remove this range").count():
        group.get_by_role("button", name="Remove this range").first.click()
    expect(group.get_by_text("Closed")).to_be_visible()


def toast(page: Page, text: str | re.Pattern[str]) -> None:
    """Expect a toast."""
    expect(page.locator(".toast-note", has_text=text).first).to_be_visible()


def my_tickets(page: Page) -> Locator:
    """Return the agent's own tickets on the desk."""
    return page.get_by_role("region", name="Tickets").locator("[data-mine]")


def messages(page: Page) -> Locator:
    """Return the lines of the open conversation."""
    return page.get_by_role("region", name="Messages")
