"""The page that signs in, in a real browser: what it says of a mistake, and that it stays where it is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Browse, put
from tests.builders import person
from tests.every_page import PHONE, WIDE

from .accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The halves of the page, where across the form stands, and where its heading is.
PANELS = """() => {
  const boxes = (selector) => [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
  return [
    ...boxes(".plain__brand, .plain__side").map(({ x, y, width, height }) => [x, y, width, height]),
    ...boxes(".plain__main, .account-form").map(({ x, width }) => [x, width]),
    ...boxes("h1, .lead").map(({ x, y }) => [x, y]),
  ];
}"""


def signs_in(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_an_empty_form_moves_no_panel(browse: Browse, size: dict[str, int]) -> None:
    page = browse(None, "/accounts/login/", viewport=size)
    before = page.evaluate(PANELS)
    signs_in(page)
    expect(page.get_by_role("alert").filter(has_text="We couldn’t sign you in.")).to_be_focused()
    assert page.evaluate(PANELS) == before


def test_a_wrong_password_and_a_wrong_address_are_told_the_same_way(browse: Browse) -> None:
    user = person(password=PASSWORD)
    page = browse(None, "/accounts/login/")
    for address, password in ((user.email, "something else"), ("nobody@example.org", PASSWORD)):
        put(page.get_by_label("E-mail address"), address)
        put(page.get_by_label("Password", exact=True), password)
        signs_in(page)
        summary = page.get_by_role("alert").filter(has_text="We couldn’t sign you in.")
        expect(summary.get_by_role("listitem")).to_have_text(["Wrong e-mail or password."])
        expect(page.get_by_label("E-mail address")).to_have_value(address)
        expect(page.get_by_label("Password", exact=True)).to_have_value("")
    put(page.get_by_label("E-mail address"), user.email)
    put(page.get_by_label("Password", exact=True), PASSWORD)
    signs_in(page)
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
