"""The first calls of a fresh process come at the same time, and all of them are answered."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Calls an address in several threads at once, as the first requests of the process, and prints what each got.
_CALLS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from django.test import RequestFactory
from weni_chats.wsgi import application

together = Barrier(8)
environ = [RequestFactory(headers={"Accept-Language": sys.argv[2]}).get(sys.argv[1]).environ for _ in range(8)]

def call(environ):
    said = []
    together.wait()
    body = b"".join(application(environ, lambda status, headers, error=None: said.append(status)))
    return f"{said[0]} {len(body)}"

sys.setswitchinterval(1e-5)
with ThreadPoolExecutor(8) as threads:
    print(*threads.map(call, environ), sep="\\n")
"""


@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/", "/accounts/login/"])
def test_all_are_answered(address: str) -> None:
    environment = {**os.environ, "WENI_TESTING": "1", "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run(
        [sys.executable, "-c", _CALLS, address, "pt-br"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    answers = [line for line in done.stdout.splitlines() if line[:3].isdigit()]
    assert len(answers) == 8, done.stderr[-2000:]
    assert {answer.split()[0] for answer in answers} == {"200"}, json.dumps([answers, done.stderr[-3000:]])
    assert len({answer.split()[-1] for answer in answers}) == 1 or "login" in address, answers
