"""The engine's public API v2 behaves as the real one does: refusals in its words, pages, and faults on demand."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .api_v2 import ApiV2, Fault
from .handler import Ticket
from .wenichats import Contact, Engine, NotOpened, Ticketer

NOBODY = "00000000-0000-4000-8000-000000000000"


class Opening(Engine):
    """An engine that notes what it opens."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "")
        self.opened: list[tuple[str, str, dict[str, Any]]] = []

    def open(self, ticketer: Ticketer, contact: Contact, **values: Any) -> Ticket:  # type: ignore[override]
        if contact.name == "Unlucky":
            raise NotOpened("no such sector")
        self.opened.append((ticketer.sector, contact.uuid, values))
        return Ticket("ticket", "room", contact.uuid, ticketer.uuid)


@pytest.fixture
def engine() -> Iterator[Opening]:
    with Opening() as made:
        yield made


@pytest.fixture
def api(engine: Opening) -> Iterator[ApiV2]:
    with ApiV2(engine, "sector") as made:
        yield made


@pytest.fixture
def client(api: ApiV2) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {api.token}"}
    with httpx.Client(base_url=api.url, headers=headers, timeout=5) as made:
        yield made


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "Authentication credentials were not provided."),
        ("Bearer {}", "Authentication credentials were not provided."),
        ("Token nonsense", "Invalid token"),
    ],
)
def test_a_token_is_needed(api: ApiV2, given: str, why: str) -> None:
    answer = httpx.get(f"{api.url}/flows.json", headers={"Authorization": given.format(api.token)})
    assert (answer.status_code, answer.json()) == (403, {"detail": why})
    assert "WWW-Authenticate" not in answer.headers


def test_unknown_paths_and_methods(api: ApiV2, client: httpx.Client) -> None:
    answer = client.get("/flow.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert client.get("/flows").headers["Content-Type"].startswith("text/html"), "its documentation"
    assert client.post("/flows.json", json={}).status_code == 405
    api.has_definitions = False
    assert client.get("/definitions.json").status_code == 404


def test_pages_go_on_where_they_were(api: ApiV2, client: httpx.Client) -> None:
    api.page = 2
    for n in range(5):
        api.add_flow(f"Flow {n}", archived=n == 0)
    first = client.get("/flows.json")
    assert names(first) == ["Flow 4", "Flow 3"]
    assert first.json()["previous"] is None
    api.add_flow("New")
    second = client.get(first.json()["next"])
    assert names(second) == ["Flow 2", "Flow 1"]
    assert names(client.get(second.json()["previous"])) == ["Flow 4", "Flow 3"]
    third = client.get(second.json()["next"])
    assert (names(third), third.json()["next"]) == (["Flow 0"], None)
    assert names(client.get("/flows.json", params={"archived": "true"})) == ["Flow 0"]
    assert client.get("/flows.json", params={"cursor": "?"}).status_code == 404
    assert names(client.get("/flows.json", params={"uuid": api.flows[3].uuid})) == ["Flow 3"]
    answer = client.get("/flows.json", params={"uuid": "3"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Param 'uuid': 3 is not a valid UUID."})


def test_contacts_are_found(api: ApiV2, client: httpx.Client) -> None:
    ana = api.add_contact("Ana", "tel:+5511987654321", language="por")
    api.add_contact("Bruno", "whatsapp:5511912345678?auth=secret#bruno", status="blocked")
    api.add_group("Customers", ana)

    def found(**params: str) -> list[str]:
        return names(client.get("/contacts.json", params=params))

    assert found() == ["Bruno", "Ana"]
    assert found(urn="tel:5511987654321") == found(uuid=ana.uuid) == found(group="Customers") == ["Ana"]
    assert found(urn="whatsapp:1") == []
    assert found(search="BRU") == found(search="1234567") == ["Bruno"]
    api.has_search = False
    assert found(search="BRU") == ["Bruno", "Ana"], "a parameter unknown to it is ignored"
    assert client.get("/contacts.json?urn=12345").json() == {"detail": "Invalid URN: 12345"}
    bruno, _ana = client.get("/contacts.json").json()["results"]
    assert bruno["urns"] == ["whatsapp:5511912345678"], "what is secret in it stays there"
    assert (bruno["status"], bruno["blocked"], bruno["stopped"]) == ("blocked", True, False)


def test_a_definition_has_the_texts_in_order(api: ApiV2, client: httpx.Client) -> None:
    flow = api.add_flow("Welcome", "Hello", {"text": "Well?", "quick_replies": ["Yes", "No"]})
    [found] = client.get("/definitions.json", params={"flow": flow.uuid}).json()["flows"]
    first, second = found["nodes"]
    assert first["exits"][0]["destination_uuid"] == second["uuid"]
    assert second["exits"][0]["destination_uuid"] is None
    [action] = second["actions"]
    assert (action["type"], action["text"], action["quick_replies"]) == ("send_msg", "Well?", ["Yes", "No"])
    assert client.get("/definitions.json").json()["flows"] == []


def test_a_start_is_taken_and_opens_tickets(api: ApiV2, client: httpx.Client, engine: Opening) -> None:
    flow, ana = api.add_flow("Welcome", "Hello"), api.add_contact("Ana")
    unlucky = api.add_contact("Unlucky")
    group = api.add_group("Customers", ana, unlucky)
    body = {"flow": flow.uuid, "contacts": [ana.uuid], "groups": ["customers"], "urns": ["tel:+5511987654321"]}
    answer = client.post("/flow_starts.json", json={**body, "params": {"reason": "debt"}})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["status"], said["flow"]) == ("pending", {"uuid": flow.uuid, "name": "Welcome"})
    assert said["contacts"] == [{"uuid": ana.uuid, "name": "Ana"}]
    assert (said["groups"], said["params"]) == ([group], {"reason": "debt"})
    [start] = api.starts
    api.wait_until(lambda: start.status == "completed")
    stranger = api.contacts[-1]
    assert stranger.urns == ["tel:+5511987654321"]
    assert [contact for _sector, contact, _values in engine.opened] == [ana.uuid, stranger.uuid], "each of them once"
    sector, _contact, values = engine.opened[0]
    assert (sector, values["flow_uuid"]) == ("sector", flow.uuid)
    assert [one["text"] for one in values["history"]] == ["Hello"]
    assert (len(start.tickets), start.refused) == (2, ["no such sector"])
    assert client.get("/flow_starts.json").json()["results"][0]["status"] == "completed"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"flow": NOBODY}, {"flow": [f"No such object: {NOBODY}"]}),
        ({"flow": None}, {"flow": ["This field is required."]}),
        ({"contacts": ["x", "y"]}, {"contacts": ["No such object: x"]}),
        ({"contacts": "x"}, {"contacts": ['Expected a list of items but got type "str".']}),
        ({"contacts": ["x"] * 101}, {"contacts": ["Ensure this field has no more than 100 elements."]}),
        (
            {"urns": ["tel:+5511987654321", "tel:12"]},
            {"urns": {"1": ["Invalid URN: tel:12. Ensure phone numbers contain country codes."]}},
        ),
        ({}, {"non_field_errors": ["Must specify at least one group, contact or URN"]}),
        ({"urns": ["ext:1"], "params": [1]}, {"params": ["Must be a valid JSON object"]}),
    ],
)
def test_a_start_is_refused_in_words(
    api: ApiV2, client: httpx.Client, changes: dict[str, Any], errors: dict[str, Any]
) -> None:
    answer = client.post("/flow_starts.json", json={"flow": api.add_flow("Welcome").uuid, **changes})
    assert (answer.status_code, answer.json()) == (400, errors)
    assert api.starts == api.contacts == []


