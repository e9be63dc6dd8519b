"""The running program, browsers and a flow engine for the browser tests."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import template
from tests.serving import ROOT, serve

from .engine import FlowEngine


@dataclass
class Program:
    """The program as its operator has it: an origin, a folder, and management commands."""

    origin: str
    data: Path
    env: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def mail_to(self, address: str) -> str:
        """Return the newest mail to an address."""
        mails = sorted((self.data / "mail").glob("*"), key=lambda p: p.stat().st_mtime)
        texts = [m.read_text() for m in mails]
        return [t for t in texts if f"To: {address}" in t][-1]

    def link_in_mail_to(self, address: str) -> str:
        """Return the path of the link in the newest mail to an address."""
        text = self.mail_to(address).replace("=\n", "")
        found = re.search(r"https?://[^/\s]+(/invitations/\S+)", text)
        assert found, text
        return found.group(1)


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """The real server and worker on an empty, migrated database."""
    base = os.environ["DATABASE_URL"]
    name = f"weni_e2e_{os.getpid()}"
    with psycopg.connect(base, autocommit=True) as connection:
        made = template.name()
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {made or "DEFAULT"}')  # type: ignore[arg-type]
    url = base.rsplit("/", 1)[0] + "/" + name
    with tempfile.TemporaryDirectory(prefix="weni-e2e-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        env = {**os.environ, "DATABASE_URL": url, "WENI_DATA_DIR": folder, "WENI_TESTING": ""}
        for command in () if made else (["migrate", "--verbosity", "0"], ["createcachetable"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        with serve(url, data, {"LOG_LEVEL": "INFO"}) as origin:
            yield Program(origin, data, {**env, "ORIGIN": origin})


@pytest.fixture
def engine() -> Iterator[FlowEngine]:
    """A flow engine with a real receiver of callbacks."""
    made = FlowEngine()
    yield made
    made.close()


@pytest.fixture
def open_browser(chromium: Browser, program: Program) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a browser of its own (cookies and all) and gives its page."""
    contexts: list[BrowserContext] = []

    def new(**options: Any) -> Page:
        context = chromium.new_context(
            base_url=program.origin,
            viewport={"width": 1366, "height": 850},
            locale="en-US",
            timezone_id="UTC",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)
        return page

    yield new
    for context in contexts:
        context.close()
