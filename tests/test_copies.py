"""What is copied is what operations build (tests/copies.py)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from orgs.models import AuditEntry, Organization, Project, User
from tests.builders import Desk, project_of
from tests.copies import copied, rows
from tests.fixtures import found_organization

#: What differs from one building to the next.
_OF_ITS_OWN = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+\+00:00|(?<=[ -])\d+(?=[\"@])"
    r'|(?<="last_name": ")\d+|(?<="password": ")[^"]+'
)


def made_by(build: Callable[[], Any]) -> list[str]:
    """Return the rows that come of building, without what differs each time."""
    before = rows()
    build()
    return sorted(f"{table} {_OF_ITS_OWN.sub('…', row)}" for table, row in rows() - before)


def build_desk() -> Desk:
    organization, _administrator = found_organization()
    return Desk.set_up(project_of(organization))


@pytest.mark.django_db
def test_a_copied_desk_has_the_rows_of_one_that_is_built(request: pytest.FixtureRequest) -> None:
    built = made_by(build_desk)
    assert len(built) == 14
    assert made_by(lambda: request.getfixturevalue("desk")) == built


def test_its_objects_are_as_the_database_has_them(desk: Desk) -> None:
    found = [desk.project, desk.project.organization, desk.administrator, desk.sector, desk.queue, *desk.tags]
    for one in found:
        again = type(one).objects.get(pk=one.pk)
        for field in one._meta.concrete_fields:
            assert getattr(again, field.attname) == getattr(one, field.attname), field
    assert desk.sector.project is desk.project
    assert desk.queue.sector == desk.tags[0].sector == desk.sector


def test_one_copy_has_nothing_of_another(founded: tuple[Organization, User]) -> None:
    organization, administrator = founded
    other, other_administrator = copied("organization", found_organization)
    assert {organization.pk, organization.name}.isdisjoint({other.pk, other.name})
    assert administrator.email != other_administrator.email
    assert organization.pk < other.pk
    assert organization.created_at < other.created_at


def test_rows_of_copies_name_what_was_given(project: Project, founded: tuple[Organization, User]) -> None:
    entry = AuditEntry.objects.get(project=project)
    assert (entry.actor, entry.actor_name) == (founded[1], founded[1].email)
    assert (entry.organization, entry.target_name) == (founded[0], project.name)
