"""The front: listens on the port and passes requests on to a web process behind it, which may be replaced or killed.

A flow engine sends a contact's message once: a refused or broken connection is a message lost. So the front holds
the listening socket and the connections, and web processes listen on Unix sockets. A request that finds no web
process waits for one; a request of the flow whose web process dies before it answers is sent again, with the
``Idempotency-Key`` of the first time. It imports next to nothing of the program, so that it starts at once.
"""

import argparse
import asyncio
import json
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import cached_property
from typing import Any

import h11
import httpcore
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.api.paths import is_api

logger = logging.getLogger("uvicorn.error")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

#: Seconds for which a request waits for a web process. The flow engine waits longer for an answer.
HOLD = 12.0
#: Seconds for which a call of the flow is tried when its client has stopped waiting: nobody sends it again.
HOLD_FOR_NOBODY = 120.0
_PAUSE = 0.1
_LINGER = 0.3
#: Bytes of a request that are kept to send it again: more than the program takes of a flow.
_KEPT = 6 * 1024 * 1024
#: Bytes of a body that are read on after the request was answered.
_READ_ON = 64 * 1024 * 1024
#: Seconds for which idle connections are kept. Longer than clients keep them, so that none is closed under a request.
_KEEP_ALIVE = 120

#: The flow's surfaces: their calls may be repeated (docs/flow.md, Repeated calls).
_FLOW = ("/v1/", "/v2/")
_REPEATABLE = {"GET", "HEAD", "OPTIONS"}
# Of one connection only (RFC 9110, 7.6.1; 10.1.1).
_HOP_BY_HOP = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}

_TOO_LARGE = ("too_large", "The request is too large.")
_RESTARTING = ("unavailable", "The service is restarting. Try again in a moment.")
#: Code and sentence of errors that the program itself can't answer.
_SAID = {
    400: ("bad_request", "The request can't be understood."),
    413: _TOO_LARGE,
    414: _TOO_LARGE,
    431: _TOO_LARGE,
    500: ("server_error", "Something went wrong here. Try again; if it stays, tell the operator."),
    502: _RESTARTING,
    503: _RESTARTING,
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><title>Weni Chats</title></head>
<body><p>Weni Chats is restarting. This page tries again by itself.</p>
<p lang="es">Weni Chats se está reiniciando. Esta página lo intenta de nuevo por sí sola.</p>
<p lang="pt-BR">O Weni Chats está reiniciando. Esta página tenta de novo sozinha.</p></body></html>
"""


class _NoWebProcess(Exception):
    """Nobody took the connection."""


class _Broken(Exception):
    """The web process went away before it answered."""


class _Gone(Exception):
    """The client went away before it had sent its request."""


class Front:
    """ASGI application that passes requests on.

    Args:
        upstream: path of the Unix socket of the web process; may be a symbolic link that is replaced.
        hold: see ``HOLD``.
    """

    def __init__(self, upstream: str, *, hold: float = HOLD) -> None:
        self.hold = hold
        # A connection for each request: one that is kept would break with its process, and costs little on a
        # Unix socket.
        self._pool = httpcore.AsyncConnectionPool(uds=upstream, max_connections=None, max_keepalive_connections=0)
        self._is_stopping = asyncio.Event()

    def end_streams(self) -> None:
        """End event streams, which would never end by themselves; browsers open them again elsewhere."""
        self._is_stopping.set()

    async def wait_until_stopping(self) -> None:
        """Return when the server is about to stop."""
        await self._is_stopping.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _Exchange(self, scope, receive, send).run()

    async def ask(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request to the web process; the response's body is still to be read.

        Raises _NoWebProcess before anything was sent, _Broken afterwards.
        """
        try:
            return await self._pool.handle_async_request(request)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise _NoWebProcess from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError, httpcore.TimeoutException) as error:
            raise _Broken from error


