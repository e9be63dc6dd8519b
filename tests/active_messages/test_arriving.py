"""The conversation that a started flow hands over (docs/rules.md, Active messages)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from active_messages import operations
from active_messages.models import Start
from active_messages.operations.sending import Outcome
from active_messages.people import Person
from queues.models import Status
from sectors import operations as sectors
from sectors.models import Moment
from tests.builders import fresh
from tests.flow import FlowEngine, engine_for
from tickets.conversation.event_texts import names_in, sentence
from tickets.models import Message, Source, Ticket, TicketEvent
from tickets.routing.explain import why_agent

from .conftest import NUMBER, Starting, of_engine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def flow(starting: Starting) -> FlowEngine:
    return engine_for(starting.desk)


def opened(flow: FlowEngine, request: dict[str, Any]) -> Ticket:
    answer = flow.open(**request)
    assert answer.status_code in (200, 201), answer.content
    return fresh(Ticket.objects.get(pk=answer.json()["uuid"]))


def test_it_goes_to_who_started_it(starting: Starting, flow: FlowEngine) -> None:
    # Routing alone would choose the other one, who is idle longer.
    desk = starting.desk
    desk.open_ticket()
    desk.agent_online()
    person = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.sent(person)
    ticket = opened(flow, starting.opened_room(contact=person))
    assert (ticket.agent, ticket.source) == (starting.agent, Source.AGENT)
    [start] = starting.of(start.batch)
    assert (start.state, start.ticket, start.contact) == ("opened", ticket, ticket.contact)
    event = TicketEvent.objects.filter(ticket=ticket).order_by("number").first()
    assert event is not None
    assert sentence(event, names_in([event])).startswith(f"{starting.agent.name} started the conversation.")
    why = why_agent(ticket)
    assert why is not None
    assert why.sentence == f"{starting.agent.name} started the conversation and had room."


@pytest.mark.parametrize("state", [Status.PAUSED, Status.OFFLINE])
def test_who_is_away_does_not_get_it(starting: Starting, flow: FlowEngine, state: str) -> None:
    other = starting.desk.agent_online()
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    starting.desk.status(starting.agent, state, **({"reason": "Lunch"} if state == Status.PAUSED else {}))
    assert opened(flow, starting.opened_room(contact=person)).agent == other


def test_who_has_no_room_does_not_get_it(starting: Starting, flow: FlowEngine) -> None:
    """The limit is the sector's, and nobody's own start goes over it."""
    starting.desk.limit(1)
    starting.desk.open_ticket()
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    ticket = opened(flow, starting.opened_room(contact=person))
    assert (ticket.agent, ticket.status) == (None, "waiting")


def test_a_manager_who_is_on_no_queue_does_not_get_it(starting: Starting, flow: FlowEngine) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person, by=starting.desk.manager())
    ticket = opened(flow, starting.opened_room(contact=person))
    assert (ticket.agent, ticket.source) == (starting.agent, Source.AGENT)


def test_by_the_address_as_well_however_it_is_written(starting: Starting, flow: FlowEngine) -> None:
    """An unknown number gets its id from the engine; Brazilian mobiles are written with and without the 9."""
    [start] = starting.sent(Person(urn=NUMBER))
    person = starting.api.add_contact("Ana", NUMBER.replace("11912345678", "1112345678"))
    ticket = opened(flow, starting.opened_room(contact=person))
    del ticket
    known = starting.api.add_contact("Rui", "whatsapp:551181234567")
    [start] = starting.sent(Person(urn="whatsapp:5511981234567"))
    ticket = opened(flow, starting.opened_room(contact=known))
    assert starting.of(start.batch)[0].ticket == ticket


def test_an_anonymous_contact_is_found_by_id(starting: Starting, flow: FlowEngine) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.sent(person)
    ticket = opened(flow, starting.opened_room(contact=person, is_anon=True))
    assert starting.of(start.batch)[0].ticket == ticket


def test_another_flow_another_contact_and_another_project_are_not_it(
    starting: Starting, flow: FlowEngine, other_desk: Any
) -> None:
    person, other = starting.api.add_contact("Ana", NUMBER), starting.api.add_contact("Rui")
    [start] = starting.sent(person)
    assert opened(flow, starting.opened_room(contact=other)).source == Source.FLOW
    foreign = engine_for(other_desk).open(
        **{**starting.opened_room(contact=person), "sector_uuid": str(other_desk.sector.pk)}
    )
    assert foreign.status_code == 201
    ticket = opened(flow, {**starting.opened_room(contact=person), "flow_uuid": "another"})
    assert ticket.source == Source.FLOW
    assert starting.of(start.batch)[0].state == "started"


def test_it_may_come_before_the_engine_has_answered(starting: Starting, flow: FlowEngine) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.start(person)
    claim = operations.claim_next(starting.desk.project.pk)
    assert claim is not None
    ticket = opened(flow, starting.opened_room(contact=person))
    operations.settle(claim, Outcome("the engine's id"))
    [start] = starting.of(start.batch)
    assert (start.state, start.ticket, start.engine_start) == ("opened", ticket, "the engine's id")


def test_it_may_come_although_nobody_knows_whether_it_was_started(starting: Starting, flow: FlowEngine) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.start(person)
    operations.claim_next(starting.desk.project.pk)
    operations.give_up_lost(now=timezone.now() + timedelta(minutes=2))
    ticket = opened(flow, starting.opened_room(contact=person))
    assert starting.of(start.batch)[0].ticket == ticket


def test_each_start_leads_to_one_conversation(starting: Starting, flow: FlowEngine) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    ticket = opened(flow, starting.opened_room(contact=person))
    starting.desk.close(ticket)
    assert opened(flow, starting.opened_room(contact=person)).source == Source.FLOW


def test_what_comes_days_later_is_a_conversation_like_any_other(starting: Starting, flow: FlowEngine) -> None:
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    Start.objects.update(created_at=timezone.now() - timedelta(days=3, minutes=1))
    assert opened(flow, starting.opened_room(contact=person)).source == Source.FLOW


def test_an_open_conversation_is_the_one_that_came(starting: Starting, flow: FlowEngine) -> None:
    """The contact wrote by themselves meanwhile: the flow's second opening goes on there."""
    person = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.sent(person)
    present = opened(flow, {**starting.opened_room(contact=person), "flow_uuid": "another"})
    ticket = opened(flow, starting.opened_room(contact=person))
    assert ticket == present
    assert starting.of(start.batch)[0].ticket == ticket


