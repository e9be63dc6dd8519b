"""What can happen to queues and to agents' status, with each refusal (docs/rules.md, Agent status)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from orgs.models import AuditEntry, ProjectRole
from queues.models import AgentStatus, Queue, Status, StatusChange
from queues.operations import (
    archive_queue,
    create_queue,
    restore_queue,
    seen,
    set_lost_agents_offline,
    set_status,
    update_queue,
)
from sectors.operations import NoAccessToChats
from tests.builders import Desk, fresh, person, put_on, take_off
from tests.refusals import refused


@pytest.mark.parametrize("name", ["general", "GENERAL", "Généràl", "  General "])
def test_a_name_is_taken_once(desk: Desk, name: str) -> None:
    with refused("queue_name_taken"):
        desk.add_queue(name)
    second = desk.add_queue("Second")
    with refused("queue_name_taken"):
        update_queue(second, by=desk.by(), name=name)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "x" * 1_000_000, None, 7])
def test_names_that_are_none(desk: Desk, name) -> None:
    with pytest.raises(Invalid):
        create_queue(desk.sector, name, by=desk.by())
    if name is not None:
        with pytest.raises(Invalid):
            update_queue(desk.queue, by=desk.by(), name=name)


def test_agents_have_access_to_chats(desk: Desk, other_desk: Desk) -> None:
    for user in (desk.person(ProjectRole.VIEWER), person(), other_desk.administrator):
        with pytest.raises(NoAccessToChats) as caught:
            put_on(desk.queue, user)
        assert caught.value.field == "agents"
        with pytest.raises(NoAccessToChats):
            create_queue(desk.sector, "New", by=desk.by(), agents=[user])


def test_who_may_change_a_queue(desk: Desk, other_desk: Desk) -> None:
    manager, agent = desk.manager(), desk.agent()
    elsewhere = desk.manager(desk.add_sector())
    for by in (desk.by(), desk.by(desk.person(ProjectRole.CONTRIBUTOR)), desk.by(manager)):
        second = create_queue(desk.sector, "Second", by=by)
        update_queue(second, by=by, name="Renamed")
        restore_queue(archive_queue(second, by=by), by=by)
        archive_queue(second, by=by)
        Queue.objects.filter(pk=second.pk).delete()
    second = desk.add_queue()
    for by in (desk.by(agent), desk.by(elsewhere), other_desk.by()):
        for attempt in (
            lambda by=by: create_queue(desk.sector, "New", by=by),
            lambda by=by: update_queue(second, by=by, name="New"),
            lambda by=by: update_queue(second, by=by, agents=[agent]),
            lambda by=by: archive_queue(second, by=by),
            lambda by=by: restore_queue(second, by=by),
        ):
            with pytest.raises(NotAllowed):
                attempt()


def test_the_last_queue_and_one_with_open_tickets_stay(desk: Desk) -> None:
    with refused("last_queue"):
        archive_queue(desk.queue, by=desk.by())
    second = desk.add_queue()
    ticket = desk.open_ticket(queue=second)
    with refused("queue_has_open_tickets"):
        archive_queue(second, by=desk.by())
    desk.close(ticket)
    archived = archive_queue(second, by=desk.by())
    assert archive_queue(archived, by=desk.by()).archived_at == archived.archived_at
    assert restore_queue(archived, by=desk.by()).archived_at is None


def test_a_change_of_agents_is_in_the_audit_log(desk: Desk) -> None:
    agent = desk.agent()
    take_off(desk.queue, agent)
    take_off(desk.queue, agent)
    entries = AuditEntry.objects.filter(action="queue.changed").order_by("id")
    assert [(e.before, e.after) for e in entries] == [
        ({"agents": []}, {"agents": [agent.email]}),
        ({"agents": [agent.email]}, {"agents": []}),
    ]


# Status


def log(user) -> list[tuple]:
    rows = StatusChange.objects.filter(user=user).order_by("started_at", "id")
    return [(r.status, r.reason, r.ended_at is None) for r in rows]


def test_each_stretch_is_stored_with_its_time(desk: Desk) -> None:
    agent, start = desk.agent(), timezone.now()
    desk.status(agent, Status.ONLINE, now=start)
    desk.status(agent, Status.PAUSED, reason="Lunch", now=start + timedelta(minutes=1))
    desk.status(agent, Status.OFFLINE, reason="ignored", now=start + timedelta(minutes=2))
    assert log(agent) == [("online", "", False), ("paused", "Lunch", False), ("offline", "", True)]
    rows = list(StatusChange.objects.filter(user=agent).order_by("started_at"))
    assert [r.ended_at for r in rows[:2]] == [r.started_at for r in rows[1:]]


def test_the_same_status_again_is_no_new_stretch(desk: Desk) -> None:
    agent = desk.agent_online()
    desk.status(agent, Status.ONLINE)
    assert len(log(agent)) == 1
    desk.status(agent, Status.PAUSED, reason="Lunch")
    desk.status(agent, Status.PAUSED, reason="Meeting")
    assert len(log(agent)) == 3


@pytest.mark.parametrize("status", ["", "away", "Online", None, 1])
def test_unknown_status(desk: Desk, status) -> None:
    with pytest.raises(Invalid):
        desk.status(desk.agent(), status)


def test_an_overlong_reason(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.status(desk.agent(), Status.PAUSED, reason="x" * 81)


def test_who_may_set_anothers_status(desk: Desk, other_desk: Desk) -> None:
    agent, colleague = desk.agent(), desk.agent()
    elsewhere = desk.manager(desk.add_sector())
    for by in (desk.by(colleague), desk.by(elsewhere), other_desk.by()):
        with pytest.raises(NotAllowed):
            set_status(desk.project, agent, Status.OFFLINE, by=by)
    for by in (desk.by(desk.manager()), desk.by()):
        set_status(desk.project, agent, Status.OFFLINE, by=by)


def test_a_lost_connection_ends_being_online_after_a_minute(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    now = timezone.now()
    assert set_lost_agents_offline(now + timedelta(seconds=50)) == 0
    seen(agent, desk.project, now=now + timedelta(seconds=45))
    assert set_lost_agents_offline(now + timedelta(seconds=100)) == 0
    assert set_lost_agents_offline(now + timedelta(seconds=110)) == 1
    assert AgentStatus.objects.get(user=agent).status == "offline"
    assert fresh(ticket).agent == agent
    assert set_lost_agents_offline(now + timedelta(days=1)) == 0


def test_a_paused_agent_is_expired_too_and_a_kept_one_never(desk: Desk) -> None:
    paused, kept = desk.agent(), desk.agent()
    desk.status(paused, Status.PAUSED)
    desk.status(kept, Status.ONLINE, kept=True)
    assert set_lost_agents_offline(timezone.now() + timedelta(days=1)) == 1
    assert AgentStatus.objects.get(user=kept).status == "online"


def test_a_sign_of_life_while_expiring_keeps_the_agent(desk: Desk, monkeypatch) -> None:
    from queues.operations import agent_status as operations

    agent = desk.agent_online()
    present = operations._expire

    def meanwhile(lost, limit):
        seen(agent, desk.project, now=timezone.now() + timedelta(days=1))
        return present(lost, limit)

    monkeypatch.setattr(operations, "_expire", meanwhile)
    assert set_lost_agents_offline(timezone.now() + timedelta(days=1)) == 0
    assert AgentStatus.objects.get(user=agent).status == "online"
