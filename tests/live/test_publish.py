"""Publishing: on commit, once a transaction, ids only."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from live import publish, wire
from live.transport import PostgresTransport, listen_conninfo
from tests.live.tools import Line

TICKET = "01900000-0000-7000-8000-00000000000a"


def test_outside_a_transaction_it_goes_out_at_once(line: Line) -> None:
    publish(["queue:1"], "ticket", ticket=TICKET)
    assert line.events() == [{"t": ["queue:1"], "k": "ticket", "i": {"ticket": TICKET}}]


def test_inside_a_transaction_it_waits_for_the_commit(line: Line) -> None:
    with transaction.atomic():
        publish(["queue:1"], "ticket", ticket=TICKET)
        assert line.texts() == []
    assert len(line.events()) == 1


def test_a_rollback_drops_it(line: Line) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish(["queue:1"], "ticket", ticket=TICKET)
        raise ZeroDivisionError
    assert line.texts() == []
    publish(["queue:1"], "message")
    assert [event["k"] for event in line.events()] == ["message"]


def test_a_rolled_back_savepoint_drops_only_its_own(line: Line) -> None:
    with transaction.atomic():
        publish(["queue:1"], "ticket", ticket="before")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            publish(["queue:1"], "ticket", ticket="inside")
            raise ZeroDivisionError
        publish(["queue:1"], "ticket", ticket="after")
    assert [event["i"]["ticket"] for event in line.events()] == ["before", "after"]


def test_a_transaction_sends_once_and_not_inside_itself(line: Line) -> None:
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        publish(["queue:1"], "ticket", ticket=TICKET)
        with transaction.atomic():
            publish(["queue:2"], "ticket", ticket=TICKET)
        publish(["queue:1"], "message", ticket=TICKET)
    statements = [query["sql"] for query in queries]
    assert ["pg_notify" in sql for sql in statements].count(True) == 1
    assert "pg_notify" in statements[-1] and "COMMIT" in statements[-2]
    assert len(line.texts()) == 1


def test_equal_events_go_out_once_for_the_topics_of_all(line: Line) -> None:
    with transaction.atomic():
        for topic in ("queue:2", "queue:1", "queue:2"):
            publish([topic], "ticket", ticket=TICKET)
    assert line.events() == [{"t": ["queue:1", "queue:2"], "k": "ticket", "i": {"ticket": TICKET}}]


def test_a_large_transaction_is_split_below_the_servers_limit(line: Line) -> None:
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        for number in range(300):
            publish([f"queue:{number}"], "ticket", ticket=f"{number}-{TICKET}")
    texts = line.texts()
    assert len(texts) > 1
    assert all(len(text.encode()) < 8000 for text in texts)
    told = [event["i"]["ticket"] for text in texts for event in json.loads(text)]
    assert told == [f"{number}-{TICKET}" for number in range(300)]
    assert sum("pg_notify" in query["sql"] for query in queries) == 1


def test_an_event_with_many_topics_is_told_in_parts() -> None:
    topics = frozenset(f"queue:{number}-{TICKET}" for number in range(1000))
    limit = PostgresTransport.limit
    texts = wire.encode([wire.Event(topics, "ticket", (("ticket", TICKET),))], limit)
    assert all(len(text.encode()) <= limit for text in texts)
    parts = [event for text in texts for event in wire.decode(text)]
    assert frozenset().union(*(part.topics for part in parts)) == topics
    assert {(part.kind, part.ids) for part in parts} == {("ticket", (("ticket", TICKET),))}


def test_nothing_is_sent_to_nobody(line: Line) -> None:
    publish([], "ticket", ticket=TICKET)
    assert line.texts() == []


def test_a_failure_to_send_does_not_fail_the_change(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, texts: list[str], using: str) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(PostgresTransport, "publish", broken)
        with transaction.atomic():
            publish(["queue:1"], "ticket")
    publish(["queue:1"], "message")
    assert [event["k"] for event in line.events()] == ["message"]


@pytest.mark.parametrize(
    ("topics", "kind", "ids"),
    [
        ("queue:1", "ticket", {}),
        (["queue 1"], "ticket", {}),
        (["queue:1"], "Ticket", {}),
        (["queue:1"], "ready", {}),
        (["queue:1"], "message", {"text": "Good morning, how can we help?"}),
        (["queue:1"], "message", {"ticket": "x" * 65}),
        (["queue:1"], "message", {"ticket": ""}),
    ],
)
def test_what_is_not_topics_kind_and_ids_is_refused(topics: Any, kind: str, ids: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        publish(topics, kind, **ids)


def test_the_listener_goes_around_the_pool(db: None, settings: Any) -> None:
    assert "pool" not in listen_conninfo()
    assert connection.settings_dict["NAME"] in listen_conninfo()
    settings.LISTEN_DATABASE_URL = "postgresql://direct.example.org/chats"
    assert "host=direct.example.org" in listen_conninfo()
