"""Signing in as the tests of account pages do."""

import base64

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from orgs.models import User
from tests.pages import text_of

PASSWORD = "correct horse battery"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"


def signs_in(user: User, agent: str = CHROME, **more: str) -> Client:
    """Return a browser in which somebody gave address and password."""
    client = Client(headers={"user-agent": agent})
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, **more})
    assert answer.status_code == 302, text_of(answer)
    return client


def app_for(user: User) -> str:
    """Give somebody an authenticator app and recovery codes; returns its secret."""
    secret = base64.b32encode(b"twenty bytes of key!").decode()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str) -> str:
    """Return the code that an app with the secret shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def is_in(client: Client) -> bool:
    """Whether a browser is signed in."""
    return bool(client.get(reverse("orgs:profile")).status_code == 200)
