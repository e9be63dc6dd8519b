"""A flow engine for tests: calls ``/v1/external`` with a token as the real one does."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import ApiToken, TokenScope

from .builders import Desk, number


def token_for(desk: Desk, **reach: Any) -> tuple[ApiToken, str]:
    """Return a token of the scope *open* and its secret; of the desk's project, unless a reach is given."""
    values = {"scopes": [TokenScope.OPEN], "project": desk.project, **reach}
    return orgs.create_token("Flow", by=SYSTEM, **values)


@dataclass
class FlowEngine:
    """Speaks with one token."""

    secret: str
    base: str = "/v1/external"

    def call(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **extra: Any) -> Any:
        """Send a request; the answer's ``json()`` is the body."""
        client = Client(raise_request_exception=False)
        data = raw if raw is not None else json.dumps(body).encode()
        options = {"content_type": "application/json", **extra}
        headers = {"Authorization": f"Bearer {self.secret}", **options.pop("headers", {})}
        if method == "GET":
            return client.get(self.base + path, data=body, headers=headers)
        return client.generic(method, self.base + path, data, headers=headers, **options)

    def room(self, **values: Any) -> dict[str, Any]:
        """Return a room request as the engine makes it, changed by ``values``."""
        n = number()
        return {
            "ticket_uuid": f"0192f0c1-0000-7000-8000-{n:012d}",
            "contact": {
                "external_id": f"0192f0c2-0000-7000-8000-{n:012d}",
                "name": f"Contact {n}",
                "urn": f"whatsapp:55119{n:08d}",
            },
            "custom_fields": {},
            "callback_url": "",
            **values,
        }

    def open(self, **values: Any) -> Any:
        """Open a room."""
        return self.call("POST", "/rooms/", self.room(**values))

    def say(self, room: str, text: str = "A question", **values: Any) -> Any:
        """Let the contact of a room write."""
        body = {"room": room, "text": text, "direction": "incoming", "attachments": [], **values}
        return self.call("POST", "/msgs/", body)


def engine_for(desk: Desk, **reach: Any) -> FlowEngine:
    """Return a flow engine with a token of the desk's project, unless a reach is given."""
    return FlowEngine(token_for(desk, **reach)[1])
