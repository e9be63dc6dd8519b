"""Signing in by an identity provider: a real one, a real browser (docs/rules.md, Signing in)."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from playwright.sync_api import Page, expect

from orgs import operations as orgs
from orgs.access import Actor
from orgs.models import AuditEntry, Invitation, OrganizationMembership, User
from tests.browsing import address_of_database
from tests.builders import administrator_of, organization_member, organization_with, second_factor
from tests.oidc.__main__ import PASSWORD
from tests.serving import ROOT, Kept, free_port, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECRET = "provider-secret"
CALLBACK = "/accounts/oidc/oidc/login/callback/"
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def provided(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kept, str]]:
    """The program, which trusts a provider, and that provider, for the tests of a module; with the issuer's name."""
    ours, theirs = free_port(), free_port()
    origin, issuer = f"http://localhost:{ours}", f"http://127.0.0.1:{theirs}/o"
    folder = tmp_path_factory.mktemp("provider")
    env = {
        "SECRET_KEY": settings.SECRET_KEY,
        "OIDC_ISSUER": issuer,
        "OIDC_NAME": "Example ID",
        "OIDC_CLIENT_ID": "weni-chats",
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_TWO_FACTORS": "true",
    }
    kept = Kept(address_of_database(), tmp_path_factory.mktemp("provided"), env, port=ours)
    with (folder / "log").open("wb") as log:
        provider = subprocess.Popen(
            [sys.executable, "-m", "tests.oidc", str(folder), str(theirs), origin + CALLBACK, SECRET],
            cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(f"{issuer}/.well-known/openid-configuration", provider, folder / "log")
        yield kept, issuer
    finally:
        kept.stop()
        provider.kill()
        provider.wait()


@pytest.fixture
def program(transactional_db: None, provided: tuple[Kept, str]) -> Iterator[tuple[str, str]]:
    """The program and its provider, served; yields their origins."""
    kept, issuer = provided
    yield kept.origin().replace("127.0.0.1", "localhost"), issuer
    kept.rest()


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture
def sign_in(chromium: Any, program: tuple[str, str]) -> Iterator[SignIn]:
    """Return a function that signs somebody in at the provider, from our sign-in page, in a browser of their own."""
    contexts = []

    def go(who: str) -> Page:
        context = chromium.new_context(base_url=program[0], locale="en-US")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with Example ID").click()
        page.locator("[name=username]").fill(who)
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Enter").click()
        page.wait_for_url(f"{program[0]}/**")
        return page

    yield go
    for context in contexts:
        context.close()


def account(who: str) -> User:
    return User.objects.create_user(f"{who}@example.org", None, first_name=who.capitalize())


def test_who_has_an_account_with_the_confirmed_address_is_that_person(sign_in: SignIn) -> None:
    organization = organization_with()
    user = organization_member(organization, user=account("verified"))
    page = sign_in("verified")
    expect(page.get_by_role("link", name=organization.name)).to_be_visible()
    assert SocialAccount.objects.get().user == user
    assert User.objects.count() == 2


def test_an_address_that_the_provider_has_not_confirmed_opens_no_account(sign_in: SignIn) -> None:
    account("unverified")
    page = sign_in("unverified")
    expect(page.get_by_role("heading", name="No account for this e-mail address")).to_be_visible()
    page.goto("/profile/")
    assert "/accounts/login/" in page.url
    assert not SocialAccount.objects.exists()


def test_somebody_unknown_gets_no_account(sign_in: SignIn) -> None:
    page = sign_in("stranger")
    expect(page.get_by_role("heading", name="No account for this e-mail address")).to_be_visible()
    assert not User.objects.exists()


def test_somebody_invited_gets_in_and_joins_what_they_are_invited_to(sign_in: SignIn) -> None:
    organization = organization_with(name="Invites")
    by = Actor(user=administrator_of(organization))
    orgs.add_by_email(organization, "invited@example.org", "viewer", by=by)
    page = sign_in("invited")
    expect(page.get_by_role("link", name="Invites")).to_be_visible()
    user = User.objects.get(email="invited@example.org")
    assert OrganizationMembership.objects.get(user=user).organization == organization
    assert not Invitation.objects.open().exists()
    assert AuditEntry.objects.get(action="invitation.accepted").actor == user
    assert not user.has_usable_password()


def test_an_invitation_that_is_over_lets_nobody_in(sign_in: SignIn) -> None:
    organization = organization_with()
    by = Actor(user=administrator_of(organization))
    _member, invitation, _secret = orgs.add_by_email(organization, "invited@example.org", "viewer", by=by)
    assert invitation is not None
    orgs.revoke(invitation, by=by)
    page = sign_in("invited")
    expect(page.get_by_role("heading", name="No account for this e-mail address")).to_be_visible()


def test_the_providers_sign_in_counts_as_two_factors_as_the_operator_says(sign_in: SignIn) -> None:
    organization = organization_with(name="Strict")
    administrator = administrator_of(organization)
    second_factor(administrator)
    organization_member(organization, user=account("verified"))
    orgs.require_two_factors(organization, True, by=Actor(user=administrator))
    page = sign_in("verified")
    answer = page.goto(f"/organizations/{organization.pk}/")
    assert answer is not None
    assert answer.status == 200


def test_an_answer_that_was_not_asked_for_is_refused(sign_in: SignIn) -> None:
    """A code and state of somebody else's sign-in, sent along by a link."""
    account("verified")
    page = sign_in("stranger")
    for query in ("?code=stolen&state=guessed", "?code=stolen", "?error=access_denied", ""):
        page.goto(CALLBACK + query)
        page.goto("/profile/")
        assert "/accounts/login/" in page.url
    assert not SocialAccount.objects.exists()


def test_a_provider_that_is_away_is_said_kindly(chromium: Any, transactional_db: None, tmp_path: Path) -> None:
    env = {
        "SECRET_KEY": settings.SECRET_KEY,
        "OIDC_ISSUER": f"http://127.0.0.1:{free_port()}/o",
        "OIDC_CLIENT_ID": "x",
    }
    with serve(address_of_database(), tmp_path, env, worker=False) as origin:
        context = chromium.new_context(base_url=origin, locale="en-US")
        page = context.new_page()
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with OpenID Connect").click()
        expect(page.get_by_role("heading", name="That didn’t work")).to_be_visible()
        context.close()
