"""The engine's public API, version 2: its flows, its contacts, starting a flow (docs/rules.md, Active messages).

Connections go where callbacks may go (``core.outbound``). An answer is read up to a limit, and nothing in it is taken
for granted.
"""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpcore
import httpx
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid
from core.outbound import AddressRefused, checked_pool, request_for, target_of
from tickets.contact_keys import contact_keys

from .models import WORDS_LENGTH, FlowEngine, Refusal

R = TypeVar("R")

#: Seconds for one thing that a page asks, all its calls together; and for each call of the worker.
PATIENCE, START_PATIENCE = 5.0, 30.0
#: Pages of one process that wait for the same engine at a time, and for any: one that hangs must not occupy its
#: threads. And the seconds for which nobody waits for an address that has just not answered.
_PER_ENGINE, _ALL = 2, 5
AWAY = 10.0
_away: dict[str, float] = {}
_waiting: Counter[str] = Counter()
_turn = threading.Condition()
#: Each request runs in an event loop of its own: the calling thread may already have one.
_THREADS = ThreadPoolExecutor(_ALL, thread_name_prefix="engine")
_CONNECT = 5.0
#: Bytes of an answer that are read.
_MAX_BYTES = 4 * 1024 * 1024
#: Pages of a list that are read.
_MAX_PAGES = 20
#: Addresses of a contact that are read.
_MAX_URNS = 20
#: Texts of a flow that are shown.
_MAX_TEXTS = 10
#: The answer by which a server says that it took nothing; behind a 502 the engine may have taken it.
_DOWN = 503
_BROKEN = (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)
#: States in which the engine writes to a contact no more.
_SILENCED = {"blocked", "stopped", "archived"}


class EngineFailed(DomainError):
    """The engine did not do what it was asked. ``refusal`` says why, ``words`` are the engine's own, if any."""

    code = "engine_failed"
    status = 502

    def __init__(self, refusal: Refusal, words: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(words if refusal == Refusal.ENGINE and words else refusal.label, code=f"engine_{refusal}")
        self.refusal, self.words, self.retry_after = refusal, words, retry_after


class Unclear(Exception):
    """The engine was asked, and whether it did it is not known."""


@dataclass(frozen=True)
class Flow:
    """A flow of the engine."""

    uuid: str
    name: str


@dataclass(frozen=True)
class EngineContact:
    """A contact of the engine. ``urns``: the addresses, without a query; none if the engine hides them.

    ``is_reachable``: whether the engine would write to them.
    """

    uuid: str
    name: str
    urns: tuple[str, ...]
    is_reachable: bool

    @property
    def urn(self) -> str:
        """The first address; empty if none is known."""
        return self.urns[0] if self.urns else ""

    def has(self, urn: str) -> bool:
        """Whether an address is one of theirs, however its number is written."""
        wanted = set(contact_keys(urn, "").given)
        return any(wanted & set(contact_keys(own, "").given) for own in self.urns)


def normal_address(text: str) -> str:
    """Return the address of the API, ``…/api/v2``, from what people paste: the engine's site, or any address of its
    API. Raises Invalid."""
    text = text.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    refused = Invalid(_("This is no web address. It looks like https://flows.example.org."), field="address")
    try:
        parts = urlsplit(text)
        target_of(text)
    except (ValueError, httpx.InvalidURL, httpcore.UnsupportedProtocol) as error:
        raise refused from error
    if parts.username or parts.password or any(c.isspace() for c in text):
        raise refused
    path = parts.path.partition("/api/v2")[0].rstrip("/")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}/api/v2"


