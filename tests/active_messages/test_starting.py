"""Starting conversations, and what the engine makes of them (docs/rules.md, Active messages)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from active_messages import operations
from active_messages.client import EngineFailed
from active_messages.models import FlowEngine, Refusal, Start
from active_messages.operations.sending import Outcome
from active_messages.operations.starting import NotConnected
from active_messages.people import Person
from core.errors import Conflict, DomainError, Invalid, NotAllowed
from orgs.models import AuditEntry, ProjectRole, User
from queues.models import Status
from sectors import operations as sectors
from tests.builders import Desk
from tests.engine.api_v2 import Fault
from tests.flow import engine_for
from tests.races.parallel import at_once
from tests.tickets.tools import run_worker
from tickets import errors
from tickets.models import Ticket

from .conftest import NUMBER, Starting, of_engine

pytestmark = pytest.mark.django_db(transaction=True)


def states(starts: list[Start]) -> list[tuple[str, str]]:
    return [(start.state, start.refusal) for start in starts]


def test_the_flow_is_started_for_the_contact(starting: Starting) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    [queued] = starting.start(person)
    assert (queued.state, queued.label, queued.flow_name) == ("queued", "Ana", "Reminder")
    run_worker()
    [start] = starting.of(queued.batch)
    [taken] = starting.api.starts
    assert (start.state, start.engine_start) == ("started", taken.uuid)
    assert taken.body == {"flow": starting.flow.uuid, "contacts": [person.uuid]}


def test_a_number_that_the_engine_does_not_know_is_written_to_by_its_address(starting: Starting) -> None:
    [start] = starting.sent(Person(urn=NUMBER))
    assert start.state == "started"
    assert starting.api.starts[0].body["urns"] == [NUMBER]


def test_an_engine_that_answers_with_somebody_else_is_not_believed(starting: Starting) -> None:
    other = starting.api.add_contact("Rui", "whatsapp:5511988887777")
    starting.api.answer = anybody(starting)  # type: ignore[method-assign]
    starting.sent(Person(urn=NUMBER))
    assert starting.api.starts[0].body["urns"] == [NUMBER]
    [known] = starting.sent(Person(urn="tel:+5511988887777"))
    assert (known.state, starting.api.starts[1].body["contacts"]) == ("started", [other.uuid])


def anybody(starting: Starting) -> Any:
    """Return what lets the engine ignore by which address it is asked."""
    plain = type(starting.api).answer

    def answer(asked: Any) -> tuple[int, Any]:
        if asked.path == "contacts.json":
            asked.query = {}
        return plain(starting.api, asked)

    return answer


def test_a_contact_unknown_to_the_engine_is_written_to_by_their_address_if_there_is_one(starting: Starting) -> None:
    gone = "0192f0c2-0000-7000-8000-000000000001"
    [with_urn, without] = starting.sent(Person(None, gone, NUMBER), Person(None, f"{gone[:-1]}2"))
    assert states([with_urn, without]) == [("started", ""), ("refused", "unknown")]
    assert starting.api.starts[0].body["urns"] == [NUMBER]
    assert without.why == "The engine does not know this contact."


@pytest.mark.parametrize("status", ["blocked", "stopped"])
def test_nobody_is_written_to_who_wants_no_messages(starting: Starting, status: str) -> None:
    """The engine itself would take the start and say nothing."""
    [start] = starting.sent(starting.api.add_contact("Ana", NUMBER, status=status))
    assert states([start]) == [("refused", "stopped")]
    assert not starting.api.starts


def test_a_refusal_is_shown_in_the_words_of_the_engine(starting: Starting) -> None:
    # It passes here, and not there.
    [start] = starting.sent(Person(urn="telegram:not a number"))
    assert states([start]) == [("refused", "engine")]
    assert "Invalid URN" in start.why
    assert starting.start(Person(urn=NUMBER))[0].state == "queued"


@pytest.mark.parametrize(
    ("fault", "state", "refusal", "words"),
    [
        (Fault.ERROR, "unclear", "", "the contact may have got it"),
        (Fault.DROP_BEFORE, "unclear", "", "may have got it"),
        (Fault.DROP_AFTER, "unclear", "", "may have got it"),
    ],
)
def test_what_may_have_reached_the_contact_is_not_sent_again_by_itself(
    starting: Starting, fault: Fault, state: str, refusal: str, words: str
) -> None:
    starting.api.fail(fault, method="POST")
    [start] = starting.sent(Person(urn=NUMBER))
    assert states([start]) == [(state, refusal)]
    assert words in start.why
    run_worker()
    assert sum(asked.method == "POST" for asked in starting.api.requests) == 1


def test_an_engine_that_is_down_refuses_and_is_asked_again_by_hand(starting: Starting) -> None:
    batch = starting.start(Person(urn=NUMBER))[0].batch
    address, port = starting.row.address, starting.api.server_port
    FlowEngine.objects.update(address=address.replace(str(port), "9"))
    run_worker()
    [start] = starting.of(batch)
    assert states([start]) == [("refused", "unreachable")]
    assert start.why == "The engine does not answer. Try again in a few minutes."
    FlowEngine.objects.update(address=address)
    again = operations.start_again(start, by=starting.desk.by(starting.agent))
    run_worker()
    assert states(starting.of(again)) == [("started", "")]


def test_a_token_that_was_revoked_says_so(starting: Starting) -> None:
    starting.start(Person(urn=NUMBER))
    starting.api.token = "another"
    run_worker()
    [start] = Start.objects.all()
    assert states([start]) == [("refused", "token")]


def test_a_busy_engine_is_asked_again_when_it_says(starting: Starting) -> None:
    starting.api.fail(Fault.THROTTLE, method="POST", times=1)
    starting.api.retry_after = 90
    [start] = starting.sent(Person(urn=NUMBER))
    assert start.state == "queued"
    assert timedelta(seconds=80) < start.next_attempt_at - timezone.now() < timedelta(seconds=91)
    Start.objects.update(next_attempt_at=timezone.now())
    operations.hand_over_due()
    run_worker()
    assert states(starting.of(start.batch)) == [("started", "")]


def test_an_engine_that_stays_busy_refuses_in_the_end(starting: Starting) -> None:
    starting.api.fail(Fault.THROTTLE, method="POST")
    [start] = starting.start(Person(urn=NUMBER))
    for _attempt in range(6):
        Start.objects.update(next_attempt_at=timezone.now())
        operations.hand_over_due()
        run_worker()
    assert states(starting.of(start.batch)) == [("refused", "busy")]


def test_who_is_in_a_conversation_is_not_written_to(starting: Starting) -> None:
    ticket = starting.desk.open_ticket("someone", by=starting.desk.by())
    [start] = starting.start(Person(ticket.contact, urn=NUMBER))
    assert states([start]) == [("refused", "in_conversation")]
    # Or came into one before it was sent.
    other = starting.desk.closed_ticket()
    [queued] = starting.start(Person(other.contact, urn="telegram:1"))
    starting.desk.open_ticket(other.contact.external_id)
    run_worker()
    assert states(starting.of(queued.batch)) == [("refused", "in_conversation")]
    assert not starting.api.starts


def test_nobody_is_started_with_twice_at_once(starting: Starting) -> None:
    person = Person(urn=NUMBER)
    assert states(starting.start(person)) == [("queued", "")]
    assert states(starting.start(person)) == [("refused", "starting")]
    run_worker()
    # Nor right afterwards: a form that is sent twice.
    assert states(starting.start(person)) == [("refused", "starting")]
    Start.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    assert states(starting.start(person)) == [("queued", "")]


def test_nor_under_another_of_their_addresses(starting: Starting) -> None:
    ticket = starting.desk.closed_ticket()
    person = starting.api.add_contact("Ana", NUMBER)
    room = {**starting.opened_room(contact=person), "flow_uuid": ""}
    opened = engine_for(starting.desk).open(**room).json()["uuid"]
    starting.desk.close(Ticket.objects.get(pk=opened))
    known = Ticket.objects.get(pk=opened).contact
    assert states(starting.start(Person(known, person.uuid, NUMBER))) == [("queued", "")]
    assert states(starting.start(Person(urn=NUMBER))) == [("refused", "starting")]
    assert states(starting.start(Person(ticket.contact, urn="telegram:1"))) == [("queued", "")]


def test_a_number_that_came_into_a_conversation_meanwhile_is_not_written_to(starting: Starting) -> None:
    [start] = starting.start(Person(urn=NUMBER))
    person = starting.api.add_contact("Ana", NUMBER)
    engine_for(starting.desk).open(**{**starting.opened_room(contact=person), "flow_uuid": ""})
    run_worker()
    assert states(starting.of(start.batch)) == [("refused", "in_conversation")]


def test_a_late_refusal_queues_nothing_again(starting: Starting) -> None:
    """Whoever saw it as unclear may have started it again."""
    [start] = starting.start(Person(urn=NUMBER))
    claim = operations.claim_next(starting.desk.project.pk)
    assert claim is not None
    operations.give_up_lost(now=timezone.now() + timedelta(minutes=2))
    again = operations.start_again(starting.of(start.batch)[0], by=starting.desk.by(starting.agent))
    operations.settle(claim, Outcome(failure=EngineFailed(Refusal.BUSY)))
    assert states(starting.of(start.batch)) == [("refused", "busy")]
    assert states(starting.of(again)) == [("queued", "")]


def test_what_was_started_again_is_not_started_again_once_more(starting: Starting) -> None:
    [start] = starting.sent(Person(urn="telegram:not a number"))
    by = starting.desk.by(starting.agent)
    assert operations.start_again(start, by=by)
    [start] = starting.of(start.batch)
    assert not start.may_be_started_again
    with pytest.raises(Conflict):
        operations.start_again(start, by=by)


def test_a_refused_attempt_to_start_again_may_be_repeated(starting: Starting) -> None:
    [start] = starting.sent(Person(urn="telegram:not a number"))
    FlowEngine.objects.update(hourly_limit=1)
    with pytest.raises(Conflict) as refused:
        operations.start_again(start, by=starting.desk.by(starting.agent))
    assert refused.value.code == "too_many_starts"
    assert starting.of(start.batch)[0].may_be_started_again


def test_two_who_start_at_the_same_moment_write_once(starting: Starting) -> None:
    """Both read that nobody is writing; the engine's row is locked before."""
    agents = [starting.agent, starting.desk.agent_online(limit=3)]
    made = at_once(*(lambda agent=agent: starting.start(Person(urn=NUMBER), by=agent) for agent in agents))
    assert sorted(states([one for starts in made for one in starts])) == [("queued", ""), ("refused", "starting")]
    run_worker()
    assert len(starting.api.starts) == 1


