"""The time that agents were online, cut at the borders of a period."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orgs.models import User
from queues.models import Status, StatusChange
from queues.online_totals import online_times
from tests.builders import Desk

pytestmark = pytest.mark.django_db

START, END = datetime(2030, 1, 31, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)


def at(hour: float) -> datetime:
    """Return a time so many hours after the start."""
    return START + timedelta(hours=hour)


def stretch(desk: Desk, user: User, status: str, begins: float, ends: float | None) -> None:
    StatusChange.objects.create(
        project=desk.project,
        user=user,
        status=status,
        started_at=at(begins),
        ended_at=None if ends is None else at(ends),
    )


def hours(desk: Desk, *users: User, now: datetime = END, **period: Any) -> list[float | None]:
    found = online_times(desk.project, [user.pk for user in users], **{"start": START, "end": END, **period}, now=now)
    return [found[user.pk] / timedelta(hours=1) if user.pk in found else None for user in users]


def test_online_stretches_are_added_and_others_are_not(desk: Desk) -> None:
    agent = desk.agent()
    for status, begins, ends in (
        (Status.ONLINE, 8, 10),
        (Status.PAUSED, 10, 11),
        (Status.ONLINE, 11, 12.5),
        (Status.OFFLINE, 12.5, None),
    ):
        stretch(desk, agent, status, begins, ends)
    assert hours(desk, agent) == [3.5]


def test_a_stretch_is_cut_at_both_borders(desk: Desk) -> None:
    early, late, whole = desk.agent(), desk.agent(), desk.agent()
    stretch(desk, early, Status.ONLINE, -100, -50)
    stretch(desk, early, Status.ONLINE, -50, 2)
    stretch(desk, early, Status.OFFLINE, 2, None)
    stretch(desk, late, Status.ONLINE, 23, 30)
    stretch(desk, whole, Status.ONLINE, -5, 29)
    assert hours(desk, early, late, whole, now=at(48)) == [2, 1, 24]


def test_what_touches_a_border_from_outside_does_not_count(desk: Desk) -> None:
    before, after = desk.agent(), desk.agent()
    stretch(desk, before, Status.ONLINE, -3, 0)
    stretch(desk, after, Status.ONLINE, 24, 30)
    assert hours(desk, before, after, now=at(48)) == [None, None]


def test_a_stretch_that_goes_on_counts_until_now_but_not_beyond_the_end(desk: Desk) -> None:
    agent = desk.agent()
    stretch(desk, agent, Status.ONLINE, 6, None)
    assert hours(desk, agent, now=at(7)) == [1]
    assert hours(desk, agent, now=at(72)) == [18]
    assert hours(desk, agent, now=at(-1)) == [None]


def test_who_was_there_but_never_online_has_none_and_a_stranger_nothing(desk: Desk, other_desk: Desk) -> None:
    paused, stranger, elsewhere = desk.agent(), desk.agent(), desk.agent()
    stretch(desk, paused, Status.PAUSED, 3, None)
    stretch(other_desk, elsewhere, Status.ONLINE, 3, None)
    assert hours(desk, paused, stranger, elsewhere) == [0, None, None]


def test_all_agents_cost_one_query(desk: Desk, django_assert_num_queries: Any) -> None:
    agents = [desk.agent() for _ in range(3)]
    for agent in agents:
        stretch(desk, agent, Status.ONLINE, -1, 1)
        stretch(desk, agent, Status.OFFLINE, 1, None)
    with django_assert_num_queries(1):
        assert hours(desk, *agents) == [1, 1, 1]