class Engine:
    """The API of one project's engine. Every call may raise EngineFailed; ``start`` also Unclear."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self._token = address, token

    @classmethod
    def of(cls, row: FlowEngine) -> "Engine":
        """Return the engine of a project. Raises core.encryption.Undecipherable."""
        return cls(row.address, row.open_token())

    def check(self) -> None:
        """Ask for something, so that a wrong address or token is known; also if it has just not answered."""
        _away.pop(self.address, None)
        self._listed("flows.json", {}, pages=1)

    def flows(self) -> list[Flow]:
        """Return the flows that can be started, in the order of the engine."""
        found = []
        for row in self._listed("flows.json", {}, pages=_MAX_PAGES):
            uuid, name = _text(row.get("uuid"), 64), _text(row.get("name"), 255)
            # Others run in the background or by voice.
            if uuid and name and not row.get("archived") and row.get("type", "message") == "message":
                found.append(Flow(uuid, name))
        return found

    def contacts(self, **asked: str) -> list[EngineContact]:
        """Return the first contacts that the engine finds by ``urn``, ``uuid`` or ``search``."""
        return _contacts(self._listed("contacts.json", asked, pages=1))

    def texts(self, flow: str) -> list[str]:
        """Return the texts that a flow sends first, as its author wrote them; empty if the engine doesn't tell."""
        try:
            answer = self._get("definitions.json", {"flow": flow, "dependencies": "none"})
        except EngineFailed:
            return []
        return _first_texts(answer, flow)

    async def start(self, flow: str, *, contact: str = "", urn: str = "") -> str:
        """Start a flow for one contact, known by the engine's id or by their address; return the id of the start.

        The engine would start it for somebody whom it can't write to as well, and say nothing: it is asked before.
        """
        asked = {"uuid": contact} if contact else {"urn": urn}
        found = _contacts(await self._list("contacts.json", asked, pages=1))
        # An engine that doesn't know the parameter answers with anybody.
        known = next((one for one in found if (one.uuid == contact if contact else one.has(urn))), None)
        if known is not None and not known.is_reachable:
            raise EngineFailed(Refusal.STOPPED)
        if known is None and not urn:
            raise EngineFailed(Refusal.UNKNOWN)
        to = {"contacts": [known.uuid]} if known is not None else {"urns": [urn]}
        answer = await self._send("POST", "flow_starts.json", {"flow": flow, **to})
        return _text(answer.get("uuid"), 64) if isinstance(answer, dict) else ""

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        return self._wait(lambda: self._send("GET", _with_query(path, query)))

    def _listed(self, path: str, query: Mapping[str, str], *, pages: int) -> list[dict[str, Any]]:
        return self._wait(lambda: self._list(path, query, pages=pages))

    def _wait(self, ask: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Return the answer to a page, which waits for it."""
        with self._place():
            try:
                return _THREADS.submit(asyncio.run, _in_time(ask)).result()
            except EngineFailed as failure:
                if failure.refusal == Refusal.UNREACHABLE:
                    _away[self.address] = time.monotonic() + AWAY
                raise

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait until fewer pages wait for this engine. Raises EngineFailed if that takes too long."""

        def is_free() -> bool:
            return self._is_away() or (_waiting[self.address] < _PER_ENGINE and _waiting.total() < _ALL)

        with _turn:
            if not _turn.wait_for(is_free, PATIENCE) or self._is_away():
                raise EngineFailed(Refusal.UNREACHABLE)
            _waiting[self.address] += 1
        try:
            yield
        finally:
            with _turn:
                _waiting[self.address] -= 1
                _turn.notify_all()

    def _is_away(self) -> bool:
        return _away.get(self.address, 0.0) > time.monotonic()

    async def _list(self, path: str, query: Mapping[str, str], *, pages: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for _page in range(pages):
            answer = await self._send("GET", _with_query(path, query))
            rows = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                # Something answers there, but it is not this API.
                raise EngineFailed(Refusal.ADDRESS)
            found += [row for row in rows if isinstance(row, dict)]
            following = _cursor_in(answer.get("next"))
            if not following:
                break
            # Not the address it names: the token goes nowhere but to the address that was entered.
            query = {**query, "cursor": following}
        return found

    async def _send(self, method: str, path: str, body: Any = None) -> Any:
        exchange = _Exchange(method, f"{self.address}/{path}", self._token, body)
        try:
            async with asyncio.timeout(START_PATIENCE):
                await exchange.run()
        except (AddressRefused, httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError) as error:
            raise EngineFailed(Refusal.ADDRESS) from error
        except _BROKEN as error:
            # Of an answer that breaks off, the status says enough for a POST.
            if method == "GET" or not exchange.was_sent:
                raise EngineFailed(Refusal.UNREACHABLE) from error
            if exchange.status is None:
                raise Unclear from error
        return exchange.result()


class _Exchange:
    """One request and its answer."""

    def __init__(self, method: str, url: str, token: str, body: Any) -> None:
        self.method, self.url, self.was_sent = method, url, False
        self.status: int | None = None
        self._headers = httpx.Headers()
        self._raw = bytearray()
        self._body = None if body is None else json.dumps(body).encode()
        self._sent_headers = [
            ("Authorization", f"Token {token}"),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", "WeniChats/1"),
            *([("Content-Type", "application/json")] if body is not None else []),
        ]

    async def run(self) -> None:
        target = target_of(self.url)
        extensions = {"timeout": {"connect": _CONNECT}, "trace": self._note}
        request = request_for(self.method, target, self._sent_headers, self._body, extensions)
        async with checked_pool(target) as pool:
            response = await pool.handle_async_request(request)
            self.status, self._headers = response.status, httpx.Headers(response.headers)
            try:
                async for chunk in response.aiter_stream():
                    self._raw += chunk
                    if len(self._raw) > _MAX_BYTES:
                        break
                    # An answer in many small parts must not keep everybody else from their turn.
                    await asyncio.sleep(0)
            finally:
                await response.aclose()

    async def _note(self, event: str, _info: Any) -> None:
        if event == "http11.send_request_headers.started":
            self.was_sent = True

    def result(self) -> Any:
        """Return the JSON of a success. Raises EngineFailed, Unclear."""
        status = self.status or 0
        if 200 <= status < 300:
            answer = self._json()
            if answer is None and self.method == "GET":
                raise EngineFailed(Refusal.ADDRESS)
            return answer
        if status in {401, 403}:
            raise EngineFailed(Refusal.TOKEN)
        if status == 429:
            raise EngineFailed(Refusal.BUSY, retry_after=_seconds(self._headers.get("Retry-After", "")))
        if status == _DOWN:
            raise EngineFailed(Refusal.UNREACHABLE)
        if status >= 500:
            if self.method == "POST":
                raise Unclear
            raise EngineFailed(Refusal.UNREACHABLE)
        words = said_in(self._json())
        if status < 400 or (status in {404, 405, 410} and not words):
            raise EngineFailed(Refusal.ADDRESS)
        raise EngineFailed(Refusal.ENGINE, words)

    def _json(self) -> Any:
        try:
            return json.loads(self._raw)
        except (ValueError, RecursionError):
            return None


def said_in(answer: Any) -> str:
    """Return the sentences of an error answer, in their order, as one text; the names of fields are left out."""
    return _text(" ".join(dict.fromkeys(_sentences(answer, depth=0))), WORDS_LENGTH)


def _sentences(answer: Any, *, depth: int) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer.strip()
    elif depth < 5 and isinstance(answer, dict | list):
        for part in answer.values() if isinstance(answer, dict) else answer:
            yield from _sentences(part, depth=depth + 1)


async def _in_time(ask: Callable[[], Coroutine[Any, Any, R]]) -> R:
    try:
        async with asyncio.timeout(PATIENCE):
            return await ask()
    except TimeoutError as error:
        raise EngineFailed(Refusal.UNREACHABLE) from error


def _with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _contacts(rows: list[dict[str, Any]]) -> list[EngineContact]:
    return [contact for row in rows if (contact := _contact(row)) is not None]


def _contact(row: Mapping[str, Any]) -> EngineContact | None:
    uuid = _text(row.get("uuid"), 64)
    if not uuid:
        return None
    texts = [text for urn in _list_of(row.get("urns"))[:_MAX_URNS] if ":" in (text := _text(urn, 300))]
    is_silenced = bool(row.get("blocked") or row.get("stopped")) or _text(row.get("status"), 20) in _SILENCED
    urns = tuple(text.partition("?")[0].partition("#")[0][:255] for text in texts)
    return EngineContact(uuid, _text(row.get("name"), 255), urns, not is_silenced)


def _cursor_in(address: Any) -> str:
    """Return the cursor of the address of a list's next page; empty if there is none."""
    try:
        return httpx.QueryParams(urlsplit(_text(address, 2000)).query).get("cursor") or ""
    except ValueError:
        return ""


def _first_texts(answer: Any, flow: str) -> list[str]:
    """Return the texts of a definition's nodes from the first one on, as long as there is one way to go."""
    flows = _rows_of(answer.get("flows")) if isinstance(answer, dict) else []
    nodes = next((_rows_of(one.get("nodes")) for one in flows if one.get("uuid") == flow), [])
    by_uuid = {_text(node.get("uuid"), 64): node for node in nodes}
    node, texts = (nodes[0] if nodes else None), list[str]()
    while node is not None and by_uuid.pop(_text(node.get("uuid"), 64), None) is not None and len(texts) < _MAX_TEXTS:
        said = [action for action in _rows_of(node.get("actions")) if action.get("type") == "send_msg"]
        texts += [text for action in said if (text := _text(action.get("text"), 1000))]
        ways = {_text(one.get("destination_uuid"), 64) for one in _rows_of(node.get("exits"))}
        node = by_uuid.get(ways.pop()) if len(ways) == 1 else None
    return texts[:_MAX_TEXTS]


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rows_of(value: Any) -> list[dict[str, Any]]:
    return [row for row in _list_of(value) if isinstance(row, dict)]


def _text(value: Any, longest: int) -> str:
    """Return a text as it can be stored; empty if the value is none."""
    if not isinstance(value, str):
        return ""
    return value[: 2 * longest].encode("utf-8", "ignore").decode().replace("\x00", "").strip()[:longest]


def _seconds(header: str) -> float | None:
    """Return the seconds that a Retry-After header names (RFC 9110, 10.2.3)."""
    if header.isascii() and header.isdigit():
        return float(header[:6])
    try:
        return max((parsedate_to_datetime(header) - timezone.now()).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
