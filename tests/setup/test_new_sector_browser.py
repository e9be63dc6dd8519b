"""Filling in a new sector in a real browser: pickers, the time zone, hours as they are typed."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from orgs.models import User
from sectors.models import Sector
from tests.browsing import Browse
from tests.builders import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def named(user: User, first_name: str) -> User:
    User.objects.filter(pk=user.pk).update(first_name=first_name, last_name="")
    return user


def test_what_is_typed_is_gone_once_somebody_is_chosen(browse: Browse, desk: Desk) -> None:
    named(desk.agent(), "Anabela")
    named(desk.agent(), "Brunilda")
    page = browse(desk.administrator, reverse("setup:sector_new", args=[desk.project.pk]))
    entry = page.locator("#id_agents-ts-control")
    entry.click()
    for part in ("anabel", "brunil"):
        entry.press_sequentially(part)
        entry.press("Enter")
        expect(entry).to_have_value("")
    expect(page.locator("#id_agents + .ts-wrapper .item")).to_have_count(2)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Calcutta"])
def test_a_new_sector_is_where_the_browser_is_and_hours_are_read_as_typed(
    browse: Browse, desk: Desk, zone: str
) -> None:
    page = browse(desk.administrator, reverse("setup:sector_new", args=[desk.project.pk]), timezone_id=zone)
    known = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    page.locator("#id_name").fill("South")
    monday = page.locator("[data-day='0']")
    monday.locator("[name=opens-0]").fill("8h30")
    monday.locator("[name=closes-0]").fill("6 pm")
    page.get_by_role("button", name="Create sector").click()
    page.wait_for_url("**/sectors/*-*/")
    sector = Sector.objects.get(name="South")
    assert sector.timezone == known
    assert sector.hours.week[0] == ((510, 1080),)
