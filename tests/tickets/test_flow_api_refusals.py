"""Whatever is sent to the flow engine's surface gets a clear answer in JSON, never a page and never a 500."""

import copy
from datetime import timedelta

import pytest
from django.core.exceptions import DisallowedHost
from django.test import Client, override_settings
from django.utils import timezone

from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import ApiToken, TokenScope
from tests.builders import Desk, project_of
from tests.flow import FlowEngine, engine_for, token_for
from tickets.models import Ticket

STRANGE = [
    1, -1, 1.5, True, False, None, "", " ", "x", "\x00", "a\x00b", "\ud800", "é" * 20_000, [], [[]], {}, {"a": {}},
    ["x"], 10**400, "0192f0c1-0000-7000-8000-000000000000", "1e999", "../../x", "🙂",
]  # fmt: skip


def clear(answer) -> dict:
    """Check that a refusal is clear and return it."""
    assert 400 <= answer.status_code < 500, answer.content[:300]
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert isinstance(body["detail"], str)
    assert len(body["detail"]) > 5
    assert body["code"].replace("_", "").isalnum()
    for sentences in body.get("errors", {}).values():
        assert all(isinstance(s, str) for s in sentences)
    return body


def paths_of(value, path=()):
    """All paths to members of a body, outer ones too."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from paths_of(below, (*path, key))


def put(body, path, value):
    """The body with another value at the path."""
    if not path:
        return value
    body = copy.deepcopy(body)
    at = body
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return body


def without(body, path):
    body = copy.deepcopy(body)
    at = body
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return body


class TestStrangeBodies:
    def full_room(self, desk, flow):
        said = {"text": "a", "direction": "incoming", "created_on": "2030-01-01T00:00:00Z", "attachments": []}
        return flow.room(
            sector_uuid=str(desk.sector.pk), queue_uuid=str(desk.queue.pk), user_email="a@example.org",
            flow_uuid="f", is_anon=False, history=[said], protocol="p", created_on="2030-01-01T00:00:00Z",
            contact={"external_id": "c", "name": "n", "email": "e", "phone": "p", "urn": "tel:+1",
                     "custom_fields": {"a": "b"}, "groups": [{"uuid": "u", "name": "n"}]},
        )  # fmt: skip

    @pytest.mark.parametrize("value", STRANGE, ids=lambda v: repr(v)[:16])
    def test_opening(self, desk, flow, value):
        body = self.full_room(desk, flow)
        for path in paths_of(body):
            self.send(flow, "/rooms/", put(body, path, value))

    @pytest.mark.parametrize("value", STRANGE, ids=lambda v: repr(v)[:16])
    def test_messages_and_history(self, desk, flow, value):
        room = flow.open(sector_uuid=str(desk.sector.pk)).json()["uuid"]
        file = {"content_type": "image/png", "url": "https://files.example.org/a"}
        said = {"text": "a", "direction": "incoming", "created_on": "2030-01-01T00:00:00Z", "attachments": [file]}
        message = {"room": room, **said, "metadata": {"a": 1}, "external_id": "e"}
        for path in paths_of(message):
            self.send(flow, "/msgs/", put(message, path, value))
        for path in paths_of([said]):
            self.send(flow, f"/rooms/{room}/history/", put([said], path, value))

    def send(self, flow, path, body):
        answer = flow.call("POST", path, body)
        if answer.status_code not in {200, 201}:
            clear(answer)

    def test_missing_members(self, desk, flow):
        body = self.full_room(desk, flow)
        for path in list(paths_of(body))[1:]:
            self.send(flow, "/rooms/", without(body, path))
        for required in (("contact",), ("contact", "external_id")):
            answer = flow.call("POST", "/rooms/", without({**body, "ticket_uuid": None}, required))
            assert ".".join(required) in clear(answer)["errors"]

    def test_nul_characters_are_dropped(self, desk, flow):
        body = flow.room(sector_uuid=str(desk.sector.pk), custom_fields={"a\x00": ["b\x00c"]})
        body["contact"]["name"] = "N\x00ame"
        room = flow.call("POST", "/rooms/", body).json()
        assert room["contact"]["name"] == "Name"
        assert room["custom_fields"] == {"a": ["bc"]}

    @pytest.mark.parametrize(
        "raw",
        [b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe{}", b"NaN", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000,
         b'{"a":' * 5000 + b"1" + b"}" * 5000, b"9" * 5000, b'{"contact": 9' + b"9" * 5000 + b"}"],
        ids=lambda v: repr(v[:12]),
    )  # fmt: skip
    def test_what_is_not_json(self, desk, flow, raw):
        room = Ticket.objects.values_list("pk", flat=True).first() or "0192f0c1-0000-7000-8000-000000000000"
        assert clear(flow.call("POST", "/rooms/", raw=raw))
        assert clear(flow.call("POST", "/msgs/", raw=raw))
        assert clear(flow.call("POST", f"/rooms/{room}/history/", raw=raw))


class TestTokens:
    def test_none(self, db):
        answer = Client().post("/v1/external/rooms/", {}, "application/json")
        assert answer.status_code == 401
        assert clear(answer)["code"] == "not_authenticated"
        assert answer["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("secret", ["", "x", "wc_" + "x" * 43, "é", "x" * 9000, "a b", "null"])
    def test_unknown(self, desk, secret):
        answer = FlowEngine(secret).open(sector_uuid=str(desk.sector.pk))
        assert answer.status_code == 401
        assert clear(answer)["code"] == "token_invalid"

    def test_a_session_does_not_do(self, desk, client):
        client.force_login(desk.administrator)
        answer = client.get("/v1/external/queues/")
        assert answer.status_code == 401

    def test_revoked_and_expired(self, desk):
        token, secret = token_for(desk)
        orgs.revoke_token(token, by=SYSTEM)
        answer = FlowEngine(secret).call("GET", "/queues/")
        assert (answer.status_code, clear(answer)["code"]) == (401, "token_revoked")
        token, secret = token_for(desk, expires_at=timezone.now() + timedelta(hours=1))
        ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
        answer = FlowEngine(secret).call("GET", "/queues/")
        assert (answer.status_code, clear(answer)["code"]) == (401, "token_expired")

    def test_the_scope_to_open_is_needed(self, desk):
        flow = engine_for(desk, scopes=[TokenScope.READ, TokenScope.ADMINISTER])
        answer = flow.open(sector_uuid=str(desk.sector.pk))
        assert (answer.status_code, clear(answer)["code"]) == (403, "scope_required")

    def test_both_words_before_the_token(self, desk):
        secret = token_for(desk)[1]
        for word in ("Bearer", "bearer", "Token"):
            answer = Client().get("/v1/external/queues/", headers={"Authorization": f"{word}  {secret} "})
            assert answer.status_code == 200

    def test_the_use_is_noted(self, desk):
        token, secret = token_for(desk)
        FlowEngine(secret).call("GET", "/queues/")
        token.refresh_from_db()
        assert token.last_used_at is not None


class TestReach:
    def test_a_sectors_token(self, desk):
        other = desk.add_sector()
        flow = engine_for(desk, sector_id=desk.sector.pk)
        assert flow.open(sector_uuid=str(desk.sector.pk)).status_code == 201
        assert flow.open().status_code == 201
        assert flow.open(sector_uuid=str(other.pk)).status_code == 404
        assert flow.open(queue_uuid=str(other.queues.get().pk)).status_code == 404
        assert [s["uuid"] for s in flow.call("GET", "/sectors/").json()["results"]] == [str(desk.sector.pk)]
        assert flow.say(str(desk.open_ticket(sector=other).pk)).status_code == 404

    def test_a_sectors_token_keeps_what_was_transferred_on(self, desk):
        from tickets import operations

        other = desk.add_sector()
        flow = engine_for(desk, sector_id=desk.sector.pk)
        room = flow.open().json()["uuid"]
        operations.transfer_to_queue(room, other.queues.get(), by=desk.by())
        assert flow.say(room).status_code == 201

    def test_a_sectors_token_is_not_told_a_room_elsewhere(self, desk):
        other = desk.add_sector()
        body = engine_for(desk).room(sector_uuid=str(other.pk))
        assert engine_for(desk).call("POST", "/rooms/", body).status_code == 201
        answer = engine_for(desk, sector_id=desk.sector.pk).call("POST", "/rooms/", {**body, "sector_uuid": None})
        assert (answer.status_code, clear(answer)["code"]) == (409, "already_open")

    def test_an_organizations_token(self, desk, other_desk):
        sister = Desk.set_up(project_of(desk.project.organization))
        flow = engine_for(desk, project=None, organization=desk.project.organization)
        for place in (desk, sister):
            room = flow.open(sector_uuid=str(place.sector.pk))
            assert room.status_code == 201
            assert Ticket.objects.get(pk=room.json()["uuid"]).project == place.project
            assert flow.say(room.json()["uuid"]).status_code == 201
        assert flow.open(sector_uuid=str(other_desk.sector.pk)).status_code == 404
        assert flow.say(str(other_desk.open_ticket().pk)).status_code == 404
        assert flow.open().json()["code"] == "place_required"

    def test_the_installations_token(self, desk, other_desk):
        flow = engine_for(desk, project=None)
        for place in (desk, other_desk):
            assert flow.open(queue_uuid=str(place.queue.pk)).status_code == 201

    def test_an_archived_project_is_out_of_reach(self, desk):
        own, wide = engine_for(desk), engine_for(desk, project=None)
        room = own.open(sector_uuid=str(desk.sector.pk)).json()["uuid"]
        desk.close(Ticket.objects.get(pk=room))
        orgs.archive_project(desk.project, by=desk.by())
        for flow, status in ((own, 401), (wide, 404)):
            assert flow.say(room).status_code == status
            assert flow.open(sector_uuid=str(desk.sector.pk)).status_code == status


class TestNeverAPage:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/", 404), ("GET", "/nothing/", 404), ("POST", "/rooms/x/", 404), ("POST", "/rooms/%00/", 404),
         ("DELETE", "/rooms/", 405), ("DELETE", "/queues/", 405), ("PUT", "/msgs/", 405), ("POST", "/rooms//", 404),
         ("GET", "/rooms/", 403)],
    )  # fmt: skip
    def test_addresses_and_methods(self, flow, method, path, status):
        answer = flow.call(method, path, {})
        assert answer.status_code == status
        clear(answer)

    @pytest.mark.parametrize(
        "path",
        [
            "/v1", "/v1/", "/v1/x", "/v2/external/rooms/x/", "/v2/%00", "/api/", "/api/x", "/api/v2/", "/api/docs/x",
            "/v1//external/rooms/", "/v1/external//rooms/", "/V1/external/rooms/",
            "/./v1/external/rooms/", "/x/../v1/external/rooms/", "/v1/../v1/external/rooms/", "/v1/../admin/",
            "/v1;x=1/external/rooms/", "/v1\\external\\rooms", "/v1/external/rooms/%0d%0aX-A:b",
            "/v1/external/%ff%fe", "/v1/external/%", "/v1/external/rooms/%F0%9F%98%80/",
            "/v1/external/x" + "/y" * 30_000,
        ],
        ids=lambda path: path[:30],
    )  # fmt: skip
    def test_under_every_prefix_however_it_is_spelled(self, db, path):
        for method in ("GET", "POST", "DELETE", "OPTIONS", "TRACE", "NONSENSE"):
            answer = Client().generic(method, path)
            assert answer.status_code in {404, 405}
            clear(answer)
        assert Client().head(path)["Content-Type"] == "application/json"

    @pytest.mark.parametrize(
        "path", ["/room_agent/%00/", "/custom_field/a%00b/", "/rooms/%00/close/", "/queues/%00/"]
    )
    def test_nothing_is_named_by_a_nul(self, flow, path):
        answer = flow.call("PATCH", path, {"agent": "agent@example.org"})
        assert (answer.status_code, clear(answer)["code"]) == (404, "not_found")

    def test_two_slashes_at_the_beginning(self, db):
        # As the base URL with a slash at its end makes them; the client would take them for the mark of a host.
        clear(Client().post("/", {}, "application/json", PATH_INFO="//v1/external/rooms/"))

    @pytest.mark.parametrize("path", ["/v1x", "/apix/", "/v3/", "/x/v1/", "/x/api/", "/v1-x/", "/api_x"])
    def test_what_only_looks_like_it_is_a_page(self, db, path):
        assert Client().get(path)["Content-Type"] == "text/html; charset=utf-8"

    @pytest.mark.parametrize("path", ["/rooms", "/rooms%2F", "/msgs"])
    def test_the_last_slash_may_be_missing(self, flow, path):
        answer = flow.call("POST", path, {})
        assert (answer.status_code, clear(answer)["code"]) == (400, "invalid")

    @override_settings(DEBUG=True)
    def test_not_even_when_debugging(self, flow):
        clear(flow.call("POST", "/nothing", {}))

    def test_another_content_type(self, desk, flow):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x" * 400):
            answer = flow.call("POST", "/rooms/", raw=b"a=b", content_type=kind)
            assert answer.status_code == 415
            clear(answer)

    def test_whatever_is_accepted(self, flow):
        for accept in ("text/html", "application/xml", "nonsense", "*/*;q=0"):
            assert flow.call("GET", "/queues/?format=html", headers={"Accept": accept}).status_code == 200

    def test_too_large(self, desk, flow):
        body = flow.room(sector_uuid=str(desk.sector.pk), custom_fields={"x": "y" * 6_000_000})
        answer = flow.call("POST", "/rooms/", body)
        assert (answer.status_code, clear(answer)["code"]) == (413, "too_large")

    def test_a_failure_of_the_program(self, desk, flow, monkeypatch, caplog):
        monkeypatch.setattr("tickets.api.external.intake.open_room", lambda *_a, **_k: 1 / 0)
        answer = flow.open(sector_uuid=str(desk.sector.pk))
        assert answer.status_code == 500
        assert answer.json()["code"] == "server_error"
        assert answer.json()["request_id"] == answer["X-Request-ID"]
        assert "ZeroDivisionError" in caplog.text

    def test_a_failure_before_any_view(self, desk, flow, monkeypatch):
        def refuse(_request):
            raise DisallowedHost

        monkeypatch.setattr("django.http.request.HttpRequest.get_host", refuse)
        answer = flow.open(sector_uuid=str(desk.sector.pk))
        assert answer.status_code == 400
        clear(answer)

    def test_a_database_that_does_not_answer(self, desk, flow, monkeypatch):
        from django.db import OperationalError

        def fail(*_args, **_kwargs):
            raise OperationalError("canceling statement due to statement timeout")

        monkeypatch.setattr("tickets.api.external.intake.open_room", fail)
        answer = flow.open(sector_uuid=str(desk.sector.pk))
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert answer["Retry-After"]

    def test_sentences_in_three_languages(self, desk, flow):
        details = {
            flow.call("POST", "/rooms/", {}, headers={"Accept-Language": language}).json()["detail"]
            for language in ("en", "es", "pt-BR")
        }
        assert len(details) == 3
