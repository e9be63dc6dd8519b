"""Tickets that wait longer than they should (docs/rules.md, Waiting target)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.builders import Desk, fresh
from tickets import announce, operations


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[set[str], str]]]:
    """What is published of late tickets: topics and ticket."""
    found: list[tuple[set[str], str]] = []

    def publish(topics: Any, kind: str, **ids: Any) -> None:
        if kind == "late":
            found.append((set(topics), ids["ticket"]))

    monkeypatch.setattr(announce, "publish", publish)
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
    topics = {announce.project_topic(desk.project.pk), announce.sector_topic(desk.sector.pk)}
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