def test_who_is_written_to_is_not_greeted_as_if_they_had_come(starting: Starting, flow: FlowEngine) -> None:
    sectors.set_automatic_messages(starting.desk.sector, {Moment.OPENING: "Welcome!"}, by=starting.desk.by())
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    ticket = opened(flow, starting.opened_room(contact=person))
    assert not Message.objects.filter(ticket=ticket, text="Welcome!").exists()


def test_the_flow_may_name_another_agent_who_gets_it_if_the_starter_cannot(
    starting: Starting, flow: FlowEngine
) -> None:
    named = starting.desk.agent_online()
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    starting.desk.status(starting.agent, Status.OFFLINE)
    ticket = opened(flow, starting.opened_room(contact=person, user_email=named.email))
    assert ticket.agent == named


def test_a_waiting_conversation_is_not_overtaken(starting: Starting, flow: FlowEngine) -> None:
    """First in, first out: what waits has been placed before, as far as anybody has room."""
    starting.desk.limit(1)
    starting.desk.open_ticket()
    waits = starting.desk.open_ticket()
    person = starting.api.add_contact("Ana", NUMBER)
    starting.sent(person)
    ticket = opened(flow, starting.opened_room(contact=person))
    assert starting.desk.line() == [waits, ticket]


def test_the_same_contact_of_the_page_is_the_engines(starting: Starting, flow: FlowEngine) -> None:
    """A contact that is known here is started with by the engine's id."""
    person = starting.api.add_contact("Ana", NUMBER)
    ticket = opened(flow, {**starting.opened_room(contact=person), "flow_uuid": ""})
    starting.desk.close(ticket)
    from active_messages.people import person_of_contact

    chosen = person_of_contact(starting.desk.member(starting.agent), ticket.contact_id)
    assert (chosen.engine_contact, chosen.urn) == (person.uuid, NUMBER)
    assert of_engine(person).key != chosen.key
    [start] = starting.sent(chosen)
    assert starting.api.starts[0].body["contacts"] == [person.uuid]
    assert opened(flow, starting.opened_room(contact=person)).agent == starting.agent
    assert starting.of(start.batch)[0].state == "opened"
