"""The pages of one's own account (docs/rules.md, Signing in): all in our look, each thing as its person may."""

import base64

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from orgs.models import User
from tests.builders import Desk
from tests.pages import text_of
from tests.walk import fill, parameters, routes

PASSWORD = "correct horse battery"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"


@pytest.fixture
def person(desk: Desk) -> User:
    """An agent with a password."""
    user = desk.agent()
    user.set_password(PASSWORD)
    user.save()
    return user


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


# Every page of the library


def library_pages() -> list[tuple[str, str]]:
    """Return (name, path) of each page under accounts/."""
    return [(name, path) for name, path in routes() if path.startswith("accounts/")]


#: The words and markup of the library's own frame and pages.
LIBRARY = ("Menu:", "<strong>Menu", "Two-Factor Authentication</h1>", "Confirm Access", "Sign Up</h1>", "<h1>\n")


@pytest.mark.parametrize("who", ["stranger", "plain", "with factors", "without password"])
def test_every_page_of_the_library_has_our_look(person: User, who: str) -> None:
    client = Client() if who == "stranger" else signs_in(person)
    if who == "with factors":
        app_for(person)
    if who == "without password":
        User.objects.filter(pk=person.pk).update(password="!")
        client.force_login(User.objects.get(pk=person.pk))
    key = Authenticator.objects.filter(user=person).values_list("pk", flat=True).first() or 1
    faults, seen = [], 0
    for name, path in library_pages():
        address = fill(path, dict.fromkeys(parameters(path), key if "pk" in parameters(path) else "1-set"))
        if name == "account_logout" and who != "stranger":
            continue
        answer = client.get(address)
        if answer.status_code in {301, 302, 404, 405}:
            continue
        if "text/html" not in answer.headers["Content-Type"]:
            continue
        seen += 1
        body = answer.content.decode()
        # Who has nothing to show who they are by is refused, and a sign-in elsewhere that failed is no success.
        expected = {"socialaccount_login_error": 401}.get(
            name, 403 if "reauthenticate" in name and who == "without password" else 200
        )
        if answer.status_code != expected:
            faults.append(f"{name}: {answer.status_code}")
        if 'id="main"' not in body or "css/tokens.css" not in body:
            faults.append(f"{name}: not our frame")
        faults += [f"{name}: {words!r}" for words in LIBRARY if words in body]
        if body.count("<h1") != 1:
            faults.append(f"{name}: {body.count('<h1')} headings")
    assert not faults, "\n".join(faults)
    assert seen >= (5 if who != "stranger" else 6), seen
