"""Pauses: a project's reasons, their minutes a day, a pause after the last ticket (docs/rules.md, Agent status)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from orgs.access import SYSTEM
from orgs.models import ProjectRole
from queues import operations as queues
from queues.models import AgentStatus, PauseReason, Status, StatusChange
from queues.pause_totals import allowances, paused_today_by_reason
from sectors import operations as sectors
from tests.builders import Desk, fresh
from tests.refusals import refused_by
from tickets import operations as tickets


def status_of(user: Any) -> tuple[str, str, bool]:
    return AgentStatus.objects.values_list("status", "reason", "then_pause").get(user=user)


class TestReasons:
    def test_a_project_without_any_takes_what_is_written(self, desk: Desk) -> None:
        agent = desk.agent_online()
        desk.status(agent, Status.PAUSED, reason="To the dentist")
        assert status_of(agent) == ("paused", "To the dentist", False)

    def test_where_there_are_some_one_of_them_is_chosen(self, desk: Desk) -> None:
        queues.add_pause_reason(desk.project, "Almoço", by=desk.by())
        agent = desk.agent_online()
        for reason in ("To the dentist", ""):
            with pytest.raises(Invalid, match="Choose one of the reasons"):
                desk.status(agent, Status.PAUSED, reason=reason)
        desk.status(agent, Status.PAUSED, reason="ALMOCO")
        assert status_of(agent) == ("paused", "Almoço", False)

    def test_an_archived_one_is_not_chosen_any_more_and_can_come_back(self, desk: Desk) -> None:
        lunch = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
        queues.add_pause_reason(desk.project, "Training", by=desk.by())
        queues.archive_pause_reason(lunch, by=desk.by())
        agent = desk.agent_online()
        with pytest.raises(Invalid):
            desk.status(agent, Status.PAUSED, reason="Lunch")
        queues.restore_pause_reason(lunch, by=desk.by())
        desk.status(agent, Status.PAUSED, reason="Lunch")

    def test_the_log_keeps_the_name_a_reason_had(self, desk: Desk) -> None:
        lunch = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
        agent = desk.agent_online()
        desk.status(agent, Status.PAUSED, reason="Lunch")
        queues.change_pause_reason(lunch, by=desk.by(), name="Meal", daily_minutes=None)
        assert StatusChange.objects.get(user=agent, ended_at=None).reason == "Lunch"

    def test_of_two_who_change_one_the_second_is_told(self, desk: Desk) -> None:
        lunch = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
        seen = lunch.modified_at
        queues.change_pause_reason(lunch, by=desk.by(), name="Meal", daily_minutes=30, expected_version=seen)
        with pytest.raises(Conflict):
            queues.change_pause_reason(lunch, by=desk.by(), name="Dinner", daily_minutes=30, expected_version=seen)

    @pytest.mark.parametrize("name", ["", " ", "x" * 61, "\x00"])
    def test_a_name_that_is_none(self, desk: Desk, name: str) -> None:
        with pytest.raises(Invalid):
            queues.add_pause_reason(desk.project, name, by=desk.by())

    @pytest.mark.parametrize("minutes", [0, -1, 1441, True, "30", 1.5])
    def test_minutes_that_are_none(self, desk: Desk, minutes: Any) -> None:
        with pytest.raises(Invalid):
            queues.add_pause_reason(desk.project, "Lunch", by=desk.by(), daily_minutes=minutes)

    def test_a_name_is_taken_once_whatever_case_and_accents(self, desk: Desk, other_desk: Desk) -> None:
        queues.add_pause_reason(desk.project, "Almoço", by=desk.by())
        queues.add_pause_reason(other_desk.project, "Almoço", by=other_desk.by())
        with pytest.raises(DomainError, match="already has a reason"):
            queues.add_pause_reason(desk.project, "ALMOCO", by=desk.by())

    def test_only_who_configures_the_project_decides_on_them(self, desk: Desk) -> None:
        lunch = queues.add_pause_reason(desk.project, "Lunch", by=desk.by(desk.person(ProjectRole.CONTRIBUTOR)))
        for user in (desk.manager(), desk.agent(), desk.person(ProjectRole.VIEWER)):
            with pytest.raises(NotAllowed):
                queues.add_pause_reason(desk.project, "More", by=desk.by(user))
            with pytest.raises(NotAllowed):
                queues.archive_pause_reason(lunch, by=desk.by(user))

    def test_the_database_refuses_it_too(self, desk: Desk) -> None:
        queues.add_pause_reason(desk.project, "Almoço", by=desk.by())
        for refusal, values in (
            ("pause_reason_once_per_project", {"name": "almoco"}),
            ("pause_reason_has_name", {"name": ""}),
            ("pause_reason_minutes_in_range", {"name": "Lunch", "daily_minutes": 1441}),
            ("pause_reason_minutes_in_range", {"name": "Lunch", "daily_minutes": 0}),
        ):
            with refused_by(refusal):
                PauseReason.objects.create(project=desk.project, **values)


class TestMinutes:
    NOON = datetime.fromisoformat("2026-03-04T12:00:00+00:00")

    def test_what_was_used_today_is_counted_by_reason(self, desk: Desk) -> None:
        queues.add_pause_reason(desk.project, "Lunch", by=desk.by(), daily_minutes=30)
        queues.add_pause_reason(desk.project, "Break", by=desk.by())
        agent = desk.agent()
        at = self.NOON - timedelta(days=1)
        desk.status(agent, Status.PAUSED, reason="Lunch", now=at)
        desk.status(agent, Status.ONLINE, now=at + timedelta(minutes=50))
        for begin, end, reason in ((0, 20, "Lunch"), (30, 45, "Break"), (60, 75, "Lunch")):
            desk.status(agent, Status.PAUSED, reason=reason, now=self.NOON + timedelta(minutes=begin))
            desk.status(agent, Status.ONLINE, now=self.NOON + timedelta(minutes=end))
        found = allowances(desk.project, agent.pk, now=self.NOON + timedelta(hours=5))
        assert [(a.reason.name, a.used, a.allowed, a.is_over) for a in found] == [
            ("Lunch", 35, 30, True),
            ("Break", 15, None, False),
        ]

    def test_the_pause_that_goes_on_counts_up_to_now_and_one_from_yesterday_from_midnight(self, desk: Desk) -> None:
        sectors.update_sector(desk.sector, by=desk.by(), timezone="America/Sao_Paulo")  # UTC-3
        agent = desk.agent()
        desk.status(agent, Status.PAUSED, reason="Late", now=datetime.fromisoformat("2026-03-04T02:30:00+00:00"))
        spent = paused_today_by_reason(
            desk.project, [agent.pk], now=datetime.fromisoformat("2026-03-04T03:40:00+00:00")
        )
        assert spent == {(agent.pk, "Late"): timedelta(minutes=40)}

    def test_a_reason_keeps_its_minutes_under_another_name(self, desk: Desk) -> None:
        reason = queues.add_pause_reason(desk.project, "Lunch", by=desk.by(), daily_minutes=30)
        other = queues.add_pause_reason(desk.project, "Break", by=desk.by())
        agent, paused, announced = desk.agent(), desk.agent(), desk.agent_online()
        desk.open_ticket()
        desk.status(agent, Status.PAUSED, reason="Lunch", now=self.NOON)
        desk.status(agent, Status.ONLINE, now=self.NOON + timedelta(minutes=25))
        desk.status(paused, Status.PAUSED, reason="Lunch", now=self.NOON)
        desk.status(announced, Status.PAUSED, reason="Lunch", after_tickets=True)
        queues.change_pause_reason(reason, by=desk.by(), name="Midday", daily_minutes=30)
        # The old name may be another reason's from now on.
        queues.change_pause_reason(other, by=desk.by(), name="Lunch", daily_minutes=None)
        desk.status(agent, Status.PAUSED, reason="Midday", now=self.NOON + timedelta(minutes=60))
        later = self.NOON + timedelta(minutes=70)
        found = allowances(desk.project, agent.pk, now=later)
        assert [(a.reason.name, a.used, a.is_over) for a in found] == [("Midday", 35, True), ("Lunch", 0, False)]
        assert status_of(paused) == ("paused", "Midday", False)
        assert paused_today_by_reason(desk.project, [paused.pk], now=later)[paused.pk, "Midday"] == timedelta(
            minutes=70
        )
        assert AgentStatus.objects.get(user=announced).then_reason == "Midday"
        [log] = StatusChange.objects.filter(user=paused, status=Status.PAUSED).values_list("reason", "pause_reason")
        assert log == ("Lunch", reason.pk)


class TestAfterTheTicketsAtHand:
    def test_no_new_ones_come_and_the_pause_begins_with_the_last_ones_end(self, desk: Desk) -> None:
        agent = desk.agent_online(limit=3)
        first, second = desk.open_ticket(), desk.open_ticket()
        desk.status(agent, Status.PAUSED, reason="Lunch", after_tickets=True)
        assert status_of(agent) == ("online", "", True)
        waiting = desk.open_ticket()
        assert waiting.is_waiting
        desk.close(first)
        assert status_of(agent) == ("online", "", True)
        desk.close(second)
        assert status_of(agent) == ("paused", "Lunch", False)
        assert fresh(waiting).is_waiting
        log = StatusChange.objects.filter(user=agent).order_by("started_at")
        assert [(row.status, row.reason) for row in log] == [("online", ""), ("paused", "Lunch")]

    @pytest.mark.parametrize(
        "how", ["transfer to a queue", "transfer to an agent", "taken over", "closed by the flow"]
    )
    def test_however_the_last_one_leaves(self, desk: Desk, how: str) -> None:
        agent, other = desk.agent_online(), desk.agent()
        ticket = desk.open_ticket(wanted_agent=agent)
        desk.status(agent, Status.PAUSED, reason="Lunch", after_tickets=True)
        if how == "transfer to a queue":
            tickets.transfer_to_queue(ticket.pk, desk.add_queue("Another"), by=desk.by(agent))
        elif how == "transfer to an agent":
            tickets.transfer_to_agent(ticket.pk, other, by=desk.by())
        elif how == "taken over":
            tickets.take(ticket.pk, by=desk.by())
        else:
            tickets.close_by_flow(ticket.pk, by=SYSTEM)
        assert status_of(agent) == ("paused", "Lunch", False)

    def test_who_has_none_pauses_at_once(self, desk: Desk) -> None:
        agent = desk.agent_online()
        desk.status(agent, Status.PAUSED, reason="Lunch", after_tickets=True)
        assert status_of(agent) == ("paused", "Lunch", False)

    def test_going_online_calls_it_off_and_what_waits_comes(self, desk: Desk) -> None:
        agent = desk.agent_online(limit=2)
        desk.open_ticket()
        desk.status(agent, Status.PAUSED, reason="Lunch", after_tickets=True)
        waiting = desk.open_ticket()
        desk.status(agent, Status.ONLINE)
        assert status_of(agent) == ("online", "", False)
        assert fresh(waiting).agent == agent
        assert StatusChange.objects.filter(user=agent).count() == 1

    def test_losing_the_connection_ends_it(self, desk: Desk) -> None:
        agent = desk.agent_online()
        desk.open_ticket(wanted_agent=agent)
        desk.status(agent, Status.PAUSED, reason="Lunch", after_tickets=True)
        assert queues.set_lost_agents_offline(timezone.now() + timedelta(minutes=2)) == 1
        assert status_of(agent) == ("offline", "", False)

    def test_whatever_slipped_through_is_found_by_the_sweep(self, desk: Desk) -> None:
        agent = desk.agent_online()
        AgentStatus.objects.filter(user=agent).update(then_pause=True, then_reason="Lunch")
        assert queues.apply_pending_pauses() == 1
        assert status_of(agent) == ("paused", "Lunch", False)
        assert queues.apply_pending_pauses() == 0

    def test_the_database_keeps_it_to_agents_who_are_online(self, desk: Desk) -> None:
        agent = desk.agent_online()
        with refused_by("agent_status_pauses_from_online"):
            AgentStatus.objects.filter(user=agent).update(status="paused", then_pause=True)
