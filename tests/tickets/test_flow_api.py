"""The flow engine's surface, line by line (docs/flow.md)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils.dateparse import parse_datetime

from queues.models import Status
from sectors import operations as sectors
from tests.builders import fresh
from tickets.models import Message, MessageKind, Ticket, TicketTag

ROOM_KEYS = {
    "uuid", "user", "contact", "queue", "created_on", "modified_on", "is_active", "custom_fields", "callback_url",
    "protocol", "position", "ended_at",
}  # fmt: skip
MESSAGE_KEYS = {"uuid", "user", "room", "contact", "text", "seen", "media", "created_on"}


def sector_of(desk):
    return str(desk.sector.pk)


class TestOpening:
    def test_a_room_goes_to_the_agent_who_is_online(self, desk, flow):
        agent = desk.agent_online()
        answer = flow.open(sector_uuid=sector_of(desk), custom_fields={"plan": "gold", "n": [1, {"a": None}]})
        room = answer.json()
        assert answer.status_code == 201
        assert set(room) == ROOM_KEYS
        assert room["user"] == {"first_name": agent.first_name, "last_name": agent.last_name, "email": agent.email}
        assert room["position"] is None
        assert room["is_active"] is True
        assert room["ended_at"] is None
        assert room["custom_fields"] == {"plan": "gold", "n": [1, {"a": None}]}
        assert room["queue"]["uuid"] == str(desk.queue.pk)
        assert room["queue"]["sector"] == sector_of(desk)
        assert set(room["queue"]) == {"uuid", "created_on", "modified_on", "name", "sector"}
        assert set(room["contact"]) == {
            "uuid", "external_id", "name", "email", "status", "phone", "custom_fields", "created_on",
        }  # fmt: skip
        assert parse_datetime(room["created_on"]).tzinfo is not None

    def test_opening_takes_a_bounded_number_of_statements(self, desk, flow, django_assert_max_num_queries):
        desk.agent_online()
        flow.open(sector_uuid=sector_of(desk))
        for _ in range(3):
            with django_assert_max_num_queries(38):
                room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
            with django_assert_max_num_queries(12):
                flow.say(room, external_id="x")

    def test_without_an_agent_it_waits_with_its_position(self, desk, flow):
        first, second = (flow.open(queue_uuid=str(desk.queue.pk)).json() for _ in range(2))
        assert (first["user"], first["position"]) == (None, 1)
        assert (second["user"], second["position"]) == (None, 2)

    def test_the_protocol_is_the_callers_or_made(self, desk, flow):
        assert flow.open(sector_uuid=sector_of(desk), protocol="P-77").json()["protocol"] == "P-77"
        assert flow.open(sector_uuid=sector_of(desk), protocol="").json()["protocol"]

    def test_a_ticket_uuid_seen_before_answers_with_its_room(self, desk, flow):
        body = flow.room(sector_uuid=sector_of(desk))
        first = flow.call("POST", "/rooms/", body)
        again = flow.call("POST", "/rooms/", body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["uuid"] == again.json()["uuid"]
        flow.call("PATCH", f"/rooms/{first.json()['uuid']}/close/", None)
        after = flow.call("POST", "/rooms/", body)
        assert after.status_code == 200
        assert after.json()["uuid"] == first.json()["uuid"]
        assert after.json()["is_active"] is False

    def test_a_contact_with_an_open_room_gets_that_one(self, desk, flow):
        body = flow.room(sector_uuid=sector_of(desk))
        first = flow.call("POST", "/rooms/", body)
        other = flow.call("POST", "/rooms/", {**body, "ticket_uuid": "another"})
        assert other.status_code == 200
        assert other.json()["uuid"] == first.json()["uuid"]
        assert Ticket.objects.count() == 1

    def test_the_agent_asked_for_gets_it_if_eligible(self, desk, flow):
        desk.limit(2)
        first, wanted = desk.agent_online(), desk.agent_online()
        rooms = [flow.open(sector_uuid=sector_of(desk), user_email=wanted.email.upper()).json() for _ in range(3)]
        assert [r["user"]["email"] for r in rooms] == [wanted.email, wanted.email, first.email]

    @pytest.mark.parametrize("email", ["nobody@example.org", "", None, "not an address"])
    def test_an_unknown_agent_asked_for_means_normal_routing(self, desk, flow, email):
        agent = desk.agent_online()
        room = flow.open(sector_uuid=sector_of(desk), user_email=email).json()
        assert room["user"]["email"] == agent.email

    def test_history_comes_along(self, desk, flow):
        history = [
            {"text": "Hello", "direction": "incoming", "created_on": "2024-01-01T10:00:00.123456789Z"},
            {"text": "Hi!", "direction": "outgoing", "created_on": "2024-01-01T07:00:01-03:00"},
        ]
        body = flow.room(sector_uuid=sector_of(desk), history=history)
        room = flow.call("POST", "/rooms/", body).json()
        flow.call("POST", "/rooms/", body)
        said = list(Message.objects.filter(ticket=room["uuid"], is_history=True).order_by("created_on"))
        assert [(m.kind, m.text) for m in said] == [(MessageKind.CONTACT, "Hello"), (MessageKind.BOT, "Hi!")]
        assert said[0].created_on == datetime(2024, 1, 1, 10, 0, 0, 123456, tzinfo=UTC)
        assert said[1].created_on == datetime(2024, 1, 1, 10, 0, 1, tzinfo=UTC)

    def test_members_it_does_not_know_are_ignored(self, desk, flow):
        answer = flow.open(sector_uuid=sector_of(desk), project_info={"uuid": "x", "name": "y"}, anything=[1, 2, 3])
        assert answer.status_code == 201

    def test_null_is_as_good_as_nothing(self, desk, flow):
        body = flow.room(sector_uuid=sector_of(desk))
        names = ("queue_uuid", "user_email", "flow_uuid", "is_anon", "history", "protocol", "created_on",
                 "custom_fields", "callback_url", "ticket_uuid")  # fmt: skip
        contact = {**body["contact"], **dict.fromkeys(["name", "email", "phone", "urn", "custom_fields", "groups"])}
        answer = flow.call("POST", "/rooms/", {**body, **dict.fromkeys(names), "contact": contact})
        assert answer.status_code == 201, answer.json()
        assert answer.json()["custom_fields"] == {}
        assert answer.json()["contact"]["custom_fields"] == {}

    def test_an_anonymous_contact_stays_so(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk), is_anon=True).json()
        assert fresh(Ticket.objects.get(pk=room["uuid"])).urn_to_show == ""

    def test_the_hand_over_counts_from_its_own_time(self, desk, flow):
        late = datetime.now(UTC) - timedelta(minutes=20)
        room = flow.open(sector_uuid=sector_of(desk), created_on=late.isoformat()).json()
        assert parse_datetime(room["created_on"]) == late
        ahead = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        room = flow.open(sector_uuid=sector_of(desk), created_on=ahead).json()
        assert parse_datetime(room["created_on"]) < datetime.now(UTC) + timedelta(minutes=1)

    @pytest.mark.parametrize("path", ["/rooms", "/rooms/"])
    def test_the_last_slash_may_be_missing(self, desk, flow, path):
        assert flow.call("POST", path, flow.room(sector_uuid=sector_of(desk))).status_code == 201


class TestRefusals:
    def test_outside_hours_the_answer_says_when_it_opens(self, desk, flow):
        week = [[(540, 1080)]] * 5 + [[], []]
        sectors.update_sector(desk.sector, by=desk.by(), always_open=False, week=week, timezone="America/Sao_Paulo")
        with time_machine.travel("2030-01-05T12:00:00Z", tick=False):  # a Saturday
            answer = flow.open(sector_uuid=sector_of(desk))
        body = answer.json()
        assert answer.status_code == 400
        assert body["code"] == "outside_hours"
        assert body["opens_at"] == "2030-01-07T09:00:00-03:00"
        assert "Monday, Jan. 7, 2030 at 9:00 a.m. (" in body["detail"]

    def test_the_sentence_is_in_the_callers_language(self, desk, flow):
        answer = flow.call("GET", "/nothing/", headers={"Accept-Language": "es"})
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/json"

    def test_neither_sector_nor_queue(self, flow):
        answer = flow.open()
        assert (answer.status_code, answer.json()["code"]) == (400, "place_required")
        assert "sector_uuid" in answer.json()["errors"]

    def test_an_archived_sector(self, desk, flow):
        other = desk.add_sector()
        sectors.archive_sector(other, by=desk.by())
        answer = flow.open(sector_uuid=str(other.pk))
        assert (answer.status_code, answer.json()["code"]) == (400, "archived")

    def test_a_queue_of_another_sector(self, desk, flow):
        other = desk.add_sector()
        answer = flow.open(sector_uuid=str(other.pk), queue_uuid=str(desk.queue.pk))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    @pytest.mark.parametrize("field", ["sector_uuid", "queue_uuid"])
    def test_places_of_others_and_of_nobody_look_the_same(self, desk, other_desk, flow, field):
        foreign = other_desk.sector.pk if field == "sector_uuid" else other_desk.queue.pk
        answers = [flow.open(**{field: str(pk)}) for pk in (foreign, "0192f0c1-0000-7000-8000-000000000000")]
        assert {a.status_code for a in answers} == {404}
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["code"] == "not_found"


class TestChanging:
    def test_callback_and_fields(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk), custom_fields={"a": 1, "b": 2}).json()["uuid"]
        answer = flow.call(
            "PATCH",
            f"/rooms/{room}/",
            {"callback_url": "https://flows.example.org/x", "custom_fields": {"b": 3}, "more": 1},
        )
        assert answer.status_code == 200
        assert answer.json()["callback_url"] == "https://flows.example.org/x"
        assert answer.json()["custom_fields"] == {"a": 1, "b": 3}

    @pytest.mark.parametrize("raw", [b"null", b"", b"{}", b"garbage"])
    def test_closing_takes_any_body_and_twice(self, desk, flow, raw):
        desk.agent_online(limit=1)
        first, second = (flow.open(sector_uuid=sector_of(desk)).json() for _ in range(2))
        for _ in range(2):
            answer = flow.call("PATCH", f"/rooms/{first['uuid']}/close/", raw=raw)
            assert answer.status_code == 200
            assert answer.json()["is_active"] is False
            assert answer.json()["ended_at"]
        assert TicketTag.objects.get(ticket=first["uuid"]).tag.closed_by_flow
        assert fresh(Ticket.objects.get(pk=second["uuid"])).agent is not None

    def test_closing_without_content_type(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        answer = flow.call("PATCH", f"/rooms/{room}/close/", raw=b"", content_type="")
        assert answer.status_code == 200

    def test_a_closed_room_changes_no_more(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        flow.call("PATCH", f"/rooms/{room}/close/", None)
        answer = flow.call("PATCH", f"/rooms/{room}/", {"custom_fields": {"a": 1}})
        assert (answer.status_code, answer.json()["code"]) == (400, "room_closed")


class TestHistory:
    def batch(self, n):
        return [
            {
                "text": f"Line {i}",
                "direction": "outgoing" if i % 2 else "incoming",
                "created_on": f"2024-01-01T10:00:{i:02d}.5Z",
                "attachments": [{"content_type": "image/png", "url": f"https://files.example.org/{i}.png"}],
            }
            for i in range(n)
        ]

    def test_fifty_at_once_and_again(self, desk, flow, django_assert_max_num_queries):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        with django_assert_max_num_queries(16):
            answer = flow.call("POST", f"/rooms/{room}/history/", self.batch(50))
        assert answer.status_code == 201
        assert flow.call("POST", f"/rooms/{room}/history/", self.batch(50)).status_code == 201
        assert Message.objects.filter(ticket=room).count() == 50
        assert all(m.attachments.count() == 1 for m in Message.objects.filter(ticket=room))

    def test_more_than_the_engine_sends_at_once_are_kept_too(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        answer = flow.call("POST", f"/rooms/{room}/history/", self.batch(59))
        assert (answer.status_code, answer.json()) == (201, {"received": 59, "stored": 59})


class TestMessages:
    def test_a_message_of_the_contact(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()
        answer = flow.say(
            room["uuid"],
            "Hello",
            created_on="2024-01-01T10:00:00.123456789+02:00",
            metadata={"context": [1, None, {"x": "y"}]},
            attachments=[{"content_type": "image/png", "url": "https://files.example.org/a.png?b=c"}],
        )
        said = answer.json()
        assert answer.status_code == 201
        assert set(said) == MESSAGE_KEYS
        assert said["user"] is None
        assert said["contact"] == room["contact"]
        assert said["room"] == room["uuid"]
        assert said["seen"] is False
        assert said["media"] == [{"content_type": "image/png", "url": "https://files.example.org/a.png?b=c"}]
        assert parse_datetime(said["created_on"]) == datetime(2024, 1, 1, 8, 0, 0, 123456, tzinfo=UTC)
        assert Message.objects.get(pk=said["uuid"]).metadata == {"context": [1, None, {"x": "y"}]}

    def test_an_outgoing_one_is_the_bots(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        said = flow.say(room, "Please wait", direction="outgoing").json()
        assert said["contact"] is None
        assert Message.objects.get(pk=said["uuid"]).kind == MessageKind.BOT

    def test_the_same_external_id_answers_the_first(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        first = flow.say(room, "One", external_id="wamid.1")
        again = flow.say(room, "Two", external_id="wamid.1")
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        assert Message.objects.filter(ticket=room).count() == 1

    def test_without_an_external_id_the_same_idempotency_key_answers_the_first(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        body = {"room": room, "text": "Once", "direction": "incoming", "attachments": []}
        keyed = [
            flow.call("POST", "/msgs/", body, headers={"Idempotency-Key": key})
            for key in ("a", "a", "x" * 300, "x" * 300, "b\u00e9")
        ]
        assert [answer.status_code for answer in keyed] == [201, 200, 201, 200, 201]
        assert keyed[1].json() == keyed[0].json()
        # The channel's own id says more: a second message that it names is none, whatever the key.
        named = [flow.say(room, "Twice", external_id=name) for name in ("wamid.1", "wamid.2")]
        assert [answer.status_code for answer in named] == [201, 201]
        assert Message.objects.filter(ticket=room).count() == 5

    @pytest.mark.parametrize("text", ["", "   ", None])
    def test_a_message_that_says_nothing(self, desk, flow, text):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        answer = flow.say(room, text)
        assert (answer.status_code, answer.json()["code"]) == (400, "empty_message")

    def test_an_attachment_without_text(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        file = {"content_type": "audio/ogg", "url": "https://files.example.org/a.ogg"}
        assert flow.say(room, "", attachments=[file]).status_code == 201

    def test_a_closed_room(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        flow.say(room, "Before", external_id="x")
        flow.call("PATCH", f"/rooms/{room}/close/", None)
        answer = flow.say(room, "Anyone?")
        assert (answer.status_code, answer.json()["code"]) == (400, "room_closed")
        assert flow.say(room, "Before", external_id="x").status_code == 200

    def test_a_room_of_another_project(self, desk, other_desk, flow):
        foreign = other_desk.open_ticket()
        for room in (str(foreign.pk), "0192f0c1-0000-7000-8000-000000000000"):
            answer = flow.say(room)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            assert flow.call("PATCH", f"/rooms/{room}/close/", None).status_code == 404
            assert flow.call("PATCH", f"/rooms/{room}/", {}).status_code == 404
            assert flow.call("POST", f"/rooms/{room}/history/", []).status_code == 404

    def test_what_the_agent_sees_is_in_order_of_arrival(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        for n in range(5):
            flow.say(room, f"{n}", created_on=f"2024-01-01T10:00:{50 - n}Z")
        said = Message.objects.filter(ticket=room).order_by("number").values_list("text", flat=True)
        assert list(said) == ["0", "1", "2", "3", "4"]

    def test_an_address_that_runs_code_is_no_link(self, desk, flow, client):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        for url in ("javascript:alert(1)", "data:text/html,x", "//example.org/x", "", "http://", "http://a:b/"):
            answer = flow.say(room, "x", attachments=[{"content_type": "text/html", "url": url}])
            assert answer.status_code == 201, url
            assert answer.json()["media"] == [{"content_type": "text/html", "url": url}]
        client.force_login(desk.administrator)
        page = client.get(f"/projects/{desk.project.pk}/desk/{room}/lines/").content.decode()
        assert page.count('class="attachment"') == 6
        for url in ("javascript:alert", "data:text", "//example.org/x"):
            assert f'href="{url}' not in page


class TestLists:
    def test_the_queues_and_sectors_in_reach(self, desk, other_desk, flow):
        second = desk.add_queue("Second")
        other = desk.add_sector()
        queues = flow.call("GET", "/queues/").json()
        assert set(queues) == {"count", "next", "previous", "results"}
        assert queues["count"] == 3
        of_sector = flow.call("GET", "/queues/", {"sector": sector_of(desk)}).json()
        assert {q["uuid"] for q in of_sector["results"]} == {str(desk.queue.pk), str(second.pk)}
        assert {"uuid", "name", "sector"} <= set(of_sector["results"][0])
        found = flow.call("GET", "/sectors").json()
        assert {s["uuid"] for s in found["results"]} == {sector_of(desk), str(other.pk)}
        foreign = flow.call("GET", "/queues/", {"sector": str(other_desk.sector.pk)}).json()
        assert foreign["results"] == []

    def test_pages_by_key(self, desk, flow):
        for _ in range(6):
            desk.add_queue()
        url, names, pages = "/queues/", [], []
        page = flow.call("GET", url, {"limit": 3}).json()
        while True:
            pages.append(page)
            names += [q["name"] for q in page["results"]]
            if not page["next"]:
                break
            page = flow.call("GET", page["next"].split("/v1/external")[1]).json()
        assert len(names) == len(set(names)) == 7
        assert pages[0]["previous"] is None
        back = flow.call("GET", pages[-1]["previous"].split("/v1/external")[1]).json()
        assert back["results"] == pages[-2]["results"]

    def test_pages_by_offset(self, desk, flow):
        for _ in range(6):
            desk.add_queue()
        every = [q["uuid"] for q in flow.call("GET", "/queues/").json()["results"]]
        first = flow.call("GET", "/queues/", {"limit": 3, "offset": 0}).json()
        assert (first["count"], first["previous"]) == (7, None)
        second = flow.call("GET", first["next"].split("/v1/external")[1]).json()
        third = flow.call("GET", second["next"].split("/v1/external")[1]).json()
        assert third["next"] is None
        found = [q["uuid"] for page in (first, second, third) for q in page["results"]]
        assert found == every
        assert flow.call("GET", third["previous"].split("/v1/external")[1]).json() == second

    def test_by_name(self, desk, flow):
        other = desk.add_queue("Cobrança")
        assert [q["uuid"] for q in flow.call("GET", "/queues/", {"name": "COBRANCA"}).json()["results"]] == [
            str(other.pk)
        ]
        found = flow.call("GET", "/sectors/", {"name": desk.sector.name}).json()
        assert [s["uuid"] for s in found["results"]] == [sector_of(desk)]

    def test_one(self, desk, other_desk, flow):
        queue = flow.call("GET", f"/queues/{desk.queue.pk}/").json()
        assert (queue["uuid"], queue["sector"]) == (str(desk.queue.pk), sector_of(desk))
        assert flow.call("GET", f"/sectors/{desk.sector.pk}").json()["name"] == desk.sector.name
        for path in (f"/queues/{other_desk.queue.pk}/", f"/sectors/{other_desk.sector.pk}/", "/queues/x/"):
            assert flow.call("GET", path).status_code == 404

    @pytest.mark.parametrize(
        "query", [{"offset": "-1"}, {"sector": "x"}, {"limit": "0"}, {"limit": "x"}, {"after": "\x00"}]
    )
    def test_bad_parameters(self, flow, query):
        answer = flow.call("GET", "/queues/", query)
        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == set(query)

    def test_a_list_costs_the_same_whatever_its_length(self, desk, flow, django_assert_num_queries):
        flow.call("GET", "/queues/")
        with django_assert_num_queries(3):
            flow.call("GET", "/queues/")
        for _ in range(9):
            desk.add_queue()
        with django_assert_num_queries(3):
            flow.call("GET", "/queues/")


def test_the_whole_way(desk, flow):
    agent = desk.agent(desk.queue)
    room = flow.open(sector_uuid=sector_of(desk)).json()
    assert room["position"] == 1
    desk.status(agent, Status.ONLINE)
    ticket = Ticket.objects.get(pk=room["uuid"])
    assert ticket.agent == agent
    flow.say(room["uuid"], "Hello")
    answer = desk.reply(ticket, agent, "Good morning")
    assert answer.delivery == ""
    assert desk.close(ticket, by=agent).is_closed
