"""The front: what comes in waits for a web process, and is repeated where one died with it."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.serving import ROOT
from weni_chats.serving.supervisor import listen

Handler = Callable[[bytes, socket.socket], None]


def answer(status: str, body: bytes = b"", *headers: str) -> Handler:
    """Return a handler that answers a request."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda _request, connection: connection.sendall("\r\n".join(lines).encode() + body)


def die(_request: bytes, _connection: socket.socket) -> None:
    """End without an answer, as a process that is killed."""


class WebProcess:
    """Listens on a Unix socket and treats one request after the other as it was told; the last way remains."""

    def __init__(self, path: Path, *handlers: Handler) -> None:
        self.requests: list[bytes] = []
        self._handlers = list(handlers)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _none = self._socket.accept()
            except OSError:
                return
            with connection:
                request = _read(connection)
                self.requests.append(request)
                handler = self._handlers.pop(0) if len(self._handlers) > 1 else self._handlers[0]
                handler(request, connection)

    def headers(self, number: int = 0) -> dict[str, str]:
        """Return the headers of a request."""
        lines = self.requests[number].split(b"\r\n\r\n")[0].decode("latin1").split("\r\n")[1:]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def body(self, number: int = 0) -> bytes:
        """Return the body of a request."""
        return self.requests[number].split(b"\r\n\r\n", 1)[1]

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _read(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65536)
    head, _gap, body = read.partition(b"\r\n\r\n")
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
    elif b"content-length: " in lowered:
        length = int(lowered.split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Place:
    """A front and the folder of the sockets behind it."""

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder, self.path = folder, folder / "web"
        self.client = httpx.Client(base_url=origin, timeout=60)
        self._behind: list[WebProcess] = []

    def behind(self, *handlers: Handler) -> WebProcess:
        """Have a web process behind the front."""
        self._behind.append(WebProcess(self.path, *handlers))
        return self._behind[-1]

    def clear(self) -> None:
        """Let nobody be behind it."""
        while self._behind:
            self._behind.pop().close()
        self.path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def front() -> Iterator[Place]:
    with TemporaryDirectory(prefix="weni-front-") as folder, listen("127.0.0.1", 0) as listening:
        fd, port = listening.fileno(), listening.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "weni_chats.serving.front",
            f"--fd={fd}",
            f"--upstream={folder}/web",
            "--hold=5",
        ]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[fd])
        place = Place(Path(folder), f"http://127.0.0.1:{port}")
        yield place
        place.client.close()
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM, "in order, and as it was told"


@pytest.fixture
def place(front: Place) -> Iterator[Place]:
    yield front
    front.clear()


def test_a_request_and_its_answer_pass_unchanged(place: Place) -> None:
    web = place.behind(
        answer("201 Created", b'{"a": 1}', "Content-Type: application/json", "Set-Cookie: a=1", "Set-Cookie: b=2")
    )
    sent = place.client.post(
        "/v1/external/msgs/%2F?a=%20b&a=",
        content=b'{"text": "\xc3\xa9"}',
        headers={"Host": "chats.example.org", "X-Forwarded-For": "203.0.113.5", "TE": "trailers"},
    )
    assert (sent.status_code, sent.json()) == (201, {"a": 1})
    assert sent.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert web.requests[0].startswith(b"POST /v1/external/msgs/%2F?a=%20b&a= HTTP/1.1\r\n")
    assert web.body() == b'{"text": "\xc3\xa9"}'
    headers = web.headers()
    assert headers["host"] == "chats.example.org"
    assert headers["x-forwarded-for"] == "203.0.113.5, 127.0.0.1", "what the client says comes before what is known"
    assert "te" not in headers


def test_a_request_waits_for_a_web_process(place: Place) -> None:
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(place.client.get("/healthz")))
    asking.start()
    asking.join(0.5)
    assert answers == [], "nobody is there yet, and it is not refused"
    place.behind(answer("200 OK", b"ok"))
    asking.join(60)
    assert answers[0].text == "ok"


def test_a_call_of_the_flow_is_repeated_when_its_web_process_dies(place: Place) -> None:
    web = place.behind(die, die, answer("201 Created", b"{}"))
    assert place.client.post("/v1/external/msgs/", content=b'{"text": "a"}').status_code == 201
    assert [web.body(n) for n in range(3)] == [b'{"text": "a"}'] * 3
    keys = {web.headers(n)["idempotency-key"] for n in range(3)}
    assert len(keys) == 1, "what was stored before the process died is recognized"
    place.client.post("/v1/external/msgs/", content=b'{"text": "a"}')
    assert web.headers(3)["idempotency-key"] not in keys


def test_the_clients_own_key_is_kept(place: Place) -> None:
    web = place.behind(answer("201 Created", b"{}"))
    place.client.post("/v1/external/msgs/", content=b"{}", headers={"Idempotency-Key": "mine"})
    assert web.headers()["idempotency-key"] == "mine"


def test_a_call_of_the_flow_waits_for_the_database(place: Place) -> None:
    web = place.behind(answer("503 Service Unavailable"), answer("503 Service Unavailable"), answer("200 OK", b"{}"))
    assert place.client.patch("/v1/external/rooms/x/close/").status_code == 200
    assert len(web.requests) == 3


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/api/v1/projects/", "application/json", "unavailable"),
        ("//v1/external/msgs/", "application/json", "unavailable"),
        ("/V1/external/msgs/", "application/json", "unavailable"),
        ("/accounts/login/", "text/html; charset=utf-8", "restarting"),
    ],
)
def test_what_may_not_be_repeated_is_answered_with_502(place: Place, path: str, kind: str, says: str) -> None:
    web = place.behind(die)
    # Joined here: a client takes what is behind two slashes for a host.
    sent = place.client.post(f"{place.client.base_url}".rstrip("/") + path, content=b"a=1")
    assert (sent.status_code, sent.headers["content-type"], sent.headers["retry-after"]) == (502, kind, "2")
    assert says in sent.text
    assert len(web.requests) == 1


