"""Active messages with the engine's API, its flows and its client, all over real HTTP (docs/rules.md)."""

import time
from collections.abc import Iterator

import pytest

from active_messages import operations, pasted
from active_messages.models import Start, StartState
from active_messages.people import Person
from sectors import operations as sectors
from tickets.models import Source
from tickets.models import Ticket as Room

from .api_v2 import ApiV2, Fault
from .places import Place
from .test_wire import wait_until_settled
from .wenichats import Engine


@pytest.fixture
def api(place: Place, engine: Engine) -> Iterator[ApiV2]:
    """The engine's API, connected with the place; its flows hand over to it."""
    sectors.update_sector(place.desk.sector, by=place.desk.by(), active_messages=True)
    place.desk.sector.refresh_from_db()
    with ApiV2(engine, place.ticketer.sector) as made:
        operations.connect_engine(place.desk.project, by=place.desk.by(), address=made.url, token=made.token)
        yield made


def start(place: Place, flow: str, *people: Person) -> list[Start]:
    """Start conversations as the agent, and wait until nothing is in progress any more."""
    batch = operations.start_conversations(
        people, flow_uuid=flow, sector=place.desk.sector, by=place.desk.by(place.agent)
    )
    return wait_for(batch, lambda starts: not any(one.is_in_progress for one in starts))


def wait_for(batch, condition) -> list[Start]:
    end = time.monotonic() + 120
    while True:
        starts = list(Start.objects.filter(batch=batch).select_related("ticket").order_by("position"))
        if condition(starts):
            return starts
        assert time.monotonic() < end, [(one.state, one.refusal) for one in starts]
        time.sleep(0.1)


def all_opened(starts: list[Start]) -> bool:
    return all(one.state == StartState.OPENED for one in starts)


@pytest.fixture(autouse=True)
def allowed(settings) -> None:
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]


def test_the_conversation_comes_back_to_who_started_it_and_they_talk(
    place: Place, engine: Engine, api: ApiV2
) -> None:
    flow, ana = api.add_flow("Reminder", "Your appointment is tomorrow."), api.add_contact("Ana")
    batch = start(place, flow.uuid, Person(None, ana.uuid, ana.urn, ana.name))[0].batch
    [one] = wait_for(batch, all_opened)
    room = Room.objects.get(pk=one.ticket_id)
    assert (room.agent, room.source) == (place.agent, Source.AGENT)
    api.wait_until(lambda: api.starts[0].tickets)
    [ticket] = api.starts[0].tickets
    place.reply(ticket, "Shall I move it?")
    assert engine.receive(ana, "Yes, please") == 1
    wait_until_settled(engine, ticket)
    assert engine.handler.sent_to(ana.uuid) == ["Shall I move it?"]


def test_the_room_may_come_before_the_answer(place: Place, api: ApiV2) -> None:
    api.run_after = 0
    flow, ana = api.add_flow("Reminder"), api.add_contact("Ana")
    [one] = start(place, flow.uuid, Person(None, ana.uuid, ana.urn, ana.name))
    assert (one.state, one.ticket is not None) == (StartState.OPENED, True)


def test_an_answer_that_is_lost_still_leads_to_the_conversation(place: Place, api: ApiV2) -> None:
    """The engine took it; nobody sends it again."""
    api.fail(Fault.DROP_AFTER, method="POST")
    flow, ana = api.add_flow("Reminder"), api.add_contact("Ana")
    batch = start(place, flow.uuid, Person(None, ana.uuid, ana.urn, ana.name))[0].batch
    wait_for(batch, all_opened)
    assert len(api.starts) == 1


def test_forty_at_once_each_with_its_own_result(place: Place, api: ApiV2) -> None:
    flow = api.add_flow("Reminder")
    api.fail(Fault.THROTTLE, method="POST", times=1)
    api.add_contact("Blocked", "whatsapp:5511970000039", status="blocked")
    text = "\n".join(f"+55119{70000000 + n}, Contact {n}" for n in range(40))
    paste = pasted.read(place.desk.member(place.agent), text, "whatsapp")
    assert (len(paste.people), paste.unread) == (40, [])
    batch = start(place, flow.uuid, *paste.people)[0].batch
    starts = wait_for(batch, lambda starts: all_opened(starts[:-1]))
    assert {one.ticket.agent_id for one in starts if one.ticket} == {place.agent.pk}
    assert len({one.ticket_id for one in starts[:-1]}) == 39
    assert (starts[-1].state, starts[-1].refusal) == ("refused", "stopped")
    names = Room.objects.filter(pk__in=[one.ticket_id for one in starts[:-1]]).values_list("contact__name", flat=True)
    assert sorted(names) == sorted(f"Contact {n}" for n in range(39))
    # They are in a conversation now.
    again = start(place, flow.uuid, *paste.people[:-1])
    assert {(one.state, one.refusal) for one in again} == {("refused", "in_conversation")}
    assert len(api.starts) == 39
