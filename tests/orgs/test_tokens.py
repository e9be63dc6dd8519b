"""Tokens (docs/rules.md, Tokens)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from core.errors import Invalid
from orgs import operations as orgs
from orgs.access import Actor, token_member
from orgs.models import ApiToken, Organization, ProjectRole
from tests.builders import Desk, person
from tests.refusals import refused, refused_by


def make(desk: Desk, **values) -> tuple[ApiToken, str]:
    return orgs.create_token("Flow", by=desk.by(), **{"scopes": ["open"], "project": desk.project, **values})


def test_a_token_is_found_by_its_secret(desk: Desk) -> None:
    token, secret = make(desk)
    assert orgs.find_token(secret) == token
    assert secret.startswith("wc_")
    assert len(secret) > 40


@pytest.mark.parametrize("secret", ["", "wc_", "wc_unknown", "x" * 10_000, "\x00", "né"])
def test_unknown_secrets(db: None, secret: str) -> None:
    assert orgs.find_token(secret) is None


def test_a_revoked_token_is_not_found(desk: Desk) -> None:
    token, secret = make(desk)
    first = orgs.revoke_token(token, by=desk.by()).revoked_at
    assert orgs.revoke_token(token, by=desk.by()).revoked_at == first
    assert orgs.find_token(secret) is None


def test_an_expired_token_is_not_found(desk: Desk) -> None:
    _token, secret = make(desk, expires_at=timezone.now() + timedelta(days=1))
    assert orgs.find_token(secret) is not None
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert orgs.find_token(secret) is None


def test_a_token_of_what_is_archived_is_not_found(desk: Desk) -> None:
    _token, secret = make(desk)
    _wide, wide = make(desk, project=None, organization=desk.project.organization)
    orgs.archive_project(desk.project, by=desk.by())
    assert orgs.find_token(secret) is None
    assert orgs.find_token(wide) is not None
    Organization.objects.filter(pk=desk.project.organization_id).update(archived_at=timezone.now())
    assert orgs.find_token(wide) is None


def test_the_last_use_is_noted_to_the_minute(desk: Desk) -> None:
    token, secret = make(desk)
    assert token.last_used_at is None
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        orgs.find_token(secret)
    with time_machine.travel(start + timedelta(seconds=30), tick=False):
        orgs.find_token(secret)
    token.refresh_from_db()
    assert token.last_used_at == start
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        orgs.find_token(secret)
    token.refresh_from_db()
    assert token.last_used_at == start + timedelta(seconds=61)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["open", "x"]])
def test_scopes_are_those_of_the_list(desk: Desk, scopes: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        make(desk, scopes=scopes)
    assert refusal.value.field == "scopes"


def test_a_token_does_not_expire_in_the_past(desk: Desk) -> None:
    with pytest.raises(Invalid):
        make(desk, expires_at=timezone.now())


@pytest.mark.parametrize("name", ["", "x" * 81, None])
def test_a_token_has_a_name(desk: Desk, name) -> None:
    with pytest.raises(Invalid):
        orgs.create_token(name, by=desk.by(), scopes=["open"], project=desk.project)


def test_a_token_of_a_foreign_sector_is_refused(desk: Desk, other_desk: Desk) -> None:
    with refused("foreign_sector"):
        make(desk, sector_id=other_desk.sector.pk)


# What the database keeps


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("token_has_scope", {"scopes": []}),
        ("token_scopes_known", {"scopes": ["everything"]}),
        ("token_scopes_known", {"scopes": ["open", None]}),
        ("token_has_name", {"name": ""}),
        ("token_stored_as_digest", {"token_hash": "wc_a-secret"}),
        ("token_expires_after_made", {"expires_at": timezone.now() - timedelta(days=1)}),
        ("token_project_has_organization", {"organization": None}),
    ],
)
def test_a_token_is_well_formed(desk: Desk, constraint: str, values: dict[str, Any]) -> None:
    row = {
        "name": "Flow",
        "organization": desk.project.organization,
        "project": desk.project,
        "scopes": ["open"],
        "token_hash": "0" * 64,
        "hint": "wc_",
    }
    with refused_by(constraint):
        ApiToken.objects.bulk_create([ApiToken(**{**row, **values})])


def test_a_token_does_not_become_another(desk: Desk) -> None:
    token, _secret = make(desk)
    row = ApiToken.objects.filter(pk=token.pk)
    with refused_by("token_fixed"):
        row.update(scopes=["administer"])
    with refused_by("token_fixed"):
        row.update(token_hash="0" * 64)
    row.update(name="Renamed", last_used_at=timezone.now())


def test_a_revoked_token_stays_revoked(desk: Desk) -> None:
    token, _secret = make(desk)
    orgs.revoke_token(token, by=desk.by())
    for value in (None, timezone.now() + timedelta(days=1)):
        with refused_by("token_revoked_for_good"):
            ApiToken.objects.filter(pk=token.pk).update(revoked_at=value)


# Who may make which


def program(desk: Desk, *scopes: str, **reach: Any) -> Actor:
    """Return a program with such a token as actor in the project."""
    token, _secret = make(desk, scopes=list(scopes), **reach)
    member = token_member(token, desk.project.pk)
    assert member is not None
    return Actor.of(member)


def test_a_token_reaches_no_further_than_its_maker(desk: Desk, other_desk: Desk) -> None:
    moderator = desk.by(desk.person(ProjectRole.MODERATOR))
    contributor = desk.by(desk.person(ProjectRole.CONTRIBUTOR))
    orgs.create_token("Ours", by=moderator, scopes=["administer"], project=desk.project)
    for by, reach in (
        (moderator, {"organization": desk.project.organization}),
        (moderator, {"project": other_desk.project}),
        (moderator, {}),
        (desk.by(), {"organization": other_desk.project.organization}),
        (desk.by(), {}),
        (contributor, {"project": desk.project}),
        (Actor(user=person()), {"organization": desk.project.organization}),
    ):
        with refused("not_allowed"):
            orgs.create_token("Too far", by=by, scopes=["read"], **reach)
    orgs.create_token("All", by=desk.by(), scopes=["read"], organization=desk.project.organization)


def test_a_program_gives_no_more_than_it_has(desk: Desk, other_desk: Desk) -> None:
    administers = program(desk, "administer")
    token, _secret = orgs.create_token("Reader", by=administers, scopes=["read"], project=desk.project)
    assert (token.created_by, token.maker_name) == (None, "Flow")
    with refused("scope_beyond_own"):
        orgs.create_token("Opener", by=administers, scopes=["open"], project=desk.project)
    for by in (program(desk, "read"), program(desk, "open"), program(desk, "administer", sector_id=desk.sector.pk)):
        with refused("not_allowed"):
            orgs.create_token("X", by=by, scopes=["read"], project=desk.project)
    for reach in ({"organization": desk.project.organization}, {"project": other_desk.project}, {}):
        with refused("not_allowed"):
            orgs.create_token("X", by=administers, scopes=["read"], **reach)


def test_a_program_makes_none_that_outlives_it(desk: Desk) -> None:
    soon = timezone.now() + timedelta(days=1)
    by = program(desk, "administer", expires_at=soon)
    for expires_at in (None, soon + timedelta(seconds=1)):
        with refused("expiry_beyond_own"):
            orgs.create_token("X", by=by, scopes=["read"], project=desk.project, expires_at=expires_at)
    orgs.create_token("X", by=by, scopes=["read"], project=desk.project, expires_at=soon)


def test_a_token_outlives_its_makers_membership(desk: Desk) -> None:
    moderator = desk.person(ProjectRole.MODERATOR)
    token, secret = orgs.create_token("Flow", by=desk.by(moderator), scopes=["open"], project=desk.project)
    desk.remove(moderator)
    assert orgs.find_token(secret) == token


def test_the_id_of_a_form_makes_one_token(desk: Desk) -> None:
    pk = uuid4()
    make(desk, pk=pk)
    with refused("token_made"):
        make(desk, pk=pk)
    assert ApiToken.objects.count() == 1