def test_a_call_of_the_flow_is_kept_when_its_client_has_stopped_waiting(place: Place) -> None:
    """The engine forgets what it got no answer for."""
    with pytest.raises(httpx.ReadTimeout):
        place.client.post("/v1/external/msgs/", content=b'{"text": "a"}', timeout=0.5)
    # Longer than a call is held whose client waits.
    time.sleep(6)
    web = place.behind(answer("201 Created", b"{}"))
    end = time.monotonic() + 60
    while not web.requests:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert web.body() == b'{"text": "a"}'


def test_a_page_is_asked_for_again(place: Place) -> None:
    web = place.behind(die, answer("200 OK", b"page"))
    assert place.client.get("/o/").text == "page"
    assert len(web.requests) == 2


def test_other_statuses_are_no_reason_to_repeat(place: Place) -> None:
    web = place.behind(answer("500 Internal Server Error", b"{}"))
    assert place.client.post("/v1/external/msgs/", content=b"{}").status_code == 500
    assert len(web.requests) == 1


def test_an_upload_is_passed_on_as_it_comes(place: Place) -> None:
    web = place.behind(answer("200 OK", b"ok"))

    def parts() -> Iterator[bytes]:
        yield from [b"x" * 100_000] * 80

    assert place.client.post("/upload/", content=parts()).text == "ok"
    assert web.headers()["transfer-encoding"] == "chunked"
    assert web.body().count(b"x") == 8_000_000


def test_a_body_of_the_flow_over_what_is_kept_still_gets_its_answer(place: Place) -> None:
    web = place.behind(answer("413 Content Too Large", b"{}"))
    assert place.client.post("/v1/external/msgs/", content=b"x" * 7_000_000).status_code == 413
    assert len(web.body()) == 7_000_000


def test_a_stream_is_passed_on_while_it_comes_and_ends_with_its_client(place: Place) -> None:
    ended = threading.Event()

    def stream(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(b"9\r\ndata: 1\n\n\r\n")
        assert connection.recv(1) == b"", "the front closes the connection"
        ended.set()

    place.behind(stream)
    with place.client.stream("GET", "/live/x/") as sent:
        # A name for it: when the iterator is collected, the client closes the connection.
        chunks = sent.iter_raw()
        assert next(chunks) == b"data: 1\n\n"
        assert not ended.is_set()
    assert ended.wait(60)


def test_half_an_answer_is_no_answer(place: Place) -> None:
    def half(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    place.behind(half)
    with pytest.raises(httpx.RemoteProtocolError):
        place.client.get("/")


def test_head_and_no_content_have_no_body(place: Place) -> None:
    def head(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")

    place.behind(head, answer("204 No Content"))
    assert place.client.head("/").headers["content-length"] == "5000"
    assert place.client.delete("/api/v1/x/").status_code == 204


def test_with_nobody_behind_it_says_so_in_the_end(place: Place) -> None:
    sent = place.client.post("/v1/external/msgs/", content=b"{}")
    assert (sent.status_code, sent.headers["retry-after"]) == (503, "2")
    assert json.loads(sent.text)["code"] == "unavailable"


@pytest.mark.parametrize(
    "line",
    [
        b"GET /v1/ro oms/ HTTP/1.1\r\nHost: a", b"GET /v1/\xff HTTP/1.1\r\nHost: a", b"GET /v1/ HTTP/1.1", b"HELLO",
        b"POST /v1/ HTTP/1.1\r\nHost: a\r\nContent-Length: -1", b"GET /v1/ HTTP/1.1\r\nHost: a\r\nX: a\x00b",
        b"POST /v1/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip", b"GET /v1/ HTTP/1.1\r\nHost: a\r\nHost: b",
        b"POST /v1/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz",
    ],
)  # fmt: skip
def test_what_is_no_http_is_answered_with_json(place: Place, line: bytes) -> None:
    head, body = _raw(place, line + b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(body)["code"] == "bad_request"


@pytest.mark.parametrize(
    ("status", "code"),
    [("414 URI Too Long", "too_large"), ("431 Too Many Headers", "too_large"), ("418 x", "bad_request"),
     ("500 x", "server_error"), ("504 x", "server_error")],
)  # fmt: skip
def test_errors_of_the_server_behind_it_are_json_for_programs(place: Place, status: str, code: str) -> None:
    place.behind(answer(status, b"<h1>No</h1>", "Content-Type: text/html"))
    sent = place.client.post("/v1/external/msgs/", content=b"{}")
    assert (sent.status_code, sent.headers["content-type"]) == (int(status[:3]), "application/json")
    said = sent.json()
    assert (said["code"], said["error"], said["detail"]) == (code, code, said["message"])
    assert place.client.get("/o/").text == "<h1>No</h1>", "pages stay as they are"


def test_errors_of_the_program_pass_unchanged(place: Place) -> None:
    place.behind(answer("400 Bad Request", b'{"code": "room_closed"}', "Content-Type: application/json"))
    assert place.client.post("/v1/external/msgs/", content=b"{}").json() == {"code": "room_closed"}


def _raw(place: Place, request: bytes) -> tuple[bytes, bytes]:
    """Send bytes and return head and body of the answer."""
    with socket.create_connection((place.client.base_url.host, place.client.base_url.port), timeout=60) as connection:
        connection.sendall(request)
        read = b""
        while chunk := connection.recv(65536):
            read += chunk
    head, _gap, body = read.partition(b"\r\n\r\n")
    return head, body
