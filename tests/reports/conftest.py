"""A demo project with a past, made once per module; who looks at it; and the way they look."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orgs.access import Member, member_of
from orgs.models import Project, User
from tests.past import demo_project


@pytest.fixture(scope="module")
def past(django_db_setup: None, django_db_blocker: object) -> Iterator[Project]:
    with demo_project(django_db_blocker, tickets=500, days=10) as project:
        yield project


@pytest.fixture
def member(past: Project) -> Callable[[str], Member]:
    """Return a login's place in the project: ``admin``, ``manager.suporte``, ``agent4``, ``viewer``."""

    def find(name: str) -> Member:
        found = member_of(User.objects.get(email=f"{name}@example.org"), past.pk)
        assert found is not None
        return found

    return find


@pytest.fixture
def get(past: Project) -> Callable[..., Any]:
    """Fetch a page of the project as a login: ``get("admin", "reports:history", sector=pk)``."""

    def fetch(name: str, route: str, *args: object, query: str = "", **filters: object) -> Any:
        client = Client()
        client.force_login(
            User.objects.get(email=f"{name}@example.org"),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        url = reverse(route, args=[past.pk, *args])
        return client.get(f"{url}?{query}" if query else url, filters or None)

    return fetch
