"""Where people force their own colours, what a background says elsewhere is still to be seen."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from tests.browsing import Browse
from tests.builders import Desk

#: What of an element can be seen in forced colours.
SEEN = """element => {
  const style = getComputedStyle(element);
  return [style.outlineStyle, style.outlineWidth, style.borderTopStyle, style.borderTopWidth, style.backgroundColor,
    style.backgroundImage].join(' ');
}"""


def seen(element: Locator) -> Any:
    return element.evaluate(SEEN)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_current_items_bubbles_and_statuses_differ_by_more_than_colour(browse: Browse, desk: Desk) -> None:
    agent = desk.agent_online(limit=2)
    ticket, other = desk.open_ticket("ana"), desk.open_ticket("bruno")
    desk.message(ticket, "Where is my order?")
    desk.reply(ticket, agent, "On its way.")
    page = browse(agent, reverse("tickets:ticket", args=[desk.project.pk, ticket.pk]), forced_colors="active")

    rail = page.locator(".rail__item")
    assert seen(rail.and_(page.locator("[aria-current]")).first) != seen(
        page.locator(".rail__item:not([aria-current])").first
    )
    assert seen(page.locator(f'.ticket[data-ticket="{ticket.pk}"]')) != seen(
        page.locator(f'.ticket[data-ticket="{other.pk}"]')
    )
    assert seen(page.locator(".message--in .bubble").first) != seen(page.locator(".message--out .bubble").first)
    expect(page.locator(".message--in .bubble").first).to_have_css("border-top-style", "solid")

    statuses = page.evaluate(
        """seen => ['online', 'paused', 'offline'].map((status) => {
          const dot = document.body.appendChild(Object.assign(document.createElement('span'), { className: 'dot' }));
          dot.dataset.status = status;
          return eval(seen)(dot);
        })""",
        SEEN,
    )
    assert len({*statuses}) == 3


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_switch_shows_its_state_in_forced_colours(browse: Browse, desk: Desk) -> None:
    page = browse(desk.administrator, reverse("orgs:profile"), forced_colors="active")
    switch = page.locator(".switch input[type=checkbox]").first
    off = seen(switch)
    switch.set_checked(not switch.is_checked())
    assert seen(switch) != off
