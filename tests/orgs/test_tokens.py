"""Tokens (docs/rules.md, Tokens)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from orgs import operations as orgs
from orgs.errors import Invalid
from orgs.models import ApiToken, Organization
from tests.builders import Desk
from tests.refusals import refused


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
