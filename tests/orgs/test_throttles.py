"""Guessing does not pay, and is refused where it can't be counted (docs/rules.md, Throttles)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache, caches
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.http import client_address
from core.throttling import CacheUnavailable
from orgs.models import User
from tests.builders import person
from tests.pages import text_of
from tests.races.parallel import Crew

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
