"""What every answer carries, and what load balancers ask."""

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from weni_chats import logs
from weni_chats.translations import catalogues


@pytest.mark.django_db
def test_the_process_answers_and_is_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_health_is_told_to_whoever_asks_by_address(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org"]
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"host": "10.0.0.7"}).status_code == 200
    assert client.get("/accounts/login/", headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.django_db
def test_it_is_not_ready_while_a_migration_is_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weni_chats.monitoring._migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'tickets'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/healthz", "/nowhere/", "/api/docs/", "/static/css/base.css"])
def test_every_answer_has_a_strict_policy_for_its_content(client: Client, path: str) -> None:
    policy = client.get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_no_page_holds_inline_script_or_style(client: Client) -> None:
    body = client.get("/accounts/login/").content.decode()
    assert " style=" not in body
    assert "<style" not in body
    assert "onclick" not in body


def test_a_request_id_is_made_or_kept(client: Client) -> None:
    made = client.get("/healthz")["X-Request-ID"]
    assert len(made) == 32
    assert client.get("/healthz", headers={"x-request-id": "trace-0001"})["X-Request-ID"] == "trace-0001"
    bad = client.get("/healthz", headers={"x-request-id": "a b\tc"})["X-Request-ID"]
    assert bad != "a b\tc"


@pytest.mark.django_db
def test_each_request_is_one_line_that_holds_no_secret(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "weni.request"):
        client.get("/invitations/a-secret-of-somebody/", headers={"x-request-id": "trace-0002"})
    assert "a-secret-of-somebody" not in caplog.text
    line = next(r for r in caplog.records if r.name == "weni.request").getMessage()
    assert "'route': 'invitations/<str:token>/'" in line
    assert "'status': 410" in line
    assert "trace-0002" in line


def test_logs_are_one_json_object_a_line_with_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    import structlog

    formatter = logging.config.dictConfig  # the module is loaded with Django
    assert formatter
    settings = logs.configuration(as_json=True)
    made = structlog.stdlib.ProcessorFormatter(
        processors=settings["formatters"]["structured"]["processors"],
        foreign_pre_chain=settings["formatters"]["structured"]["foreign_pre_chain"],
    )
    structlog.contextvars.bind_contextvars(request_id="abc")
    try:
        line = made.format(logging.LogRecord("x", logging.INFO, __file__, 1, "hello %s", ("you",), None))
    finally:
        structlog.contextvars.clear_contextvars()
    entry = json.loads(line)
    assert (entry["event"], entry["request_id"], entry["level"]) == ("hello you", "abc", "info")


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_each_language_is_complete(language: str) -> None:
    assert catalogues.problems(language) == []
