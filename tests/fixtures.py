"""Fixtures of the domain, for every test (loaded by ``tests/conftest.py`` as a plugin)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation

from orgs.models import Organization, Project, User

from . import template
from .builders import Desk, administrator_of, organization_with, project_of
from .copies import copied
from .invariants import assert_invariants
from .pages import Pages


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The test's database is a copy of the migrated one."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template.name()


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
    """Tests that commit empty the tables afterwards, in a way of our own.

    The audit log refuses to be emptied: it is done as a replica would. The cache has no model, so Django would leave
    one test's counted attempts to the next. And most tables are empty already, so rows are deleted where there are
    some: files of dozens of tables and indexes are not made anew each time. The kinds of models and their
    permissions are the same for all tests and stay.
    """

    def empty(self: TransactionTestCase) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_EMPTY, [sorted({*connection.introspection.django_table_names(), "weni_cache"} - _STAY)])

    TransactionTestCase._fixture_teardown = empty


_STAY = {"django_content_type", "auth_permission"}
#: Shut for everybody else before they are looked at, as TRUNCATE does: what still goes on elsewhere ends first. What
#: has grown to more than a megabyte, of rows deleted before, is truncated after all.
_EMPTY = """
DO $$
DECLARE
  tables text[] := (SELECT array_agg(quote_ident(name)) FROM unnest(%s::text[]) AS name);
  one text;
  filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  EXECUTE 'LOCK TABLE ' || array_to_string(tables, ', ') || ' IN ACCESS EXCLUSIVE MODE';
  IF (SELECT max(pg_total_relation_size(name::regclass)) FROM unnest(tables) AS name) > 1000000 THEN
    EXECUTE 'TRUNCATE ' || array_to_string(tables, ', ');
    RETURN;
  END IF;
  FOREACH one IN ARRAY tables LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO filled;
    IF filled THEN
      EXECUTE 'DELETE FROM ' || one;
    END IF;
  END LOOP;
END $$
"""


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """Each test begins in English: a page in another language leaves that active in its thread."""
    translation.activate("en")
    yield
    translation.activate("en")


@pytest.fixture
def founded(db: None) -> tuple[Organization, User]:
    """An organization and its Administrator."""
    return copied("organization", found_organization)


def found_organization() -> tuple[Organization, User]:
    """Return a new organization and its Administrator."""
    organization = organization_with()
    return organization, administrator_of(organization)


@pytest.fixture
def organization(founded: tuple[Organization, User]) -> Organization:
    """An organization with one Administrator."""
    return founded[0]


@pytest.fixture
def project(founded: tuple[Organization, User]) -> Project:
    """A project of the organization, still without sectors."""
    return copied("project", lambda organization, _administrator: project_of(organization), *founded)


@pytest.fixture
def desk(project: Project, founded: tuple[Organization, User]) -> Iterator[Desk]:
    """A desk with one sector, a queue and two tags; what is always true is checked after the test.

    A test that breaks a rule on purpose (by hand over the limit) sets ``desk.overfull``.
    """
    assert not project.sectors.exists(), "what is copied is a project's first sector"
    desk = copied("desk", lambda project, *_others: Desk.set_up(project), project, *founded)
    yield desk
    assert_invariants(project, overfull=desk.overfull)


@pytest.fixture
def other_desk(db: None) -> Desk:
    """A desk of another organization."""
    return Desk.set_up()


@pytest.fixture
def pages(desk: Desk) -> Pages:
    """The Administrator's pages of the desk's project."""
    return Pages(desk.administrator, desk.project)
