"""What pages other than the desk know of one's own tickets (docs/desk.md, Notices)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.builders import Desk
from tests.tickets.desk_tools import Browser
from tickets import operations
from tickets.templatetags.desk import is_delayed

pytestmark = pytest.mark.django_db


def test_it_is_ones_own_tickets_with_what_is_unread(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    ticket, waiting = desk.open_ticket("Mine"), desk.open_ticket("Waiting")
    desk.message(ticket)
    desk.message(waiting)
    browser = Browser(agent, desk.project)
    row = {"ticket": str(ticket.pk), "name": "Mine", "unread": 1, "url": browser.url("ticket", ticket)}
    assert browser.get("unread").json() == {"tickets": [row]}
    operations.mark_read(ticket.pk, by=desk.by(agent))
    assert browser.get("unread").json() == {"tickets": [row | {"unread": 0}]}
    # Who sees all of them has none.
    assert Browser(desk.administrator, desk.project).get("unread").json() == {"tickets": []}
    assert "no-store" in browser.get("unread")["Cache-Control"]


@pytest.mark.parametrize(("seconds", "delayed"), [(0, False), (59, False), (61, True), (86_400, True)])
def test_an_answer_is_delayed_after_a_minute(seconds: int, delayed: bool) -> None:
    assert is_delayed(timezone.now() - timedelta(seconds=seconds)) is delayed
