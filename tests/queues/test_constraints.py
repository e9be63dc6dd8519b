"""What the database refuses in the queues app, when the code is gone around."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from queues.models import AgentStatus, Queue, QueueAgent, StatusChange
from sectors.models import Sector
from tests.builders import Desk
from tests.races.parallel import one_is_refused, second_is_refused
from tests.refusals import refused_by


@pytest.mark.parametrize("name", ["Cobrança", "COBRANCA", " cobrança  "])
def test_a_name_is_taken_once_in_a_sector(desk: Desk, name: str) -> None:
    desk.add_queue("Cobrança")
    with refused_by("queue_name_once_per_sector"):
        Queue.objects.bulk_create([Queue(sector=desk.sector, name=name)])


def test_another_sector_may_use_the_name(desk: Desk) -> None:
    desk.add_queue("Billing")
    desk.add_queue("Billing", desk.add_sector())


def test_a_queue_without_a_name(desk: Desk) -> None:
    with refused_by("queue_has_name"):
        Queue.objects.filter(pk=desk.queue.pk).update(name="")


@pytest.mark.parametrize("how", ["archive", "delete", "move"])
def test_the_last_queue_of_a_sector_stays(desk: Desk, how: str) -> None:
    other = desk.add_sector()
    row = Queue.objects.filter(pk=desk.queue.pk)
    with refused_by("sector_keeps_queue"):
        if how == "archive":
            row.update(archived_at=timezone.now())
        elif how == "delete":
            row.delete()
        else:
            row.update(sector=other, name="Moved")


def test_an_archived_sector_may_archive_its_queues(desk: Desk) -> None:
    other = desk.add_sector()
    other.__class__.objects.filter(pk=other.pk).update(archived_at=timezone.now())
    other.queues.update(archived_at=timezone.now())
    with refused_by("sector_keeps_queue"):
        other.__class__.objects.filter(pk=other.pk).update(archived_at=None)


def archive(queue: Queue) -> Callable[[], Any]:
    """Return what archives it, past the code."""
    return lambda: Queue.objects.filter(pk=queue.pk).update(archived_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_last_queues_archived_at_once_leave_one() -> None:
    desk = Desk.set_up(queue_names=["First", "Second"])
    first, second = desk.sector.queues.order_by("position")
    one_is_refused("sector_keeps_queue", archive(first), archive(second))
    assert desk.sector.queues.live().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_queue_archived_before_another_is_committed_waits_for_it() -> None:
    desk = Desk.set_up(queue_names=["First", "Second"])
    first, second = desk.sector.queues.order_by("position")
    second_is_refused("sector_keeps_queue", archive(first), archive(second))


@pytest.mark.django_db(transaction=True)
def test_a_sector_is_not_restored_while_its_last_queue_is_archived() -> None:
    desk = Desk.set_up(queue_names=["First"])
    [first] = desk.sector.queues.order_by("position")
    sector = Sector.objects.filter(pk=desk.sector.pk)
    sector.update(archived_at=timezone.now())
    second_is_refused("sector_keeps_queue", lambda: sector.update(archived_at=None), archive(first))


def test_an_agent_is_on_a_queue_once(desk: Desk) -> None:
    agent = desk.agent()
    with refused_by("queue_agent_once"):
        QueueAgent.objects.create(queue=desk.queue, user=agent)


def test_an_agent_has_one_known_status_and_one_present_stretch(desk: Desk) -> None:
    agent = desk.agent_online()
    with refused_by("agent_status_once"):
        AgentStatus.objects.create(project=desk.project, user=agent)
    with refused_by("agent_status_known"):
        AgentStatus.objects.filter(user=agent).update(status="away")
    with refused_by("status_change_one_open"):
        StatusChange.objects.create(project=desk.project, user=agent, status="paused")


def test_a_queue_with_open_tickets_is_not_archived(desk: Desk) -> None:
    second = desk.add_queue()
    desk.open_ticket(queue=second)
    with refused_by("queue_has_open_tickets"):
        Queue.objects.filter(pk=second.pk).update(archived_at=timezone.now())


def test_a_queue_with_tickets_is_not_deleted(desk: Desk) -> None:
    second = desk.add_queue()
    desk.close(desk.open_ticket(queue=second))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM queues_queue WHERE id = %s", [second.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
