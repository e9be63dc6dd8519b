"""What an engine may answer, and how long pages wait for it (docs/flow.md, Active messages)."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from active_messages import operations
from active_messages.client import Engine, EngineFailed
from active_messages.models import Start
from active_messages.operations.starting import connected
from active_messages.people import Person
from tests.engine.api_v2 import ApiV2, Fault
from tests.races.parallel import at_once
from tests.receiver import in_thread

from .conftest import NUMBER, Starting

pytestmark = pytest.mark.django_db(transaction=True)


def states(starts: list[Start]) -> list[tuple[str, str]]:
    return [(start.state, start.refusal) for start in starts]


def test_a_502_may_hide_a_start_that_was_taken(starting: Starting) -> None:
    starting.api.answer = answering(starting, "flow_starts.json", 502, {})  # type: ignore[method-assign]
    [start] = starting.sent(Person(urn=NUMBER))
    assert states([start]) == [("unclear", "")]
    starting.api.answer = answering(starting, "flow_starts.json", 503, {})  # type: ignore[method-assign]
    [start] = starting.sent(Person(urn="telegram:1"))
    assert states([start]) == [("refused", "unreachable")]


def answering(starting: Starting, path: str, status: int, body: Any) -> Any:
    """Return what lets the engine answer that for a path."""
    plain = type(starting.api).answer

    def answer(asked: Any) -> tuple[int, Any]:
        return (status, body) if asked.path == path else plain(starting.api, asked)

    return answer


DEEP: Any = "x"
for _level in range(400):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contacts.json", {"results": [{"uuid": ["x"], "name": 5, "urns": "x", "status": {"a": 1}}, 5, None]}),
        ("contacts.json", {"results": [{"uuid": "u", "name": "\ud800x", "urns": [None, "tel:+1\udfff"]}]}),
        ("contacts.json", {"results": [], "next": "http://[::1"}),
        ("flow_starts.json", {"uuid": DEEP}), ("flow_starts.json", []),
        ("flow_starts.json", {"uuid": "x" * 5000 + "\x00"}), ("definitions.json", {"flows": 5}),
        ("definitions.json", {"flows": [{"uuid": "?", "nodes": [{"uuid": [], "exits": 5}]}]}),
    ],
)  # fmt: skip
def test_whatever_an_engine_answers_nothing_breaks(starting: Starting, path: str, body: Any) -> None:
    uuid = starting.flow.uuid
    if isinstance(body, dict) and isinstance(body.get("flows"), list):
        body["flows"][0]["uuid"] = uuid
    status = 201 if path == "flow_starts.json" else 200
    starting.api.answer = answering(starting, path, status, body)  # type: ignore[method-assign]
    starting.sent(Person(urn=NUMBER), Person(None, "0192f0c2-0000-7000-8000-000000000001", "telegram:2"))
    assert not {state for state, _why in states(list(Start.objects.all()))} & {"queued", "sending"}
    engine = connected(starting.desk.project)[1]
    assert engine.texts(uuid) in ([], ["Your appointment is tomorrow."])
    engine.contacts(search="x")


def test_an_engine_that_hangs_is_not_waited_for_by_everybody(
    starting: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages wait a few seconds, not one after the other, and not more than two at a time."""
    monkeypatch.setattr("active_messages.client.PATIENCE", 1.0)
    starting.api.hang = 20
    starting.api.fail(Fault.HANG)

    def ask() -> Any:
        with pytest.raises(EngineFailed):
            operations.flows_of(starting.desk.project)

    at_once(*[ask] * 6)
    asked = sum(one.path == "flows.json" for one in starting.api.requests)
    for _page in range(20):
        ask()
    # One call was the connecting.
    assert sum(one.path == "flows.json" for one in starting.api.requests) == asked <= 1 + 2
    # Whoever connects it anew asks at once.
    starting.api.faults = lambda _asked: None
    operations.connect_engine(starting.desk.project, by=starting.desk.by(), address=starting.api.url)
    assert operations.flows_of(starting.desk.project)


def test_another_engine_is_not_kept_waiting(starting: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("active_messages.client.PATIENCE", 2.0)
    starting.api.hang = 20
    starting.api.fail(Fault.HANG)
    with ApiV2() as other:
        other.add_flow("Another")
        engine = Engine(other.url, other.token)

        def hang() -> str:
            with pytest.raises(EngineFailed):
                operations.flows_of(starting.desk.project)
            return ""

        assert at_once(*[hang] * 5, lambda: engine.flows()[0].name)[-1] == "Another"


def test_an_answer_in_tiny_parts_lets_others_have_their_turn(starting: Starting) -> None:
    """The worker's loop is everybody's."""
    raw = b'{"results": [], "next": null, "padding": "' + b"x" * 30_000 + b'"}'

    class Tiny(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"".join(b"1\r\n%c\r\n" % byte for byte in raw) + b"0\r\n\r\n")

        def log_message(self, *_args: object) -> None:
            """Nothing on the terminal."""

    async def turns() -> int:
        turns, work = 0, asyncio.ensure_future(engine._list("contacts.json", {}, pages=1))
        while not work.done():
            await asyncio.sleep(0)
            turns += 1
        assert await work == []
        return turns

    with ThreadingHTTPServer(("127.0.0.1", 0), Tiny) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        engine = Engine(f"http://127.0.0.1:{server.server_port}/api/v2", "token")
        assert in_thread(lambda: asyncio.run(turns())) > 10_000
        server.shutdown()
