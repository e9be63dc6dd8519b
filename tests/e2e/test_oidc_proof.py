"""What a provider says is believed as far as it is proved: a real one, which says wrong things of some people
(docs/rules.md, Signing in)."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from orgs import operations as orgs
from orgs.access import Actor
from orgs.checks import identity_provider_is_usable
from orgs.models import OrganizationMembership, User
from tests.builders import administrator_of, organization_with, second_factor
from tests.oidc.__main__ import PASSWORD
from tests.oidc.faults import FALSE_CLAIMS, FALSE_SIGNATURES

from .test_oidc import CALLBACK, account, program, provided  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

UNKNOWN, FAILED = "No account for this e-mail address", "That didn’t work"


class Person:
    """A browser without the pictures."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.client = httpx.Client(follow_redirects=True, timeout=30)

    def begin(self, query: str = "", **fields: str) -> str:
        """Press the button of the sign-in page; returns where it leads."""
        page = self.client.get(f"{self.origin}/accounts/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        answer = self.client.post(
            f"{self.origin}/accounts/oidc/oidc/login/{query}",
            data={"csrfmiddlewaretoken": token[1], **fields},
            headers={"referer": self.origin},
        )
        leads = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
        assert leads, answer.text[:500]
        return html.unescape(leads[1])

    def sign_in(self, who: str, **fields: str) -> httpx.Response:
        """Sign in at the provider and come back; returns the page that is shown then."""
        form = self.client.get(self.begin(**fields))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        following = re.search(r'name="next" value="([^"]+)"', form.text)
        assert token
        assert following
        data = {"username": who, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        data["next"] = html.unescape(following[1])
        return self.client.post(str(form.url), data=data, headers={"referer": str(form.url)})

    @property
    def is_in(self) -> bool:
        """Whether they are signed in here."""
        return urlsplit(str(self.client.get(f"{self.origin}/profile/").url)).path == "/profile/"


@pytest.fixture(autouse=True)
def uncounted(transactional_db: None) -> None:
    """Sign-ins of other tests do not count."""
    cache.clear()


@pytest.fixture
def origin(program: tuple[str, str]) -> str:  # noqa: F811
    return program[0]


def test_a_token_that_does_not_prove_itself_opens_nothing(origin: str) -> None:
    """Each of these people has an account with the address that the token names."""
    wrong = []
    for who in (*FALSE_CLAIMS, *FALSE_SIGNATURES):
        account(who)
        person = Person(origin)
        page = person.sign_in(who)
        if page.status_code != 401 or FAILED not in page.text or person.is_in:
            wrong.append(f"{who}: {page.status_code} {str(page.url)[:60]}")
    assert not wrong, "\n".join(wrong)
    assert not SocialAccount.objects.exists()


def test_what_the_provider_does_not_call_confirmed_in_so_many_words_is_not(origin: str) -> None:
    for who in ("unverified", "text-false", "silent"):
        account(who)
        person = Person(origin)
        page = person.sign_in(who)
        assert (page.status_code, UNKNOWN in page.text) == (403, True), who
        assert not person.is_in


def test_the_address_may_come_from_the_providers_second_answer_about_the_same_person(origin: str) -> None:
    account("from-userinfo")
    account("another")
    person = Person(origin)
    person.sign_in("from-userinfo")
    assert person.is_in
    other = Person(origin)
    assert other.sign_in("another").status_code == 401
    assert not other.is_in


def test_an_address_somebody_asked_to_change_to_does_not_open_their_account(origin: str) -> None:
    asked = account("asked")
    EmailAddress.objects.create(user=asked, email="verified@example.org", verified=False, primary=False)
    person = Person(origin)
    assert person.sign_in("verified").status_code == 403
    assert not person.is_in


def test_nor_does_it_keep_the_holder_of_the_address_from_an_invitation(origin: str) -> None:
    asked = account("asked")
    EmailAddress.objects.create(user=asked, email="invited@example.org", verified=False, primary=False)
    organization = organization_with()
    by = Actor(user=administrator_of(organization))
    orgs.add_by_email(organization, "invited@example.org", "viewer", by=by)
    person = Person(origin)
    person.sign_in("invited")
    assert person.is_in
    user = User.objects.get(email="invited@example.org")
    assert user != asked
    assert OrganizationMembership.objects.get(user=user).organization == organization
    assert EmailAddress.objects.get(user=user).verified


def test_an_account_whose_own_address_is_not_confirmed_is_not_opened(origin: str) -> None:
    taken = account("verified")
    EmailAddress.objects.create(user=taken, email=taken.email, verified=False, primary=True)
    assert Person(origin).sign_in("verified").status_code == 403


def test_a_password_stays_when_an_identity_comes_to_it(origin: str) -> None:
    user = User.objects.create_user("verified@example.org", "correct horse battery")
    person = Person(origin)
    person.sign_in("verified")
    assert person.is_in
    user.refresh_from_db()
    assert user.check_password("correct horse battery")


def test_an_address_that_now_belongs_to_somebody_else_there_does_not_bring_the_account(
    origin: str,
    program: tuple[str, str],  # noqa: F811
) -> None:
    user = account("verified")
    SocialAccount.objects.create(user=user, provider="oidc", uid="before", extra_data={"iss": program[1], "sub": "0"})
    person = Person(origin)
    page = person.sign_in("verified")
    assert (page.status_code, "Connected to somebody else" in page.text) == (403, True)
    assert not person.is_in


def test_another_providers_person_of_the_same_number_is_somebody_else(origin: str) -> None:
    user, other = account("verified"), account("other")
    subject = {"iss": "https://before.example.org", "sub": "1", "email": other.email}
    SocialAccount.objects.create(user=other, provider="oidc", uid="1", extra_data=subject)
    Person(origin).sign_in("verified")
    assert SocialAccount.objects.get(user=user).uid != "1"
    assert SocialAccount.objects.filter(user=other).count() == 1


def test_who_has_a_second_step_here_is_asked_for_it(origin: str) -> None:
    second_factor(account("verified"))
    person = Person(origin)
    assert "Second step" in person.sign_in("verified").text
    assert not person.is_in


def test_an_account_that_is_switched_off_stays_off(origin: str) -> None:
    User.objects.filter(pk=account("verified").pk).update(is_active=False)
    person = Person(origin)
    person.sign_in("verified")
    assert not person.is_in
    assert not SocialAccount.objects.exists()


def test_an_answer_counts_once_and_only_where_it_was_asked_for(origin: str) -> None:
    account("verified")
    person = Person(origin)
    seen: list[str] = []
    person.client.event_hooks["request"].append(lambda request: seen.append(str(request.url)))
    person.sign_in("verified")
    answer = next(url for url in seen if CALLBACK in url)
    assert person.client.get(answer).status_code == 401
    stranger = Person(origin)
    assert stranger.client.get(answer).status_code == 401
    assert not stranger.is_in


def test_a_link_does_not_choose_what_the_provider_is_asked(origin: str) -> None:
    query = "?auth_params=redirect_uri%3Dhttps%3A%2F%2Fevil.example.org%26state%3Dmine%26nonce%3Dmine&scope=admin"
    asked = parse_qs(urlsplit(Person(origin).begin(query)).query)
    assert asked["redirect_uri"] == [origin + CALLBACK]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"] != ["mine"] and asked["nonce"] != ["mine"]


def test_signing_in_leads_to_no_other_site(origin: str) -> None:
    account("verified")
    page = Person(origin).sign_in("verified", next="https://evil.example.org/")
    assert str(page.url).startswith(origin)


# Where no provider is named


@pytest.mark.parametrize(
    "path", ["oidc/login/", "oidc/login/callback/", "x/login/", "%00/login/", "%00/login/callback/"]
)
def test_without_a_provider_there_are_no_pages_for_it(db: None, path: str) -> None:
    for ask in (Client().get, Client().post):
        assert ask(f"/accounts/oidc/{path}", {"state": "\0", "code": "\0"}).status_code == 404


def test_what_was_connected_to_a_provider_that_is_gone_breaks_nothing(db: None) -> None:
    user = account("verified")
    SocialAccount.objects.create(user=user, provider="oidc", uid="1", extra_data={})
    client = Client()
    client.force_login(user)
    assert client.get(reverse("orgs:security")).status_code == 200


def test_who_could_not_sign_in_any_more_sets_a_password_before_disconnecting(db: None, settings: Any) -> None:
    user = account("verified")
    connected = SocialAccount.objects.create(user=user, provider="oidc", uid="1", extra_data={})
    client = Client()
    client.force_login(user)
    page = client.post(reverse("socialaccount_connections"), {"account": connected.pk}, follow=True)
    assert "Set a password first" in page.content.decode()
    assert SocialAccount.objects.exists()
    for nonsense in ("", "x", "\0", "9" * 30):
        answer = client.post(reverse("socialaccount_connections"), {"account": nonsense})
        assert answer.status_code == 302


@pytest.mark.parametrize(
    ("issuer", "client", "faults"),
    [
        ("", "", []),
        ("https://id.example.org", "x", []),
        ("http://127.0.0.1:9000/o", "x", []),
        ("http://id.example.org", "x", ["orgs.E004"]),
        ("https://id.example.org", "", ["orgs.E005"]),
    ],
)
def test_a_provider_that_can_not_be_trusted_or_asked_does_not_start(
    settings: Any, issuer: str, client: str, faults: list[str]
) -> None:
    settings.OIDC_ISSUER = issuer
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [{"client_id": client}]}}
    assert [fault.id for fault in identity_provider_is_usable(None)] == faults
