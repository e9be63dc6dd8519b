"""Tickets that wait longer than they should (docs/rules.md, Waiting target)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.builders import Desk, fresh
from tests.pages import Pages
from tickets import live_events, operations

from .desk_tools import Browser


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[set[str], str]]]:
    """What is published of late tickets: topics and ticket."""
    found: list[tuple[set[str], str]] = []

    def publish(topics: Any, kind: str, **ids: Any) -> None:
        if kind == "late":
            found.append((set(topics), ids["ticket"]))

    monkeypatch.setattr(live_events, "publish", publish)
    yield found


def test_a_ticket_over_the_target_is_marked_and_alerted_once(desk: Desk, alerts: list) -> None:
    desk.rules(waiting_target=5)
    ticket, newer = desk.open_ticket(), desk.open_ticket(now=later(3))
    assert operations.mark_missed_targets(now=later(4)) == 0
    at = later(6)
    assert operations.mark_missed_targets(now=at) == 1
    assert operations.mark_missed_targets(now=later(7)) == 0
    assert fresh(ticket).target_missed_at == at
    assert fresh(newer).target_missed_at is None
    topics = {live_events.project_topic(desk.project.pk), live_events.sector_topic(desk.sector.pk)}
    assert alerts == [(topics, str(ticket.pk))]


def test_who_is_attended_or_has_no_target_is_not_late(desk: Desk, alerts: list) -> None:
    desk.rules(waiting_target=5)
    elsewhere = desk.add_sector()
    desk.open_ticket(sector=elsewhere)
    desk.agent_online(limit=1)
    desk.open_ticket()
    assert operations.mark_missed_targets(now=later(60)) == 0
    assert alerts == []


def test_the_mark_stays_when_an_agent_gets_the_ticket(desk: Desk, alerts: list) -> None:
    desk.rules(waiting_target=5)
    ticket = desk.open_ticket()
    operations.mark_missed_targets(now=later(6))
    desk.agent_online()
    assert fresh(ticket).is_active
    assert fresh(ticket).target_missed_at is not None


def test_another_line_is_another_wait(desk: Desk, alerts: list) -> None:
    desk.rules(waiting_target=5)
    ticket, second = desk.open_ticket(), desk.add_queue()
    operations.mark_missed_targets(now=later(6))
    operations.transfer_to_queue(ticket.pk, second, by=desk.by(), now=later(7))
    assert fresh(ticket).target_missed_at is None
    assert operations.mark_missed_targets(now=later(11)) == 0
    assert operations.mark_missed_targets(now=later(13)) == 1
    assert len(alerts) == 2


# What is shown


def test_the_line_shows_ages_by_the_target(desk: Desk) -> None:
    desk.rules(waiting_target=20)
    tones = {1: "fine", 14: "fine", 16: "soon", 19: "soon", 21: "late"}
    tickets = {minutes: desk.open_ticket(now=later(-minutes)) for minutes in tones}
    markup = Browser(desk.agent(), desk.project).text("worklist")
    for minutes, tone in tones.items():
        item = markup.split(f'data-ticket="{tickets[minutes].pk}"')[1].split("</a>")[0]
        assert f"wait--{tone}" in item
        assert 'data-target="20"' in item
        assert ("data-late hidden" in item) == (tone != "late")


def test_without_a_target_ages_have_no_colour(desk: Desk) -> None:
    desk.open_ticket(now=later(-600))
    assert "wait--" not in Browser(desk.agent(), desk.project).text("worklist")


def test_the_alert_says_who_waits_how_long_and_where(desk: Desk) -> None:
    desk.rules(waiting_target=5)
    first, second = desk.open_ticket("maria", now=later(-9)), desk.open_ticket(now=later(-7))
    operations.mark_missed_targets()
    pages = Pages(desk.manager(), desk.project)
    answer = pages.get("tickets:late", ticket=[str(second.pk), str(first.pk)]).json()
    place = f"{desk.sector.name} / {desk.queue.name}"
    assert answer["text"] == f"Maria has waited for 9 minutes in {place}. So has 1 other."
    assert answer["url"] == pages.url("tickets:ticket", first.pk)
    assert pages.get("tickets:late", ticket=str(second.pk)).json()["ticket"] == str(second.pk)


def test_there_is_nothing_to_tell_of_who_is_attended_or_others_sectors(desk: Desk, other_desk: Desk) -> None:
    desk.rules(waiting_target=5)
    ticket = desk.open_ticket(now=later(-9))
    operations.mark_missed_targets()
    for user, project in (
        (desk.manager(desk.add_sector()), desk.project),
        (other_desk.administrator, other_desk.project),
    ):
        assert Pages(user, project).get("tickets:late", ticket=str(ticket.pk)).status_code == 204
    pages = Pages(desk.administrator, desk.project)
    for odd in ("", "x", "\x00", "0" * 500):
        assert pages.get("tickets:late", ticket=odd).status_code == 204
    desk.agent_online()
    assert pages.get("tickets:late", ticket=str(ticket.pk)).status_code == 204
