"""*Is it you?* where an account has neither a password nor a second step (docs/rules.md, Signing in)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.accounts import mail_codes
from orgs.models import User
from tests.builders import person
from tests.pages import text_of

CHANGES = ("account_set_password", "mfa_activate_totp", "mfa_add_webauthn", "account_email")
PAGE = "reauthenticate_by_mail"


@pytest.fixture
def user(db: None) -> User:
    """Somebody whose account an identity provider made."""
    user = person()
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def client(user: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(user)
    return client


def code_sent() -> str:
    found = re.search(r"is (\d{6})\.", str(mail.outbox[-1].body))
    assert found
    return found[1]


def ask(client: Client) -> Any:
    return client.post(reverse(PAGE), {"next": reverse("account_set_password")})


def test_whatever_keeps_the_account_safe_asks_first(client: Client) -> None:
    for name in CHANGES:
        data = {"action_add": "1", "email": "next@example.org"} if name == "account_email" else {}
        answer = client.post(reverse(name), data)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse(PAGE)), name
    assert not EmailAddress.objects.filter(email="next@example.org").exists()
    assert mail.outbox == []


def test_the_code_from_the_mail_opens_them_for_a_while(client: Client, user: User) -> None:
    assert ask(client).status_code == 200
    [letter] = mail.outbox
    assert letter.to == [user.email]
    code = f" {code_sent()[:3]} {code_sent()[3:]} "
    answer = client.post(reverse(PAGE), {"code": code, "next": reverse("account_set_password")})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_set_password"))
    assert client.get(reverse("account_set_password")).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(reverse("account_set_password"))["Location"].startswith(reverse(PAGE))


def test_a_code_works_once_in_time_and_for_few_tries(client: Client) -> None:
    ask(client)
    code = code_sent()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _try in range(mail_codes.TRIES):
        assert "That is not the code" in text_of(client.post(reverse(PAGE), {"code": wrong}))
    assert client.post(reverse(PAGE), {"code": code}).status_code == 422
    ask(client)
    with time_machine.travel(timezone.now() + timedelta(seconds=mail_codes.LIFETIME + 1)):
        assert client.post(reverse(PAGE), {"code": code_sent()}).status_code == 422


def test_another_browser_needs_its_own_code(client: Client, user: User) -> None:
    ask(client)
    other = Client()
    other.force_login(user)
    assert other.post(reverse(PAGE), {"code": code_sent()}).status_code == 422


def test_codes_are_sent_a_few_times_an_hour(client: Client) -> None:
    for _time in range(7):
        answer = ask(client)
    assert len(mail.outbox) == 5
    assert "Too many e-mails" in text_of(answer)


def test_who_has_a_password_is_asked_for_that(db: None) -> None:
    user = person()
    user.set_password("a-long-password-of-the-test")
    user.save()
    client = Client()
    client.force_login(user)
    assert client.post(reverse("mfa_activate_totp"))["Location"].startswith(reverse("account_reauthenticate"))
    assert client.get(reverse(PAGE)).status_code == 302
    assert Client().get(reverse(PAGE)).status_code == 302
