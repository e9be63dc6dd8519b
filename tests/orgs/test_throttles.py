"""Guessing does not pay, and is refused where it can't be counted (docs/rules.md, Throttles)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache, caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.http import client_address
from core.throttling import CacheUnavailable
from orgs.checks import proxies_are_counted
from orgs.models import User
from tests.builders import person
from tests.pages import text_of
from tests.races.parallel import Crew
from weni_chats.middleware import ProxyMiddleware

from .accounts import app_for, code_of, signs_in
from .soft_key import SoftKey, at_a_host_of_passkeys

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"


@pytest.fixture
def somebody(db: None) -> Iterator[User]:
    """Somebody with a password."""
    cache.clear()
    yield person(password=PASSWORD)


def sign_in(email: str, password: str, address: str = "192.0.2.1", **headers: str) -> tuple[bool, str]:
    """Try to sign in from an address; returns whether it worked, and what the page says."""
    client = Client(REMOTE_ADDR=address, **headers)
    answer = client.post(reverse("account_login"), {"login": email, "password": password})
    return answer.status_code == 302, text_of(answer) if answer.status_code != 302 else ""


def test_after_five_wrong_passwords_the_right_one_is_refused_until_the_time_is_over(somebody: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _n in range(5):
            assert sign_in(somebody.email, WRONG)[0] is False
        done, page = sign_in(somebody.email, PASSWORD)
        assert not done
        assert "Too many" in page
        clock.shift(timedelta(minutes=5, seconds=1))
        assert sign_in(somebody.email, PASSWORD)[0]


def test_neither_another_network_nor_another_host_name_gives_more_tries(somebody: User) -> None:
    for n in range(5):
        sign_in(somebody.email, WRONG, address=f"192.0.2.{n + 1}", HTTP_HOST=f"host-{n}.example.org")
    assert not sign_in(somebody.email.upper(), PASSWORD, address="192.0.2.99", HTTP_HOST="other.example.org")[0]


def test_others_sign_in_meanwhile(somebody: User) -> None:
    other = person(password=PASSWORD)
    for _n in range(5):
        sign_in(somebody.email, WRONG)
    assert sign_in(other.email, PASSWORD)[0]


def test_one_network_that_tries_many_accounts_is_stopped_and_another_is_not(somebody: User) -> None:
    for n in range(30):
        sign_in(f"nobody-{n}@example.org", WRONG)
    assert not sign_in(somebody.email, PASSWORD)[0]
    assert sign_in(somebody.email, PASSWORD, address="198.51.100.7")[0]


def test_an_address_that_is_nobodys_is_counted_and_answered_like_any_other(somebody: User) -> None:
    known = [sign_in(somebody.email, WRONG)[1] for _n in range(6)]
    unknown = [sign_in("nobody@example.org", WRONG, address="192.0.2.2")[1] for _n in range(6)]
    assert [page.replace(somebody.email, "?") for page in known] == [
        page.replace("nobody@example.org", "?") for page in unknown
    ]


@pytest.mark.django_db(transaction=True)
def test_processes_count_together() -> None:
    cache.clear()
    user = person(password=PASSWORD)
    crew = Crew()
    try:
        tries = [lambda: sign_in(user.email, WRONG) for _n in range(5)]
        assert [done for done, _page in crew.at_once(*tries)] == [False] * 5
        assert not sign_in(user.email, PASSWORD)[0]
    finally:
        crew.dismiss()


def test_without_the_cache_nobody_signs_in_and_the_page_says_why(somebody: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE weni_cache RENAME TO weni_cache_away")
    client = Client()
    answer = client.post(reverse("account_login"), {"login": somebody.email, "password": PASSWORD})
    assert answer.status_code == 503
    assert "Try again in a minute" in text_of(answer)
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("orgs:invitation", args=["x" * 43])).status_code == 503
    answer = client.post(reverse("account_reset_password"), {"email": somebody.email})
    assert answer.status_code == 503


def test_a_count_that_can_not_be_written_is_an_attempt_refused(somebody: User) -> None:
    """Where reading works and writing does not, as on a replica."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''read only''; END'"
        )
        cursor.execute("CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON weni_cache EXECUTE FUNCTION refuse()")
    assert not sign_in(somebody.email, PASSWORD)[0]
    with pytest.raises(CacheUnavailable):
        cache.set("key", 1)


def test_many_entries_throw_none_away_before_its_time(somebody: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches["default"], "_max_entries", 10)
    for n in range(40):
        cache.set(f"key-{n}", n, 300)
    assert cache.get_many([f"key-{n}" for n in range(40)]) == {f"key-{n}": n for n in range(40)}
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        cache.set("last", 1, 300)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM weni_cache")
        assert cursor.fetchone()[0] == 1


def test_links_of_invitations_are_counted(somebody: User) -> None:
    client, page = Client(REMOTE_ADDR="192.0.2.5"), reverse("orgs:invitation", args=["x" * 43])
    assert [client.get(page).status_code for _n in range(60)] == [410] * 60
    answer = client.get(page)
    assert answer.status_code == 429
    assert "Too many attempts" in text_of(answer)


def test_asking_for_a_new_password_is_counted(somebody: User) -> None:
    page = reverse("account_reset_password")
    answers = [Client().post(page, {"email": somebody.email}).status_code for _n in range(6)]
    assert answers == [302] * 5 + [429]