def test_what_the_real_one_takes_though_nobody_would_think_so(
    api: ApiV2, client: httpx.Client, engine: Opening
) -> None:
    api.run_after = 0
    blocked = api.add_contact("Blocked", status="blocked")
    for flow in (api.add_flow("Archived", archived=True), api.add_flow("Welcome")):
        body = {"flow": flow.uuid, "contacts": [blocked.uuid]}
        assert client.post("/flow_starts.json", json=body).status_code == 201
    assert [values["flow_uuid"] for *_who, values in engine.opened] == [flow.uuid], "nothing of the archived one runs"


def test_a_start_runs_by_hand(api: ApiV2, client: httpx.Client, engine: Opening) -> None:
    api.run_after = None
    body = {"flow": api.add_flow("Welcome").uuid, "contacts": [api.add_contact("Ana").uuid]}
    assert client.post("/flow_starts.json", json=body).status_code == 201
    assert (api.starts[0].status, api.requests[-1].json, engine.opened) == ("pending", body, [])
    assert len(api.run(api.starts[0])) == 1


def test_a_start_can_leave_people_out(api: ApiV2, client: httpx.Client, engine: Opening) -> None:
    api.run_after = 0
    flow, ana, bruno = api.add_flow("Welcome"), api.add_contact("Ana"), api.add_contact("Bruno")
    busy = api.add_contact("Busy", flow=api.add_flow("Other"))

    def start(*people: Contact, **values: bool) -> list[str]:
        engine.opened.clear()
        body = {"flow": flow.uuid, "contacts": [one.uuid for one in people], **values}
        assert client.post("/flow_starts.json", json=body).status_code == 201
        return [contact for _sector, contact, _values in engine.opened]

    assert start(ana) == start(ana) == [ana.uuid]
    assert start(ana, bruno, restart_participants=False) == [bruno.uuid]
    assert start(ana, busy, exclude_active=True) == [ana.uuid]
    assert start(busy) == [busy.uuid]


@pytest.mark.parametrize("fault", [*Fault])
def test_faults(api: ApiV2, client: httpx.Client, fault: Fault) -> None:
    api.hang, api.huge = 0.3, 1024 * 1024
    body = {"flow": api.add_flow("Welcome").uuid, "contacts": [api.add_contact("Ana").uuid]}
    api.fail(fault, method="POST", path="flow_starts.json", times=1)
    assert client.get("/flows.json").status_code == 200
    begun = time.monotonic()
    try:
        answer = client.post("/flow_starts.json", json=body)
    except httpx.RemoteProtocolError:
        assert fault in {Fault.HANG, Fault.HANG_AFTER, Fault.DROP_BEFORE, Fault.DROP_AFTER}
        assert ("HANG" in fault.name) == (time.monotonic() - begun >= 0.3)
    else:
        statuses = {Fault.ERROR: 500, Fault.THROTTLE: 429, Fault.HTML: 200, Fault.HUGE: 200}
        assert answer.status_code == statuses[fault]
        assert (answer.headers.get("Retry-After") == "2") == (fault is Fault.THROTTLE)
        assert (len(answer.content) > 1024 * 1024) == (fault is Fault.HUGE)
    assert len(api.starts) == fault.name.endswith("AFTER")
    assert api.requests[-1].fault is fault
    assert client.post("/flow_starts.json", json=body).status_code == 201, "once"
