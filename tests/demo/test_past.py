"""The demo's past: what is always true of real tickets is true of its tickets, at every moment of it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from demo.now import PRESENT
from orgs.models import Project
from tests.invariants import assert_invariants
from tests.past import UNTIL, demo_project
from tickets import metrics
from tickets.models import Message, Ticket


@pytest.fixture(scope="module")
def project(django_db_setup: None, django_db_blocker: object) -> Iterator[Project]:
    with demo_project(django_db_blocker) as project:
        yield project


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_there_are_exactly_as_many_tickets_as_asked_for_within_the_days(project: Project) -> None:
    opened = Ticket.objects.filter(project=project).values_list("opened_at", flat=True)
    assert len(opened) == 700
    assert min(opened) >= UNTIL - timedelta(days=14, minutes=PRESENT)
    assert max(Ticket.objects.filter(project=project).values_list("closed_at", flat=True)) < UNTIL


def test_what_is_true_of_every_project_is_true_of_it(project: Project) -> None:
    assert_invariants(project)


def test_no_seat_is_taken_twice_at_any_moment(project: Project) -> None:
    assert not rows(
        """SELECT * FROM (SELECT started_at, lag(ended_at) OVER (
             PARTITION BY agent_id, sector_id, seat ORDER BY started_at, ended_at) before FROM tickets_assignment) s
           WHERE started_at < before"""
    )


def test_no_seat_lies_above_the_limit(project: Project) -> None:
    assert not rows(
        """SELECT a.id FROM tickets_assignment a JOIN sectors_sector s ON s.id = a.sector_id
            WHERE a.seat > s.ticket_limit"""
    )


def test_lines_are_first_in_first_out(project: Project) -> None:
    assert not rows(
        """SELECT * FROM (SELECT "left", left_at, max(left_at) OVER (
             PARTITION BY queue_id ORDER BY entered_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) others
           FROM tickets_queuestay) s WHERE "left" = 'assigned' AND left_at < others"""
    )


def test_nobody_waited_beside_an_eligible_agent(project: Project) -> None:
    waited = rows("SELECT count(*) FROM tickets_queuestay WHERE left_at - entered_at > '2 s'")[0][0]
    assert waited > 20
    assert not rows(
        """SELECT s.id, qa.user_id
             FROM (SELECT *, entered_at + (left_at - entered_at) / 2 AS t FROM tickets_queuestay
                    WHERE left_at - entered_at > '2 s') s
             JOIN queues_queue q ON q.id = s.queue_id
             JOIN sectors_sector sec ON sec.id = q.sector_id
             JOIN queues_queueagent qa ON qa.queue_id = q.id
             JOIN queues_statuschange st ON st.user_id = qa.user_id AND st.status = 'online'
              AND st.started_at <= s.t AND st.ended_at > s.t
            WHERE sec.ticket_limit > (SELECT count(*) FROM tickets_assignment a WHERE a.agent_id = qa.user_id
                    AND a.sector_id = sec.id AND a.started_at <= s.t AND a.ended_at > s.t)"""
    )


def test_only_who_is_online_is_given_tickets(project: Project) -> None:
    assert not rows(
        """SELECT a.id FROM tickets_assignment a
            WHERE NOT a.reason ? 'by_hand' AND NOT EXISTS (
              SELECT 1 FROM queues_statuschange st WHERE st.user_id = a.agent_id AND st.status = 'online'
                 AND st.started_at <= a.started_at AND st.ended_at >= a.started_at)"""
    )


def test_statuses_follow_one_another(project: Project) -> None:
    assert not rows(
        """SELECT * FROM (SELECT started_at, ended_at, lag(ended_at) OVER (
             PARTITION BY user_id ORDER BY started_at) before FROM queues_statuschange) s
           WHERE started_at < before OR ended_at <= started_at"""
    )


def test_a_contact_has_one_open_ticket_at_any_moment(project: Project) -> None:
    assert not rows(
        """SELECT * FROM (SELECT opened_at, lag(closed_at) OVER (
             PARTITION BY contact_id ORDER BY opened_at) before FROM tickets_ticket) s WHERE opened_at < before"""
    )


def test_tickets_are_opened_within_the_hours_of_their_first_sector(project: Project) -> None:
    for ticket in Ticket.objects.filter(project=project).prefetch_related("stays__queue__sector__ranges"):
        first = min(ticket.stays.all(), key=lambda stay: stay.entered_at)
        assert first.queue.sector.hours.is_open(ticket.opened_at), ticket


def test_figures_are_those_that_a_closing_writes(project: Project) -> None:
    names = [
        "waiting_seconds",
        "waiting_open_seconds",
        "first_response_seconds",
        "first_response_open_seconds",
        "response_seconds",
        "response_open_seconds",
        "handling_seconds",
    ]
    for ticket in Ticket.objects.filter(project=project).select_related("sector")[:200]:
        stored = [getattr(ticket, name) for name in names]
        for name in names:
            setattr(ticket, name, None)
        metrics.write(ticket)
        assert [getattr(ticket, name) for name in names] == pytest.approx(stored)


def test_the_story_of_each_ticket_is_told_in_order(project: Project) -> None:
    for ticket in Ticket.objects.filter(project=project).prefetch_related("events", "messages")[:200]:
        lines = [(e.number, e.at, e.kind) for e in ticket.events.all()]
        lines += [(m.number, m.stored_at, m.kind) for m in ticket.messages.all() if not m.is_history]
        lines.sort()
        assert all(one[1] <= other[1] for one, other in pairwise(lines)), lines
        assert (lines[0][2], lines[-1][2]) == ("opened", "closed")
        answers = [at for _n, at, kind in lines if kind == "agent"]
        assert ticket.first_response_at == (answers[0] if answers else None)


def test_all_ways_of_a_ticket_occur(project: Project) -> None:
    tickets = Ticket.objects.filter(project=project)
    assert tickets.filter(agent=None).exists(), "abandoned"
    assert tickets.filter(transfer_count__gt=0).exists()
    assert tickets.filter(closed_by_flow=True, agent__isnull=False).exists()
    assert tickets.filter(first_response_at=None, agent__isnull=False).exists()
    assert Message.objects.filter(ticket__project=project, kind="note").exists()
    assert Message.objects.filter(ticket__project=project, is_history=True, kind="bot").exists()
    texts = Message.objects.filter(ticket__project=project).values_list("text", flat=True)
    assert not [text for text in texts if "{" in text or "|" in text]
