"""Addresses of this installation: in e-mails, at the identity provider and for programs they never come from the
request (docs/operations.md)."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import reverse

from core.addresses import absolute
from orgs.accounts.oidc import Endpoints
from orgs.models import Organization, User
from tests.builders import Desk, administrator_of, person
from tests.pages import text_of

from .accounts import PASSWORD

FORGED = {
    "host": "evil.example",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "gopher",
    "x-forwarded-port": "81",
}


@pytest.fixture(params=["https://chats.example.org", ""])
def base(request: pytest.FixtureRequest, settings: Any) -> str:
    """Where the installation is: at its ``ORIGIN``, or where ``make run`` listens. It answers under any name."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.ORIGIN = request.param
    settings.LOCAL_ORIGIN = "http://localhost:8123"
    return request.param or "http://localhost:8123"


def urls_in(letter: Any) -> list[str]:
    texts = [letter.body, *(part.content for part in letter.alternatives)]
    found = [url for text in texts for url in re.findall(r"[a-z]+://[^\s\"<>]+", text)]
    # The foot names the installation itself.
    return [f"{url}/" if url.count("/") == 2 else url for url in found]


def signed_in(user: User) -> Client:
    client = Client(headers=FORGED)
    client.force_login(user)
    return client


def test_the_mail_for_a_new_password_leads_here(base: str, db: None) -> None:
    user = person()
    Client(headers=FORGED).post(reverse("account_reset_password"), {"email": user.email})
    [letter] = mail.outbox
    assert urls_in(letter)
    assert all(url.startswith(f"{base}/") for url in urls_in(letter))


def test_an_invitation_leads_here(base: str, organization: Organization) -> None:
    client = signed_in(administrator_of(organization))
    client.post(
        reverse("orgs:organization_members", args=[organization.pk]), {"emails": "new@example.org", "role": "viewer"}
    )
    [letter] = mail.outbox
    assert any("/invitations/" in url for url in urls_in(letter))
    assert all(url.startswith(f"{base}/") for url in urls_in(letter))


def test_the_link_of_a_new_address_leads_here(base: str, db: None) -> None:
    user = person()
    user.set_password(PASSWORD)
    user.save()
    client = signed_in(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": "next@example.org", "action_add": "1"})
    letters = [letter for letter in mail.outbox if letter.to == ["next@example.org"]]
    assert letters
    assert all(url.startswith(f"{base}/") for letter in mail.outbox for url in urls_in(letter))
    # An address of somebody else: its owner is told, with a link.
    mail.outbox.clear()
    other = person()
    client.post(reverse("account_email"), {"email": other.email, "action_add": "1"})
    assert all(url.startswith(f"{base}/") for letter in mail.outbox for url in urls_in(letter))


def test_the_identity_provider_sends_people_back_here(base: str) -> None:
    request = RequestFactory(headers=FORGED).get("/")
    url = Endpoints(request, "oidc").get_callback_url(request, None)  # type: ignore[arg-type]
    assert url == f"{base}/accounts/oidc/oidc/login/callback/"
    assert not parse_qs(urlsplit(url).query)


def test_what_is_pasted_into_the_engine_is_here(base: str, desk: Desk) -> None:
    page = text_of(signed_in(desk.administrator).get(reverse("setup:connect", args=[desk.project.pk])))
    assert f"{base}/v1/external" in page
    assert "evil.example" not in page
    assert "evil.example" not in text_of(Client(headers=FORGED).get("/api/docs/"))


def test_a_path_is_put_behind_the_installations_address(base: str) -> None:
    assert absolute("/a/?next=http://b/") == f"{base}/a/?next=http://b/"


@pytest.mark.parametrize(
    "origin", ["", "chats.example.org", "ftp://chats.example.org", "https://a.org/desk", "https://"]
)
def test_serving_needs_the_public_address(origin: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://nowhere/none")
    settings.ORIGIN = origin
    with pytest.raises(CommandError, match="Set ORIGIN to the address people open in their browser"):
        call_command("serve")