# Who is signed in


def disturb(somebody: User, address: str = "127.0.0.1") -> None:
    """Let strangers sign in wrongly, at the account and from its own network address, until nobody can sign in."""
    for _n in range(6):
        sign_in(somebody.email, WRONG, address=address)
    for n in range(30):
        sign_in(f"nobody-{n}@example.org", WRONG, address=address)
    assert not sign_in(somebody.email, PASSWORD, address=address)[0]


def test_strangers_keep_nobody_who_is_signed_in_from_showing_who_they_are(somebody: User) -> None:
    client = signs_in(somebody)
    disturb(somebody)
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    code = code_of(client.session["mfa.totp.secret"])
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).url == reverse("mfa_view_recovery_codes")
    new = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    assert client.post(reverse("account_change_password"), new).url == reverse("orgs:security")


def test_nor_by_a_code_or_a_key(somebody: User) -> None:
    secret, key = app_for(somebody), SoftKey(somebody)
    client = at_a_host_of_passkeys()
    client.force_login(somebody)
    disturb(somebody)
    # Somebody who knows the password tries codes at the second step.
    for _n in range(6):
        half = Client(REMOTE_ADDR="198.51.100.9")
        half.post(reverse("account_login"), {"login": somebody.email, "password": PASSWORD})
        half.post(reverse("mfa_authenticate"), {"code": "000000"})
    page = client.get(reverse("mfa_reauthenticate_webauthn"))
    challenge = page.context["js_data"]["request_options"]["publicKey"]["challenge"]
    answer = client.post(reverse("mfa_reauthenticate_webauthn"), {"credential": key.answer(challenge)})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.post(reverse("mfa_reauthenticate"), {"code": code_of(secret)}).status_code == 302


def test_wrong_tries_of_a_session_end_there_and_nowhere_else(somebody: User) -> None:
    here, elsewhere = signs_in(somebody), signs_in(somebody)
    page = reverse("account_reauthenticate")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _n in range(5):
            assert here.post(page, {"password": WRONG}).status_code == 200
        assert "Too many" in text_of(here.post(page, {"password": PASSWORD}))
        assert elsewhere.post(page, {"password": PASSWORD}).status_code == 302
        assert sign_in(somebody.email, PASSWORD)[0], "who is wrong there can sign in all the same"
        clock.shift(timedelta(minutes=5, seconds=1))
        assert here.post(page, {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("name", ["mfa_reauthenticate", "mfa_activate_totp"])
def test_codes_are_counted_by_session_too(somebody: User, name: str) -> None:
    client = signs_in(somebody)
    if name == "mfa_reauthenticate":
        secret = app_for(somebody)
    else:
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.get(reverse(name))
        secret = client.session["mfa.totp.secret"]
    for _n in range(5):
        wrong = text_of(client.post(reverse(name), {"code": "000000"}))
        assert "Incorrect code. Enter the newest six digits" in wrong
    assert "Too many" in text_of(client.post(reverse(name), {"code": code_of(secret)}))


# Behind proxies


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "nonsense", None),
    ],
)
def test_the_address_is_what_the_outermost_proxy_saw(
    rf, settings, proxies: int, forwarded: str, address: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def test_a_proxy_that_is_not_counted_fails_a_check(settings) -> None:
    settings.ORIGIN = "https://chats.example.org"
    (warning,) = proxies_are_counted(None)
    assert "TRUSTED_PROXIES is 0" in warning.msg
    settings.TRUSTED_PROXIES = 1
    assert proxies_are_counted(None) == []
    settings.ORIGIN, settings.TRUSTED_PROXIES = "http://chats.test", 0
    assert proxies_are_counted(None) == []


@pytest.mark.parametrize(
    ("own", "proxies", "headers", "told"),
    [
        (0, 0, {}, False),
        (0, 0, {"X-Forwarded-For": "203.0.113.9"}, True),
        (0, 0, {"Forwarded": "for=203.0.113.9"}, True),
        (0, 1, {"X-Forwarded-For": "203.0.113.9"}, False),
        # Behind our own front, which adds an address itself.
        (1, 1, {"X-Forwarded-For": "203.0.113.9"}, False),
        (1, 1, {"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}, True),
        (1, 2, {"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}, False),
    ],
)
def test_a_proxy_that_is_not_counted_is_told_once(
    db: None, rf, settings, caplog, own: int, proxies: int, headers: dict[str, str], told: bool
) -> None:
    cache.clear()
    settings.OWN_PROXIES, settings.TRUSTED_PROXIES = own, proxies
    # Two processes that were started together.
    for _process in range(2):
        middleware = ProxyMiddleware(lambda request: HttpResponse())
        for _request in range(3):
            middleware(rf.get("/", headers=headers))
    assert caplog.text.count("Set TRUSTED_PROXIES") == int(told)


def test_it_is_told_without_a_cache_too(db: None, rf, settings, caplog) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE weni_cache RENAME TO weni_cache_away")
    middleware = ProxyMiddleware(lambda request: HttpResponse())
    for _request in range(3):
        assert middleware(rf.get("/", headers={"X-Forwarded-For": "203.0.113.9"})).status_code == 200
    assert caplog.text.count("Set TRUSTED_PROXIES") == 1