def test_several_workers_send_each_once(starting: Starting) -> None:
    starting.start(*(Person(urn=f"whatsapp:5511912345{n:03}") for n in range(30)))

    def work() -> int:
        sent = 0
        while claim := operations.claim_next(starting.desk.project.pk):
            operations.settle(claim, Outcome("the engine's id"))
            sent += 1
        return sent

    assert sum(at_once(*[work] * 4)) == 30
    assert set(states(list(Start.objects.all()))) == {("started", "")}
    assert set(Start.objects.values_list("attempts", flat=True)) == {1}


def test_a_start_whose_sender_died_is_unclear(starting: Starting) -> None:
    [start] = starting.start(Person(urn=NUMBER))
    assert operations.claim_next(starting.desk.project.pk) is not None
    assert operations.give_up_lost(now=timezone.now() + timedelta(seconds=80)) == 0
    assert operations.give_up_lost(now=timezone.now() + timedelta(minutes=2)) == 1
    assert states(starting.of(start.batch)) == [("unclear", "")]
    run_worker()
    assert not starting.api.starts


def test_a_late_answer_of_the_engine_counts(starting: Starting) -> None:
    [start] = starting.start(Person(urn=NUMBER))
    claim = operations.claim_next(starting.desk.project.pk)
    assert claim is not None
    operations.give_up_lost(now=timezone.now() + timedelta(minutes=2))
    operations.settle(claim, Outcome("the engine's id"))
    assert states(starting.of(start.batch)) == [("started", "")]


