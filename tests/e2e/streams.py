"""People at the real server without a browser's weight: they sign in, ask, send forms and hold event streams open."""

import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "a-long-password-of-the-test"


@dataclass
class Stream:
    """An open event stream: what it told, and when it ended (by the clock of ``time.monotonic``)."""

    kinds: list[str] = field(default_factory=list)
    ended_at: float | None = None
    _thread: threading.Thread | None = None
    _client: httpx.Client | None = None

    def read(self, client: httpx.Client, path: str) -> "Stream":
        """Begin to read; returns when the stream is ready."""
        self._client = httpx.Client(base_url=client.base_url, cookies=client.cookies, timeout=httpx.Timeout(60))
        self._thread = threading.Thread(target=self._read, args=(path,), daemon=True)
        self._thread.start()
        assert self.within(30, lambda: "ready" in self.kinds), f"the stream did not begin: {self.kinds}"
        return self

    def _read(self, path: str) -> None:
        assert self._client is not None
        try:
            with self._client.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
                for line in answer.iter_lines():
                    if line.startswith("event: "):
                        self.kinds.append(line.removeprefix("event: "))
        except httpx.HTTPError:
            self.kinds.append("broken")
        finally:
            self.ended_at = time.monotonic()

    def within(self, seconds: float, condition: Any) -> bool:
        """Return whether the condition comes to hold within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.01)
        return bool(condition())

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.ended_at is not None

    def close(self) -> None:
        """Leave."""
        if self._client is not None:
            self._client.close()


class Visitor:
    """A browser of a person, without the pictures."""

    def __init__(self, origin: str, email: str) -> None:
        self.client = httpx.Client(base_url=origin, timeout=60, follow_redirects=False)
        answer = self.post("/accounts/login/", login=email, password=PASSWORD)
        assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-1500:]

    def get(self, path: str, **values: Any) -> httpx.Response:
        """Ask for a page."""
        return self.client.get(path, **values)

    def post(self, path: str, page: str = "/accounts/login/", **fields: str) -> httpx.Response:
        """Send a form with the token of a page that shows one."""
        if "csrftoken" not in self.client.cookies:
            text = self.get(page).text
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
            assert found, text[:500]
            fields["csrfmiddlewaretoken"] = found[1]
        else:
            fields["csrfmiddlewaretoken"] = self.client.cookies["csrftoken"]
        return self.client.post(path, data=fields, headers={"referer": str(self.client.base_url)})

    def stream(self, project: Any) -> Stream:
        """Open the event stream of a project's desk."""
        return Stream().read(self.client, f"/live/{project}/")
