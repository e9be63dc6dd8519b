"""What scripts read and do with a token: rooms, their figures, conversations, agents."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from orgs.models import TokenScope
from queues.models import Status
from queues.operations import add_pause_reason, set_status
from tests.builders import Desk
from tests.flow import FlowEngine, engine_for, token_for
from tickets import operations
from tickets.models import Contact, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(desk: Desk) -> FlowEngine:
    """Calls with a token of the project that reads and opens."""
    return FlowEngine(token_for(desk, scopes=[TokenScope.READ, TokenScope.OPEN])[1])


def get(reader: FlowEngine, path: str, **query):
    answer = asked(reader, path, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def asked(reader: FlowEngine, path: str, **query):
    return reader.call("GET", path, {name: str(value) for name, value in query.items()})


def follow(reader: FlowEngine, page: dict, found: list) -> list:
    """Return all rows, going on where each page says."""
    found += page["results"]
    while page["next"]:
        parts = urlsplit(page["next"])
        page = reader.call("GET", f"{parts.path.removeprefix(reader.base)}?{parts.query}").json()
        found += page["results"]
    return found


PATHS = [
    "/rooms/", "/list_rooms/", "/list_rooms/count/", "/rooms_metrics/", "/agents/", "/agents_status/",
]  # fmt: skip


def test_reading_needs_the_scope(desk: Desk) -> None:
    flow = engine_for(desk)
    room = desk.open_ticket().pk
    for path in (*PATHS, f"/msgs/?room={room}", f"/room_messages/?room={room}"):
        answer = flow.call("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_required"), path


def test_a_token_of_several_projects_names_one(desk: Desk) -> None:
    secret = token_for(desk, scopes=[TokenScope.READ], project=None, organization=desk.project.organization)[1]
    reader = FlowEngine(secret)
    desk.open_ticket()
    for path in PATHS:
        answer = reader.call("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (400, "place_required"), path
        for query in ({"project": desk.project.pk}, {"sector": desk.sector.pk}, {"queue": desk.queue.pk}):
            assert asked(reader, path, **query).status_code == 200, (path, query)


def test_rooms_are_listed_the_newest_first_page_by_page(desk: Desk, reader: FlowEngine) -> None:
    agent = desk.agent_online()
    tickets = [desk.open_ticket() for _ in range(5)]
    page = get(reader, "/rooms/", limit=2)
    assert page["count"] == 5
    rooms = follow(reader, page, [])
    assert [room["uuid"] for room in rooms] == [str(t.pk) for t in reversed(tickets)]
    assert {room["user"]["email"] if room["user"] else None for room in rooms} <= {agent.email, None}
    by_offset = follow(reader, get(reader, "/rooms/", limit=2, offset=0), [])
    assert [room["uuid"] for room in by_offset] == [room["uuid"] for room in rooms]


def test_filters(desk: Desk, reader: FlowEngine) -> None:
    desk.agent_online()
    closed, waiting = desk.open_ticket(), desk.open_ticket(queue=desk.add_queue())
    operations.close_by_flow(closed.pk, by=desk.by())
    closed.refresh_from_db()
    hour = timedelta(hours=1)
    soon, before = (timezone.now() + hour).isoformat(), (timezone.now() - hour).isoformat()
    cases = [
        ({"is_active": "true"}, {waiting}),
        ({"is_active": "false"}, {closed}),
        ({"queue": waiting.queue_id}, {waiting}),
        ({"sector": desk.sector.pk}, {closed, waiting}),
        ({"external_ids": closed.contact.external_id}, {closed}),
        ({"urn": f"{waiting.contact.urn}?auth=secret"}, {waiting}),
        ({"created_on__gte": soon}, set()),
        ({"created_on__gte": before, "created_on__lte": soon}, {closed, waiting}),
        ({"created_on__gte": "2020-01-01"}, {closed, waiting}),
        ({"ended_at__gte": before}, {closed}),
        ({"ended_at__lte": before}, set()),
    ]
    for query, expected in cases:
        found = {row["uuid"] for row in get(reader, "/list_rooms/", **query)["results"]}
        assert found == {str(t.pk) for t in expected}, query
    assert get(reader, "/list_rooms/count/") == {"waiting": 1, "in_service": 0}


@pytest.mark.parametrize(
    "query",
    [
        {"queue": "1"}, {"is_active": "perhaps"}, {"created_on__gte": "yesterday"}, {"limit": "0"},
        {"ended_at__lte": "2030-13-01"}, {"offset": "-1"}, {"after": "x"}, {"before": ",,"},
        {"external_ids": ",".join(map(str, range(501)))},
        {"created_on__gte": "2031-01-01", "created_on__lte": "2030-01-01"},
    ],
    ids=lambda q: next(iter(q)),
)  # fmt: skip
def test_a_value_that_is_none_is_refused(reader: FlowEngine, query: dict[str, str]) -> None:
    assert reader.call("GET", "/list_rooms/", query).status_code == 400


def test_words_find_rooms_by_contact_and_agent(desk: Desk, reader: FlowEngine) -> None:
    agent = desk.agent_online(limit=1)
    attended, waiting = desk.open_ticket(), desk.open_ticket()
    Contact.objects.filter(pk=attended.contact_id).update(name="José Álvares", urn="whatsapp:5511988880001")
    Contact.objects.filter(pk=waiting.contact_id).update(name="Ana", urn="telegram:777", is_hidden=True)
    Ticket.objects.filter(pk=waiting.pk).update(is_anon=True)
    cases = [
        ("jose", {attended}),
        ("alvares JOSÉ", {attended}),
        ("jose,ana", set()),
        ("5511988880001", {attended}),
        ("telegram", set()),
        (agent.email[:-4].upper(), {attended}),
        (waiting.contact.external_id[2:], {waiting}),
        ("100%", set()),
    ]
    for words, expected in cases:
        found = {row["uuid"] for row in get(reader, "/list_rooms/", search=words)["results"]}
        assert found == {str(t.pk) for t in expected}, words
    assert get(reader, "/list_rooms/count/", search="jose") == {"waiting": 0, "in_service": 1}
    assert len(get(reader, "/rooms_metrics/", search="jose")) == 1


def test_a_sector_is_named_by_a_part_of_its_name(desk: Desk, other_desk: Desk, reader: FlowEngine) -> None:
    other = desk.add_sector()
    type(other).objects.filter(pk=other.pk).update(name="Cobrança")
    ticket = desk.open_ticket(queue=other.queues.get())
    desk.open_ticket()
    other_desk.open_ticket()
    for name in ("cobranca", "BRANÇA"):
        assert [row["uuid"] for row in get(reader, "/list_rooms/", sector=name)["results"]] == [str(ticket.pk)]
    assert get(reader, "/list_rooms/", sector="elsewhere")["results"] == []
    assert asked(reader, "/agents/", sector="cobranca").status_code == 400
    secret = token_for(desk, scopes=[TokenScope.READ], project=None, organization=desk.project.organization)[1]
    several = FlowEngine(secret)
    assert asked(several, "/list_rooms/", sector="cobranca").json()["code"] == "place_required"
    assert len(get(several, "/list_rooms/", sector="cobranca", project=desk.project.pk)["results"]) == 1


def test_rooms_in_the_order_asked_for(desk: Desk, reader: FlowEngine) -> None:
    first, second, third = (desk.open_ticket() for _ in range(3))
    for ticket in (second, first):
        operations.close_by_flow(ticket.pk, by=desk.by())
    cases = {
        "created_on": [first, second, third],
        "-created_on": [third, second, first],
        "ended_at": [second, first, third],
        "-ended_at": [third, first, second],
        "name": [third, second, first],
        "urn,created_on": [first, second, third],
    }
    for ordering, expected in cases.items():
        for size in (1, 100):
            rows = follow(reader, get(reader, "/list_rooms/", ordering=ordering, limit=size), [])
            assert [row["uuid"] for row in rows] == [str(t.pk) for t in expected], (ordering, size)
    ended = get(reader, "/list_rooms/", ordering="ended_at", ended_at__gte="2020-01-01")["results"]
    assert [row["uuid"] for row in ended] == [str(second.pk), str(first.pk)]


def test_figures_are_those_of_reports(desk: Desk, reader: FlowEngine) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    desk.reply(ticket, agent)
    ticket = desk.close(ticket, by=agent)
    row = get(reader, "/list_rooms/")["results"][0]
    assert (row["waiting_time"], row["interaction_time"]) == (
        int(ticket.waiting_seconds),
        int(ticket.handling_seconds),
    )
    assert (row["user"], row["tags"][0]["name"]) == (agent.email, desk.tags[0].name)
    (first,) = get(reader, "/rooms_metrics/")
    assert first["first_user_message"] == ticket.first_response_at.isoformat().replace("+00:00", "Z")
    assert (first["user_name"], first["contact_external_id"]) == (agent.name, ticket.contact.external_id)
    second = get(FlowEngine(reader.secret, "/v2/external"), "/rooms_metrics/")["results"][0]
    assert second["interaction_time"] == first["interaction_time"] == row["interaction_time"]
    assert second["first_user_assigned_at"] == second["user_assigned_at"] == first["user_assigned_at"]
    assert second["sector"] == {"uuid": str(desk.sector.pk), "name": desk.sector.name}


def test_a_list_of_figures_is_whole_or_refused(desk: Desk, reader: FlowEngine, monkeypatch) -> None:
    monkeypatch.setattr("tickets.api.external.reading.WHOLE", 2)
    tickets = [desk.open_ticket() for _ in range(2)]
    assert len(get(reader, "/rooms_metrics/")) == 2
    tickets.append(desk.open_ticket())
    answer = asked(reader, "/rooms_metrics/")
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_rooms")
    narrowed = get(reader, "/rooms_metrics/", created_on__gte=tickets[1].opened_at.isoformat())
    assert [row["contact_external_id"] for row in narrowed] == [t.contact.external_id for t in tickets[:0:-1]]


def test_a_conversation_is_read_without_notes(desk: Desk, reader: FlowEngine) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    reader.say(str(ticket.pk), "A question", external_id="wamid.1")
    desk.reply(ticket, agent)
    operations.add_note(ticket.pk, "Between us", by=desk.by(agent))
    reader.say(str(ticket.pk), "Thanks", metadata={"context": {"id": "wamid.1"}})
    reader.say(str(ticket.pk), "", attachments=[{"content_type": "image", "url": "https://files.example.org/a.jpg"}])
    found = get(reader, "/room_messages/", room=ticket.pk)["results"]
    assert [(m["user"] or m["contact"])["name"] for m in found] == [
        ticket.contact.name, agent.name, ticket.contact.name, ticket.contact.name
    ]  # fmt: skip
    assert [m["text"] for m in found] == ["A question", "An answer", "Thanks", ""]
    assert found[2]["replied_message"] == {"uuid": found[0]["uuid"], "text": "A question"}
    assert found[3]["media"][0]["url"] == "https://files.example.org/a.jpg"
    messages = get(reader, "/msgs/", room=ticket.pk)["results"]
    assert [m["uuid"] for m in messages] == [m["uuid"] for m in found]
    assert get(reader, "/msgs/", contact=ticket.contact_id, is_active="false")["results"] == []
    operations.close_by_flow(ticket.pk, by=desk.by())
    assert len(get(reader, "/room_messages/", room=ticket.pk, page_size=3)["results"]) == 3
    assert reader.call("GET", "/msgs/").status_code == 400


def test_nothing_of_another_project(desk: Desk, other_desk: Desk, reader: FlowEngine) -> None:
    ticket = other_desk.open_ticket()
    other_desk.agent_online()
    assert get(reader, "/rooms/")["results"] == []
    assert get(reader, "/msgs/", room=ticket.pk)["results"] == []
    assert asked(reader, "/room_messages/", room=ticket.pk).status_code == 404
    assert get(reader, "/list_rooms/", sector=other_desk.sector.pk)["results"] == []


def test_an_anonymous_contact_stays_one(desk: Desk, reader: FlowEngine) -> None:
    contact = {
        "external_id": "x", "name": "Someone", "urn": "whatsapp:5511999990000", "phone": "+5511999990000",
        "email": "someone@example.net",
    }  # fmt: skip
    room = reader.open(sector_uuid=str(desk.sector.pk), is_anon=True, contact=contact).json()
    reader.say(room["uuid"], "A question")
    of_room = [f"{path}?room={room['uuid']}" for path in ("/msgs/", "/room_messages/")]
    of_contact = f"/msgs/?contact={room['contact']['uuid']}"
    for path in ("/rooms/", "/list_rooms/", "/rooms_metrics/", *of_room, of_contact):
        answer = reader.call("GET", path)
        assert room["contact"]["name"] in answer.content.decode() or path == "/rooms_metrics/"
        for secret in ("99999000", "example.net"):
            assert secret not in answer.content.decode(), path
    assert get(FlowEngine(reader.secret, "/v2/external"), "/rooms_metrics/")["results"][0]["urn"] == ""
    assert get(reader, "/list_rooms/", urn="whatsapp:5511999990000")["results"] == []


def test_agents_and_what_they_do(desk: Desk, reader: FlowEngine) -> None:
    agent, elsewhere = desk.agent_online(), desk.agent()
    desk.queue.agents.remove(elsewhere)
    listed = {row["user"]["email"] for row in get(reader, "/agents/")["results"]}
    assert {agent.email, elsewhere.email, desk.administrator.email} <= listed
    for query in ({"queue": desk.queue.pk}, {"sector": desk.sector.pk}, {"user": agent.email.upper()}):
        assert {row["user"]["email"] for row in get(reader, "/agents/", **query)["results"]} == {agent.email}, query
    statuses = {row["email"]: row for row in get(reader, "/agents_status/")["results"]}
    assert statuses[agent.email]["status"] == "ONLINE"
    assert statuses[agent.email]["time_in_current_status"] >= 0
    assert (statuses[elsewhere.email]["status"], statuses[elsewhere.email]["last_seen"]) == ("OFFLINE", None)
    add_pause_reason(desk.project, "Lunch", by=desk.by())
    set_status(desk.project, agent, Status.PAUSED, by=desk.by(agent), reason="Lunch")
    (one,) = get(reader, "/agents_status/", user=agent.email)["results"]
    assert (one["status"], one["active_custom_status"]["name"]) == ("OFFLINE", "Lunch")


def test_a_waiting_room_is_given_to_an_agent_who_is_eligible(desk: Desk, reader: FlowEngine) -> None:
    full = desk.agent_online()
    desk.limit(1)
    desk.open_ticket()
    room = reader.open(sector_uuid=str(desk.sector.pk)).json()
    ticket = Ticket.objects.get(pk=room["uuid"])
    path = f"/room_agent/{ticket.ticket_uuid}/"
    refused = reader.call("PATCH", path, {"agent": full.email})
    assert (refused.status_code, refused.json()["code"]) == (409, "agent_not_eligible")
    assert reader.call("PATCH", path, {"agent": "nobody@example.org"}).status_code == 404
    assert reader.call("PATCH", path, {}).status_code == 400
    assert Ticket.objects.get(pk=ticket.pk).is_waiting
    desk.overfull = True
    administers = FlowEngine(token_for(desk, scopes=[TokenScope.OPEN, TokenScope.ADMINISTER])[1])
    assert administers.call("PATCH", path, {"agent": full.email}).status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).agent == full


def test_a_room_with_an_agent_keeps_them(desk: Desk, reader: FlowEngine) -> None:
    agent = desk.agent_online()
    ticket = Ticket.objects.get(pk=reader.open(sector_uuid=str(desk.sector.pk)).json()["uuid"])
    assert ticket.agent == agent
    other = desk.agent_online()
    answer = reader.call("PATCH", f"/room_agent/{ticket.ticket_uuid}/", {"agent": other.email})
    assert (answer.status_code, answer.json()["code"]) == (400, "room_has_agent")
    assert reader.call("PATCH", "/room_agent/unknown/", {"agent": other.email}).status_code == 404


def test_custom_fields_are_changed_by_name(desk: Desk, reader: FlowEngine) -> None:
    room = reader.open(sector_uuid=str(desk.sector.pk), custom_fields={"plan": "gold", "city": "Recife"}).json()
    path = f"/custom_field/{Contact.objects.get(pk=room['contact']['uuid']).external_id}/"
    assert reader.call("PATCH", path, {"plan": "silver"}).status_code == 200
    assert Ticket.objects.get(pk=room["uuid"]).custom_fields == {"plan": "silver", "city": "Recife"}
    assert reader.call("PATCH", path, {}).status_code == 400
    assert reader.call("PATCH", "/custom_field/unknown/", {"plan": "x"}).status_code == 404


def test_lists_cost_the_same_whatever_their_length(
    desk: Desk, reader: FlowEngine, django_assert_max_num_queries
) -> None:
    desk.agent_online(limit=1)
    counts = []
    for _round in range(2):
        for _ in range(3):
            ticket = desk.open_ticket()
            reader.say(str(ticket.pk), "A question")
        for path in (*PATHS, f"/msgs/?contact={ticket.contact_id}", f"/room_messages/?room={ticket.pk}"):
            with django_assert_max_num_queries(14) as queries:
                assert reader.call("GET", path).status_code == 200
            counts.append((path.partition("?")[0], len(queries)))
    assert counts[: len(counts) // 2] == counts[len(counts) // 2 :]