def test_a_lost_job_is_made_up_for(starting: Starting) -> None:
    starting.start(Person(urn=NUMBER))
    with transaction.atomic():
        ProcrastinateJob.objects.all()._raw_delete("default")  # type: ignore[attr-defined]
    assert operations.hand_over_due() == 1
    run_worker()
    assert len(starting.api.starts) == 1


# Who may


@pytest.mark.parametrize(
    ("starters", "allowed"),
    [
        ("agents", {"administrator", "moderator", "contributor", "manager", "agent"}),
        ("managers", {"administrator", "moderator", "contributor", "manager"}),
        ("administrators", {"administrator", "moderator"}),
    ],
)
def test_who_may_start_is_set_for_the_project(starting: Starting, starters: str, allowed: set[str]) -> None:
    FlowEngine.objects.update(starters=starters)
    people = {"administrator": starting.desk.administrator, **starting.desk.one_of_each()}
    did = set()
    for n, (role, user) in enumerate(people.items()):
        try:
            starting.start(Person(urn=f"telegram:{n}1"), by=user)
        except (NotAllowed, Invalid):
            continue
        did.add(role)
    assert did == allowed


def test_only_in_sectors_that_have_active_messages_and_are_ones_own(starting: Starting) -> None:
    desk = starting.desk
    silent, foreign = desk.add_sector(), desk.add_sector(active_messages=True)
    for sector in (silent, foreign):
        with pytest.raises(Invalid) as refused:
            starting.start(Person(urn=NUMBER), sector=sector)
        assert refused.value.field == "sector"
    assert starting.start(Person(urn=NUMBER), sector=foreign, by=desk.administrator)


