"""The program as the browser tests serve it (``granian tests.served:application``): it also tells how many requests
it is still answering, so that a test can wait for the end of what the one before it began."""

from typing import Any

from tests.serving import IN_FLIGHT
from weni_chats.asgi import application as program

_in_flight = 0


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer as the program does, and count."""
    global _in_flight
    if scope["type"] == "http" and scope["path"] == IN_FLIGHT:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(_in_flight).encode()})
        return
    if scope["type"] != "http":
        await program(scope, receive, send)
        return
    _in_flight += 1
    try:
        await program(scope, receive, send)
    finally:
        _in_flight -= 1
