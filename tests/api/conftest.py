"""Callers of the REST API: people with a session, programs with a token."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orgs.models import TokenScope, User
from tests.builders import Desk
from tests.flow import token_for


class Api:
    """Calls ``/api/v1`` as somebody."""

    def __init__(self, *, user: User | None = None, secret: str = "") -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        if user is not None:
            self.client.force_login(user)

    def call(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
        """Send a request; paths begin after ``/api/v1``."""
        if not path.startswith("http"):
            path = f"/api/v1{path}"
        return self.client.generic(
            method,
            path,
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.headers,
            query_params=query,
        )

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self.call("GET", path, query=query or None)

    def post(self, path: str, body: Any = None) -> Any:
        """Do."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """Change."""
        return self.call("PATCH", path, body)


@pytest.fixture
def as_person() -> Callable[[User], Api]:
    """A person, signed in."""
    return lambda user: Api(user=user)


@pytest.fixture
def as_program() -> Callable[..., Api]:
    """A program with a token of the scopes, of the desk's project unless a reach is given."""

    def make(desk: Desk, *scopes: str, **reach: Any) -> Api:
        return Api(secret=token_for(desk, scopes=list(scopes) or [TokenScope.READ], **reach)[1])

    return make


@pytest.fixture
def program(as_program: Callable[..., Api], desk: Desk) -> Api:
    """A program that administers the desk's project."""
    return as_program(desk, TokenScope.ADMINISTER)
