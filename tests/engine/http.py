"""The engine's HTTP client: one try per POST, unless the answer itself asks for another one soon."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import httpx

#: Seconds for one try, from connecting to the last byte of the answer.
TIMEOUT = 15.0
#: Seconds before the second and the third try; each is up to a quarter shorter or longer.
PAUSES = (5.0, 10.0)
_SPREAD = 0.5
_IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "TRACE"}


class Broken(Exception):
    """No answer came: the connection was refused or broken, or the time was over."""


class Client:
    """Sends requests to one origin, as many at once as it is asked to.

    ``tried`` counts the tries by method, ``again`` those after the first by what was answered to the one before.
    """

    def __init__(self, base_url: str, token: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.tried: Counter[str] = Counter()
        self.again: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "Go-http-client/1.1", "Accept": ""},
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=2),
        )
        del self._http.headers["Accept"]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return the answer of the last try. Raises Broken if that had none."""
        content = {"content": body, "headers": {"Content-Type": "application/json", **(headers or {})}}
        for pause in (*map(_spread, PAUSES), None):
            answer, error = self._try(method, path, content)
            if pause is None or not _may_repeat(method, content["headers"], answer, pause):
                break
            with self._lock:
                self.again[str(answer.status_code) if answer is not None else "broken"] += 1
            self._sleep(pause)
        if answer is None:
            raise Broken(str(error)) from error
        return answer

    def _try(self, method: str, path: str, content: Any) -> tuple[httpx.Response | None, Exception | None]:
        with self._lock:
            self.tried[method] += 1
        try:
            return self._http.request(method, path, **content), None
        except httpx.HTTPError as error:
            return None, error


def _spread(pause: float) -> float:
    return pause + _SPREAD * (random.uniform(0, pause) - pause / 2)


def _may_repeat(method: str, headers: Mapping[str, str], answer: httpx.Response | None, pause: float) -> bool:
    """Whether a try is followed by another one after ``pause`` seconds.

    Whatever the status, if the answer asks for one no later than that. Else only if the method or an
    ``Idempotency-Key`` says that it may be repeated, and nothing or a 502 or more was answered.
    """
    after = answer.headers.get("Retry-After", "") if answer is not None else ""
    if after.isdecimal() and 0 < int(after) <= pause:
        return True
    keys = {name.lower() for name in headers}
    is_idempotent = method in _IDEMPOTENT or bool(keys & {"idempotency-key", "x-idempotency-key"})
    return is_idempotent and (answer is None or answer.status_code > 501)
