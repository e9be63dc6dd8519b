"""Fixtures of the domain, for every test (loaded by ``tests/conftest.py`` as a plugin)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation

from orgs.models import Organization, Project

from .builders import Desk, organization_with, project_of
from .invariants import assert_invariants


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's database; whatever still listens to it when all is done is sent away, so that it can be dropped."""
    _let_tests_empty_the_tables()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _let_tests_empty_the_tables() -> None:
    """Tests that commit empty the tables afterwards, which the audit log refuses: they do it as a replica would.

    The cache has no model, so Django would leave one test's counted attempts to the next.
    """
    flush = DatabaseOperations.execute_sql_flush

    def execute(self: DatabaseOperations, sql_list: list[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica;", "DELETE FROM weni_cache;", *sql_list])

    DatabaseOperations.execute_sql_flush = execute


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """Each test begins in English: a page in another language leaves that active in its thread."""
    translation.activate("en")
    yield
    translation.activate("en")


@pytest.fixture
def organization(db: None) -> Organization:
    """An organization with one Administrator."""
    return organization_with()


@pytest.fixture
def project(organization: Organization) -> Project:
    """A project of the organization, still without sectors."""
    return project_of(organization)


@pytest.fixture
def desk(project: Project) -> Iterator[Desk]:
    """A desk with one sector, a queue and two tags; what is always true is checked after the test.

    A test that breaks a rule on purpose (by hand over the limit) sets ``desk.overfull``.
    """
    desk = Desk.set_up(project)
    yield desk
    assert_invariants(project, overfull=desk.overfull)


@pytest.fixture
def other_desk(db: None) -> Desk:
    """A desk of another organization."""
    return Desk.set_up()
