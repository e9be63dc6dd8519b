"""Pages while the database can't be reached."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from tests.builders import Desk
from tests.serving import free_port
from weni_chats.middleware import HealthMiddleware


@pytest.fixture
def signed_in(transactional_db: None, desk: Desk) -> Iterator[Client]:
    """A signed-in administrator's browser, whose server loses the database."""
    client = Client(raise_request_exception=False)
    client.force_login(desk.administrator)
    away = {"HOST": "127.0.0.1", "PORT": str(free_port())}
    there = {key: connection.settings_dict[key] for key in away}
    connection.close()
    connection.settings_dict.update(away)
    yield client
    connection.close()
    connection.settings_dict.update(there)


def test_a_page_says_so_and_tries_again_by_itself(signed_in: Client) -> None:
    answer = signed_in.get("/", headers={"accept-language": "es"})

    assert (answer.status_code, answer["Retry-After"], answer["Refresh"]) == (503, "2", "2")
    assert answer["Cache-Control"] == "no-store"
    assert "Vuelve en un momento" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_form_is_not_sent_again_by_itself(signed_in: Client) -> None:
    answer = signed_in.post("/profile/", {"first_name": "Ana"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "Refresh" not in answer
    assert "was not saved" in answer.content.decode()


def test_the_api_says_so_in_json(signed_in: Client) -> None:
    answer = signed_in.get("/api/v1/organizations")

    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "2")


def test_another_fault_stays_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: object) -> None:
        raise RuntimeError

    monkeypatch.setitem(HealthMiddleware._ANSWERS, "/healthz", broken)
    client.raise_request_exception = False
    answer = client.get("/healthz")
    assert (answer.status_code, answer.has_header("Retry-After")) == (500, False)


def test_a_host_that_vanishes_without_a_word_is_noticed(transactional_db: None) -> None:
    """A connection of which nothing comes back would be waited for as long as the system repeats its packets."""
    connection.ensure_connection()
    said = connection.connection.info.get_parameters()

    assert int(said["connect_timeout"]) <= 5
    assert int(said["tcp_user_timeout"]) <= 10_000
    assert int(said["keepalives_idle"]) + int(said["keepalives_interval"]) * int(said["keepalives_count"]) <= 20
