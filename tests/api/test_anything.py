"""Whatever fits the description, or just misses it, gets an answer the description knows; never a 500."""

import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.api.errors import shape_of
from orgs.models import TokenScope
from tests.builders import quick_message, special_day
from tests.flow import token_for
from weni_chats.api.description import schema

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

import requests  # noqa: E402 - only where schemathesis is there
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.core.transport import Response  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

#: What an answer must be, of those that a call to things that exist gets.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Calls per operation and kind; always the same ones.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))

#: Calls that are answered with a file.
FILES = {"configuration_export"}
OPERATIONS = {
    result.ok().definition.raw["operationId"]: result.ok()
    for result in schemathesis.openapi.from_dict(schema()).get_all_operations()
}


def send(case: Any, secret: str, ids: dict[str, str], own: bool) -> Any:
    """Send a generated call; ``own`` puts ids that exist into its path."""
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace("{%s}" % name, str(ids.get(name, value) if own else value))  # noqa: UP031
    body = case.body if isinstance(case.body, bytes) else b""
    if not isinstance(case.body, bytes) and type(case.body).__name__ != "NotSet":
        body = json.dumps(case.body).encode()
    query = {k: v for k, v in (case.query or {}).items() if v is not None}
    return Client().generic(
        case.method, path, body, content_type="application/json", query_params=query,
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip


def described(answer: Any) -> Response:
    """Return an answer as schemathesis reads it."""
    return Response(
        answer.status_code,
        {name: [value] for name, value in answer.headers.items()},
        answer.content,
        requests.Request("GET", "http://testserver/").prepare(),
        elapsed=0.1,
        verify=False,
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda m: m.name.lower())
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_it_is_answered(name: str, mode: Any, desk: Any) -> None:
    operation = OPERATIONS[name]
    _token, secret = token_for(desk, scopes=TokenScope.values)
    ticket = desk.open_ticket(flow_type="generic")
    ids = {
        "project": desk.project.pk, "organization": desk.project.organization_id, "sector": desk.sector.pk,
        "queue": desk.queue.pk, "tag": desk.tags[0].pk, "ticket": ticket.pk, "room": ticket.pk,
        "place": desk.sector.pk, "external_id": ticket.pk,
        "day": special_day(desk).pk, "quick": quick_message(desk).pk,
    }  # fmt: skip
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception as error:
        pytest.skip(f"nothing to generate: {error}")

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, own=st.booleans())
    def run(case: Any, own: bool) -> None:
        answer = send(case, secret, ids, own)
        assert answer.status_code < 500, answer.content[:500]
        if name not in FILES or answer.status_code >= 400:
            assert answer["Content-Type"] == "application/json"
        if own:
            # A file is described as its text, and would be looked at as what the text says.
            checks = [c for c in CHECKS if name not in FILES or c is not response_schema_conformance]
            case.validate_response(described(answer), checks=checks)
        if answer.status_code >= 400:
            said = {"error", "message"} if shape_of(case.path) else {"detail", "code"}
            assert said <= set(answer.json())

    run()
