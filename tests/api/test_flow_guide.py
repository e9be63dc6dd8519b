"""docs/flow.md is true: its commands work as they stand there, show every call, and every error is explained."""

import ast
import base64
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from core.api import errors as api_errors
from orgs.models import TokenScope
from tests.builders import Desk
from tests.flow import token_for
from tickets import errors
from weni_chats.api.description import schema

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/flow.md").read_text()
SURFACES = ("/v1/", "/v2/")

# Every ``curl`` of the guide is a call in this process; what it answers is known to the next command.
_CURL = """
set -eu
curl() { printf '%s\\0' "$@" | base64 -w0 >&3; echo >&3; IFS= read -r ROOM <&4; IFS= read -r ID <&4; }
"""


@dataclass
class Call:
    """A command of the guide, and how it was answered."""

    method: str
    path: str
    answer: Any


def _call(arguments: list[str]) -> Call:
    """Do what a ``curl`` with these arguments does."""
    method, body, headers, url = "", None, {}, ""
    rest = iter(arguments)
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-d":
            body = next(rest)
        elif word == "-H":
            name, _colon, value = next(rest).partition(":")
            headers[name] = value.strip()
        elif word != "-s":
            assert not word.startswith("-"), f"unknown option {word}"
            url = word
    method = method or ("GET" if body is None else "POST")
    parts = urlsplit(url)
    answer = Client().generic(
        method,
        parts.path,
        body or "",
        content_type=headers.pop("Content-Type", "application/json"),
        headers=headers,
        query_params=dict(pair.split("=", 1) for pair in parts.query.split("&") if pair),
    )
    return Call(method, parts.path, answer)


def run(desk: Desk) -> list[Call]:
    """Run all commands of the guide in one shell, as a reader does."""
    secret = token_for(desk, scopes=TokenScope.values)[1]
    agent = desk.agent()
    script = _CURL + "\n".join(re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S))
    # Commands for the server's terminal.
    script = "\n".join(line for line in script.split("\n") if not line.startswith("manage.py"))
    asks, answers = os.pipe(), os.pipe()
    shell = subprocess.Popen(
        ["bash", "-c", f"exec 3>&{asks[1]} 4<&{answers[0]}\n{script}"],
        env={
            "PATH": os.environ["PATH"],
            "TOKEN": secret,
            "SECTOR": str(desk.sector.pk),
            "QUEUE": str(desk.queue.pk),
            "AGENT": agent.email,
            "PERSON": str(agent.pk),
        },
        pass_fds=[asks[1], answers[0]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(asks[1])
    os.close(answers[0])
    room, ticket, found = "", "", []
    with os.fdopen(asks[0]) as lines, os.fdopen(answers[1], "w", buffering=1) as back:
        for line in lines:
            call = _call(base64.b64decode(line).decode().split("\0")[:-1])
            found.append(call)
            said = call.answer.json() if call.answer.status_code < 500 else {}
            if call.method == "POST" and call.path.endswith("/rooms/"):
                room = said.get("uuid", "")
            if call.method == "POST" and call.path.endswith("/v1/tickets"):
                ticket = said.get("external_id", "")
            back.write(f"{room}\n{ticket}\n")
    assert shell.stderr is not None
    assert shell.wait(60) == 0, shell.stderr.read()
    shell.stderr.close()
    return found


def described() -> set[tuple[str, str]]:
    """Return the calls of the flow's surfaces: method and name of the route."""
    found = set()
    for path, methods in schema()["paths"].items():
        if path.startswith(SURFACES):
            sample = re.sub(r"\{[^}]+\}", "00000000-0000-4000-8000-000000000000", path)
            found |= {(method.upper(), _route(sample)) for method in methods}
    return found


def _route(path: str) -> str:
    try:
        return resolve(path).route
    except Resolver404:
        pytest.fail(f"the guide calls {path}, which is nothing")


def test_every_command_works_and_every_call_is_shown(desk: Desk) -> None:
    calls = run(desk)
    refused = [
        (c.method, c.path, c.answer.status_code, c.answer.content[:300]) for c in calls if c.answer.status_code >= 400
    ]
    assert refused == []
    assert described() - {(c.method, _route(c.path)) for c in calls} == set()


#: What a flow can call, and where what it raises is written: whole modules, or functions of them.
_SOURCES: dict[str, tuple[str, ...]] = {
    "tickets/api/external": (),
    "tickets/operations/opening.py": ("find_place", "check_hours", "open_ticket", "_check_hold", "_check_room"),
    "tickets/operations/messages.py": ("receive",),
    "tickets/operations/history.py": (),
    "tickets/operations/closing.py": ("close_by_flow",),
    "orgs/api/authentication.py": (),
}


def _codes_of(path: Path, names: tuple[str, ...]) -> set[str]:
    """Return the codes of the errors that a module, or functions of it, raise."""
    tree = ast.parse(path.read_text())
    nodes: list[ast.AST] = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in names]
    found = set()
    for node in (inner for part in (nodes or [tree]) for inner in ast.walk(part)):
        if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
            found.add(str(node.value.value))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "errors":
            found.add(getattr(getattr(errors, node.attr, None), "code", None))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AuthenticationFailed":
            found.add(node.args[1].value)  # type: ignore[attr-defined]
    return found - {None}


def test_every_error_is_explained() -> None:
    codes = {code for code, _sentence in api_errors._BY_STATUS.values()} | {api_errors.ScopeRequired.default_code}
    for name, functions in _SOURCES.items():
        path = ROOT / name
        for module in path.glob("*.py") if path.is_dir() else [path]:
            codes |= _codes_of(module, functions)
    assert {"outside_hours", "room_closed", "token_revoked", "too_large"} <= codes, (
        "they are looked for where they are"
    )
    explained = set(re.findall(r"`([a-z_]+)`", GUIDE[GUIDE.index("\n## Errors") :]))
    # What only a person's session can meet, and a text that is longer than what the intake leaves.
    assert codes - explained - {"not_allowed", "message_too_long"} == set()
