"""The description of the APIs is whole, and its page keeps the content security policy."""

import re
from uuid import UUID

from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS

from tests.builders import quick_message, special_day
from tests.flow import engine_for
from tickets.api.external import serializers
from tickets.webhooks import payloads
from weni_chats.api import description
from weni_chats.api.description import schema
from weni_chats.api.reference import groups_of


def operations():
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_address_of_the_apis_is_described():
    described = {re.sub(r"{\w+}", "*", path).rstrip("/") for path in schema()["paths"]}
    for prefix in ("v1/external/", "v1/generic/", "api/v1/"):
        [resolver] = [r for r in get_resolver("weni_chats.api.urls").url_patterns if str(r.pattern) == prefix]
        for pattern in resolver.url_patterns:
            plain = re.sub(r"\(\?P<\w+>.*?\)(?=/|$)", "*", str(pattern.pattern).strip("^$").removesuffix("/?"))
            assert f"/{prefix}{plain}" in described, plain


def test_every_call_says_what_it_does_takes_and_answers():
    names = set()
    for name, operation in operations():
        assert operation["operationId"] not in names
        names.add(operation["operationId"])
        assert operation["description"].endswith("."), name
        assert {"401", "403"} <= set(operation["responses"]), name
        good = [s for s in operation["responses"] if s < "400"]
        assert good, name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            file = status < "400" and operation["operationId"] in FILES
            assert ("application/yaml" if file else "application/json") in answer["content"], (name, status)
    assert len(names) >= 39


def test_each_name_of_a_component_stands_for_one_thing():
    """The generator warns where two things would have one name, or one thing two: clients made from it would err."""
    GENERATOR_STATS.reset()
    description._generated.cache_clear()
    schema()
    assert [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache] == []


def test_components_of_the_flow_engine_are_what_is_sent(desk):
    flow = engine_for(desk)
    desk.agent_online()
    room = flow.open(sector_uuid=str(desk.sector.pk)).json()
    assert set(room) == set(payloads.RoomSerializer().fields)
    assert set(room["contact"]) == set(payloads.FlowContactSerializer().fields)
    assert set(room["queue"]) == set(payloads.FlowQueueSerializer().fields)
    assert set(room["user"]) == set(payloads.FlowAgentSerializer().fields)
    assert set(flow.say(room["uuid"]).json()) == set(payloads.MessageSerializer().fields)
    for path, kind in (
        ("queues", serializers.ListedQueueSerializer),
        ("sectors", serializers.ListedSectorSerializer),
    ):
        assert set(flow.call("GET", f"/{path}/").json()["results"][0]) == set(kind().fields)


#: Calls that answer with a file for people to read.
FILES = {"configuration_export"}

#: Parameters that an address asks for.
NEEDED = {"/api/v1/holidays/": {"country": "BR", "year": "2027"}}


def test_what_the_rest_api_answers_is_what_it_describes(desk):
    """Every member of an answer is described, and every described one is there."""
    client = Client()
    client.force_login(desk.administrator)
    ticket = desk.open_ticket()
    ids = {"project": desk.project.pk, "organization": desk.project.organization_id, "sector": desk.sector.pk,
           "queue": desk.queue.pk, "tag": desk.tags[0].pk, "ticket": ticket.pk, "contact": ticket.contact_id,
           "day": special_day(desk).pk, "quick": quick_message(desk).pk}  # fmt: skip
    components = schema()["components"]["schemas"]

    def resolved(part):
        if "$ref" in part:
            return components[part["$ref"].rsplit("/", 1)[-1]]
        return resolved(part["allOf"][0]) if "allOf" in part else part

    def compare(value, part, where):
        part = resolved(part)
        if isinstance(value, list) and "items" in part:
            for item in value:
                compare(item, part["items"], where)
        elif isinstance(value, dict) and "properties" in part:
            assert set(value) == set(part["properties"]), where
            for key, inner in value.items():
                compare(inner, part["properties"][key], f"{where}.{key}")
        elif part.get("format") == "uuid":
            assert value is None or UUID(value)

    for path, methods in schema()["paths"].items():
        if "get" in methods and path.startswith("/api/v1") and methods["get"]["operationId"] not in FILES:
            answer = client.get(path.format(**ids), NEEDED.get(path, {}))
            assert answer.status_code == 200, path
            kind = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            compare(answer.json(), kind, path)


def test_the_schema_is_json_for_anyone(db):
    answer = Client().get("/api/schema/")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")
    assert answer.json()["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


class TestPage:
    def test_anyone_reads_it(self, db):
        answer = Client().get("/api/docs/")
        page = answer.content.decode()
        assert answer.status_code == 200
        for group in groups_of(schema()):
            for call in group.operations:
                assert f'id="{call.anchor}"' in page

    def test_signed_in_it_stands_in_the_frame(self, desk, client):
        client.force_login(desk.administrator)
        assert client.get("/api/docs/").status_code == 200

    def test_it_keeps_the_policy(self, db):
        answer = Client().get("/api/docs/")
        page = answer.content.decode()
        assert "'unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", page)
        assert "<style" not in page
        assert not re.search(r"\s(style|on[a-z]+)=", page)

    def test_members_within_members_are_shown(self):
        [call] = [c for g in groups_of(schema()) for c in g.operations if c.anchor == "flow_rooms_open"]
        body = {(f.name, f.depth): f for f in call.body}
        assert body["contact", 0].required
        assert body["external_id", 1].required
        assert not body["ticket_uuid", 0].required
        assert {a.status for a in call.refusals} == {"400", "401", "403", "404", "409", "413", "415"}