class _Exchange:
    """One request and its response."""

    def __init__(self, front: Front, scope: Scope, receive: Receive, send: Send) -> None:
        self.front, self.scope, self.receive, self.send = front, scope, receive, send
        self.path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.is_flow, self.is_api = scope["path"].startswith(_FLOW), is_api(scope["path"])
        # A body that is kept, or None if it is passed on as it comes.
        self.kept: bytes | None = None
        self.rest: list[bytes] = []
        self.has_ended = False
        self.gone: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Pass the request on, again where that is possible, and its response back."""
        with suppress(_Gone):
            if self.is_flow or self.scope["method"] in _REPEATABLE:
                await self._keep_body()
            clock = asyncio.get_running_loop().time
            begun = clock()
            if self.is_flow and self.kept is not None:
                self.gone = asyncio.create_task(self._wait_for_disconnect())
            try:
                while (refusal := await self._try(is_last=clock() > begun + self.front.hold)) is not None:
                    if clock() > begun + (HOLD_FOR_NOBODY if self._is_gone else self.front.hold):
                        await self._refuse(refusal)
                        return
                    await asyncio.sleep(_PAUSE)
            finally:
                if self.gone is not None:
                    self.gone.cancel()

    @property
    def _is_gone(self) -> bool:
        """Whether the client of a call that may be repeated has stopped waiting."""
        return self.gone is not None and self.gone.done()

    async def _try(self, *, is_last: bool) -> int | None:
        """Pass the request on once. Returns None if it was answered, else the status if it isn't repeated."""
        try:
            response = await self.front.ask(self._request())
        except _NoWebProcess:
            # Nothing was read of the body yet.
            return 503
        except _Broken:
            logger.warning("The web process ended before it answered a %s.", self.scope["method"])
            if self.kept is None:
                await self._refuse(502)
                return None
            return 502
        if response.status == 503 and self.is_flow and self.kept is not None and (self._is_gone or not is_last):
            # Its database is restarting.
            await response.aclose()
            return 503
        if response.status >= 400 and self.is_api and not _is_json(response):
            # The web process's server refused it before the program saw it.
            await response.aclose()
            await self._answer(response.status, *_error(response.status))
            return None
        await self._pass_back(response)
        return None

    async def _keep_body(self) -> None:
        kept = bytearray()
        async for chunk in self._chunks():
            kept += chunk
            if len(kept) > _KEPT:
                self.rest = [bytes(kept)]
                return
        self.kept = bytes(kept)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while not self.has_ended:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            self.has_ended = not message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def _streamed(self) -> AsyncIterator[bytes]:
        for chunk in self.rest:
            yield chunk
        async for chunk in self._chunks():
            yield chunk

    def _request(self) -> httpcore.Request:
        target = self.path
        if self.scope["query_string"]:
            target += b"?" + self.scope["query_string"]
        content: bytes | AsyncIterator[bytes] = self._streamed() if self.kept is None else self.kept
        return httpcore.Request(
            method=self.scope["method"].encode(),
            url=httpcore.URL(scheme=b"http", host=b"localhost", port=None, target=target),
            headers=self._headers,
            content=content,
            extensions={"timeout": {"connect": 5.0, "write": 30.0, "pool": None, "read": None}},
        )

    @cached_property
    def _headers(self) -> Headers:
        """The headers of the request, as a proxy passes them on; the same each time."""
        headers: Headers = _end_to_end(self.scope["headers"])
        forwarded = [value for name, value in headers if name == b"x-forwarded-for"]
        client = (self.scope.get("client") or ("unknown",))[0]
        headers = [(name, value) for name, value in headers if name != b"x-forwarded-for"]
        headers.append((b"x-forwarded-for", b", ".join([*forwarded, str(client).encode()])))
        names = {name for name, _ in headers}
        if b"host" not in names:
            headers.append((b"host", b"localhost"))
        if self.kept is not None:
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            if self.kept or self.scope["method"] not in _REPEATABLE:
                headers.append((b"content-length", str(len(self.kept)).encode()))
            if self.is_flow and b"idempotency-key" not in names:
                headers.append((b"idempotency-key", str(uuid.uuid4()).encode()))
        elif b"content-length" not in names:
            headers.append((b"transfer-encoding", b"chunked"))
        return headers

    async def _pass_back(self, response: httpcore.Response) -> None:
        """Send the response on while it comes; stop reading when the client has gone."""
        ends = [self.gone or asyncio.create_task(self._wait_for_disconnect())]
        if (b"content-type", b"text/event-stream") in _end_to_end(response.headers):
            ends.append(asyncio.create_task(self.front.wait_until_stopping()))
        try:
            pump = asyncio.create_task(self._pump(response))
            done, _ = await asyncio.wait({*ends, pump}, return_when=asyncio.FIRST_COMPLETED)
            if pump not in done:
                pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            # Half of it has been sent: the server closes the connection, so that the client knows.
            logger.warning("The web process ended while it answered a %s.", self.scope["method"])
        finally:
            for end in ends:
                end.cancel()
            await response.aclose()

    async def _pump(self, response: httpcore.Response) -> None:
        headers = _end_to_end(response.headers)
        await self.send({"type": "http.response.start", "status": response.status, "headers": headers})
        async for chunk in response.aiter_stream():
            await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})

    async def _wait_for_disconnect(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _refuse(self, status: int) -> None:
        """Say that no web process answers."""
        content, kind = _error(status) if self.is_api else (_PAGE.encode(), b"text/html; charset=utf-8")
        await self._answer(status, content, kind, (b"retry-after", b"2"), (b"cache-control", b"no-store"))

    async def _answer(self, status: int, content: bytes, kind: bytes, *headers: tuple[bytes, bytes]) -> None:
        known = [(b"content-type", kind), (b"content-length", str(len(content)).encode()), *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": known})
        await self.send({"type": "http.response.body", "body": content})


def _error(status: int) -> tuple[bytes, bytes]:
    """Return the body of an error that the program didn't make, and its content type."""
    code, sentence = _SAID.get(status, _SAID[500 if status >= 500 else 400])
    # Both notations of an error: that of the type generic as well.
    body = {"detail": sentence, "code": code, "error": code, "message": sentence}
    return json.dumps(body).encode(), b"application/json"


def _is_json(response: httpcore.Response) -> bool:
    return any(name == b"content-type" and b"json" in value for name, value in _end_to_end(response.headers))


def _end_to_end(headers: Any) -> Headers:
    """Return the headers that are passed on, with names in lower case."""
    lowered = [(name.lower(), value) for name, value in headers]
    named = {part.strip().lower() for name, value in lowered if name == b"connection" for part in value.split(b",")}
    return [(name, value) for name, value in lowered if name not in _HOP_BY_HOP and name not in named]


class _Protocol(H11Protocol):
    """Answers with JSON what is no HTTP: only programs send it. Of a body that comes after its answer it reads a
    bounded part, so that the client gets to read that answer."""

    _discarded = 0

    def data_received(self, data: bytes) -> None:
        """Read on, or close the connection when that was enough."""
        is_answered = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        self._discarded = self._discarded + len(data) if is_answered else 0
        if self._discarded > _READ_ON:
            self.transport.close()
            return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer and close the connection."""
        content, kind = _error(400)
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(content)).encode()),
            (b"connection", b"close"),
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=content), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Server(uvicorn.Server):
    """Ends event streams when it stops."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self._front = front

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in progress."""
        self._front.end_streams()
        for server in self.servers:
            server.close()
        # The request of a connection that was just accepted is on its way.
        await asyncio.sleep(_LINGER)
        await super().shutdown(sockets)


def serve(listening: socket.socket, front: Front) -> None:
    """Serve on a socket that listens already, until SIGTERM; requests in progress are finished first."""
    config = uvicorn.Config(
        front,
        http=_Protocol,
        ws="none",
        lifespan="off",
        loop="uvloop",
        log_level="warning",
        access_log=False,
        # The address before this one is added to X-Forwarded-For, and the program decides whom it trusts.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=int(front.hold),
    )
    _Server(config, front).run(sockets=[listening])


def main() -> None:
    """Run the front: ``python -m weni_chats.serving.front --fd 5 --upstream /run/web.sock``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--fd", type=int, required=True, help="a listening TCP socket")
    parser.add_argument("--upstream", required=True, help="the Unix socket of the web process")
    parser.add_argument("--hold", type=float, default=HOLD, help="seconds for which requests wait for it")
    options = parser.parse_args()
    os.set_inheritable(options.fd, False)
    serve(socket.socket(fileno=options.fd), Front(options.upstream, hold=options.hold))


if __name__ == "__main__":
    main()