def test_a_closed_sector_starts_nothing(starting: Starting) -> None:
    sectors.update_sector(
        starting.desk.sector, by=starting.desk.by(), always_open=False, week=[[] for _day in range(7)]
    )
    with pytest.raises(errors.OutsideHours):
        starting.start(Person(urn=NUMBER))


def test_rights_that_end_before_it_is_sent_count(starting: Starting) -> None:
    batch = starting.start(Person(urn=NUMBER))[0].batch
    starting.desk.remove(starting.agent)
    run_worker()
    assert states(starting.of(batch)) == [("refused", "not_allowed")]
    other = starting.start(Person(urn="telegram:1"), by=starting.desk.administrator)[0].batch
    sectors.update_sector(starting.desk.sector, by=starting.desk.by(), active_messages=False)
    run_worker()
    assert states(starting.of(other)) == [("refused", "sector")]


def test_disconnected_in_between_nothing_is_sent(starting: Starting) -> None:
    batch = starting.start(Person(urn=NUMBER))[0].batch
    operations.disconnect_engine(starting.desk.project, by=starting.desk.by())
    run_worker()
    assert states(starting.of(batch)) == [("refused", "disconnected")]
    with pytest.raises(NotConnected):
        starting.start(Person(urn="telegram:1"))


def test_a_project_has_a_maximum_an_hour(starting: Starting) -> None:
    FlowEngine.objects.update(hourly_limit=3)
    starting.start(Person(urn="telegram:1"), Person(urn="telegram:2"))
    with pytest.raises(Conflict) as refused:
        starting.start(Person(urn="telegram:3"), Person(urn="telegram:4"))
    assert refused.value.code == "too_many_starts"
    assert "at most 3 conversations are started in an hour. Left now: 1." in str(refused.value)
    starting.start(Person(urn="telegram:3"))
    Start.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
    starting.start(Person(urn="telegram:4"), Person(urn="telegram:5"))


def test_the_maximum_holds_for_many_at_once(starting: Starting) -> None:
    FlowEngine.objects.update(hourly_limit=5)

    def begin(n: int) -> int:
        try:
            return len(starting.start(Person(urn=f"telegram:{n}0"), Person(urn=f"telegram:{n}1")))
        except DomainError:
            return 0

    assert sum(at_once(*(lambda n=n: begin(n) for n in range(1, 6)))) == 4


