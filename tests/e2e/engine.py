"""A flow engine for the browser tests: opens tickets over HTTP and receives callbacks on a real server."""

import json
import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


class FlowEngine:
    """Speaks the wire surface with a token, and listens for what comes back."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        engine = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with engine._arrived:
                    engine.received.append(body)
                    engine._arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.callback_url = f"http://127.0.0.1:{self._server.server_address[1]}/callback"
        self.api: httpx.Client | None = None

    def connect(self, origin: str, token: str) -> None:
        """Point the engine's client at the program: one base URL, one token."""
        self.api = httpx.Client(
            base_url=f"{origin}/v1/external",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    def open(self, name: str, **place: str) -> httpx.Response:
        """Hand a conversation over; ``place`` is sector_uuid or queue_uuid."""
        assert self.api is not None
        contact = uuid.uuid4().hex
        return self.api.post(
            "/rooms/",
            json={
                "ticket_uuid": str(uuid.uuid4()),
                "contact": {"external_id": contact, "name": name, "urn": f"tel:+5511{contact[:8]}"},
                "custom_fields": {"plan": "gold"},
                "callback_url": self.callback_url,
                **place,
            },
        )

    def say(self, room: str, text: str) -> httpx.Response:
        """Bring a message of the contact."""
        assert self.api is not None
        return self.api.post(
            "/msgs/",
            json={"room": room, "text": text, "direction": "incoming", "attachments": []},
        )

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """Return the first callback that fits, waiting for it."""
        with self._arrived:
            found = self._arrived.wait_for(lambda: [c for c in self.received if wanted(c)], seconds)
            assert found, f"no such callback among {self.received}"
            return found[0]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        if self.api:
            self.api.close()