def test_a_flow_is_one_of_the_engine(starting: Starting) -> None:
    old = starting.api.add_flow("Old", archived=True)
    for flow in (old.uuid, "no such flow"):
        with pytest.raises(Invalid) as refused:
            starting.start(Person(urn=NUMBER), flow=flow)
        assert refused.value.field == "flow"


def test_nobody_and_too_many_are_refused(starting: Starting) -> None:
    with pytest.raises(Invalid):
        starting.start()
    with pytest.raises(Invalid) as refused:
        starting.start(*(Person(urn=f"telegram:{n}") for n in range(201)))
    assert refused.value.field == "people"


def test_what_is_started_is_written_in_the_audit_log_once_a_batch(starting: Starting) -> None:
    starting.start(Person(urn="telegram:1"), Person(urn="telegram:2"))
    entry = AuditEntry.objects.get(action="conversations.started")
    assert (entry.actor, entry.after) == (starting.agent, {"count": 2, "flow": "Reminder"})


def test_only_what_was_not_started_is_started_again(starting: Starting) -> None:
    [start] = starting.sent(Person(urn=NUMBER))
    with pytest.raises(Conflict):
        operations.start_again(start, by=starting.desk.by(starting.agent))


# Flows


def test_flows_are_searched_and_those_used_last_come_first(starting: Starting) -> None:
    api, desk, by = starting.api, starting.desk, starting.desk.by(starting.agent)
    api.page = 2
    second, third = api.add_flow("Cobrança"), api.add_flow("Survey of satisfaction")
    api.add_flow("By voice", type="voice")
    names = [flow.name for flow in operations.flows_of(desk.project, by)]
    # The list was read when the first page was opened, so it is asked anew.
    assert sorted(names) == ["Cobrança", "Reminder", "Survey of satisfaction"]
    starting.start(Person(urn="telegram:1"), flow=third.uuid)
    starting.start(Person(urn="telegram:2"), flow=second.uuid)
    names = [flow.name for flow in operations.flows_of(desk.project, by)]
    assert names == ["Cobrança", "Survey of satisfaction", "Reminder"]
    assert [flow.uuid for flow in operations.flows_of(desk.project, by, "COBRANCA")] == [second.uuid]
    asked = sum(one.path == "flows.json" for one in api.requests)
    operations.flows_of(desk.project, by)
    assert sum(one.path == "flows.json" for one in api.requests) == asked


def test_a_cursor_leads_nowhere_else(starting: Starting) -> None:
    """The token goes to the address that was entered, whatever address the answer names."""
    starting.api.add_flow("Second")
    starting.api.page = 1
    original = starting.api._link

    def elsewhere(asked: Any, **cursor: int) -> str:
        return original(asked, **cursor).replace("127.0.0.1", "192.0.2.1")

    starting.api._link = elsewhere  # type: ignore[method-assign]
    assert len(operations.flows_of(starting.desk.project)) == 2


def test_a_role_without_chats_has_no_flows_to_start(starting: Starting) -> None:
    viewer: User = starting.desk.person(ProjectRole.VIEWER)
    with pytest.raises(NotAllowed):
        starting.start(of_engine(starting.api.add_contact("Ana", NUMBER)), by=viewer)


def test_the_engine_failing_is_said_where_flows_are_listed(starting: Starting) -> None:
    starting.api.fail(Fault.ERROR)
    with pytest.raises(EngineFailed) as failed:
        operations.flows_of(starting.desk.project)
    assert str(failed.value) == "The engine does not answer. Try again in a few minutes."


def test_a_paused_agent_may_start_as_well(starting: Starting, desk: Desk) -> None:
    desk.status(starting.agent, Status.PAUSED, reason="Lunch")
    assert starting.start(Person(urn=NUMBER))


def test_jobs_do_not_pile_up_while_the_engine_is_slow(starting: Starting) -> None:
    starting.start(Person(urn="telegram:1"), Person(urn="telegram:2"))
    for _tick in range(20):
        operations.hand_over_due()
    jobs = ProcrastinateJob.objects.filter(task_name="active_messages.send_starts", status="todo")
    assert jobs.filter(args__project_id=str(starting.desk.project.pk)).count() == 1
    run_worker()
    assert len(starting.api.starts) == 2
